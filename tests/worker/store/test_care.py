"""Copies and putting one back, the audit's chain, retention: on SQLite and on PostgreSQL."""

import os
import sqlite3
import stat
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from config.sections import Retention
from reconcile.lifecycle import State
from reconcile.links import Answer
from reconcile.scope import Scope
from tests.worker.alerts_house import post
from tests.worker.making import NOW, TODAY, discrepancy, dossier, link, register_row, snapshot, step
from tests.worker.store.test_schema import stamp
from worker.service import chores
from worker.store import (
    MailState,
    NewSchema,
    Paper,
    Posting,
    Store,
    StoreDamaged,
    StoreError,
    Terms,
    restore,
    schema,
)
from worker.store.engine import connect, sqlite_module
from worker.store.mail_tables import outbox
from worker.store.migrations import HEAD, REVISIONS
from worker.store.rows import StoredRow

AFTER = datetime(2024, 5, 2, 3, 0, tzinfo=UTC)
TERMS = Terms(runs=30, discrepancies=30, mask_after=10, audit=30)


def fill(store: Store) -> Store:
    """Something in every table that a backup must hold."""
    row = register_row(1)
    store.claims.take_in(snapshot([dossier(1), dossier(2)]), at=NOW, on=TODAY)
    store.claims.take_in(snapshot([row]), at=NOW, on=TODAY)
    store.runs.begin("r1", "cli", Scope(as_of=TODAY), at=NOW)
    store.decisions.apply([link(row, dossier(1))], [step(discrepancy())], run_id="r1", judged=TODAY)
    store.runs.finish("r1", at=NOW, exit_code=0, contents=b"noi dung")
    store.answers.add(Answer("so:1", "motcua:1", same=True, by="can-bo", on="2024-04-01"))
    store.outbox.post(Posting(NOW, (post(1), post(2))))
    store.audit.append(actor="cli:an", act="report.full_names", object="r1", reason="a", at=NOW)
    store.audit.append(actor="cli:an", act="report.full_names", object="r1", reason="b", at=NOW)
    return store


