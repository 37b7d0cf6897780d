"""Splink 5 on Febrl4: ``python -m bench.peers.febrl_splink_peer FOLDER OUT``.

Set up as its documentation links these very files (docs/demos/examples/duckdb/febrl4): the model
that it calls detailed, seven blocking rules, the prior from deterministic rules, u by random
sampling, m by two sessions of expectation maximisation.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.internals.duckdb.database_api import DuckDBAPI

from bench.tables import save_pairs

LOWEST = 0.001  # pairs below it are dropped: no threshold that is tried is lower
SAMPLED = 1e6  # pairs for u: the documentation's number for this model


def birth() -> Any:
    return cl.DateOfBirthComparison(
        "date_of_birth",
        input_is_string=True,
        datetime_format="%Y%m%d",
        invalid_dates_as_null=True,
    )


DETAILED = (
    *(
        cl.NameComparison(name).configure(term_frequency_adjustments=True)
        for name in ("given_name", "surname")
    ),
    birth(),
    cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
    cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
    cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
        term_frequency_adjustments=True
    ),
)


def settings(comparisons: Sequence[Any]) -> SettingsCreator:
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="key",
        comparisons=[*comparisons],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        retain_matching_columns=False,
    )


def run(comparisons: Sequence[Any], sampled: float, folder: Path, out: Path) -> None:
    logging.getLogger("splink").setLevel(logging.ERROR)
    started = time.perf_counter()
    api = DuckDBAPI()
    sides = [
        api.register(_frame(folder / f"{side}.csv"), dataset_display_name=side) for side in "ab"
    ]
    linker = Linker(sides, settings(comparisons), log_level=logging.ERROR)
    train = linker.training
    train.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.8
    )
    train.estimate_u_using_random_sampling(max_pairs=sampled, seed=1)
    for column in ("date_of_birth", "postcode"):
        train.estimate_parameters_using_expectation_maximisation(
            block_on(column), estimate_without_term_frequencies=True
        )
    found = linker.inference.predict(threshold_match_probability=LOWEST).as_pandas_dataframe()
    of_b = found["key_l"].str.startswith("b")
    row = found["key_l"].where(of_b, found["key_r"])
    record = found["key_r"].where(of_b, found["key_l"])
    save_pairs(out, zip(row, record, found["match_weight"], strict=True))
    print(json.dumps({"seconds": time.perf_counter() - started, "pairs": len(found)}))


def _frame(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=object)
    frame["full_name"] = frame["given_name"] + "_" + frame["surname"]
    return frame.where(frame.notna(), None)


if __name__ == "__main__":
    run(DETAILED, SAMPLED, Path(sys.argv[1]), Path(sys.argv[2]))
