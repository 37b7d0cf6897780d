"""``review quality`` shows answers that contradict each other, and settles nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconcile.links import Answer
from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write

pytestmark = pytest.mark.usefixtures("either_database")


@pytest.fixture
def office(made_once) -> Office:
    """Four births, all linked by their code."""

    def reconciled(folder: Path) -> None:
        office = make(folder)
        known = dossiers(4)
        write(folder / "inbox/motcua/a.xlsx", EXPORT, known)
        write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(known))
        office.run("--period", "2024-01")

    return made_once(reconciled)


def test_answers_that_cannot_all_be_true_are_shown_with_place_and_code(office: Office) -> None:
    store = office.house().store
    (first, second) = [(one.row, str(one.dossier)) for one in store.decisions.links()][:2]
    assert "0 chỗ trái nhau" in office.command("review", "quality").output
    for row, dossier, same in (
        (first[0], first[1], True),
        (second[0], first[1], True),
        (second[0], second[1], True),
        (first[0], second[1], False),
    ):
        store.answers.add(Answer(row, dossier, same=same, by="An", on="2024-04-01"))
    told = " ".join(office.command("review", "quality").output.split())
    assert "4 câu trả lời của 1 người; 2 chỗ trái nhau" in told
    assert second[1].partition(":")[2] in told
    assert "dòng " in told
    known = json.loads(office.command("review", "quality", "--json").stdout)
    assert [len(one["confirmed"]) for one in known["clashes"]] == [3, 2]
    assert len(store.answers.all()) == 4  # shown, not settled


def test_two_people_who_answered_differently_are_shown(office: Office) -> None:
    store = office.house().store
    (one, *_) = store.decisions.links()
    store.answers.add(Answer(one.row, str(one.dossier), same=True, by="An", on="2024-04-01"))
    store.answers.add(Answer(one.row, str(one.dossier), same=False, by="Bình", on="2024-04-02"))
    told = " ".join(office.command("review", "quality").output.split())
    assert "1 cặp hai người trả lời khác nhau" in told
    assert "(Bình, 02/04/2024)" in told