def url_of(store: Store) -> str:
    return store.database.url.render_as_string(hide_password=False)


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for the signs of the moment."""
    passing = {"heartbeat", "lease", "mail_switch", "audit", "audit_head"}

    def rows(connection):
        return {
            table.name: sorted(
                (tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in found),
                key=repr,
            )
            for table in StoredRow.metadata.sorted_tables
            if table.name not in passing and (found := connection.execute(select(table)).all())
        }

    return store.database.read(rows)


def put_back(store: Store, copy: Path, folder: Path, *, at: datetime = AFTER) -> Store:
    """The store after a restore, and where the replaced one lies."""
    store.close()
    restore(url_of(store), copy, folder, by="cli:binh", at=at)
    return Store.open(url_of(store))


# Copies


def test_a_copy_of_any_database_is_a_sound_sqlite_file(store: Store, tmp_path: Path):
    fill(store)
    file = tmp_path / "sao" / "luu.db"
    store.upkeep.backup(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["luu.db"]
    copy = Store.open(f"sqlite:///{file}")
    assert everything(copy) == everything(store)
    assert copy.audit.acts() == store.audit.acts()
    assert copy.upkeep.verify() == []
    copy.close()
    with pytest.raises(StoreError, match="đã tồn tại"):
        store.upkeep.backup(file)


def test_a_copy_made_while_others_write_is_of_one_moment_and_can_be_restored(
    store: Store, tmp_path: Path
):
    """F37: every step that the copy holds has its discrepancy, and none is half."""
    fill(store)
    ended = threading.Event()

    def write() -> None:
        other, number = Store.open(url_of(store)), 10
        while not ended.is_set():
            number += 1
            claims = [dossier(n) for n in range(number)]
            other.claims.take_in(snapshot(claims, content=str(number)), at=NOW, on=TODAY)
            other.decisions.apply(None, [step(discrepancy(f"motcua:{number}"))])
        other.close()

    writers = [threading.Thread(target=write)]
    for writer in writers:
        writer.start()
    try:
        for number in range(3):
            store.upkeep.backup(tmp_path / f"{number}.db")
    finally:
        ended.set()
        for writer in writers:
            writer.join()
    [sent, _] = store.outbox.mails()
    store.outbox.settle(store.outbox.claim(sent, seconds=60), MailState.SENT, at=NOW)
    for number in range(3):
        copy = Store.open(f"sqlite:///{tmp_path}/{number}.db")
        assert copy.upkeep.verify() == []
        assert len(copy.decisions.changes()) == len(copy.decisions.discrepancies()) >= 1
        copy.close()

    again = put_back(store, tmp_path / "1.db", tmp_path)
    # One mail went out after the copy, where it waits: the replaced database knew it.
    states = [mail.state for mail in again.outbox.mails()]
    assert states == [MailState.SENT, MailState.PENDING]
    assert again.outbox.switch().frozen
    assert again.outbox.unfreeze(by="cli:binh", at=AFTER) == 1
    assert again.outbox.due(AFTER) == []
    states = [mail.state for mail in again.outbox.mails()]
    assert states == [MailState.SENT, MailState.UNCERTAIN]
    # and the office goes on
    again.claims.take_in(snapshot([dossier(n) for n in range(500)], content="9"), at=NOW, on=TODAY)
    again.decisions.apply(None, [step(discrepancy("motcua:999"))])
    assert again.upkeep.verify() == []
    again.close()


# Putting one back


def test_what_is_put_back_is_what_was_copied_and_the_replaced_one_is_kept(
    store: Store, tmp_path: Path
):
    fill(store)
    store.upkeep.backup(tmp_path / "copy.db")
    before = everything(store)
    store.claims.take_in(snapshot([dossier(n) for n in range(9)], content="3"), at=NOW, on=TODAY)
    store.schedule.beat("sweep", clock=NOW, host="may-1", problem="")
    changed = everything(store)
    url = url_of(store)
    store.close()

    done = restore(url, tmp_path / "copy.db", tmp_path / "backups", by="cli:binh", at=AFTER)

    again = Store.open(url)
    assert everything(again) == before
    assert again.upkeep.verify() == []
    assert "copy.db" in again.outbox.switch().reason
    assert [act.act for act in again.audit.acts()][-1] == "db.restored"
    assert again.schedule.last_beat("sweep") is None  # no old clock that seems to leap
    again.runs.begin("r2", "cli", Scope(as_of=TODAY), at=AFTER)
    again.answers.add(Answer("so:2", "motcua:2", same=False, by="can-bo", on="2024-04-02"))
    assert len(again.answers.all()) == 2  # PostgreSQL counts on behind the copied rows
    again.close()

    assert done.revision == HEAD
    assert done.aside is not None
    aside = Store.open(f"sqlite:///{done.aside}")
    assert everything(aside) == changed
    aside.close()
    assert not [
        one for one in tmp_path.rglob("*") if ".khoi-phuc" in one.name and one != done.aside
    ]


def test_a_copy_goes_from_one_kind_of_database_into_the_other(store: Store, tmp_path: Path):
    """An office that outgrew one machine takes its memory along."""
    other = fill(Store.open(f"sqlite:///{tmp_path}/other.db"))
    other.upkeep.backup(tmp_path / "copy.db")
    again = put_back(store, tmp_path / "copy.db", tmp_path)
    assert everything(again) == everything(other)
    assert again.upkeep.verify() == []
    again.close()
    other.close()


def test_a_copy_of_an_older_version_is_upgraded_on_the_way(store: Store, tmp_path: Path):
    fill(store)
    old = connect(f"sqlite:///{tmp_path}/old.db")
    schema.make_private(old.file)
    with old.writer.begin() as connection:
        schema.migrate(connection, REVISIONS[1])
    old.close()
    again = put_back(store, tmp_path / "old.db", tmp_path)
    assert again.upkeep.revision() == HEAD
    assert again.readings.claims() == []
    again.close()


@pytest.mark.parametrize("what", ["missing", "rubbish", "foreign", "newer", "changed"])
def test_what_is_no_sound_copy_is_refused_and_nothing_is_touched(
    store: Store, tmp_path: Path, what: str
):
    fill(store)
    before = everything(store)
    file = tmp_path / "copy.db"
    store.upkeep.backup(file)
    if what == "missing":
        file.unlink()
    elif what == "rubbish":
        file.write_bytes(b"khong phai co so du lieu" * 500)
    elif what == "foreign":
        file.unlink()
        with sqlite3.connect(file) as other:
            other.execute("CREATE TABLE t (a)")
        other.close()
    elif what == "newer":
        stamp(f"sqlite:///{file}", "9999")
    else:
        content = bytearray(file.read_bytes())
        content[content.find("Nguyễn Thị Mẫu 1".encode())] ^= 0x20
        file.write_bytes(content)
    refusal = {"newer": NewSchema, "rubbish": StoreDamaged, "changed": StoreDamaged}
    with pytest.raises(refusal.get(what, StoreError)):
        restore(url_of(store), file, tmp_path, by="cli:binh", at=AFTER)
    assert everything(store) == before
    assert not store.outbox.switch().frozen


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_damaged_file_is_put_aside_and_replaced(store: Store, tmp_path: Path):
    """F29: the start refuses and says what to do, and that works."""
    fill(store)
    store.upkeep.backup(tmp_path / "copy.db")
    before = everything(store)
    store.close()
    file = store.database.file
    file.write_bytes(b"\0" * 100 + file.read_bytes()[100:])
    with pytest.raises(StoreDamaged, match="khôi phục"):
        Store.open(url_of(store))
    again = put_back(store, tmp_path / "copy.db", tmp_path)
    assert everything(again) == before
    again.close()


def test_a_database_in_use_is_not_replaced(store: Store, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("worker.store.restoring.WAIT", "300ms")
    fill(store)
    store.upkeep.backup(tmp_path / "copy.db")
    before = everything(store)
    with store.database.writer.begin() as connection:
        connection.execute(text("UPDATE answer SET by = 'ai do'"))
        with pytest.raises(StoreError, match="đang được dùng"):
            restore(url_of(store), tmp_path / "copy.db", tmp_path, by="cli:binh", at=AFTER)
        connection.rollback()
    assert everything(store) == before


# The audit


def chain(store: Store, count: int = 5) -> None:
    for number in range(count):
        store.audit.append(
            actor="cli:an", act="x", object=str(number), reason="", at=NOW + timedelta(days=number)
        )


def test_an_act_that_is_kept_twice_is_kept_once(store: Store):
    """F12: the reply to COMMIT was lost, and the act is repeated."""
    for _ in range(2):
        assert store.audit.append(actor="a", act="x", object="o", reason="r", at=NOW) == 1
    assert store.audit.append(actor="a", act="x", object="o", reason="r", at=AFTER) == 2
    assert store.upkeep.verify() == []


def test_many_that_append_at_once_make_one_chain(store: Store):
    threads = [
        threading.Thread(
            target=lambda n=n: store.audit.append(
                actor=f"a{n}", act="x", object="", reason="", at=NOW
            )
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [act.seq for act in store.audit.acts()] == list(range(1, 9))
    assert store.upkeep.verify() == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET reason = 'khác' WHERE seq = 2", "DELETE FROM audit WHERE seq = 5"],
)
def test_the_database_itself_refuses_to_change_the_audit(store: Store, statement: str):
    chain(store)
    with pytest.raises(Exception, match="only added to"):
        store.database.write(lambda connection: connection.execute(text(statement)))
    assert store.upkeep.verify() == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit SET reason = 'khác' WHERE seq = 3", "dòng số 3 đã bị sửa"),
        ("DELETE FROM audit WHERE seq = 3", "thiếu dòng số 3"),
        ("DELETE FROM audit WHERE seq = 5", "cắt bớt sau dòng số 4"),
        ("DELETE FROM audit WHERE seq = 1", "thiếu dòng số 1"),
    ],
)
def test_what_was_forged_past_the_guards_is_named(store: Store, statement: str, told: str):
    """F36."""
    chain(store)
    guards = (
        ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete")
        if store.database.is_sqlite
        else ("DROP TRIGGER audit_no_change ON audit",)
    )

    def forge(connection):
        for one in (*guards, statement):
            connection.execute(text(one))

    store.database.write(forge)
    [problem] = store.upkeep.verify()
    assert told in problem


def test_the_oldest_acts_go_and_the_chain_still_holds(store: Store):
    chain(store, 6)
    done = store.upkeep.purge(replace(TERMS, audit=30), NOW + timedelta(days=33))
    assert done.counts["audit"] == 3
    assert [act.seq for act in store.audit.acts()] == [4, 5, 6]
    assert store.upkeep.verify() == []
    store.audit.append(actor="a", act="x", object="", reason="", at=AFTER)
    assert store.upkeep.verify() == []
    assert (
        store.upkeep.purge(replace(TERMS, audit=1), AFTER + timedelta(days=99)).counts["audit"] == 4
    )
    store.audit.append(actor="a", act="y", object="", reason="", at=AFTER)
    assert [act.seq for act in store.audit.acts()] == [8]
    assert store.upkeep.verify() == []


# Retention


def old_and_new(store: Store) -> None:
    """Two of everything: one of April, one of the day of the purge."""
    for name, at in (("cu", NOW), ("moi", AFTER)):
        store.runs.begin(f"r-{name}", "cli", Scope(as_of=TODAY), at=at)
        store.runs.finish(f"r-{name}", at=at, exit_code=0, contents=b"noi dung bi mat cua luot")
        opened = discrepancy(f"motcua:{name}")
        closed = replace(opened, state=State.RESOLVED)
        store.decisions.apply(None, [step(opened, at=at)], run_id=f"r-{name}")
        store.decisions.apply(None, [step(closed, before=State.OPEN, at=at)])
        store.papers.add(Paper(opened.id, "xin-loi", "12/XL", at.date(), "can-bo", at))
    store.decisions.apply(None, [step(discrepancy("motcua:con-mo"), at=NOW)])
    mails = (post(1), post(2, told={}), post(3, told={}))
    store.outbox.post(Posting(NOW, mails))
    for mail in store.outbox.mails()[:2]:
        claimed = store.outbox.claim(mail, seconds=60)
        assert claimed is not None
        store.outbox.settle(claimed, MailState.SENT, at=NOW)


def test_what_is_kept_too_long_goes_and_nothing_else(store: Store):
    old_and_new(store)
    now = AFTER + timedelta(hours=1)
    before = everything(store)
    tried = store.upkeep.purge(TERMS, now, trial=True)
    assert everything(store) == before

    done = store.upkeep.purge(TERMS, now)

    assert done == tried
    assert done.runs == ("r-cu",)
    assert done.counts == {
        "run_contents": 1, "queue": 0, "discrepancies": 1, "masked": 0, "mails": 2, "intakes": 0,
        "audit": 0
    }  # fmt: skip
    assert store.runs.contents("r-cu") is None
    assert store.runs.contents("r-moi") is not None
    assert {run.id for run in store.runs.newest()} == {"r-cu", "r-moi"}  # the trend still knows it
    assert {one.anchor for one in store.decisions.discrepancies()} == {
        "motcua:moi",
        "motcua:con-mo",
    }
    assert {one.at for one in store.papers.of()} == {AFTER}
    [told, waiting] = store.outbox.mails()  # one that was told of stays, without its words
    assert (told.body.text, told.state) == ("", MailState.SENT)
    assert (waiting.body.text != "", waiting.state) == (True, MailState.PENDING)
    assert store.upkeep.verify() == []
    assert sum(store.upkeep.purge(TERMS, now).counts.values()) == 0


def test_reasons_of_persons_are_masked_before_the_rest_goes(store: Store):
    opened = discrepancy()
    taken = replace(opened, state=State.ACKNOWLEDGED, by="can-bo", reason="bà Mẫu hẹn thứ ba")
    closed = replace(taken, state=State.RESOLVED)
    store.decisions.apply(None, [step(opened)])
    store.decisions.apply(
        None, [step(taken, before=State.OPEN, by="can-bo", reason="bà Mẫu hẹn thứ ba")]
    )
    store.decisions.apply(None, [step(closed, before=State.ACKNOWLEDGED)])
    assert store.upkeep.purge(replace(TERMS, discrepancies=900), AFTER).counts["masked"] == 2
    assert "Mẫu hẹn" not in repr(store.decisions.changes()) + repr(store.decisions.discrepancies())
    assert store.decisions.changes()[0].reason == "có bằng chứng giấy"
    assert store.upkeep.verify() == []


def test_what_was_removed_is_no_longer_in_the_file(tmp_path: Path):
    """F-retention: SQLite leaves old pages behind unless it is told otherwise."""
    store = Store.open(f"sqlite:///{tmp_path}/a.db")
    secret = os.urandom(3000)
    store.runs.begin("r1", "cli", Scope(as_of=TODAY), at=NOW)
    store.runs.finish("r1", at=NOW, exit_code=0, contents=secret)
    stored = store.database.read(
        lambda connection: connection.exec_driver_sql("SELECT contents FROM run_contents").scalar()
    )

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.glob("a.db*"))

    piece = bytes(stored)[100:200]
    assert piece in on_disk()
    store.upkeep.purge(TERMS, AFTER)
    assert piece not in on_disk()
    store.close()


def test_seven_days_and_four_weeks_of_copies_stay():
    days = [date(2026, 9, 1) + timedelta(days=n) for n in range(80)]
    kept: set[date] = set()
    for day in days:
        kept.add(day)
        kept -= set(chores.superseded(kept, Retention()))
    newest = days[-1]
    assert {newest - timedelta(days=n) for n in range(7)} <= kept
    assert len(kept) <= 7 + 4
    assert min(kept) <= newest - timedelta(days=25)
    assert chores.superseded([], Retention()) == []


def test_the_module_of_the_copies_is_the_newest_at_hand():
    assert sqlite_module().sqlite_version_info >= (3, 40)


def test_mails_are_only_emptied_once(store: Store):
    old_and_new(store)
    store.upkeep.purge(TERMS, AFTER)
    rows = store.database.read(lambda connection: connection.execute(select(outbox)).all())
    assert len(rows) == 2
