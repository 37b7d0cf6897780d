"""What was decided: links, persons' answers, discrepancies and their history."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reconcile.claims import Procedure
from reconcile.lifecycle import ITSELF, Change, Discrepancy, State
from reconcile.links import Answer, Link
from reconcile.scope import Scope
from worker.store import audit, piles, seals
from worker.store.engine import batches, many
from worker.store.errors import Overtaken
from worker.store.seals import SealMoves
from worker.store.tables import answer, change, discrepancy, link, run

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


# Links


def links(connection: Connection) -> list[Link]:
    """Every stored link, by the key of its row."""
    found = connection.execute(select(link.c.row, link.c.payload))
    return [_link(payload) for _, payload in sorted(found, key=lambda stored: str(stored[0]))]


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


# Answers


def answers(connection: Connection) -> list[Answer]:
    """What persons said and did not take back, by row and dossier."""
    newest = {
        (said.row, said.dossier): said
        for said in connection.execute(select(answer).order_by(answer.c.id))
    }
    return [
        Answer(said.row, said.dossier, said.same, said.by, said.day)
        for _, said in sorted(newest.items())
        if said.same is not None
    ]


def answer_history(connection: Connection) -> list[Answer]:
    """All that persons ever said of pairs, also what was changed later, in the order of saying."""
    query = select(answer).where(answer.c.same.is_not(None)).order_by(answer.c.id)
    return [
        Answer(said.row, said.dossier, said.same, said.by, said.day)
        for said in connection.execute(query)
    ]


def add_answer(connection: Connection, said: Answer, at: datetime) -> bool:
    """Keep what a person said; False when the same was known already."""
    pair = (said.row, said.dossier)
    return _say(connection, pair, same=said.same, by=said.by, on=said.on, at=at)


def take_back_answer(
    connection: Connection, row: str, dossier: str, *, by: str, on: str, at: datetime
) -> bool:
    """Undo what was said of a pair; what was said stays in the history."""
    return _say(connection, (row, dossier), same=None, by=by, on=on, at=at)


def add_quietly(connection: Connection, said: Answer, moved: SealMoves) -> bool:
    """As ``add_answer``, as a part of another act that seals what ``moved``."""
    pair = (said.row, said.dossier)
    return _said(connection, pair, said.same, said.by, said.on, moved) is not None


def take_back_quietly(
    connection: Connection, pair: tuple[str, str], by: str, on: str, moved: SealMoves
) -> None:
    """As ``take_back_answer``, as a part of another act that seals what ``moved``."""
    _said(connection, pair, None, by, on, moved)


def _say(
    connection: Connection,
    pair: tuple[str, str],
    *,
    same: bool | None,
    by: str,
    on: str,
    at: datetime,
) -> bool:
    moved = SealMoves()
    made = _said(connection, pair, same, by, on, moved)
    if made is None:
        return False
    act = "pair.taken_back" if same is None else "pair.same" if same else "pair.other"
    seals.keep(connection, moved, actor=by, act=act, object=str(made), at=at)
    return True


def _said(
    connection: Connection,
    pair: tuple[str, str],
    same: bool | None,
    by: str,
    on: str,
    moved: SealMoves,
) -> int | None:
    """The number of the answer that was written; None where the same stood there."""
    row, dossier = pair
    query = select(answer.c.same).where(answer.c.row == row, answer.c.dossier == dossier)
    before = connection.execute(query.order_by(answer.c.id.desc())).first()
    if (before.same if before else None) == same:
        return None
    values = {"row": row, "dossier": dossier, "same": same, "by": by, "day": on}
    made = connection.execute(insert(answer).values(**values).returning(answer.c.id)).scalar_one()
    moved.add_rows("answer", seals.rows_of(connection, "answer", answer.c.id == made))
    return int(made)


# Discrepancies


def discrepancies(connection: Connection, scope: Scope | None = None) -> list[Discrepancy]:
    """What is remembered, by id; with a scope, of its units and procedure classes.

    A scope may also name single procedure codes and a period, which a discrepancy does not know:
    then all of the units are returned, and only what is judged may move.
    """
    known = [_discrepancy(row[0]) for row in connection.execute(select(discrepancy.c.payload))]
    return sorted(
        (one for one in known if scope is None or _in_scope(one, scope)), key=lambda one: one.id
    )


def _in_scope(one: Discrepancy, scope: Scope) -> bool:
    classes = {procedure.value for procedure in Procedure}
    by_class = scope.procedures is not None and scope.procedures <= classes
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


def changes(
    connection: Connection,
    *,
    of: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Change]:
    """Steps in the order they were taken: of one discrepancy, after ``since``, up to ``until``."""
    query = select(change).order_by(change.c.id)
    if of is not None:
        query = query.where(change.c.discrepancy_id == of)
    if since is not None:
        query = query.where(change.c.at > since)
    if until is not None:
        query = query.where(change.c.at <= until)
    return [_change(row) for row in connection.execute(query)]


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


def mark_judged(connection: Connection, run_id: str, as_of: date) -> None:
    """Remember up to which day discrepancies were judged."""
    connection.execute(update(run).where(run.c.id == run_id).values(judged_as_of=as_of))


def put_right_judged(
    connection: Connection, day: date, *, by: str, reason: str, at: datetime
) -> int:
    """Forget the days of judgement after ``day``; the audit keeps who said so. How many runs."""
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


def last_judged(connection: Connection) -> date | None:
    """The newest day of judgement that moved, or might have moved, discrepancies."""
    query = select(run.c.judged_as_of).where(run.c.judged_as_of.is_not(None))
    return connection.execute(query.order_by(run.c.judged_as_of.desc()).limit(1)).scalar()
