"""A code or a name → the dossiers that bear it, with what is wrong with each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from reconcile.cases import Case, LinkedRow
from reconcile.claims import Claim
from reconcile.kinds import Kind
from reconcile.lifecycle import Discrepancy, State
from reconcile.links import Link, LinkState, Method
from reconcile.scope import Scope, in_scope
from reconcile.text import codes
from reconcile.text.vietnamese import name_key, plain, plain_key
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.discrepancies import RUN_ONCE, known_of, undecided_of
from worker.desk.dossiers import Surroundings, around
from worker.house import House
from worker.reports.known import KnownDiscrepancy
from worker.reports.undecided import UndecidedRow
from worker.reports.work import WorkRow
from worker.store import Run
from worker.store.keys import searched
from worker.store.search import Search

#: Claims that a name leads to; one that more bear is no name to look for.
MOST_CLAIMS = 500
#: Of so many of them at once the dossiers are looked for.
PART = 60
#: Never more than is known: what was not judged may still be wrong.
NOTHING_WRONG = "Lượt đối soát gần nhất không thấy gì lệch trong phần đã xét."
NOT_LOOKED_AT = "Chưa xét trong lượt gần nhất (lượt đó chỉ xét đơn vị, thủ tục hoặc kỳ khác)."
NEVER_RUN = "Chưa có lượt đối soát nào. Chạy: doisoat run"
NO_DOSSIER = "Chưa ghép được với hồ sơ nào trên phần mềm; chưa kết luận là thiếu."


#: Whoever knows one of these knows whether the dossier is done: a run that read less, and could
#: not tell, takes nothing back.
ANSWERED = frozenset({Kind.RETURNED_STILL_PENDING, Kind.TRULY_OVERDUE})


@dataclass(frozen=True, slots=True)
class Hit:
    """One dossier, or one register row without a dossier, with what is wrong with it."""

    anchor: str
    claims: tuple[Claim, ...]
    links: tuple[Link, ...]  # of its register rows
    discrepancies: tuple[Discrepancy, ...]  # the settled ones, too; what stands for it first
    work: tuple[WorkRow, ...]
    untold: tuple[str, ...] = ()  # discrepancies that no recent report tells of
    undecided: UndecidedRow | None = None  # past due, and the last run could not tell
    looked_at: bool | None = True  # by the last run; None: there was none
    written: bool = True  # what the last run found stands in rows

    @property
    def doubtful(self) -> bool:
        """A register row waits for a person's answer."""
        return any(link.decision is LinkState.REVIEW for link in self.links)

    @property
    def main(self) -> Claim:
        """The claim that names it: the software's where there is one."""
        return next((claim for claim in self.claims if not claim.is_row), self.claims[0])


@dataclass(frozen=True, slots=True)
class Hits:
    """What bears a code or a name; ``more``: not all that bear it were looked at."""

    found: list[Hit]
    more: bool


def bearing(house: House, actor: Actor, text: str, limit: int | None = None) -> Hits:
    """The dossiers that bear the code or the name, in all software, with their register rows.

    What is of other units alone is not there. ``limit``: once there are so many, no further ones
    are looked for.
    """
    actor.need(Right.VIEW)
    keys, more = _keys(house.store.search, text)
    found: dict[str, Hit] = {}
    for start in range(0, len(keys), PART):
        if limit is not None and len(found) > limit:
            return Hits(list(found.values())[:limit], more=True)
        near = around(house.store.search, keys[start : start + PART])
        meant = {
            _anchor(claim, near.anchors, near.links)
            for claim in near.claims.values()
            if _is_meant(claim, text)
        }
        hits = _hits(house, near, meant - found.keys())
        found |= {hit.anchor: hit for hit in hits if sees(actor, hit)}
    return Hits(list(found.values())[:limit], more or (limit is not None and len(found) > limit))


def of_key(house: House, actor: Actor, key: str) -> Hit:
    """The dossier, or register row, of this claim. Raises Unseen."""
    actor.need(Right.VIEW)
    near = around(house.store.search, [key])
    if key not in near.claims:
        raise Unseen(key)
    anchor = _anchor(near.claims[key], near.anchors, near.links)
    found = _hits(house, near, {anchor})
    if not found or not sees(actor, found[0]):
        raise Unseen(key)
    return found[0]


