"""Splink 5 on Febrl4 with the further refinements of its documentation: one comparison of the
whole name that knows names in each other's place, and edits of id, street number and postcode.

The refinements were found in its documentation with the truth of Febrl4 in hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import splink.comparison_level_library as cll
import splink.comparison_library as cl

from bench.peers.febrl_splink_peer import birth, run

SAMPLED = 1e7  # pairs for u: the documentation's number for this model
OVER = (
    "jaro_winkler_similarity(given_name_l, surname_r)"
    " + jaro_winkler_similarity(surname_l, given_name_r) >= {0}"
)


def _name() -> cl.CustomComparison:
    untold = "({0}_l is null or {0}_r is null)".format
    return cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.CustomLevel(f"{untold('given_name')} and {untold('surname')}").configure(
                is_null_level=True
            ),
            cll.ExactMatchLevel("full_name", term_frequency_adjustments=True),
            *(cll.JaroWinklerLevel("full_name", near) for near in (0.9, 0.7)),
            cll.ColumnsReversedLevel("given_name", "surname"),
            *(cll.CustomLevel(OVER.format(near)) for near in (1.8, 1.4)),
            cll.ExactMatchLevel("given_name", term_frequency_adjustments=True),
            cll.ExactMatchLevel("surname", term_frequency_adjustments=True),
            cll.CustomLevel("given_name_l = surname_r or surname_l = given_name_r"),
            *(cll.JaroWinklerLevel(name, 0.9) for name in ("given_name", "surname")),
            cll.ElseLevel(),
        ],
    )


def _edits(column: str, most: int) -> cl.CustomComparison:
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            *(cll.DamerauLevenshteinLevel(column, edits) for edits in range(1, most + 1)),
            cll.ElseLevel(),
        ],
    )


EXTENDED = (
    _name(),
    birth(),
    _edits("soc_sec_id", 2),
    _edits("street_number", 1),
    _edits("postcode", 2),
)

if __name__ == "__main__":
    run(EXTENDED, SAMPLED, Path(sys.argv[1]), Path(sys.argv[2]))
