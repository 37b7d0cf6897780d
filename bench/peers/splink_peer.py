"""Splink 5 on the flat files: ``python -m bench.peers.splink_peer FOLDER OUT``.

Set up after its documentation: link_only on DuckDB, one comparison a field with graded levels,
term frequencies on exact names, the prior from deterministic rules, u by random sampling, m by
expectation maximisation in two sessions whose blocking rules cover every comparison between them,
and many narrow blocking rules for prediction.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.internals.duckdb.database_api import DuckDBAPI

from bench.peers.cleaning import clean
from bench.tables import save_pairs

LOWEST = 0.01  # pairs below it are dropped: no threshold that is tried is lower
DATE = "abs(datediff('day', try_cast({0}_l as date), try_cast({0}_r as date))) <= {1}"


def _person(column: str) -> cl.CustomComparison:
    plain, short = f"{column}_plain", f"{column}_short"
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(plain),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            cll.ExactMatchLevel(plain, term_frequency_adjustments=True),
            cll.JaroWinklerLevel(plain, 0.94),
            cll.ExactMatchLevel(short, term_frequency_adjustments=True),
            cll.JaroWinklerLevel(plain, 0.88),
            cll.ExactMatchLevel(f"{column}_given", term_frequency_adjustments=True),
            cll.JaroWinklerLevel(plain, 0.78),
            cll.ElseLevel(),
        ],
    )


def _days(column: str, near: tuple[int, ...]) -> cl.CustomComparison:
    levels = [cll.NullLevel(column), cll.ExactMatchLevel(column)]
    levels += [
        cll.CustomLevel(DATE.format(column, days), label_for_charts=f"within {days} days")
        for days in near
    ]
    return cl.CustomComparison(
        output_column_name=column, comparison_levels=[*levels, cll.ElseLevel()]
    )


def _birth() -> cl.CustomComparison:
    return cl.CustomComparison(
        output_column_name="birth",
        comparison_levels=[
            cll.NullLevel("birth"),
            cll.ExactMatchLevel("birth", term_frequency_adjustments=True),
            cll.CustomLevel("birth_l = birth_swapped_r", label_for_charts="day and month swapped"),
            cll.DamerauLevenshteinLevel("birth", 1),
            cll.CustomLevel(DATE.format("birth", 40), label_for_charts="within 40 days"),
            cll.ExactMatchLevel("birth_year"),
            cll.ElseLevel(),
        ],
    )


def _never_wrong(column: str, slips: float) -> cl.CustomComparison:
    """A column that hardly ever differs in a match: estimated, its m underflows to nothing."""
    differs = cll.ElseLevel().configure(m_probability=slips, fix_m_probability=True)
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[cll.NullLevel(column), cll.ExactMatchLevel(column), differs],
    )


SETTINGS = SettingsCreator(
    link_type="link_only",
    comparisons=[
        _person("subject"),
        _person("applicant"),
        _person("mother"),
        _person("father"),
        _birth(),
        _days("death", (3, 30)),
        _days("received", (1, 3, 10)),
        cl.ExactMatch("unit").configure(term_frequency_adjustments=True),
        _never_wrong("event", 0.001),
        _never_wrong("sex", 0.005),
        cl.LevenshteinAtThresholds("code", 1),
        cl.LevenshteinAtThresholds("applicant_id", 1),
        cl.ExactMatch("subject_id"),
        cl.LevenshteinAtThresholds("mother_year", 1),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("code"),
        block_on("applicant_id"),
        block_on("birth", "unit"),
        block_on("birth", "subject_given"),
        block_on("birth", "applicant_given"),
        "l.birth = r.birth_swapped and l.unit = r.unit",
        block_on("subject_plain"),
        block_on("subject_short", "unit"),
        block_on("applicant_plain", "unit"),
        block_on("mother_plain", "unit"),
        block_on("subject_given", "applicant_given", "unit"),
        block_on("subject_given", "mother_given", "unit"),
        block_on("received", "unit"),
        block_on("death", "unit"),
    ],
    em_convergence=0.001,
    retain_matching_columns=False,
)


#: On clean data a level that no match has decays until Splink refuses it (below 1e-300): then
#: fewer rounds of expectation maximisation. Only the attempt that succeeds is timed.
ROUNDS = (10, 5, 3, 2)


def main(folder: Path, out: Path) -> None:
    logging.getLogger("splink").setLevel(logging.ERROR)
    for rounds in ROUNDS:
        started = time.perf_counter()
        try:
            found = _predict(folder, rounds)
        except ValueError as problem:
            if "below the minimum" not in str(problem):
                raise
            continue
        left_is_row = found["unique_id_l"].str.startswith("so-giay")
        row = found["unique_id_l"].where(left_is_row, found["unique_id_r"])
        dossier = found["unique_id_r"].where(left_is_row, found["unique_id_l"])
        save_pairs(out, zip(row, dossier, found["match_weight"], strict=True))
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "pairs": len(found), "rounds": rounds}))
        return
    raise SystemExit("expectation maximisation never ended well")


def _predict(folder: Path, rounds: int) -> pd.DataFrame:
    api = DuckDBAPI()
    dossiers = api.register(_frame(folder / "dossiers.jsonl"), dataset_display_name="dossiers")
    rows = api.register(_frame(folder / "rows.clean.jsonl"), dataset_display_name="rows")
    settings = replace(SETTINGS, max_iterations=rounds)
    linker = Linker([dossiers, rows], settings, log_level=logging.ERROR)
    train = linker.training
    train.estimate_probability_two_random_records_match(
        [block_on("code"), block_on("subject", "birth"), block_on("subject_plain", "received")],
        recall=0.7,
    )
    train.estimate_u_using_random_sampling(max_pairs=5e5, seed=1)
    for rule in (block_on("birth", "unit"), block_on("subject_plain", "unit")):
        train.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=1.0)
    return linker.inference.predict(threshold_match_probability=LOWEST).as_pandas_dataframe()


def _frame(path: Path) -> pd.DataFrame:
    return (
        pd.DataFrame(clean(path)).astype("string").astype(object).where(lambda f: f.notna(), None)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
