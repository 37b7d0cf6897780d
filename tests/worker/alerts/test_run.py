"""Mails as part of a run: written with its changes, once, and never of the past."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reconcile.claims import Role, Status
from reconcile.findings import Kind, Recorded
from reconcile.lifecycle import State
from reconcile.scope import Scope
from tests.simulators import district
from tests.worker import alerts_house
from tests.worker.alerts_house import NOW, later
from tests.worker.alerts_sample import finding, lines_of, rows_of
from tests.worker.making import broken, discrepancy, dossier, snapshot, step
from tests.worker.smtp_server import Sink, serving
from worker import alerts
from worker.alerts.delivery import deliver
from worker.alerts.preview_files import preview
from worker.clock import StoppedClock
from worker.run import story
from worker.run.requests import Request
from worker.store import MailState, Overtaken, Store

UNITS = "code,name,recipient,role,email\n" + "".join(
    f"9{number:04},Xã Số {number},,Chủ tịch UBND,xa{number}@x.example\n" for number in range(40)
)
TODAY = date(2026, 11, 23)
DONE = ((Role.ONE_STOP, Recorded(Status.RETURNED, "Đã trả kết quả", None)),)


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture
def house(store: Store, sink: Sink, tmp_path: Path):
    """An office of forty communes with a mail server, on a Monday at half past seven."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "units.csv").write_text(UNITS, encoding="utf-8")
    with serving(sink) as port:
        yield alerts_house.house(tmp_path, port, store)


def found(number: int, kind: Kind = Kind.RETURNED_STILL_PENDING):
    return finding(number, kind, unit=f"9{number % 40:04}")


def opened(one, house, state: State = State.OPEN):
    known = discrepancy(one.anchor, id=one.id, kind=one.kind, unit=one.unit, state=state)
    return step(known, at=house.clock.now())


def decided(house, findings, changes, *, run_id: str) -> int:
    """What the pipeline does at the end of a run; how many mails were prepared."""
    return told_of(house, lines_of(*findings), changes, run_id=run_id)


def told_of(house, lines, changes, *, run_id: str) -> int:
    posting = alerts.for_run(
        house, run_id=run_id, as_of=TODAY, sources=(), lines=lines, changes=changes
    )
    house.store.runs.begin(run_id, "test", Scope(TODAY), at=house.clock.now())
    rows = rows_of(lines, house.store, changes)
    return house.store.decisions.apply(
        None, changes, run_id=run_id, judged=TODAY, posting=posting, found=rows
    ).mails


def test_500_discrepancies_in_40_units_are_exactly_40_mails(house, sink: Sink):
    old = [found(number) for number in range(1, 6)]
    decided(house, old, [opened(one, house) for one in old], run_id="1")
    deliver(house)
    sink.ledger.clear()
    monday = later(house, days=7)
    fresh = [found(number) for number in range(100, 600)]
    made = decided(monday, old + fresh, [opened(one, monday) for one in fresh], run_id="2")
    assert made == 40
    assert deliver(monday).counts == {MailState.SENT: 40}
    assert len({one.recipient for one in sink.ledger}) == len(sink.ledger) == 40
    assert decided(monday, old + fresh, [], run_id="3") == 0
    assert decided(later(monday, hours=1), old + fresh, [], run_id="4") == 0
    assert deliver(later(monday, hours=2)).counts == {}


def test_a_portal_that_is_down_with_10000_open_is_one_mail_to_it(house, sink: Sink):
    known = [found(number) for number in range(1, 10_001)]
    lines = lines_of(*known)
    told_of(house, lines, [opened(one, house) for one in known], run_id="1")
    deliver(house)
    assert len(sink.ledger) == 40
    sink.ledger.clear()
    monday = later(house, days=7)
    portal = snapshot([dossier(1, "cong")], role=Role.PORTAL)
    silent = broken(portal, "máy chủ không trả lời")
    house.store.claims.take_in(silent, at=monday.clock.now(), on=monday.clock.today())
    facts = house.store.readings.coverage_facts("cong")
    for number in range(3):
        posting = alerts.for_run(
            monday,
            run_id=f"2-{number}",
            as_of=TODAY,
            sources=(facts,),
            lines=lines,
            changes=(),
        )
        monday.store.decisions.apply(None, (), run_id=f"2-{number}", posting=posting)
    deliver(monday)
    assert [one.recipient for one in sink.ledger] == ["cntt@huyen.example"]


