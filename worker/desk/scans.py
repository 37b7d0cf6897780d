"""Returned papers that a clerk scans: stack by stack, approved by a second person.

A stack that waits is the clerk's own word and moves no figure. The second person opens some of its
papers, drawn at random, and approves it: then its papers are evidence, the weakest there is.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reconcile.claims import Claim, Place, RegisterType, Role, Snapshot, Status, row_key
from reconcile.text import codes
from reconcile.text.vietnamese import initials
from worker import words
from worker.desk import intake
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.house import House
from worker.store import SLIPS, BatchSettled, BatchState, Slip, SlipAnswer, SlipBatch
from worker.store.slips import COUNTED

PAGE = 30
#: Of a stack one paper in so many is opened, and never fewer than so many.
ONE_IN, FEWEST = 10, 3
#: What is kept of a text that is no code: it may be anybody's card.
NO_CODE = "(không phải mã hồ sơ)"
_MAY_BE_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{3,39}")
#: What a stack is called while it waits.
STATEMENT = "Lời khai của bộ phận một cửa, chưa tính vào số liệu"
#: The state in which papers are scanned.
OPEN = BatchState.OPEN
SETTLED = "Xấp này không còn ở trạng thái đó: có người đã xử lý."
STATES: Mapping[BatchState, str] = {
    BatchState.OPEN: "Đang quét",
    BatchState.WAITING: "Chờ người thứ hai duyệt",
    BatchState.APPROVED: "Đã duyệt",
    BatchState.REFUSED: "Không duyệt",
    BatchState.WITHDRAWN: "Đã rút lại duyệt",
}
ANSWERS: Mapping[SlipAnswer, str] = {
    SlipAnswer.KNOWN: "Đã ghi",
    SlipAnswer.TWICE: "Đã quét rồi",
    SlipAnswer.UNKNOWN: "Không có trong phần mềm",
    SlipAnswer.RETURNED: "Phần mềm đã ghi trả từ trước",
}


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A scanned paper as it is shown: ``person`` is initials, of the actor's own units only.

    ``number`` counts the papers of the stack; a paper scanned again bears none (0).
    """

    id: int
    number: int
    code: str
    person: str
    said: SlipAnswer
    at: datetime

    @property
    def told(self) -> str:
        return ANSWERS[self.said]


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack with its papers, in the order of scanning."""

    batch: SlipBatch
    unit: str  # its name
    lines: tuple[ScanLine, ...]  # all of them, or the last ones
    count: int  # papers scanned, each once

    @property
    def evidence(self) -> tuple[ScanLine, ...]:
        """The papers that count once the stack is approved."""
        return tuple(one for one in self.lines if one.said in COUNTED)

    @property
    def drawn(self) -> tuple[ScanLine, ...]:
        """The papers that the second person opens."""
        return tuple(one for one in self.lines if one.id in self.batch.drawn)

    @property
    def state(self) -> str:
        return STATES[self.batch.state]


@dataclass(frozen=True, slots=True)
class StackLine:
    """A stack in a list."""

    batch: SlipBatch
    unit: str
    count: int

    @property
    def state(self) -> str:
        return STATES[self.batch.state]


# Scanning


def begin(house: House, actor: Actor, day: date, expected: int | None, unit: str = "") -> int:
    """The number of a new stack of papers of that day. Raises Refused, Unseen."""
    actor.need(Right.INTAKE)
    if day > house.clock.today():
        raise Refused("Ngày trên giấy ở tương lai.", "Xem lại ngày trả ghi trên giấy.")
    if expected is not None and not 0 < expected < 10_000:
        raise Refused("Số tờ của xấp phải từ 1 đến 9.999.")
    own = unit or _only(actor)
    if not own:
        raise Refused("Chưa rõ xấp giấy của đơn vị nào.", "Chọn đơn vị.")
    if not actor.sees(own):
        raise Unseen(own)
    now = house.clock.now()
    return house.store.slips.begin(own, day, expected, by=actor.who, at=now)


def _only(actor: Actor) -> str:
    return next(iter(actor.units)) if actor.units is not None and len(actor.units) == 1 else ""


def scan(house: House, actor: Actor, number: int, client_id: str, text: str) -> SlipAnswer:
    """What is said of the paper, now in the stack. The same ``client_id`` is the same paper.

    Raises Refused where the stack is closed, Unseen.
    """
    actor.need(Right.INTAKE)
    batch = _seen(house, actor, number)
    if not (0 < len(client_id) <= 80):
        raise Refused("Lượt quét không có mã của máy quét.")
    known = house.store.slips.sent(number, client_id)
    if known is None:
        code, key = _code(text)
        said = _answered(house, actor, batch, key)
        known = house.store.slips.scan(number, client_id, code, key, said, at=house.clock.now())
    if known is None:
        raise Refused("Xấp này đã đóng, không quét thêm được.", "Mở xấp mới.")
    return known.said


def _code(text: str) -> tuple[str, str]:
    """The code as it was scanned, and comparable; what is no code is not kept."""
    clean = " ".join(text.split())
    solid = clean.replace(" ", "")
    if _MAY_BE_CODE.fullmatch(solid) and not solid.isdecimal():  # no number of an identity card
        return clean, codes.normal(clean)
    inside = codes.in_text(clean)
    return (inside[0], inside[0]) if inside else (NO_CODE, "")


def _answered(house: House, actor: Actor, batch: SlipBatch, key: str) -> SlipAnswer:
    if key and house.store.slips.scanned_before(batch.unit, key):
        return SlipAnswer.TWICE
    found = _software(house, actor, [key]).get(key, []) if key else []
    if not found:
        return SlipAnswer.UNKNOWN
    handed_over = any(one.role is Role.ONE_STOP and one.status is Status.RETURNED for one in found)
    return SlipAnswer.RETURNED if handed_over else SlipAnswer.KNOWN


def _software(house: House, actor: Actor, keys: Collection[str]) -> dict[str, list[Claim]]:
    """What the software says of these codes, of the actor's units alone."""
    search = house.store.search
    found: dict[str, list[Claim]] = {}
    for claim in search.claims(search.bearing(set(keys))):
        mine = actor.sees(claim.unit) or actor.sees(claim.receiving_unit or claim.unit)
        if claim.is_row or not mine:
            continue
        for code in {codes.normal(claim.own_code), codes.normal(claim.national_code)} - {""}:
            found.setdefault(code, []).append(claim)
    return found


