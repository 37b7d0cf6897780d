"""The doubtful pairs: who is asked, what both sides say, what an answer would change.

Blind controls stand among the doubts and are answered by the same doors; nothing here tells a
reader which they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from pathlib import PurePath

import reconcile
from reconcile.cases import Answer, Link, LinkState
from reconcile.claims import Claim
from reconcile.coverage import Coverage
from reconcile.figures import form
from reconcile.figures.standing import Column
from reconcile.linking.controls import WhyAsked
from reconcile.scope import Scope
from reconcile.text import codes
from reconcile.text.vietnamese import initials, plain, unit_key
from worker.desk.actor import Actor, OfficeRole, Right, Unseen
from worker.desk.dossiers import Surroundings, around
from worker.desk.refused import Refused
from worker.house import House
from worker.reports.lists import doubts
from worker.run.polling import gather
from worker.store.pairs import Reader, WaitingPair
from worker.words import day

#: In the audit: whole names of a pair were shown.
NAMES_SEEN = "pair.names_seen"
#: What is laid side by side, what tells people apart first.
FIELDS = (
    ("mother", "Mẹ"),
    ("mother_birth_year", "Năm sinh của mẹ"),
    ("birth_date", "Ngày sinh"),
    ("death_date", "Ngày mất"),
    ("subject", "Người được đăng ký"),
    ("sex", "Giới tính"),
    ("father", "Cha"),
    ("applicant", "Người nộp"),
    ("book", "Quyển"),
    ("page", "Trang"),
    ("number", "Số"),
    ("received_on", "Tiếp nhận"),
    ("registered_on", "Ngày đăng ký"),
    ("returned_on", "Trả kết quả"),
    ("unit", "Đơn vị"),
)
_PEOPLE = frozenset({"mother", "subject", "father", "applicant"})
#: What people set in a doubt beside each other, and what it is called where it is the only thing.
_SMALL: tuple[tuple[Callable[[str], str], str], ...] = (
    (lambda text: "".join(text.split()), "thiếu dấu cách"),
    (lambda text: text.casefold(), "khác chữ hoa, chữ thường"),
    (lambda text: plain(text).casefold(), "khác dấu"),
    (lambda text: "".join(plain(text).casefold().split()), "khác dấu và dấu cách"),
)


@dataclass(frozen=True, slots=True)
class CellPart:
    """A piece of a cell; ``differs`` from the other side."""

    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class PairLine:
    """One fact of the row, of the dossier and of its rival; ``hint`` names a small difference."""

    field: str
    title: str
    row: tuple[CellPart, ...]
    dossier: tuple[CellPart, ...]
    hint: str
    rival: str


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair side by side, as a person answers it."""

    key: str
    why: str
    place: str
    code: str
    rival_code: str
    lines: tuple[PairLine, ...]
    before: Column | None  # where the dossier stands in form II.06a; None: it is not counted
    after: Column | None  # where "one dossier" would put it
    helps: bool
    second: bool  # an answer "one dossier" of this reader waits for a second person


@dataclass(frozen=True, slots=True)
class PairAnswered:
    """What became of an answer."""

    fresh: bool  # False: the same was known
    waits: bool = False  # a second person has to say the same


def reader(actor: Actor, units: frozenset[str] | None = None) -> Reader:
    """The actor as the queue of pairs knows them, for these units or all that they see."""
    return Reader(actor.who, actor.within(units), actor.may(Right.APPROVE))


def waiting(
    house: House,
    actor: Actor,
    units: frozenset[str] | None = None,
    *,
    after: str = "",
    limit: int | None = None,
) -> list[WaitingPair]:
    """The pairs that wait for this actor's answer, in the order of the queue."""
    actor.need(Right.VIEW)
    return house.store.pairs.waiting(reader(actor, units), after=after, limit=limit)


def left(house: House, actor: Actor, units: frozenset[str] | None = None) -> int:
    """How many ``waiting`` there are."""
    actor.need(Right.VIEW)
    return house.store.pairs.count(reader(actor, units))


def of_row(house: House, actor: Actor, key: str) -> WaitingPair:
    """The pair that is asked of a row, by the row's key or its end. Raises Unseen."""
    rows = house.store.search.rows_ending(key)
    asked = [one for row in rows for one in house.store.pairs.asked(row)]
    seen = [one for one in asked if actor.units is None or one.unit in actor.units]
    found = [one for one in seen if house.store.pairs.waiting(reader(actor), row=one.link.row)]
    if len({one.link.row for one in found or seen}) != 1:
        raise Unseen(key)
    return (found or seen)[0]


def register_row(house: House, actor: Actor, key: str) -> str:
    """The key of the register row that ends so, whatever was decided of it. Raises Unseen."""
    actor.need(Right.WORK)
    found = house.store.search.rows_ending(key)
    if len(found) != 1:
        raise Unseen(key)
    return found[0]


