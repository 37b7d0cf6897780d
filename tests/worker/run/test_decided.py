"""How a run says that it decided, when it decides in full, and the alarm of the nightly run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reconcile.claims import Claim, Procedure, Role
from reconcile.judging.remembering import Reckoned
from reconcile.linking.incremental import Relinked
from reconcile.scope import Scope
from tests.worker.making import dossier, register_row, snapshot
from tests.worker.office import CONFIG, PEOPLE, make
from worker import alerts
from worker.alerts.digest import FULL_RUN_DIFFERS
from worker.clock import StoppedClock
from worker.house import House
from worker.run import by_change, story
from worker.run.requests import Outcome, Request
from worker.service import health
from worker.store import FileStanding, Mail

pytestmark = pytest.mark.usefixtures("either_database")

TODAY = date(2024, 4, 1)
NOW = datetime(2024, 4, 1, 1, 30, tzinfo=UTC)
IT = "cntt@huyen.example"
MAIL = f"""
[mail]
host = "127.0.0.1"
sender = "doisoat@huyen.example"
it = ["{IT}"]
"""
EXPORT, BOOK = "inbox/motcua/a.xlsx", "inbox/so-giay/so.xlsx"


def known(number: int, **more: object) -> dict[str, object]:
    born = f"2024-01-{number + 1:02}"
    return {"subject": PEOPLE[number], "birth_date": born, "procedure": Procedure.BIRTH, **more}


def dossiers(count: int = 12) -> list[Claim]:
    return [dossier(number, file=EXPORT, **known(number)) for number in range(count)]


def rows(count: int = 6) -> list[Claim]:
    return [register_row(number, file=BOOK, **known(number)) for number in range(count)]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An office that has decided once."""
    found = replace(make(tmp_path, CONFIG + MAIL).house(), clock=StoppedClock(at=NOW))
    told(found, dossiers(), "1")
    told(found, rows(), "1")
    assert decided(found).contents.page.decided == ""
    return found


def told(house: House, claims: list[Claim], content: str) -> None:
    role = claims[0].role
    source, file = ("motcua", EXPORT) if role is Role.ONE_STOP else ("so-giay", BOOK)
    one = replace(
        snapshot(claims, content=content),
        source=source,
        role=role,
        file=file,
        rows=len(claims),
    )
    house.store.claims.take_in(one, at=NOW, on=TODAY, word=FileStanding.ASKED)


def decided(house: House, *, sweep: bool = False) -> Outcome:
    return story.run(house, Request(scope=Scope(TODAY), poll=False, formats=("json",), sweep=sweep))


def one_changed(house: House) -> None:
    first, *others = dossiers()
    told(house, [replace(first, mother="Bế Thị Lan"), *others], "2")


def told_of(outcome: Outcome) -> dict[str, object]:
    return dict(outcome.contents.run.decided)


def test_a_run_says_what_changed_and_what_it_looked_at_again(house: House):
    one_changed(house)
    outcome = decided(house)
    found = told_of(outcome)
    assert (found["by"], found["changed"]) == ("change", 1)
    assert 1 <= found["again"] < 6
    assert 1 <= found["judged"] < 12
    assert outcome.contents.page.decided == (
        f"1 thay đổi, ghép lại {found['again']} dòng sổ, xét lại {found['judged']} hồ sơ; "
        "ghép toàn bộ lần gần nhất lúc 08:30 ngày 01/04/2024"
    )


@pytest.mark.parametrize("lost", ["file", "row", "policy", "links"])
def test_what_is_lost_or_another_is_decided_in_full(
    house: House, lost: str, monkeypatch: pytest.MonkeyPatch
):
    folder = house.settings.office.data_dir / "prepared"
    if lost == "file":
        for path in folder.iterdir():
            path.unlink()
    elif lost == "row":
        newest = house.store.prepared.newest()
        house.store.prepared.keep(replace(newest, digest="0" * 32))
    elif lost == "policy":
        tuned = replace(house.policy.linking, margin=7.0)
        house = replace(house, policy=replace(house.policy, linking=tuned))
    else:
        house.store.decisions.apply(house.store.decisions.links()[1:], ())
    one_changed(house)
    assert told_of(decided(house))["by"] == "all"


def test_files_left_behind_are_their_owners_alone(house: House):
    folder = house.settings.office.data_dir / "prepared"
    files = list(folder.iterdir())
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_the_nightly_run_decides_in_full_and_compares(house: House):
    one_changed(house)
    decided(house)
    outcome = decided(house, sweep=True)
    assert told_of(outcome)["whole_same"] is True
    assert outcome.contents.page.decided.endswith("khớp")
    assert "linking" not in {one.name for one in health.look(house.settings).checks}


def by_change_is_wrong(patch: pytest.MonkeyPatch) -> None:
    """Plant a bug: what is linked by change loses a row."""
    right = by_change.link_changed

    def wrong(*given: object) -> Relinked:
        found = right(*given)
        return replace(found, gone=found.gone | {found.links[0].row}, links=[])

    patch.setattr(by_change, "link_changed", wrong)


def verdicts_are_wrong(patch: pytest.MonkeyPatch) -> None:
    """Plant a bug: what was decided by change loses a finding."""
    right = by_change.reckoned

    def wrong(*given: object) -> Reckoned:
        found = right(*given)
        fewer = replace(found.judgement, findings=found.judgement.findings[1:])
        return replace(found, judgement=fewer)

    patch.setattr(by_change, "reckoned", wrong)


def alarms(house: House) -> list[Mail]:
    return [one for one in house.store.outbox.mails() if one.kind == FULL_RUN_DIFFERS]


@pytest.mark.parametrize("plant", [by_change_is_wrong, verdicts_are_wrong])
def test_a_night_that_differs_raises_the_alarm_and_counts_itself(
    house: House, plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
):
    one_changed(house)
    plant(monkeypatch)
    outcome = decided(house, sweep=True)
    assert told_of(outcome)["whole_same"] is False
    assert "KHÁC" in outcome.contents.page.decided
    assert outcome.exit_code == 0
    assert len(house.store.decisions.links()) == 6
    checks = {one.name: one for one in health.look(house.settings).checks}
    assert not checks["linking"].well
    [mail] = alarms(house)
    assert mail.recipient == IT
    assert "08 giờ 30 phút ngày 01/04/2024" in mail.body.text
    assert not any(name in mail.body.text + mail.body.html for name in PEOPLE)
    monkeypatch.undo()
    decided(house, sweep=True)
    assert "linking" not in {one.name for one in health.look(house.settings).checks}


def test_a_difference_that_stands_is_one_mail_and_the_next_one_another(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    def night(after: int, *, differs: bool) -> int:
        """How many mails there were when it was over."""
        at = replace(house, clock=StoppedClock(at=NOW + timedelta(days=after)))
        told(at, [replace(dossiers()[0], mother=f"{PEOPLE[after]}"), *dossiers()[1:]], f"{after}")
        with monkeypatch.context() as patch:
            if differs:
                by_change_is_wrong(patch)
            decided(at, sweep=True)
        told(at, [replace(dossiers()[1], mother=f"{PEOPLE[after]}"), *dossiers()[2:]], f"{after}.")
        decided(at)  # by change, at day
        alerts.prepare(at)
        return len(alarms(at))

    assert [night(after, differs=True) for after in (2, 3)] == [1, 1]
    assert [night(after, differs=after != 4) for after in (4, 5)] == [1, 2]
