"""recordlinkage on the flat files: ``python -m bench.peers.recordlinkage_peer FOLDER OUT``.

Set up after its documentation: the union of blocking indexes, a Compare with Jaro-Winkler and
exact comparisons, and the expectation/conditional maximisation classifier, which needs no truth.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import recordlinkage
from recordlinkage.classifiers import ECMClassifier

from bench.peers.cleaning import PEOPLE, clean
from bench.tables import save_pairs

BLOCKS = (
    ["code"],
    ["applicant_id"],
    ["birth", "unit"],
    ["birth", "subject_given"],
    ["subject_plain"],
    ["subject_short", "unit"],
    ["applicant_plain", "unit"],
    ["mother_plain", "unit"],
    ["received", "unit"],
    ["death", "unit"],
)


def main(folder: Path, out: Path) -> None:
    warnings.filterwarnings("ignore")
    started = time.perf_counter()
    dossiers, rows = _frame(folder / "dossiers.jsonl"), _frame(folder / "rows.clean.jsonl")
    pairs = _candidates(rows, dossiers)
    compare = recordlinkage.Compare()
    for person in PEOPLE:
        compare.string(
            f"{person}_plain", f"{person}_plain", method="jarowinkler", threshold=0.9, label=person
        )
        compare.exact(f"{person}_short", f"{person}_short", label=f"{person}_short")
        compare.exact(f"{person}_given", f"{person}_given", label=f"{person}_given")
    for column in ("birth", "death", "received", "unit", "event", "code", "applicant_id"):
        compare.exact(column, column, label=column)
    compare.exact("birth_swapped", "birth", label="swapped")
    compare.exact("birth_year", "birth_year", label="year")
    features = compare.compute(pairs, rows, dossiers)
    model = ECMClassifier(binarize=0.5)
    model.fit(features)
    sure = model.prob(features)
    sure = sure[sure > 0.01]
    kept = sure.clip(1e-300, 1 - 1e-15)
    # Probabilities tie near 1: among those, more agreeing columns come first.
    bits = np.log2(kept / (1 - kept)) + features.loc[sure.index].sum(axis=1) / 100
    save_pairs(out, ((row, dossier, value) for (row, dossier), value in bits.items()))
    print(json.dumps({"seconds": time.perf_counter() - started, "pairs": len(pairs)}))


def _frame(path: Path) -> pd.DataFrame:
    return pd.DataFrame(clean(path)).set_index("unique_id")


def _candidates(rows: pd.DataFrame, dossiers: pd.DataFrame) -> pd.MultiIndex:
    union = None
    for columns in BLOCKS:
        index = recordlinkage.Index()
        index.block(columns)
        # A missing value must block with nothing: only rows that hold every column take part.
        found = index.index(rows.dropna(subset=columns), dossiers.dropna(subset=columns))
        union = found if union is None else union.union(found)
    return union


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