def take_back(house: House, actor: Actor, number: int) -> str:
    """The code of the last paper, which is in the stack no more. Raises Refused, Unseen."""
    actor.need(Right.INTAKE)
    _seen(house, actor, number)
    last = house.store.slips.take_back(number, at=house.clock.now())
    if last is None:
        raise Refused("Xấp không còn tờ nào để bỏ.")
    return last.code


def close(house: House, actor: Actor, number: int, *, sure: bool = False) -> None:
    """The stack waits for a second person. Raises Refused where it is empty, or, unless the
    person is ``sure``, holds another number of papers than was counted."""
    actor.need(Right.INTAKE)
    stack = one_stack(house, actor, number)
    if not stack.count:
        raise Refused("Xấp chưa có tờ nào.")
    wanted = stack.batch.expected
    if wanted is not None and wanted != stack.count and not sure:
        raise Refused(
            f"Xấp này ghi {words.number(wanted)} tờ, đã quét {words.number(stack.count)} tờ.",
            "Đếm lại xấp giấy; đúng là như vậy thì đánh dấu “đã đếm lại”.",
        )
    _move(house, actor, number, BatchState.OPEN, BatchState.WAITING)


# Looking


def stacks(
    house: House,
    actor: Actor,
    *,
    before: int | None = None,
    limit: int = PAGE,
    states: Collection[BatchState] = tuple(BatchState),
) -> list[StackLine]:
    """A page of the stacks of the actor's units, newest first."""
    actor.need(Right.VIEW)
    slips = house.store.slips
    found = slips.batches(before=before, limit=limit, units=actor.units, states=states)
    counts = slips.counts([one.id for one in found])
    name = house.tables.units.name
    return [StackLine(one, name(one.unit), counts.get(one.id, 0)) for one in found]


