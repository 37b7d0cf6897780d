"""The sources that the store has data of, whether they are configured or not.

Only configured sources count. One that is no longer configured keeps what it said: a person says
whether it was renamed (all that it said is the new one's), or is gone for good (retired).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from reconcile.cases import Link
from reconcile.claims import Role
from reconcile.findings import finding_id, pair_anchor, parts
from reconcile.lifecycle import ITSELF, Discrepancy
from worker.store import audit, codec, piles, seals, versions
from worker.store.act_tables import (
    batch_item,
    book,
    frozen_period,
    paper,
    sample_answer,
    source_mark,
    tick,
)
from worker.store.engine import Room, many, reads, writes
from worker.store.hand_tables import addition, intake
from worker.store.learned import learned_column
from worker.store.mail_tables import told
from worker.store.seals import SealMoves
from worker.store.tables import (
    absence,
    answer,
    change,
    claim,
    courtesy,
    discrepancy,
    finding,
    heard,
    link,
    poll,
    rejected,
    source_file,
    status_step,
    undetermined,
)

#: In the audit.
RENAMED, RETIRED, RESTORED = "source.renamed", "source.retired", "source.restored"
_SOURCE = re.compile(r"[^:#]*")

_json = msgspec.json.Encoder().encode
_link = msgspec.json.Decoder(Link).decode
_discrepancy = msgspec.json.Decoder(Discrepancy).decode


def source_of(key: str) -> str:
    """The source of a claim's key."""
    found = _SOURCE.match(key)
    return found[0] if found else ""


def counts(anchor: str, sources: Collection[str] | None) -> bool:
    """Whether what stands behind an anchor is of these sources; None: of whatever source."""
    return sources is None or all(source_of(part) in sources for part in parts(anchor))


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source as the store knows it; ``claims`` is how much it said, by its last readings."""

    name: str
    role: Role
    claims: int
    read_at: datetime | None
    paths: frozenset[str]
    retired: bool


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a rename moved. ``kept`` are findings of the new name whose history was the better one;
    ``dropped`` those of the old one that a person had acted upon, too: to be looked at again."""

    claims: int
    findings: int
    dropped: tuple[str, ...] = ()


class KnownSources(Room):
    """What can be asked of them and done with them."""

    @reads
    def all(self, connection: Connection) -> list[KnownSource]:
        """Every source that has a file, by name."""
        return _all(connection)

    @reads
    def strays(self, connection: Connection, configured: Collection[str]) -> list[KnownSource]:
        """Those that said something, are not configured, and that nobody retired."""
        known = _all(connection, but=configured)
        return [one for one in known if one.claims and not one.retired]

    @writes
    def retire(
        self, connection: Connection, name: str, *, by: str, reason: str, at: datetime
    ) -> bool:
        """It is gone for good: nobody is warned of it any more. False when that was known."""
        there = select(source_mark.c.source).where(source_mark.c.source == name)
        if connection.execute(there).first():
            return False
        values = {"source": name, "by": by, "at": at, "reason": reason}
        connection.execute(insert(source_mark).values(**values))
        audit.append(connection, actor=by, act=RETIRED, object=name, reason=reason, at=at)
        return True

    @writes
    def restore(
        self, connection: Connection, name: str, *, by: str, reason: str, at: datetime
    ) -> bool:
        """Take back that it is gone; False when nobody had said so."""
        done = connection.execute(delete(source_mark).where(source_mark.c.source == name))
        if done.rowcount:
            audit.append(connection, actor=by, act=RESTORED, object=name, reason=reason, at=at)
        return bool(done.rowcount)

    @writes
    def rename(
        self,
        connection: Connection,
        old: str,
        new: str,
        *,
        by: str,
        reason: str,
        at: datetime,
        frozen: Callable[[bytes, Callable[[str], str]], bytes],
    ) -> Renamed:
        """All that ``old`` said is ``new``'s: claims, links, answers, findings, books, figures.

        What was read under the new name before is let go of where the old one has the same file:
        it is older there, and the next run reads what changed since. ``frozen`` gives the payload
        of a frozen period with other keys.
        """
        return _Renaming(connection, old, new, SealMoves()).all(by, reason, at, frozen)


