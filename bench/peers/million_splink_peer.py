"""Splink 5 on two lists of 500,000: ``python -m bench.peers.million_splink_peer FOLDER OUT``.

Set up after its documentation: link_only on DuckDB, a comparison a field with term frequencies on
names and places, the same blocking as our own keys, u by random sampling, m by two sessions of
expectation maximisation.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

import pandas as pd
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.internals.duckdb.database_api import DuckDBAPI

from bench.million import KEYS
from bench.tables import save_pairs

LOWEST = 0.01  # pairs below it are dropped: no threshold that is tried is lower
SETTINGS = SettingsCreator(
    link_type="link_only",
    unique_id_column_name="key",
    comparisons=[
        *(
            cl.JaroWinklerAtThresholds(name, [0.92, 0.8]).configure(term_frequency_adjustments=True)
            for name in ("family", "middle", "given")
        ),
        cl.DateOfBirthComparison("born", input_is_string=True, invalid_dates_as_null=True),
        cl.ExactMatch("commune").configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("mother", [0.95, 0.88]),
        cl.DamerauLevenshteinAtThresholds("phone", [1, 2]),
    ],
    blocking_rules_to_generate_predictions=[block_on(*names) for names in KEYS],
    retain_matching_columns=False,
)


def main(folder: Path, out: Path) -> None:
    logging.getLogger("splink").setLevel(logging.ERROR)
    started = time.perf_counter()
    api = DuckDBAPI()
    sides = [
        api.register(_frame(folder / f"{side}.csv"), dataset_display_name=side) for side in "ab"
    ]
    linker = Linker(sides, SETTINGS, log_level=logging.ERROR)
    train = linker.training
    train.estimate_probability_two_random_records_match(
        [block_on("phone"), block_on("family", "given", "born", "commune")], recall=0.8
    )
    train.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for columns in (("born", "given"), ("phone",)):
        train.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    found = linker.inference.predict(threshold_match_probability=LOWEST).as_pandas_dataframe()
    of_b = found["key_l"].str.startswith("b")
    row = found["key_l"].where(of_b, found["key_r"])
    record = found["key_r"].where(of_b, found["key_l"])
    save_pairs(out, zip(row, record, found["match_weight"], strict=True))
    print(json.dumps({"seconds": time.perf_counter() - started, "pairs": len(found)}))


def _frame(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=object)
    return frame.where(frame.notna(), None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