def to_approve(
    house: House,
    actor: Actor,
    units: frozenset[str] | None = None,
    holding: Collection[str] | None = None,
) -> list[StackLine]:
    """The stacks of these units that wait for the actor as the second person, oldest first; only
    those with a paper of one of these codes, where they are named."""
    if not actor.may(Right.APPROVE):
        return []
    wanted, slips = actor.within(units), house.store.slips
    keys = None if holding is None else {codes.normal(one) for one in holding} - {""}
    found = slips.batches(limit=PAGE, units=wanted, states=(BatchState.WAITING,), holding=keys)
    mine = [one for one in reversed(found) if one.by != actor.who]
    counts = slips.counts([one.id for one in mine])
    name = house.tables.units.name
    return [StackLine(one, name(one.unit), counts.get(one.id, 0)) for one in mine]


def one_stack(house: House, actor: Actor, number: int, *, last: int | None = None) -> Stack:
    """A stack of the actor's units with its papers, or the ``last`` of them. Raises Unseen."""
    actor.need(Right.VIEW)
    batch = _seen(house, actor, number)
    count = house.store.slips.counts([number]).get(number, 0)
    papers = house.store.slips.papers(number, last=last)
    name = house.tables.units.name(batch.unit)
    return Stack(batch, name, tuple(_lines(house, actor, papers, count)), count)


def _seen(house: House, actor: Actor, number: int) -> SlipBatch:
    batch = house.store.slips.batch(number)
    if batch is None or not actor.sees(batch.unit):
        raise Unseen(str(number))
    return batch


def _lines(house: House, actor: Actor, papers: Sequence[Slip], count: int) -> Iterator[ScanLine]:
    """The papers, of which the last is the ``count``-th of its stack."""
    known = _software(house, actor, {one.own_key for one in papers if one.own_key})
    number = count - sum(one.said is not SlipAnswer.TWICE for one in papers)
    for one in papers:
        again = one.said is SlipAnswer.TWICE
        number += not again
        yield _line(house, one, 0 if again else number, known.get(one.own_key, []))


def _line(house: House, one: Slip, number: int, claims: Sequence[Claim]) -> ScanLine:
    names = (claim.subject or claim.applicant for claim in claims)
    person = next((initials(name) for name in names if name), "")
    return ScanLine(one.id, number, one.code, person, one.said, one.at.astimezone(house.clock.zone))


# The second person