def test_a_period_that_was_not_read_is_no_mail_to_a_head(house):
    one = found(1)
    house.store.decisions.apply(None, [opened(one, house)], run_id="1")
    telling = {
        "run_id": "2", "as_of": TODAY, "sources": (), "lines": lines_of(one), "changes": ()
    }  # fmt: skip
    assert alerts.for_run(house, **telling, covered=False).posts == ()
    assert len(alerts.for_run(house, **telling, covered=True).posts) == 1


def test_mails_and_changes_are_one_transaction(house):
    one, other = found(1), found(2)
    decided(house, [one], [opened(one, house)], run_id="1")
    before = house.store.outbox.mails()
    stale = replace(opened(one, house), before=State.SUSPECTED)
    with pytest.raises(Overtaken):
        decided(house, [one, other], [opened(other, house), stale], run_id="2")
    assert house.store.outbox.mails() == before
    assert set(house.store.findings.of([one.id, other.id])) == {one.id}


def test_the_changes_of_a_mail_are_marked_as_dealt_with(house):
    from sqlalchemy import select

    from worker.store.tables import change

    one = found(1)
    decided(house, [one], [opened(one, house)], run_id="1")
    query = select(change.c.processed_at)
    marks = house.store.database.read(lambda connection: connection.scalars(query).all())
    assert marks == [NOW]


def test_what_waits_for_the_software_to_catch_up_is_not_told(house):
    one = found(1)
    assert decided(house, [one], [opened(one, house, State.SUSPECTED)], run_id="1") == 0


def test_news_of_a_tuesday_goes_out_on_monday(house):
    tuesday = later(house, days=1)
    one = found(1)
    assert decided(tuesday, [one], [opened(one, tuesday)], run_id="1") == 0
    assert decided(later(house, days=6), [one], [], run_id="2") == 0
    assert decided(later(house, days=7), [one], [], run_id="3") == 1


def test_a_slip_back_is_news_again(house, sink: Sink):
    one = found(1)
    decided(house, [one], [opened(one, house)], run_id="1")
    week = later(house, days=7)
    before = house.store.decisions.discrepancies()[0]
    gone = replace(before, state=State.RESOLVED)
    assert decided(week, [], [step(gone, State.OPEN, at=week.clock.now())], run_id="2") == 1
    assert alerts.would_go(week) == []
    later_on = later(house, days=14)
    back = step(before, State.RESOLVED, at=later_on.clock.now())
    assert decided(later_on, [one], [back], run_id="3") == 1
    last = house.store.outbox.mails()[-1]
    assert "phát sinh lại" in last.body.text


def test_while_frozen_no_mail_is_prepared_and_no_news_is_lost(house):
    one = found(1)
    house.store.outbox.freeze("khôi phục", by="cli:thu", at=NOW)
    assert decided(house, [one], [opened(one, house)], run_id="1") == 0
    house.store.outbox.unfreeze(by="cli:thu", at=NOW)
    assert alerts.prepare(house) == 1


def test_what_a_run_wrote_down_is_told_by_a_later_mail_in_the_same_words(house):
    """A line of many dossiers, one that only the software's people can take, a pair."""
    some = [
        found(1),
        finding(2, members=("motcua:a", "motcua:b", "motcua:c"), count=3, unit="90001"),
        finding(3, open_in=(Role.PORTAL,), recorded=DONE, unit="90001"),
        finding(4, Kind.DUPLICATE_DOSSIER, other="motcua:H11-7", unit="90001"),
    ]
    changes = [opened(one, house) for one in some]
    facts, lines = house.source_facts(), lines_of(*some)
    posting = alerts.for_run(
        house, run_id="1", as_of=TODAY, sources=facts, lines=lines, changes=changes
    )
    house.store.outbox.freeze("khôi phục", by="cli:thu", at=NOW)
    assert decided(house, some, changes, run_id="1") == 0
    house.store.outbox.unfreeze(by="cli:thu", at=NOW)
    alerts.prepare(house)
    assert [one.body for one in house.store.outbox.mails()] == [one.body for one in posting.posts]


