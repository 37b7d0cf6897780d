"""What was decided: links, persons' answers, discrepancies and their history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reconcile.cases import Link
from reconcile.claims import Procedure
from reconcile.lifecycle import ITSELF, Change, Discrepancy, State
from reconcile.scope import Scope
from worker.clock import Clock
from worker.store import audit, findings, leases, mails, piles, seals
from worker.store.engine import Room, batches, many, reads, writes
from worker.store.errors import Overtaken
from worker.store.findings import FoundRows
from worker.store.leases import Lease
from worker.store.mails import Posting
from worker.store.seals import SealMoves
from worker.store.sources import counts
from worker.store.tables import change, discrepancy, link, run

#: When steps were written that bring no moment of their own.
CLOCK = Clock()
#: What a scope may name of procedures that a discrepancy knows, too.
CLASSES = frozenset(procedure.value for procedure in Procedure)

_json = msgspec.json.Encoder().encode
_link = msgspec.json.Decoder(Link).decode
_discrepancy = msgspec.json.Decoder(Discrepancy).decode


@dataclass(frozen=True, slots=True)
class Applied:
    """How much was written."""

    links_new: int = 0
    links_changed: int = 0
    links_gone: int = 0
    changes: int = 0
    mails: int = 0  # prepared, not yet sent

    @property
    def links(self) -> int:
        return self.links_new + self.links_changed + self.links_gone


class Decisions(Room):
    """What runs and persons decided."""

    @reads
    def links(self, connection: Connection) -> list[Link]:
        """Every stored link, by the key of its row."""
        found = connection.execute(select(link.c.row, link.c.payload))
        return [_link(payload) for _, payload in sorted(found, key=lambda stored: str(stored[0]))]

    @reads
    def discrepancies(
        self, connection: Connection, scope: Scope | None = None
    ) -> list[Discrepancy]:
        """What is remembered, by id; with a scope, of its units and procedure classes.

        A scope may also name single procedure codes and a period, which a discrepancy does not
        know: then all of the units are returned, and only what is judged may move.
        """
        stored = connection.scalars(select(discrepancy.c.payload)).all()
        known = [_discrepancy(payload) for payload in stored]
        return sorted(
            (
                one
                for one in known
                if counts(one.anchor, self.sources) and (scope is None or _in_scope(one, scope))
            ),
            key=lambda one: one.id,
        )

    @reads
    def changes(
        self,
        connection: Connection,
        *,
        of: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Change]:
        """Steps in the order they were taken: of one discrepancy, after ``since``, to ``until``."""
        query = select(change).order_by(change.c.id)
        if of is not None:
            query = query.where(change.c.discrepancy_id == of)
        if since is not None:
            query = query.where(change.c.at > since)
        if until is not None:
            query = query.where(change.c.at <= until)
        return [_change(row) for row in connection.execute(query)]

    def apply(
        self,
        links: Iterable[Link] | None,
        changes: Iterable[Change],
        *,
        run_id: str = "",
        judged: date | None = None,
        lease: Lease | None = None,
        posting: Posting | None = None,
        found: FoundRows | None = None,
        ended: Collection[str] | None = None,
    ) -> Applied:
        """Remember what was decided, in one transaction; what is equal is no write.

        ``links`` are those of the whole office (None: leave them), or those that were decided anew
        where ``ended`` says which rows have none any longer. ``judged`` is the day of judgement of
        a run. ``posting`` are the mails that tell of these changes, ``found`` what a
        person reads of what the run found. Raises Overtaken, LeaseLost.
        """
        all_links = None if links is None else list(links)
        steps, now = list(changes), CLOCK.now()

        def act(connection: Connection) -> Applied:
            leases.guard(connection, lease)
            applied, moved = Applied(), SealMoves()
            if all_links is not None:
                applied, moved = apply_links(connection, all_links, ended)
            if judged is not None:
                this = update(run).where(run.c.id == run_id)
                connection.execute(this.values(judged_as_of=judged))
            count = apply_changes(connection, steps, run_id, moved)
            if found is not None:
                findings.keep(connection, found, run_id)
            posted = mails.post(connection, posting, run_id) if posting is not None else 0
            seal(connection, moved, steps, run_id, now)
            return replace(applied, changes=count, mails=posted)

        return self.database.write(act)

    @reads
    def last_judged(self, connection: Connection) -> date | None:
        """The newest day of judgement that moved, or might have moved, discrepancies."""
        query = select(run.c.judged_as_of).where(run.c.judged_as_of.is_not(None))
        return connection.execute(query.order_by(run.c.judged_as_of.desc()).limit(1)).scalar()

    @writes
    def put_right_judged(
        self, connection: Connection, day: date, *, by: str, reason: str, at: datetime
    ) -> int:
        """A person says that nothing after that day was judged rightly; of how many runs."""
        later = run.c.judged_as_of > day
        done = connection.execute(update(run).where(later).values(judged_as_of=None)).rowcount
        if done:
            audit.append(
                connection,
                actor=by,
                act="judged.put_right",
                object=day.isoformat(),
                reason=reason,
                at=at,
            )
        return done


# Links


def apply_links(
    connection: Connection, decided: Sequence[Link], ended: Collection[str] | None = None
) -> tuple[Applied, SealMoves]:
    """Make the stored links those that were ``decided``; equal is no write.

    ``ended`` are the rows whose links go; None: all that were not decided. How much was written,
    and what it means for the seals.
    """
    known = {
        row: bytes(payload)
        for query in _stored(None if ended is None else {*ended, *(one.row for one in decided)})
        for row, payload in connection.execute(query)
    }
    old: list[tuple[str, bytes]] = []
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for one in decided:
        values = _link_values(one)
        before = known.pop(one.row, None)
        if before is None:
            new.append(values)
        elif before != values["payload"]:
            old.append((one.row, before))
            changed.append({f"to_{name}": value for name, value in values.items()})
    many(connection, insert(link), new)
    names = ("dossier", "method", "decision", "payload")
    many(
        connection,
        update(link)
        .where(link.c.row == bindparam("to_row"))
        .values({name: bindparam(f"to_{name}") for name in names}),
        changed,
    )
    gone = [{"its_row": row} for row in known]
    many(connection, delete(link).where(link.c.row == bindparam("its_row")), gone)
    now = [(one["row"], one["payload"]) for one in new]
    now += [(one["to_row"], one["to_payload"]) for one in changed]
    moved = seals.linked([*old, *known.items()], now)
    return Applied(len(new), len(changed), len(gone)), moved


def _stored(rows: Collection[str] | None) -> Iterator[Any]:
    """Queries for the links of these rows; None: of all."""
    query = select(link.c.row, link.c.payload)
    if rows is None:
        yield query
        return
    yield from (query.where(link.c.row.in_(part)) for part in batches(sorted(rows)))


def _link_values(one: Link) -> dict[str, Any]:
    return {
        "row": one.row,
        "dossier": one.dossier,
        "method": one.method.value,
        "decision": one.decision.value,
        "payload": _json(one),
    }


# Discrepancies


def _in_scope(one: Discrepancy, scope: Scope) -> bool:
    by_class = scope.procedures is not None and scope.procedures <= CLASSES
    return scope.has_unit(one.unit) and (
        not by_class or scope.has_procedure(Procedure(one.procedure), "")
    )


def apply_changes(
    connection: Connection, changes: Sequence[Change], run_id: str, moved_seals: SealMoves
) -> int:
    """Move discrepancies and keep each step; raise Overtaken when one is not where it was."""
    known = _states(connection, sorted({step.id for step in changes}))
    new: dict[str, Discrepancy] = {}
    moved: dict[str, Discrepancy] = {}
    steps: list[dict[str, Any]] = []
    for step in changes:
        if known.get(step.id) != step.before:
            if _is_done(connection, step, run_id):
                continue
            raise Overtaken(step.id)
        known[step.id] = step.after
        # A discrepancy may take two steps at once: what it is after the last one counts.
        (new if step.before is None or step.id in new else moved)[step.id] = step.discrepancy
        steps.append(_change_values(step, run_id))
    _insert_discrepancies(connection, list(new.values()))
    _update_discrepancies(connection, list(moved.values()))
    many(connection, insert(change), steps)
    seals.stepped(steps, moved_seals)
    piles.settle_of(connection, (*new, *moved))
    return len(steps)


def seal(
    connection: Connection, moved: SealMoves, steps: Sequence[Change], run_id: str, at: datetime
) -> None:
    """Seal what was applied: a run's as the program's, a person's steps as that person's act."""
    person = next((step for step in steps if step.by != ITSELF), None)
    if run_id or person is None:
        seals.keep(connection, moved, actor=ITSELF, act=seals.DECIDED, object=run_id or "-", at=at)
        return
    seals.keep(
        connection,
        moved,
        actor=person.by,
        act=f"finding.{person.after.value.lower()}",
        object=",".join(sorted({step.id for step in steps})),
        at=person.at,
    )


def _states(connection: Connection, ids: Sequence[str]) -> dict[str, State]:
    """The state of each discrepancy that is known, locked until the end."""
    found: dict[str, State] = {}
    for part in batches(ids):
        query = select(discrepancy.c.id, discrepancy.c.state).with_for_update()
        rows = connection.execute(
            query.where(discrepancy.c.id.in_(part)).order_by(discrepancy.c.id)
        )
        found.update((row.id, State(row.state)) for row in rows)
    return found


def _is_done(connection: Connection, step: Change, run_id: str) -> bool:
    """The very same step stands there: the reply to its COMMIT was lost, and we came again."""
    same = {"discrepancy_id": step.id, "at": step.at, "run_id": run_id, "after": step.after.value}
    query = select(change.c.payload).filter_by(**same)
    payload = _json(step.discrepancy)
    return any(bytes(found) == payload for (found,) in connection.execute(query))


def _insert_discrepancies(connection: Connection, born: Sequence[Discrepancy]) -> None:
    fixed = [
        {"id": one.id, "kind": one.kind.value, "anchor": one.anchor, "first_seen": one.first_seen}
        | piles.usual(one.kind, one.anchor)
        | {"pile": piles.alone(one)}
        | _changing(one)
        for one in born
    ]
    try:
        many(connection, insert(discrepancy), fixed)
    except IntegrityError as error:
        raise Overtaken(born[0].id) from error


def _update_discrepancies(connection: Connection, moved: Sequence[Discrepancy]) -> None:
    many(
        connection,
        update(discrepancy)
        .where(discrepancy.c.id == bindparam("its_id"))
        .values({name: bindparam(f"to_{name}") for name in ("unit", "state", "payload")}),
        [
            {"its_id": one.id} | {f"to_{name}": value for name, value in _changing(one).items()}
            for one in moved
        ],
    )


def _changing(one: Discrepancy) -> dict[str, Any]:
    return {"unit": one.unit, "state": one.state.value, "payload": _json(one)}


def _change_values(step: Change, run_id: str) -> dict[str, Any]:
    return {
        "discrepancy_id": step.id,
        "before": None if step.before is None else step.before.value,
        "after": step.after.value,
        "at": step.at,
        "by": step.by,
        "reason": step.reason,
        "run_id": run_id,
        "payload": _json(step.discrepancy),
    }


def changes_of(connection: Connection, ids: Sequence[str]) -> list[Change]:
    """The steps of these discrepancies in the order they were taken."""
    query = select(change).where(change.c.discrepancy_id.in_(ids)).order_by(change.c.id)
    return [_change(row) for row in connection.execute(query)]


def _change(row: Any) -> Change:
    return Change(
        id=row.discrepancy_id,
        before=None if row.before is None else State(row.before),
        after=State(row.after),
        at=row.at,
        by=row.by,
        reason=row.reason,
        discrepancy=_discrepancy(row.payload),
    )
