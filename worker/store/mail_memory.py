"""What a database knows of its mails, taken over by the copy that replaces it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from worker.store.mail_tables import outbox, told
from worker.store.mails import LOST, MailState


@dataclass(frozen=True, slots=True)
class MailMemory:
    """What a database knows of its mails: the rows of the outbox, whom they told of what."""

    mails: tuple[Mapping[str, Any], ...]
    told: tuple[Mapping[str, Any], ...]


def memory(connection: Connection) -> MailMemory:
    """Everything about mails that were prepared."""
    mails = connection.execute(select(outbox).order_by(outbox.c.id)).mappings().all()
    said = connection.execute(select(told)).mappings().all()
    return MailMemory(tuple(map(dict, mails)), tuple(map(dict, said)))


def remember(connection: Connection, later: MailMemory) -> int:
    """Add what a later database knew: mails that this one does not have, or believes to wait.

    So nobody is told again what was told since. How many mails were added or settled.
    """
    here = {
        row.dedupe_key: row.id
        for row in connection.execute(select(outbox.c.dedupe_key, outbox.c.id))
    }
    columns = [column.name for column in outbox.columns if column.name != "id"]
    ids: dict[int, int] = {}
    count = 0
    for mail in later.mails:
        values = {name: mail[name] for name in columns}
        if values["state"] == MailState.SENDING.value:  # its sender is no more
            values |= {"state": MailState.UNCERTAIN.value, "reply": LOST}
        known = here.get(values["dedupe_key"])
        if known is None:
            made = insert(outbox).values(**values).returning(outbox.c.id)
            ids[mail["id"]] = connection.execute(made).scalar_one()
            count += 1
            continue
        ids[mail["id"]] = known
        stale = (outbox.c.id == known, outbox.c.state != values["state"])
        count += connection.execute(update(outbox).where(*stale).values(**values)).rowcount
    for row in later.told:
        mine = (told.c.item == row["item"], told.c.recipient == row["recipient"])
        connection.execute(delete(told).where(*mine))
        values = {**row, "outbox_id": ids[row["outbox_id"]]}
        connection.execute(insert(told).values(**values))
    return count
