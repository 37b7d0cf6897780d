"""Freezing a period (chốt kỳ): keep its figures dossier by dossier, and tell what changed since.

What is kept is the list of counted dossiers with their places, not the totals: tables are added
up from it, and every later difference is traced to the dossier that makes it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import msgspec

import reconcile
from reconcile.cases import LinkState
from reconcile.claims import Origin, Role
from reconcile.figures.frozen import Placed, differences, handed_over, tables
from reconcile.scope import Scope, period
from worker.house import House
from worker.reports.facts import Freeze, Opening, SubmittedFigures, Version
from worker.run import leases
from worker.run.decision import Decision, decide, missing_days
from worker.run.polling import Gathered, gather
from worker.run.submitted import submitted_in
from worker.store import Frozen, Store
from worker.store.sources import source_of
from worker.words import uncovered


class RowsBehind(msgspec.Struct, frozen=True):
    """The register rows that moved a dossier: when the newest was read, whether all were typed from
    paper."""

    read_on: date | None
    by_hand: bool


class Kept(msgspec.Struct, frozen=True):
    """What one version keeps."""

    placed: tuple[Placed, ...]
    submitted: tuple[SubmittedFigures, ...]
    unread: tuple[str, ...] = ()  # sources that were not read in full then
    checkable: bool = False  # True where each dossier keeps its due date: papers can be held to it
    rows: dict[str, RowsBehind] | None = None  # by the dossier's key; None: it was not noted yet


def pack(kept: Kept) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(kept), 6)


def unpack(payload: bytes) -> Kept:
    return msgspec.msgpack.decode(zlib.decompress(payload), type=Kept)


def renamed(payload: bytes, key: Callable[[str], str]) -> bytes:
    """A version whose dossiers have other keys; the same bytes where none has."""
    kept = unpack(payload)
    placed = tuple(replace(one, key=key(one.key)) for one in kept.placed)
    if placed == kept.placed:
        return payload
    rows = None if kept.rows is None else {key(one): row for one, row in kept.rows.items()}
    return pack(msgspec.structs.replace(kept, placed=placed, rows=rows))


def published(store: Store, source: str) -> list[str]:
    """The frozen periods with a check, whose published lists hold dossiers of a source, by name.

    Such a list never changes: its hash was told, and its keys say which papers are drawn.
    """
    planned = {(one.name.rpartition("#")[0], one.plan.version) for one in store.checks.all()}
    return sorted(
        version.name
        for version in store.periods.all()
        if (version.name, version.number) in planned
        and any(source_of(one.key) == source for one in unpack(version.payload).placed)
    )


class NotPossible(Exception):
    """The period cannot be frozen or corrected now; the message is Vietnamese."""


def check(house: House, scope: Scope, name: str, *, correct: bool = False) -> None:
    """Nothing where the period may be counted now, which is not done. Raises NotPossible."""
    _versions_before(house, scope, name, correct=correct)
    _read(house, scope)


def look(house: House, scope: Scope, name: str, *, correct: bool = False) -> Kept:
    """What a freeze would keep now; nothing is written. Raises NotPossible."""
    _versions_before(house, scope, name, correct=correct)
    return _kept(house, scope)


def freeze(
    house: House,
    scope: Scope,
    name: str,
    *,
    by: str,
    reason: str,
    correct: bool = False,
    seen: Kept | None = None,
) -> Frozen:
    """Keep the figures of a period that is over, by what is stored, under the office's lease.

    ``correct``: as the next numbered correction of a period that is frozen already. ``seen``: only
    what a person has seen. Raises NotPossible, and ``leases.Busy`` while a run works.
    """
    versions = _versions_before(house, scope, name, correct=correct)
    with leases.held(house.store, "", house.clock):
        kept = _kept(house, scope)
        if seen is not None and kept != seen:
            raise NotPossible(f"Kỳ {name}: số liệu vừa thay đổi, hãy xem lại rồi chốt.")
        if versions and not _changed(unpack(versions[-1].payload), kept):
            raise NotPossible(f"Kỳ {name}: số liệu không khác bản gần nhất, không có gì để ghi.")
        version = Frozen(
            starts=scope.starts,  # type: ignore[arg-type]
            ends=scope.ends,  # type: ignore[arg-type]
            number=len(versions),
            name=name,
            as_of=scope.as_of,
            at=house.clock.now(),
            by=by,
            reason=reason,
            payload=pack(kept),
        )
        house.store.periods.add(version)
    return version


def _versions_before(house: House, scope: Scope, name: str, *, correct: bool) -> list[Frozen]:
    """The versions that there are; raises NotPossible where the next one may not be made."""
    versions = _versions(house, scope)
    if scope.ends is None or scope.ends >= house.clock.today():
        raise NotPossible(f"Kỳ {name} chưa kết thúc nên chưa chốt được.")
    if versions and not correct:
        raise NotPossible(
            f"Kỳ {name} đã chốt ngày {versions[0].at.astimezone(house.clock.zone):%d/%m/%Y}. "
            f"Số liệu thay đổi thì lập đính chính: doisoat periods correct {name}"
        )
    if correct and not versions:
        raise NotPossible(f"Kỳ {name} chưa chốt. Chốt trước: doisoat periods freeze {name}")
    return versions


def _read(house: House, scope: Scope) -> Gathered:
    """What is known of the period; raises NotPossible where some of its days were never read."""
    gathered = gather(house, {})
    if missing := missing_days(house, scope, gathered.coverage):
        raise NotPossible(f"Kỳ này chưa đọc đủ, chưa chốt được: {uncovered(missing)}.")
    return gathered


def _kept(house: House, scope: Scope) -> Kept:
    gathered = _read(house, scope)
    decision = decide(house, scope, gathered.coverage)
    placed = _placed(house, scope, gathered, decision)
    return Kept(
        placed,
        submitted_in(house, scope),
        tuple(source.source for source in gathered.sources if not source.answered),
        checkable=True,
        rows=rows_behind(house, placed),
    )


def rows_behind(house: House, placed: Iterable[Placed]) -> dict[str, RowsBehind]:
    """What moved each dossier that stands elsewhere by the paper, by its key."""
    moved = {one.key for one in placed if one.before is not one.after}
    dossiers = {
        link.row: link.dossier
        for link in house.store.search.links(moved)
        if link.decision is LinkState.AUTO and link.dossier in moved
    }
    paper = {
        source.name
        for source in house.settings.sources
        if source.role is Role.REGISTER and source.origin is Origin.PAPER
    }
    found: dict[str, RowsBehind] = {}
    for row in house.store.search.claims(dossiers):
        key, by_hand = dossiers[row.key] or "", row.source in paper
        before = found.get(key, RowsBehind(None, by_hand=True))
        read_on = max(filter(None, (before.read_on, row.read_on)), default=None)
        found[key] = RowsBehind(read_on, before.by_hand and by_hand)
    return found


def compare(house: House, scope: Scope) -> Freeze | None:
    """The versions of a period and what the stored data say now; None where it is not frozen."""
    versions = _versions(house, scope)
    if not versions:
        return None
    gathered = gather(house, {})
    decision = decide(house, scope, gathered.coverage)
    return _freeze(house, scope, versions, _placed(house, scope, gathered, decision))


def _changed(before: Kept, after: Kept) -> bool:
    moved = differences(before.placed, after.placed)
    return bool(moved) or before.submitted != after.submitted or not before.checkable


def history(
    house: House, scope: Scope, gathered: Gathered, decision: Decision
) -> tuple[Freeze | None, Opening | None]:
    """What a report of this scope says of its freeze and of what it carried over.

    Only a report of the whole office for the same days and the same cut-off can be compared.
    """
    if scope.starts is None or scope.units is not None or scope.procedures is not None:
        return None, None
    versions = [one for one in _versions(house, scope) if one.as_of == scope.as_of]
    eve = scope.starts - timedelta(days=1)
    closed = house.store.periods.ending(eve)
    now = _placed(house, scope, gathered, decision) if versions or closed else ()
    opening = Opening(
        carried=decision.statistics.all.recorded.carried,
        recount=decision.statistics.closing_before,
        submitted=_submitted_closing(house, scope),
    )
    if closed:
        kept = unpack(closed[0].payload)
        opening = Opening(
            carried=opening.carried,
            recount=opening.recount,
            submitted=opening.submitted,
            frozen=sum(one.before.is_open for one in kept.placed),
            frozen_name=closed[0].name,
            gaps=handed_over(kept.placed, now),
        )
    return _freeze(house, scope, versions, now) if versions else None, opening


def _freeze(
    house: House, scope: Scope, versions: Sequence[Frozen], now: tuple[Placed, ...]
) -> Freeze:
    kept = [unpack(one.payload) for one in versions]
    zone = house.clock.zone
    told = []
    for place, (version, content) in enumerate(zip(versions, kept, strict=True)):
        recorded, reconciled = tables(content.placed)
        told.append(
            Version(
                number=version.number,
                at=version.at.astimezone(zone),
                by=version.by,
                reason=version.reason,
                recorded=recorded,
                reconciled=reconciled,
                unread=content.unread,
                changes=differences(kept[place - 1].placed, content.placed) if place else (),
            )
        )
    return Freeze(
        name=versions[0].name,
        versions=tuple(told),
        since=differences(kept[-1].placed, now),
        submitted_changed=kept[-1].submitted != submitted_in(house, scope),
    )


def _versions(house: House, scope: Scope) -> list[Frozen]:
    return house.store.periods.of(scope.starts, scope.ends)


def _placed(
    house: House, scope: Scope, gathered: Gathered, decision: Decision
) -> tuple[Placed, ...]:
    findings = decision.judgement.findings
    return reconcile.places(decision.cases, gathered.coverage, scope, house.policy, findings)


def _submitted_closing(house: House, scope: Scope) -> int | None:
    """In progress at the end of the last period, as the office submitted it."""
    rule = house.settings.office.period_rule
    return next(
        (
            line.in_progress_total
            for line in house.tables.submitted
            if not line.field
            and not line.unit
            and line.in_progress_total is not None
            and scope.starts is not None
            and period(line.period, rule).ends == scope.starts - timedelta(days=1)
        ),
        None,
    )
