"""F37: after a restore nobody is told again what was told since the copy was made."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconcile.findings import Kind
from reconcile.lifecycle import State
from reconcile.scope import Scope
from tests.worker import alerts_house
from tests.worker.alerts_house import NOW, later
from tests.worker.alerts_sample import finding, lines_of, rows_of
from tests.worker.making import discrepancy, step
from tests.worker.smtp_server import Sink, serving
from worker import alerts
from worker.alerts.delivery import deliver
from worker.cli import doisoat
from worker.house import House
from worker.store import MailState, Store, restore

TEN = 10
UNITS = "code,name,recipient,role,email\n" + "".join(
    f"9{number:04},Xã Số {number},,Chủ tịch UBND,xa{number}@x.example\n" for number in range(TEN)
)
DAY = alerts_house.DAY


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def house(store: Store, sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An office of ten communes with a mail server; its commands find its database."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "units.csv").write_text(UNITS, encoding="utf-8")
    monkeypatch.setenv("DOISOAT_DATABASE__URL", url_of(store))
    with serving(sink) as port:
        made = alerts_house.house(tmp_path, port, store)
        store.runs.begin("first", "test", Scope(DAY), at=NOW - timedelta(hours=1))
        store.runs.finish("first", at=NOW - timedelta(hours=1), exit_code=0)
        yield made


def url_of(store: Store) -> str:
    return store.database.url.render_as_string(hide_password=False)


def run_of(house: House, run_id: str) -> int:
    """A run that finds the same ten discrepancies; how many mails it prepared."""
    store = house.store
    found = [finding(n, Kind.RETURNED_STILL_PENDING, unit=f"9{n % TEN:04}") for n in range(TEN)]
    known = {one.id for one in store.decisions.discrepancies()}
    changes = [
        step(
            discrepancy(one.anchor, id=one.id, kind=one.kind, unit=one.unit, state=State.OPEN),
            at=house.clock.now(),
        )
        for one in found
        if one.id not in known
    ]
    lines = lines_of(*found)
    posting = alerts.for_run(
        house, run_id=run_id, as_of=DAY, sources=(), lines=lines, changes=changes
    )
    store.runs.begin(run_id, "test", Scope(DAY), at=house.clock.now())
    rows = rows_of(lines, store, changes)
    made = store.decisions.apply(
        None, changes, run_id=run_id, judged=DAY, posting=posting, found=rows
    ).mails
    store.runs.finish(run_id, at=house.clock.now(), exit_code=0)
    return made


def put_back(house: House, copy: Path, folder: Path) -> tuple[House, int | None]:
    url = url_of(house.store)
    house.store.close()
    done = restore(url, copy, folder / "backups", by="cli:thu", at=NOW + timedelta(minutes=30))
    return replace(later(house, hours=1), store=Store.open(url)), done.mails


def unfreeze(folder: Path, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(
        doisoat, ["alerts", "unfreeze", *words, "--config", str(folder / "doisoat.toml")]
    )
    assert result.exit_code == code, result.output
    return result.output


def test_mails_sent_since_the_copy_are_known_and_not_sent_again(
    house: House, sink: Sink, tmp_path: Path
):
    copy = tmp_path / "copy.db"
    house.store.upkeep.backup(copy)
    assert run_of(house, "r1") == TEN
    deliver(house)
    sent = {one.message_id for one in sink.ledger}
    assert len(sent) == len(sink.ledger) == TEN

    again, known = put_back(house, copy, tmp_path)
    assert known == TEN
    assert again.store.decisions.discrepancies() == []
    assert {one.message_id for one in again.store.outbox.mails(MailState.SENT)} == sent
    unfreeze(tmp_path)
    assert run_of(again, "r2") == 0
    deliver(again)
    assert len(sink.ledger) == TEN
    tomorrow = later(again, days=1)
    assert run_of(tomorrow, "r3") == 0
    deliver(tomorrow)
    assert len(sink.ledger) == TEN
    assert again.store.upkeep.verify() == []
    again.store.close()


def test_where_nothing_is_known_they_are_named_and_a_person_decides(
    house: House, sink: Sink, tmp_path: Path
):
    """The machine is lost with its database; only the copy of before the run is left."""
    copy = tmp_path / "copy.db"
    house.store.upkeep.backup(copy)
    run_of(house, "r1")
    deliver(house)
    sent = {one.message_id for one in sink.ledger}
    with house.store.database.writer.begin() as connection:
        for name in ("told", "outbox", "finding", "change", "discrepancy", "run"):
            connection.exec_driver_sql(f"DELETE FROM {name}")

    again, known = put_back(house, copy, tmp_path)
    assert known is None
    assert "doisoat run" in unfreeze(tmp_path, code=2)
    assert run_of(again, "r2") == TEN  # made, and held
    deliver(again)
    assert len(sink.ledger) == TEN
    told = unfreeze(tmp_path)
    assert all(name in told for name in sent)
    assert "xa3@x.example" in told
    assert {one.state for one in again.store.outbox.mails()} == {MailState.UNCERTAIN}
    deliver(again)
    assert run_of(later(again, hours=1), "r3") == 0
    assert len(sink.ledger) == TEN
    first = again.store.outbox.mails()[0]
    again.store.outbox.resend([first.id], at=again.clock.now(), by="cli:it")
    deliver(again)
    assert len(sink.ledger) == TEN + 1
    again.store.close()


def test_a_mail_that_waited_in_the_copy_and_went_out_since_is_sent_once(
    house: House, sink: Sink, tmp_path: Path
):
    run_of(house, "r1")
    copy = tmp_path / "copy.db"
    house.store.upkeep.backup(copy)
    deliver(house)
    again, known = put_back(house, copy, tmp_path)
    assert known == TEN
    unfreeze(tmp_path, "--resend")
    deliver(again)
    assert len(sink.ledger) == TEN
    again.store.close()