def claims_of(house: House, links: Sequence[Link]) -> dict[str, Claim]:
    """The claims that these pairs are of, by key; of a row without its code.

    A code is shown on neither side: had only the controls' rows one, it would tell them apart.
    """
    keys = {link.row for link in links} | {link.dossier for link in links if link.dossier}
    keys |= {link.rival.dossier for link in links if link.rival}
    claims = house.store.search.claims(keys)
    return {one.key: _without_code(one) if one.is_row else one for one in claims}


def place_of(row: Claim) -> str:
    """Where a register row stands; empty where nobody said."""
    if not row.places:
        return ""
    place = row.places[0]
    return f"{PurePath(place.file).name}, {place.sheet}, dòng {place.row}"


def _without_code(row: Claim) -> Claim:
    return replace(row, own_code="")


def view(house: House, actor: Actor, asked: WaitingPair) -> PairView:
    """A pair side by side; that its names were shown is kept in the audit."""
    actor.need(Right.NAMES)
    link, near = asked.link, _near(house, asked.link)
    row, dossier = near.claims.get(link.row), near.claims.get(link.dossier or "")
    if row is None or dossier is None:
        raise Unseen(asked.lot)
    row = _without_code(row)
    rival = near.claims.get(link.rival.dossier) if link.rival else None
    house.store.audit.append(
        actor=actor.who, act=NAMES_SEEN, object=asked.lot[:16], reason="", at=house.clock.now()
    )
    before, after = _effect(house, link, near)
    helps = _helps(before, after)
    return PairView(
        key=asked.lot,
        why=doubts(link, rival),
        place=place_of(row),
        code=dossier.own_code,
        rival_code=rival.own_code if rival else "",
        lines=tuple(_lines(house, actor, row, dossier, rival)),
        before=before,
        after=after,
        helps=helps,
        second=_needs_second(actor, helps=helps),
    )


def by_lot(house: House, actor: Actor, key: str) -> WaitingPair:
    """The pair at that place of the queue, whoever answered it. Raises Unseen."""
    found = house.store.pairs.at(key)
    if found is None or (actor.units is not None and found.unit not in actor.units):
        raise Unseen(key)
    return found


def answer(house: House, actor: Actor, asked: WaitingPair, *, same: bool) -> PairAnswered:
    """Keep what the actor says of an asked pair; in the console what helps waits for a second."""
    actor.need(Right.WORK)
    waits = False
    if same and actor.role is not OfficeRole.SHELL:
        waits = _needs_second(actor, helps=_helps(*effect(house, asked.link)))
    settled = house.store.pairs.read(
        asked,
        same=same,
        by=actor.who,
        at=house.clock.now(),
        day=house.clock.today().isoformat(),
        waits=waits,
    )
    return PairAnswered(fresh=True, waits=(waits or asked.waits) and not settled)


def answer_of(house: House, actor: Actor, row: str, dossier: str, *, same: bool) -> PairAnswered:
    """Keep what the actor says of any row and dossier.

    Of a control, and of a pair that waits for this actor, as ``answer``. Who names another dossier
    for an asked row says of the asked one that it is another.
    """
    actor.need(Right.WORK)
    asked = house.store.pairs.asked(row)
    this = next((one for one in asked if one.pair[1] == dossier), None)
    readings = house.store.pairs.readings(row)
    standing = {(one.dossier, one.by): one.same for one in readings}
    if this is not None and standing.get((dossier, actor.who)) == same:
        return PairAnswered(fresh=False)
    if this is not None and (_is_control(this) or _waits_for(house, actor, row)):
        return answer(house, actor, this, same=same)
    others = [one for one in asked if one.pair[1] != dossier]
    for one in others if same else ():
        answer(house, actor, one, same=False)
    if any(map(_is_control, others)):
        return PairAnswered(fresh=True)
    said = Answer(row, dossier, same, actor.who, house.clock.today().isoformat())
    return PairAnswered(fresh=house.store.answers.add(said))


def take_back(house: House, actor: Actor, row: str, dossier: str) -> bool:
    """Undo what was said of a pair: the actor's own answer, else everybody's."""
    actor.need(Right.WORK)
    today, now = house.clock.today(), house.clock.now()
    this = next((one for one in house.store.pairs.asked(row) if one.pair[1] == dossier), None)
    readers = [one.by for one in house.store.pairs.readings(row) if one.dossier == dossier]
    if this is None or not readers:
        if this is not None and _is_control(this):
            return False
        return house.store.answers.take_back(row, dossier, by=actor.who, on=today)
    whose = [actor.who] if actor.who in readers else readers
    if actor.role is not OfficeRole.SHELL and actor.who not in readers:
        return False
    done = [
        house.store.pairs.take_back(this, of=one, by=actor.who, at=now, day=today.isoformat())
        for one in whose
    ]
    return any(done)