def _all(connection: Connection, *, but: Collection[str] = ()) -> list[KnownSource]:
    """Every source with a file ``but`` these: whose claims are not counted is not waited for."""
    meant = source_file.c.source.not_in(sorted(but))
    counted = (
        select(claim.c.file_id, func.count().label("count"))
        .where(claim.c.file_id.in_(select(source_file.c.id).where(meant)))
        .group_by(claim.c.file_id)
        .subquery()
    )
    query = (
        select(source_file, counted.c.count.label("said"))
        .outerjoin(counted, counted.c.file_id == source_file.c.id)
        .where(meant)
        .order_by(source_file.c.source, source_file.c.path)
    )
    retired = set(connection.scalars(select(source_mark.c.source)))
    files: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        files.setdefault(row.source, []).append(row)
    return [
        KnownSource(
            name=name,
            role=Role(found[0].role),
            claims=sum(row.said or 0 for row in found),
            read_at=max((row.read_at for row in found if row.read_at), default=None),
            paths=frozenset(row.path for row in found if row.path),
            retired=name in retired,
        )
        for name, found in files.items()
    ]


@dataclass(frozen=True, slots=True)
class _Renaming:
    """One rename inside its transaction; each step leaves the seals as it leaves the rows."""

    connection: Connection
    old: str
    new: str
    moved: SealMoves

    def all(
        self,
        by: str,
        reason: str,
        at: datetime,
        frozen: Callable[[bytes, Callable[[str], str]], bytes],
    ) -> Renamed:
        count = self._files()
        self._links()
        self._rows("answer", answer, answer.c.id, ("row", "dossier"))
        self._rows("sample", sample_answer, sample_answer.c.id, ("row",))
        self._columns()
        findings, dropped = self._findings()
        self._undetermined()
        self._books_and_the_rest()
        self._frozen(frozen)
        seals.keep(
            self.connection,
            self.moved,
            actor=by,
            act=RENAMED,
            object=f"{self.old} → {self.new}",
            reason=reason,
            at=at,
            again=True,
        )
        return Renamed(count, findings, dropped)

    def key(self, key: str) -> str:
        """The key under the new name; of other sources as it is."""
        return self.new + key[len(self.old) :] if source_of(key) == self.old else key

    def anchor(self, anchor: str) -> str:
        keys = [self.key(part) for part in parts(anchor)]
        return pair_anchor(*keys) if len(keys) == 2 else keys[0]

    # What was read

    def _files(self) -> int:
        run = self.connection.execute
        old = {row.path: row.id for row in run(self._files_of(self.old))}
        twice = [row for row in run(self._files_of(self.new)) if row.path in old]
        for row in twice:
            if row.lay_as:  # what was put aside lies nowhere else: nobody could read it again
                versions.rename_edition(self.connection, row, old)
            else:
                self._let_go(row.id)
        count = sum(self._claims(file_id) for file_id in old.values())
        for file_id in old.values():
            self._rows("history", status_step, status_step.c.id, ("key",), file_id)
            keys = run(select(absence.c.key).where(absence.c.file_id == file_id)).scalars().all()
            many(
                self.connection,
                update(absence)
                .where(absence.c.file_id == file_id, absence.c.key == bindparam("was"))
                .values(key=bindparam("is_now")),
                [{"was": key, "is_now": self.key(key)} for key in keys],
            )
        values = {"source": self.new}
        run(update(source_file).where(source_file.c.id.in_(old.values())).values(**values))
        return count

    def _files_of(self, source: str) -> Any:
        return select(source_file).where(source_file.c.source == source)

    def _let_go(self, file_id: int) -> None:
        """A file that was read under both names."""
        run = self.connection.execute
        for kind, table in (("claims", claim), ("history", status_step)):
            this = table.c.file_id == file_id
            self.moved.take_rows(kind, seals.rows_of(self.connection, kind, this))
        for table in (claim, status_step, absence, rejected):
            run(delete(table).where(table.c.file_id == file_id))
        run(delete(source_file).where(source_file.c.id == file_id))

    def _claims(self, file_id: int) -> int:
        this = claim.c.file_id == file_id
        self.moved.take_rows("claims", seals.rows_of(self.connection, "claims", this))
        loader = codec.Loader()
        query = select(claim.c.key, claim.c.payload, claim.c.read_on).where(this)
        changed = []
        for key, payload, read_on in self.connection.execute(query).all():
            known = loader.load(bytes(payload), read_on, ())
            (stored,) = codec.store([replace(known, key=self.key(key), source=self.new)])
            values = {"to_key": stored.key, "to_hash": stored.hash, "to_payload": stored.payload}
            changed.append({"was": key, **values})
        many(
            self.connection,
            update(claim)
            .where(this, claim.c.key == bindparam("was"))
            .values({name: bindparam(f"to_{name}") for name in ("key", "hash", "payload")}),
            changed,
        )
        self.moved.add_rows("claims", seals.rows_of(self.connection, "claims", this))
        return len(changed)

    # What was decided

    def _links(self) -> None:
        query = select(link.c.row, link.c.payload)
        known = {row: bytes(payload) for row, payload in self.connection.execute(query)}
        before, after = [], {}
        for row, payload in known.items():
            found = _link(payload)
            rival = found.rival and replace(found.rival, dossier=self.key(found.rival.dossier))
            renamed = replace(
                found,
                row=self.key(row),
                dossier=found.dossier and self.key(found.dossier),
                conflict=found.conflict and self.key(found.conflict),
                rival=rival,
            )
            if renamed == found:
                continue
            before.append((row, payload))
            if renamed.row == row or renamed.row not in known:
                after[renamed.row] = renamed
        for part in seals.in_parts(link.c.row, [row for row, _ in before]):
            self.connection.execute(delete(link).where(part))
        many(
            self.connection,
            insert(link),
            [
                {
                    "row": one.row,
                    "dossier": one.dossier,
                    "method": one.method.value,
                    "decision": one.decision.value,
                    "payload": _json(one),
                }
                for one in after.values()
            ],
        )
        moved = seals.linked(before, [(row, _json(one)) for row, one in after.items()])
        for group in moved.sums:
            self.moved.counts[group] += moved.counts[group]
            self.moved.sums[group] = self.moved.sums.get(group, 0) + moved.sums[group]

    def _findings(self) -> tuple[int, tuple[str, ...]]:
        query = select(discrepancy.c.id, discrepancy.c.payload)
        known = {name: _discrepancy(payload) for name, payload in self.connection.execute(query)}
        count, dropped = 0, []
        for name, one in known.items():
            anchor = self.anchor(one.anchor)
            if anchor == one.anchor:
                continue
            count += 1
            renamed = finding_id(one.kind, anchor)
            if renamed in known:
                mine, theirs = self._persons(name), self._persons(renamed)
                if theirs and not mine:
                    self._drop_finding(name)
                    continue
                if theirs:
                    dropped.append(renamed)
                self._drop_finding(renamed)
            self._move_finding(one, renamed, anchor)
        piles.settle(self.connection)
        return count, tuple(sorted(dropped))

    def _undetermined(self) -> None:
        run = self.connection.execute
        rows = [dict(row) for row in run(select(undetermined)).mappings()]
        run(delete(undetermined))
        renamed = {self.key(row["anchor"]): row for row in rows}
        moved = [row | {"anchor": key} for key, row in renamed.items()]
        many(self.connection, insert(undetermined), moved)

    def _persons(self, name: str) -> bool:
        """Whether a person did something about a finding."""
        steps = select(change.c.id).where(change.c.discrepancy_id == name, change.c.by != ITSELF)
        noted = select(paper.c.id).where(paper.c.discrepancy_id == name)
        return any(self.connection.execute(query).first() for query in (steps, noted))

    def _drop_finding(self, name: str) -> None:
        for kind, table in (("steps", change), ("paper", paper)):
            this = table.c.discrepancy_id == name
            self.moved.take_rows(kind, seals.rows_of(self.connection, kind, this))
        for table, column in (
            (change, change.c.discrepancy_id),
            (finding, finding.c.discrepancy_id),
            (paper, paper.c.discrepancy_id),
            (told, told.c.item),
            (tick, tick.c.discrepancy_id),
            (batch_item, batch_item.c.discrepancy_id),
            (discrepancy, discrepancy.c.id),
        ):
            self.connection.execute(delete(table).where(column == name))

    def _move_finding(self, one: Discrepancy, name: str, anchor: str) -> None:
        run = self.connection.execute
        now = replace(one, id=name, anchor=anchor)
        row = run(select(discrepancy).where(discrepancy.c.id == one.id)).mappings().one()
        values = dict(row) | {"id": name, "anchor": anchor, "payload": _json(now)}
        values["dossier"] = self.key(row["dossier"])
        run(insert(discrepancy).values(**values))
        this = change.c.discrepancy_id == one.id
        steps = seals.rows_of(self.connection, "steps", this).all()
        self.moved.take_rows("steps", steps)
        for step in steps:
            payload = _json(replace(_discrepancy(step.payload), id=name, anchor=anchor))
            values = {"discrepancy_id": name, "payload": payload}
            run(update(change).where(change.c.id == step.id).values(**values))
        self.moved.add_rows(
            "steps", seals.rows_of(self.connection, "steps", change.c.discrepancy_id == name)
        )
        papers = seals.rows_of(self.connection, "paper", paper.c.discrepancy_id == one.id).all()
        self.moved.take_rows("paper", papers)
        for table, column in (
            (paper, paper.c.discrepancy_id),
            (told, told.c.item),
            (tick, tick.c.discrepancy_id),
            (batch_item, batch_item.c.discrepancy_id),
        ):
            run(update(table).where(column == one.id).values({column.name: name}))
        self.moved.add_rows(
            "paper", seals.rows_of(self.connection, "paper", paper.c.discrepancy_id == name)
        )
        self._move_row(one.id, name)
        run(delete(discrepancy).where(discrepancy.c.id == one.id))

    def _move_row(self, old: str, name: str) -> None:
        """Mails go on to speak of it; the next run makes it anew, with the keys of now."""
        this, run = finding.c.discrepancy_id == old, self.connection.execute
        if (row := run(select(finding.c.payload).where(this)).first()) is not None:
            named = bytes(row.payload).replace(old.encode(), name.encode())  # it holds its id, too
            values = {"discrepancy_id": name, "payload": named, "made_of": None}
            run(update(finding).where(this).values(**values))

    # What persons said, and the rest

    def _rows(
        self, kind: str, table: Any, number: Any, names: Sequence[str], file_id: int | None = None
    ) -> None:
        """Rows with a number of their own, whose columns hold keys."""
        where = [] if file_id is None else [table.c.file_id == file_id]
        rows = self.connection.execute(select(table).where(*where)).all()
        chosen = [
            row
            for row in rows
            if any(self.key(getattr(row, name)) != getattr(row, name) for name in names)
        ]
        self.moved.take_rows(kind, chosen)
        for row in chosen:
            values = {name: self.key(getattr(row, name)) for name in names}
            self.connection.execute(update(table).where(number == row.id).values(**values))
        for part in seals.in_parts(number, [row.id for row in chosen]):
            self.moved.add_rows(kind, seals.rows_of(self.connection, kind, part))

    def _columns(self) -> None:
        """What persons said of headers; said under both names, what was said last counts."""
        run = self.connection.execute
        rows = run(select(learned_column)).all()
        new = {(row.unit, row.header): row for row in rows if row.source == self.new}
        for row in (row for row in rows if row.source == self.old):
            twice = new.get((row.unit, row.header))
            gone = row if twice is not None and twice.at >= row.at else twice
            if gone is not None:
                run(delete(learned_column).where(*_this_column(gone)))
            if gone is not row:
                run(update(learned_column).where(*_this_column(row)).values(source=self.new))

    def _books_and_the_rest(self) -> None:
        run = self.connection.execute
        this = book.c.source == self.old
        numbers = list(run(select(book.c.id).where(this)).scalars())
        self.moved.take_rows("book", seals.rows_of(self.connection, "book", this))
        run(update(book).where(this).values(source=self.new))
        for part in seals.in_parts(book.c.id, numbers):
            self.moved.add_rows("book", seals.rows_of(self.connection, "book", part))
        these = addition.c.source == self.old
        self.moved.take_rows("addition", seals.rows_of(self.connection, "addition", these))
        numbers = list(run(select(addition.c.id).where(these)).scalars())
        run(update(addition).where(these).values(source=self.new))
        for part in seals.in_parts(addition.c.id, numbers):
            self.moved.add_rows("addition", seals.rows_of(self.connection, "addition", part))
        # What an intake replaced is packed under the old keys: it can be put back no more.
        renamed = {"source": self.new, "before": None}
        run(update(intake).where(intake.c.source == self.old).values(**renamed))
        for table in (courtesy, poll, heard):  # a poll goes on under the new name
            if run(select(table.c.source).where(table.c.source == self.old).limit(1)).first():
                run(delete(table).where(table.c.source == self.new))
                run(update(table).where(table.c.source == self.old).values(source=self.new))
        names = (self.old, self.new)
        run(delete(source_mark).where(source_mark.c.source.in_(names)))

    def _frozen(self, frozen: Callable[[bytes, Callable[[str], str]], bytes]) -> None:
        rows = self.connection.execute(select(frozen_period)).all()
        for row in rows:
            payload = frozen(bytes(row.payload), self.key)
            if payload == bytes(row.payload):
                continue
            this = frozen_period.c.id == row.id
            self.moved.take_rows("frozen", [row])
            self.connection.execute(update(frozen_period).where(this).values(payload=payload))
            self.moved.add_rows("frozen", seals.rows_of(self.connection, "frozen", this))


def _this_column(row: Any) -> tuple[Any, ...]:
    columns = learned_column.c
    return (
        columns.source == row.source, columns.unit == row.unit, columns.header == row.header
    )  # fmt: skip


__all__: Sequence[str] = ("KnownSource", "KnownSources", "Renamed", "counts", "source_of")
