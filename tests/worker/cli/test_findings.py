"""``findings``: labels as they are shown, the beginning of an id, many at once, and taking back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write

pytestmark = pytest.mark.usefixtures("either_database")

KNOWN = dossiers(6)
STUCK = "Đã trả kết quả, phần mềm chưa kết thúc"


@pytest.fixture
def office(made_once) -> Office:
    """Six births; five handed over on paper, pending in the software."""

    def reconciled(folder: Path) -> None:
        office = make(folder)
        write(folder / "inbox/motcua/a.xlsx", EXPORT, KNOWN)
        write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(KNOWN[:5]))
        office.run("--as-of", "2024-02-10")

    return made_once(reconciled)


def said(office: Office, *words: str, code: int = 0) -> str:
    result = office.command("findings", *words)
    assert result.exit_code == code, result.output
    return result.output


def listed(office: Office, *words: str) -> list[dict[str, str]]:
    return json.loads(office.command("findings", "list", "--json", *words).stdout)


def states(office: Office) -> list[str]:
    return [one["state"] for one in listed(office, "--kind", STUCK)]


@pytest.mark.parametrize("state", ["Chưa xử lý", "chua xu ly", "OPEN", "chưa xử"])
@pytest.mark.parametrize("kind", [STUCK, STUCK.upper(), "RETURNED_STILL_PENDING"])
def test_labels_are_taken_as_they_are_shown(office: Office, state: str, kind: str) -> None:
    assert len(listed(office, "--state", state, "--kind", kind)) == 5


def test_what_is_no_label_is_answered_with_the_labels(office: Office) -> None:
    told = said(office, "list", "--state", "xong", code=2)
    assert "Chưa xử lý; Đã nhận việc" in told
    assert "OPEN" not in told
    assert STUCK in said(office, "list", "--kind", "lệch", code=2)


def test_a_list_has_a_line_a_dossier_with_its_next_step(office: Office) -> None:
    told = said(office, "list")
    for one in KNOWN[:5]:
        assert told.count(one["Mã hồ sơ"]) == 1
    assert "kết thúc" in told


def test_the_beginning_of_an_id_and_several_at_once(office: Office) -> None:
    first, second = (one["id"] for one in listed(office, "--kind", STUCK)[:2])
    told = said(office, "ack", first[:6], second[:6], code=2)  # nobody can be asked here
    assert "2 hồ sơ (2 điểm lệch): xem lại rồi thêm --yes" in told
    assert states(office).count("ACKNOWLEDGED") == 0
    said(office, "ack", first[:6], second[:6], "--yes")
    assert states(office).count("ACKNOWLEDGED") == 2
    said(office, "show", first[:6])
    said(office, "show", first[:3], code=2)  # too short to mean anything


def test_a_dossier_s_code_means_the_whole_dossier(office: Office) -> None:
    said(office, "ack", KNOWN[0]["Mã hồ sơ"], "--yes")
    assert states(office).count("ACKNOWLEDGED") == 1


def test_many_by_unit_and_kind_are_shown_before_and_taken_back(office: Office) -> None:
    told = said(office, "waive", "--kind", STUCK, "--until", "31/12/2099", "--not-ours", code=2)
    for one in KNOWN[:5]:
        assert one["Mã hồ sơ"] in told
    assert set(states(office)) == {"OPEN"}
    said(office, "waive", "--kind", STUCK, "--until", "31/12/2099", "--not-ours", "--yes")
    assert set(states(office)) == {"WAIVED"}
    said(office, "undo", "--kind", STUCK, "--reason", "nhầm đơn vị", "--yes")
    assert set(states(office)) == {"OPEN"}
    name = listed(office, "--kind", STUCK)[0]["id"]
    history = said(office, "show", name)
    assert "Tạm gác" in history
    assert "nhầm đơn vị" in history


def test_who_gives_work_back_opens_nothing_anew(office: Office) -> None:
    name = listed(office, "--kind", STUCK)[0]["id"]
    rounds = office.house().store.outbox.rounds()
    said(office, "ack", name)
    said(office, "undo", name)
    assert office.house().store.outbox.rounds() == rounds
    assert "Chưa xử lý" in said(office, "undo", name, code=2)


def test_names_or_filters_and_not_both_nor_neither(office: Office) -> None:
    for words in ((), ("abcd", "--kind", STUCK)):
        assert "hoặc chọn nhiều bằng --unit và --kind" in said(office, "ack", *words, code=2)
