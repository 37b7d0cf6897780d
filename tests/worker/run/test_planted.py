"""What may be wrong with deciding by change is found: each planted bug by its shortest history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from bench import histories as planted
from bench.histories import Bug
from reconcile.claims import RegisterType, Status
from tests.worker.conftest import Databases
from tests.worker.run.history import History, alone, row_of

Steps = Sequence[Callable[[History], None]]


def _withdrawn(source: str, number: int) -> Callable[[History], None]:
    """Somebody's dossier, or row of the tracking book, is not told any more."""

    def step(office: History) -> None:
        keys = sorted(office.said[source])
        key = row_of(number) if source == "so-giay" else keys[number]
        office.withdrawn(source, keys.index(key))

    return step


#: All but the last step of each go well, and all of them where nothing is planted.
SHORTEST: Mapping[Bug, Steps] = {
    planted.a_due_day_passes: [lambda office: office.due_day_comes(past=True)],
    planted.a_person_who_went: [_withdrawn("motcua", 0)],
    planted.a_coverage_shrinks: [lambda office: office.speaks("cong", None, -8)],
    planted.a_book_shrinks: [lambda office: office.declared(-8, instead=True)],
    planted.a_tally_stays: [lambda office: office.dossier(4, -9, -3, Status.DONE)],
    planted.a_twin_stays: [_withdrawn("motcua", 4)],
    planted.an_earlier_dossier_stays: [lambda office: office.unnamed(5)],
    planted.a_conflict_stays: [_withdrawn("so-giay", 1)],
    planted.a_spelling_stays: [lambda office: office.dossier(8, 0)],
    planted.a_moved_row_stays: [lambda office: office.goes_down("so-giay", 0)],
    planted.a_code_that_went: [_withdrawn("motcua", 1)],
    planted.a_day_is_read_unseen: [lambda office: office.speaks("motcua", None, -8)],
    planted.numbers_are_not_left_behind: [
        lambda office: office.dossier(4, -9, -3, Status.DONE),
        lambda office: office.dossier(4, -9, -3),
    ],
    planted.a_moved_row_keeps_its_line: [
        lambda office: office.numbered_otherwise(RegisterType.TRACKING)
    ],
}


def _went(steps: Steps, office: History) -> int:
    """How many of the steps went well."""
    well = 0
    try:
        for step in steps:
            step(office)
            well += 1
    except AssertionError:
        pass
    finally:
        office.teardown()
    return well


@pytest.mark.parametrize("bug", SHORTEST, ids=lambda bug: bug.__name__)
def test_each_planted_bug_is_found_by_its_shortest_history(
    bug: Bug, tmp_path: Path, databases: Databases
):
    steps = SHORTEST[bug]
    with alone():
        assert _went(steps, History(tmp_path, databases)) == len(steps)
    with alone() as patch:
        bug(patch)
        assert _went(steps, History(tmp_path, databases)) == len(steps) - 1


def test_every_planted_bug_has_its_shortest_history():
    assert [planted.nothing, *SHORTEST] == [*planted.BUGS]
