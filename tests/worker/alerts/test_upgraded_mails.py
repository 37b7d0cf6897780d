"""An office upgraded while mails waited: they go out, and later ones say what they would have."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from reconcile.claims import Role, Status
from reconcile.findings import Kind, Recorded
from reconcile.lifecycle import State
from reconcile.scope import Scope
from tests.worker import alerts_house
from tests.worker.alerts_house import DAY, NOW, post
from tests.worker.alerts_sample import finding, lines_of, rows_of
from tests.worker.making import discrepancy, step
from tests.worker.store.test_schema import make_at
from worker import alerts
from worker.house import House
from worker.store import MailState, Posting, Store, copying, upgrade
from worker.store.engine import connect

#: The last version that kept beside the findings what mails say of them, and what of it.
BEFORE = "0029"
THEIRS = ("step", "evidence", "dossiers")
UNITS = "code,name,recipient,role,email\n90201,Xã Tân Minh,,Chủ tịch UBND,xa@x.example\n"
DONE = ((Role.ONE_STOP, Recorded(Status.RETURNED, "Đã trả kết quả", None)),)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An office that found something of every sort, with a mail that waits."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "units.csv").write_text(UNITS, encoding="utf-8")
    made = alerts_house.house(tmp_path, 25, Store.open(f"sqlite:///{tmp_path}/new.db"))
    some = [
        finding(1),
        finding(2, members=("motcua:a", "motcua:b", "motcua:c"), count=3),
        finding(3, open_in=(Role.PORTAL,), recorded=DONE),
        finding(4, Kind.DUPLICATE_DOSSIER, other="motcua:H11-7"),
    ]
    changes = [
        step(discrepancy(one.anchor, id=one.id, kind=one.kind, unit=one.unit, state=State.OPEN))
        for one in some
    ]
    made.store.runs.begin("r1", "test", Scope(DAY), at=NOW)
    made.store.decisions.apply(
        None,
        changes,
        run_id="r1",
        judged=DAY,
        posting=Posting(NOW, (post(),)),
        found=rows_of(lines_of(*some), made.store, changes),
    )
    made.store.runs.finish("r1", at=NOW, exit_code=0)
    yield made
    made.store.close()


def as_of_then(connection: Connection) -> None:
    """What mails say stands in a table of its own."""
    found = connection.execute(text("SELECT discrepancy_id, payload FROM finding")).all()
    for name, payload in found:
        says = json.loads(bytes(payload))
        mailed = {"kind": says["line"]["kind"]} | {one: says.pop(one) for one in THEIRS}
        row = {"name": name, "says": json.dumps(says).encode()}
        kept = {"name": name, "mailed": json.dumps(mailed).encode()}
        connection.execute(text(SAYS), row)
        connection.execute(text("INSERT INTO evidence VALUES (:name, :mailed)"), kept)


SAYS = "UPDATE finding SET payload = :says WHERE discrepancy_id = :name"


def test_an_upgrade_changes_no_word_of_any_mail(house: House, empty_url: str, tmp_path: Path):
    make_at(empty_url, BEFORE)
    old = connect(empty_url)
    with house.store.database.reader.begin() as source, old.writer.begin() as target:
        copying.clear(target)
        copying.copy_rows(source, target)
        copying.follow_counters(target)
        as_of_then(target)
    old.close()
    assert upgrade(empty_url, folder=tmp_path / "backups").before == BEFORE

    again = replace(house, store=Store.open(empty_url))
    waiting = again.store.outbox.mails(MailState.PENDING)
    assert waiting == house.store.outbox.mails(MailState.PENDING) != []
    assert alerts.would_go(again) == alerts.would_go(house) != []
    assert again.store.upkeep.verify() == []
    again.store.close()
