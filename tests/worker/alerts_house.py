"""A house with a store, a mail server and a clock that the test sets: for tests of mails."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import config.office_tables
import config.settings
from worker.clock import StoppedClock
from worker.house import House
from worker.store import Body, Mail, MailState, Post, Posting, Store

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # half past seven at the office, a Monday
DAY = date(2026, 11, 23)

PLAIN = """
[office]
name = "UBND huyện Hàm Mỹ"

[database]
url = "sqlite:///doisoat.db"

[mail]
host = "127.0.0.1"
port = {port}
security = "{security}"
sender = "doisoat@huyen.example"
it = ["cntt@huyen.example"]
{more}

[[sources]]
name = "motcua"
role = "one_stop"
kind = "export"
path = "inbox/motcua/*.xlsx"

[[sources]]
name = "cong"
role = "portal"
kind = "export"
path = "inbox/cong/*.xlsx"
"""


def house(
    folder: Path,
    port: int,
    store: Store | None = None,
    *,
    security: str = "none",
    more: str = "",
    environ: dict[str, str] | None = None,
    at: datetime = NOW,
) -> House:
    file = folder / "doisoat.toml"
    file.write_text(PLAIN.format(port=port, security=security, more=more), encoding="utf-8")
    return opened(file, store, environ=environ, at=at)


def opened(
    file: Path,
    store: Store | None = None,
    *,
    environ: dict[str, str] | None = None,
    at: datetime = NOW,
) -> House:
    settings = config.settings.load(file, environ or {})
    tables = config.office_tables.load(settings)
    return House(
        settings=settings,
        tables=tables,
        store=store or Store.open(settings.database.connect_url),
        policy=config.office_tables.policy(settings, tables),
        clock=StoppedClock(settings.office.timezone, at),
    )


def later(house: House, **by: float) -> House:
    """The same house some time later."""
    return replace(house, clock=replace(house.clock, at=house.clock.now() + timedelta(**by)))


def post(number: int = 1, recipient: str = "", **more: object) -> Post:
    to = recipient or f"xa{number}@x.example"
    facts = {
        "dedupe_key": f"{number:064x}",
        "kind": "digest",
        "recipient": to,
        "day": DAY,
        "body": Body(
            "[Đối soát hồ sơ] Xã Thử", "Kính gửi\n.một dòng bắt đầu bằng dấu chấm\n", "<p>"
        ),
        "message_id": f"<{number:032x}@huyen.example>",
        "told": {f"phát-hiện-{number}": 1},
    }
    return Post(**(facts | more))


def fill(house: House, posts: Iterable[Post]) -> None:
    house.store.outbox.post(Posting(house.clock.now(), tuple(posts)))


def states(house: House) -> dict[str, MailState]:
    return {one.recipient: one.state for one in house.store.outbox.mails()}


def only(house: House) -> Mail:
    [mail] = house.store.outbox.mails()
    return mail
