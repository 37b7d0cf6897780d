"""Counting answers: the same way for every linker."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.memory import run_measured
from bench.report import Section, put
from bench.scoring import Answer, score
from bench.tables import Pair
from bench.thresholds import one_to_one, with_review
from bench.worlds import World
from reconcile.claims import Claim, RegisterType, Role

TRUTH = {"r1": "d1", "r2": "d2", "r3": None, "r4": "d4"}


def make_world() -> World:
    rows = [
        Claim(key, "so-giay", Role.REGISTER, register_type=RegisterType.TRACKING) for key in TRUTH
    ]
    return World("made", 1, [], rows, dict(TRUTH))


def test_a_wrong_link_a_doubt_and_a_miss_are_told_apart() -> None:
    result = score(
        make_world(),
        [
            Answer("r1", "d1", sure=True),
            Answer("r2", "d9", sure=False, also=("d2",)),
            Answer("r3", "d3", sure=True),
            Answer("r4", None, sure=False),
        ],
    )
    assert (result.auto, result.wrong, result.never_linked) == (2, 1, 1)
    assert (result.review, result.review_right) == (1, 1)
    assert (result.precision, result.recall) == (0.5, 1 / 3)
    assert result.recall_with_review == 2 / 3
    assert result.review_share == 0.25


def test_a_dossier_goes_to_its_best_row_only() -> None:
    books = dict.fromkeys(TRUTH, "so_theo_doi")
    pairs = [Pair("r1", "d1", 20.0), Pair("r2", "d1", 15.0), Pair("r2", "d2", 9.0)]
    given = {answer.row: answer.dossier for answer in one_to_one(pairs, books, 0.9)}
    assert given == {"r1": "d1"} | {"r2": "d2"}
    assert len(one_to_one(pairs, books, 0.9999)) == 1


def test_a_near_rival_makes_a_peer_ask() -> None:
    pairs = [Pair("r1", "d1", 20.0), Pair("r1", "d2", 18.0), Pair("r2", "d2", 19.0)]
    result = with_review(make_world(), pairs, auto=0.99, review=0.05, margin=6.0)
    assert (result.auto, result.auto_right, result.review, result.review_right) == (1, 1, 1, 1)


def test_a_child_process_counts_into_the_memory() -> None:
    child = "x = bytearray(60 * 2**20); import time; time.sleep(0.5)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    usage = run_measured([sys.executable, "-c", parent], cwd=Path())
    assert usage.exit_code == 0
    assert usage.peak_mib > 60
    assert usage.seconds > 0.5


def test_processor_seconds_are_those_of_the_child() -> None:
    busy = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    assert run_measured([sys.executable, "-c", busy], cwd=Path()).processor >= 0.3
    assert run_measured([sys.executable, "-c", busy], cwd=Path()).processor >= 0.3


def test_a_section_is_replaced_alone(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    put(Section("a", "First", ["one"]), "", path)
    put(Section("b", "Second", ["two"]), "", path)
    put(Section("a", "First", ["three"]), "preliminary", path)
    text = path.read_text(encoding="utf-8")
    assert "one" not in text
    assert text.index("three") < text.index("two")
    assert text.count("## First") == 1