def dossier_bearing(house: House, code: str) -> str:
    """The key of the dossier that bears this code, however it is written. Raises Refused."""
    search, wanted = house.store.search, codes.normal(code)
    near = around(search, {code} | (search.bearing([wanted]) if wanted else set()))
    found = sorted(
        {
            near.anchors[claim.key]
            for claim in near.claims.values()
            if not claim.is_row and claim.key in near.anchors and _bears(claim, code, wanted)
        }
    )
    if len(found) != 1:
        raise Refused(f"Không tìm thấy đúng một hồ sơ mang mã “{code}”.")
    return found[0]


def effect(house: House, link: Link) -> tuple[Column | None, Column | None]:
    """Where the dossier of a pair stands while it is a doubt, and where as one dossier.

    Columns of form II.06a after reconciliation, of everything known up to today.
    """
    return _effect(house, link, _near(house, link))


def _near(house: House, link: Link) -> Surroundings:
    """All that a pair and its rival may be joined to."""
    assert link.dossier is not None  # noqa: S101 - of a doubt there is one
    rival = {link.rival.dossier} if link.rival else set()
    return around(house.store.search, {link.row, link.dossier} | rival)


def _effect(house: House, link: Link, near: Surroundings) -> tuple[Column | None, Column | None]:
    coverage = gather(house, {}).coverage
    before, after = (
        _stands(house, near, coverage, replace(link, decision=state))
        for state in (LinkState.REVIEW, LinkState.AUTO)
    )
    return before, after


def _stands(house: House, near: Surroundings, coverage: Coverage, link: Link) -> Column | None:
    scope = Scope(as_of=house.clock.today())
    claims = list(near.claims.values())
    links = [*(one for one in near.links.values() if one.row != link.row), link]
    links = [one for one in links if one.row in near.claims]
    cases = reconcile.cases(claims, links, reconcile.dossiers(claims))
    placed = reconcile.places(cases, coverage, scope, house.policy)
    anchor = near.anchors.get(link.dossier or "", link.dossier)
    return next((one.after for one in placed if one.key == anchor), None)


def _helps(before: Column | None, after: Column | None) -> bool:
    if before is None or after is None or before is after:
        return False
    return form.effect(before, after) == "helps"


def _needs_second(actor: Actor, *, helps: bool) -> bool:
    """An answer that makes the figures of one's own office look better is read by two people."""
    return helps and actor.role is not OfficeRole.SHELL


def _waits_for(house: House, actor: Actor, row: str) -> bool:
    return bool(house.store.pairs.waiting(reader(actor), row=row))


def _is_control(asked: WaitingPair) -> bool:
    return asked.why is not WhyAsked.DOUBTFUL


def _bears(claim: Claim, code: str, wanted: str) -> bool:
    own = (codes.normal(claim.own_code), codes.normal(claim.national_code))
    return code == claim.key or (bool(wanted) and wanted in own)


def _lines(
    house: House, actor: Actor, row: Claim, dossier: Claim, rival: Claim | None
) -> list[PairLine]:
    found = []
    for field, title in FIELDS:
        ours, theirs, other = (_shown(house, actor, one, field) for one in (row, dossier, rival))
        if not (ours or theirs or other):
            continue
        found.append(PairLine(field, title, *_apart(ours, theirs), rival=other))
    return found


def _whole(text: str) -> tuple[CellPart, ...]:
    return (CellPart(text),) if text else ()


def _apart(one: str, other: str) -> tuple[tuple[CellPart, ...], tuple[CellPart, ...], str]:
    """Two texts letter by letter, and the name of a small difference where it is the only one."""
    if one == other or not one or not other:
        return _whole(one), _whole(other), ""
    hint = next((words for same, words in _SMALL if same(one) == same(other)), "")
    ours: list[CellPart] = []
    theirs: list[CellPart] = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if a < b:
            ours.append(CellPart(one[a:b], tag != "equal"))
        if c < d:
            theirs.append(CellPart(other[c:d], tag != "equal"))
    return tuple(ours), tuple(theirs), hint


def _shown(house: House, actor: Actor, claim: Claim | None, field: str) -> str:
    """A fact as people write it; whole names only of the actor's own units."""
    value = getattr(claim, field) if claim else None
    if claim is None or value is None or value == "":
        return ""
    if field == "unit":
        return house.tables.units.name(value) or value
    if field in ("birth_date", "death_date"):
        return "/".join(reversed(value.split("-")))
    if field in _PEOPLE and not _own(actor, claim):
        return initials(value)
    return day(value) if isinstance(value, date) else str(value)


def _own(actor: Actor, claim: Claim) -> bool:
    """Whether the actor may read whole names of a claim; a row that names no unit is shared."""
    return not claim.unit or actor.sees(claim.unit) or actor.sees(unit_key(claim.unit))