def sees(actor: Actor, hit: Hit) -> bool:
    """Whether something of it is of a unit that the actor sees."""
    units = {unit for claim in hit.claims for unit in (claim.unit, claim.receiving_unit)}
    units |= {one.unit for one in hit.discrepancies}
    return actor.units is None or bool(units & actor.units)


def _hits(house: House, near: Surroundings, meant: Collection[str]) -> list[Hit]:
    store, claims = house.store, near.claims
    groups: dict[str, list[str]] = {anchor: [anchor] for anchor in sorted(meant)}
    for key in sorted(claims):
        if key not in groups and (anchor := near.anchors.get(key)) in groups:
            groups[anchor].append(key)
    every = list(chain.from_iterable(groups.values()))
    found = store.open_work.discrepancies(every)
    told = known_of(store, [one.id for some in found.values() for one in some])
    last = store.runs.newest_done()
    undecided = undecided_of(store, every) if last else {}
    return [
        _hit(
            anchor,
            [claims[key] for key in keys if key in claims],
            [near.links[key] for key in keys if key in near.links],
            [one for key in keys for one in found.get(key, ())],
            told,
            next((undecided[key] for key in keys if key in undecided), None),
            last,
        )
        for anchor, keys in groups.items()
    ]


def _hit(
    anchor: str,
    claims: Sequence[Claim],
    links: Sequence[Link],
    found: Sequence[Discrepancy],
    told: Mapping[str, KnownDiscrepancy],
    undecided: UndecidedRow | None,
    last: Run | None,
) -> Hit:
    open_ = sorted(
        (one for one in found if one.state is not State.RESOLVED),
        key=lambda one: list(Kind).index(one.kind),
    )
    work = tuple(told[one.id].row for one in open_ if one.id in told)
    answered = any(row.kind in ANSWERED for row in work)
    return Hit(
        anchor=anchor,
        claims=tuple(claims),
        links=tuple(links),
        discrepancies=tuple(found),
        work=work,
        untold=tuple(one.id for one in open_ if one.id not in told),
        undecided=None if answered else undecided,
        looked_at=_looked_at(claims, last.scope) if last else None,
        written=last is None or last.kept_rows,
    )


def _keys(search: Search, text: str) -> tuple[list[str], bool]:
    """The keys of the claims that may be meant, and whether there are more of them."""
    if code := _code(text):
        return sorted(search.bearing([code])), False
    name = searched(text)
    keys = search.named(name, MOST_CLAIMS + 1) if name else []
    return keys[:MOST_CLAIMS], len(keys) > MOST_CLAIMS


def _code(text: str) -> str:
    """The comparable code that the text is; empty for a name."""
    return codes.normal(text) if any(char.isdigit() for char in text) else ""


#: Whether a dossier lies in a scope does not depend on how its rows were joined to it.
_NO_LINK = Link("", None, Method.NONE, 0.0, LinkState.NONE)


def _looked_at(found: Sequence[Claim], scope: Scope) -> bool:
    """Whether the dossier of these claims lies in the scope of the last run."""
    software = {claim.role: claim for claim in found if not claim.is_row}
    rows = tuple(LinkedRow(claim, _NO_LINK) for claim in found if claim.is_row)
    return not found or in_scope(Case(found[0].key, software, rows), scope)


def _anchor(claim: Claim, anchors: Mapping[str, str], links: Mapping[str, Link]) -> str:
    """The dossier that the claim is of; a row that waits for an answer stands alone."""
    link = links.get(claim.key)
    if claim.is_row and (link is None or link.decision is not LinkState.AUTO):
        return claim.key
    return anchors.get(claim.key, claim.key)


def _is_meant(claim: Claim, text: str) -> bool:
    if wanted := _code(text):
        return wanted in (codes.normal(claim.own_code), codes.normal(claim.national_code))
    # Who types without accents means them all; who types them means those.
    has_accents = plain(text) != " ".join(text.casefold().split())
    wanted = name_key(text) if has_accents else plain_key(name_key(text))
    names = (name_key(one) for one in (claim.subject, claim.applicant, claim.mother) if one)
    return bool(wanted) and any(
        f" {wanted} " in f" {key if has_accents else plain_key(key)} " for key in names
    )


def nothing_wrong(one: Hit) -> str:
    """Why nothing is said to be wrong: never more than was looked at."""
    if one.looked_at is None:
        return NEVER_RUN
    if not one.looked_at:
        return NOT_LOOKED_AT
    if not one.written:
        return RUN_ONCE
    return NO_DOSSIER if all(claim.is_row for claim in one.claims) else NOTHING_WRONG