def draw(house: House, actor: Actor, number: int) -> tuple[int, ...]:
    """The papers that the second person opens, drawn at random once. Raises Refused, Unseen."""
    stack = _second(house, actor, number)
    if stack.batch.drawn:
        return stack.batch.drawn
    papers = [one.id for one in stack.evidence]
    if not papers:
        raise Refused("Xấp không có tờ nào có trong phần mềm: không có gì để duyệt.")
    many = min(len(papers), max(FEWEST, -(-len(papers) // ONE_IN)))
    chosen = tuple(sorted(secrets.SystemRandom().sample(papers, many)))
    _move(house, actor, number, BatchState.WAITING, BatchState.WAITING, drawn=chosen)
    return chosen


def approve(house: House, actor: Actor, number: int, opened: Collection[int]) -> int:
    """How many papers are evidence from now on: the second person opened those that were drawn.

    Raises Refused, Unseen.
    """
    stack = _second(house, actor, number)
    if not stack.batch.drawn:
        raise Refused("Chưa rút giấy để mở.", "Bấm “Rút giấy để mở” trước.")
    unopened = [one for one in stack.drawn if one.id not in set(opened)]
    if unopened:
        raise Refused(
            f"Còn {words.number(len(unopened))} tờ trong các tờ đã rút chưa được mở và đối chiếu.",
            "Mở từng tờ, đánh dấu tờ đúng; có tờ sai thì không duyệt xấp này.",
        )
    with intake.alone(house) as lease:
        now, today = house.clock.now(), house.clock.today()
        try:
            house.store.slips.approve(
                number, _snapshot(stack), by=actor.who, at=now, on=today, lease=lease
            )
        except BatchSettled:
            raise Refused(SETTLED) from None
    return len(stack.evidence)


def refuse(house: House, actor: Actor, number: int, *, reason: str) -> None:
    """The stack is no evidence, and why; its papers may be scanned again. Raises Refused."""
    _second(house, actor, number)
    if not reason.strip():
        raise Refused("Phải ghi vì sao không duyệt.")
    _move(house, actor, number, BatchState.WAITING, BatchState.REFUSED, reason=reason.strip())


def withdraw(house: House, actor: Actor, number: int, *, reason: str) -> None:
    """An approval is taken back: the papers count no more from the next run on. Raises Refused."""
    actor.need(Right.APPROVE)
    batch = _seen(house, actor, number)
    if not reason.strip():
        raise Refused("Phải ghi vì sao rút lại.")
    found = house.store.intakes.under(SLIPS, _file(number))
    if batch.state is not BatchState.APPROVED or found is None:
        raise Refused(SETTLED)
    with intake.alone(house) as lease:
        try:
            stands = house.store.slips.withdraw(
                number,
                found.id,
                by=actor.who,
                at=house.clock.now(),
                reason=reason.strip(),
                lease=lease,
            )
        except BatchSettled:
            raise Refused(SETTLED) from None
    if stands:
        raise Refused(*intake.why_not(stands))


def _second(house: House, actor: Actor, number: int) -> Stack:
    """A stack that waits, for somebody who did not scan it. Raises Refused, Unseen."""
    actor.need(Right.APPROVE)
    stack = one_stack(house, actor, number)
    if stack.batch.by == actor.who:
        raise Refused(
            "Người quét không được tự duyệt xấp của mình.", "Nhờ người thứ hai mở giấy và duyệt."
        )
    if stack.batch.state is not BatchState.WAITING:
        raise Refused(SETTLED)
    return stack


def _move(
    house: House,
    actor: Actor,
    number: int,
    before: BatchState,
    after: BatchState,
    *,
    reason: str = "",
    drawn: Sequence[int] = (),
) -> None:
    now = house.clock.now()
    done = house.store.slips.move(
        number, before, after, by=actor.who, at=now, reason=reason, drawn=drawn
    )
    if not done:
        raise Refused(SETTLED)


def _file(number: int) -> str:
    """Under which name the papers of a stack are taken in."""
    return f"{SLIPS}/xap-{number}"


def _snapshot(stack: Stack) -> Snapshot:
    """The papers of a stack as the rows of a register: code, unit, the day on the paper."""
    batch, file = stack.batch, _file(stack.batch.id)
    claims = tuple(
        Claim(
            key=row_key(SLIPS, (batch.unit, one.code, batch.day.isoformat()), 0),
            source=SLIPS,
            role=Role.REGISTER,
            own_code=one.code,
            unit=batch.unit,
            returned_on=batch.day,
            register_type=RegisterType.SLIPS,
            number=f"{batch.id}/{one.number}",
            places=(Place(file, "", one.number),),
        )
        for one in stack.evidence
    )
    said = "\n".join(f"{one.key} {one.number}" for one in claims)
    return Snapshot(
        source=SLIPS,
        role=Role.REGISTER,
        file=file,
        fingerprint=hashlib.sha256(said.encode()).hexdigest(),
        rows=len(claims),
        claims=claims,
    )