def test_a_row_that_mails_are_made_of_holds_no_name(house):
    one = found(1)
    decided(house, [one], [opened(one, house)], run_id="1")
    [payload] = house.store.findings.of([one.id]).values()
    assert "Trần Thị Mẫu" not in payload.decode()
    assert "T.T.M." in payload.decode()


def test_an_equal_run_prepares_no_mail(house):
    one = found(1)
    decided(house, [one], [opened(one, house)], run_id="1")
    again = alerts.for_run(
        house, run_id="2", as_of=TODAY, sources=(), lines=lines_of(one), changes=()
    )  # fmt: skip
    assert again is not None
    assert again.posts == ()


# The whole way, from the files


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("huyen")
    district.build(folder, size=150)
    return folder


@pytest.fixture
def district_house(built: Path, tmp_path: Path, sink: Sink):
    folder = tmp_path / "huyen"
    shutil.copytree(built, folder)
    with serving(sink) as port:
        mail = (
            f'\n[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
            'sender = "doisoat@huyen.example"\nit = ["cntt@huyen.example"]\n'
        )
        file = folder / "doisoat.toml"
        file.write_text(file.read_text("utf-8") + mail, encoding="utf-8")
        made = alerts_house.opened(file)
        monday = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)
        yield replace(made, clock=StoppedClock(made.clock.zone_name, monday))
        made.store.close()


def asked(as_of: date) -> Request:
    return Request(Scope(as_of, date(2024, 1, 1), date(2024, 3, 31)), formats=("json",))


def test_from_the_files_to_the_mailbox_and_not_twice(district_house, sink: Sink):
    house = district_house
    first = story.run(house, asked(date(2024, 3, 31)))
    assert first.applied.mails > 3
    assert deliver(house).counts == {MailState.SENT: first.applied.mails}
    heads = [one for one in sink.ledger if one.recipient != "cntt@huyen.example"]
    assert len({one.recipient for one in heads}) == len(heads)
    sink.ledger.clear()

    again = story.run(later(house, minutes=30), asked(date(2024, 3, 31)))
    assert again.applied.mails == 0
    backdated = story.run(later(house, days=7), asked(date(2024, 3, 1)))
    assert (backdated.backdated, backdated.applied.mails) == (True, 0)
    assert deliver(later(house, days=7)).counts == {}
    assert sink.ledger == []


def test_a_preview_remembers_nothing_and_a_send_tells_the_same(district_house, sink: Sink):
    house = later(district_house, days=1)  # a Tuesday: nothing goes by itself
    assert story.run(house, asked(date(2024, 3, 31))).applied.mails <= 1  # to IT alone
    shown = preview(house)
    assert preview(house) == shown
    assert {path.suffix for one in shown.mails for path in one.files} == {".eml", ".html"}
    alerts.prepare(house)
    deliver(house, asked_for=True)
    sent = {(one.recipient, str(one.message["Subject"])) for one in sink.ledger}
    assert sent == {(one.recipient, one.subject) for one in shown.mails}
    assert preview(house).mails == ()


def test_an_office_without_heads_or_mail_is_left_alone(district_house):
    (district_house.settings.folder / "tables" / "units.csv").unlink()
    file = district_house.settings.file
    file.write_text(file.read_text("utf-8").replace('it = ["cntt@huyen.example"]', ""))
    bare = alerts_house.opened(file, district_house.store, at=NOW - timedelta(days=700))
    assert alerts.for_run(
        bare, run_id="1", as_of=TODAY, sources=(), lines=None, changes=()
    ) is None  # fmt: skip
