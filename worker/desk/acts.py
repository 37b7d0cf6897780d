"""What a person does with discrepancies: take on, set aside, take back, tick, note; undo at once.

An act is planned first, so that it can be shown, and then done in one transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from reconcile import lifecycle
from reconcile.findings import parts
from reconcile.labels import STATES
from reconcile.lifecycle import Change, Discrepancy, IllegalMove, State
from reconcile.steps import Step, usual_step
from worker.desk import worklist
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.discrepancies import RUN_ONCE, known_of, lacks_rows
from worker.desk.refused import Refused
from worker.desk.worklist import DossierFilter, ListedDossier
from worker.house import House
from worker.reports.known import KnownDiscrepancy
from worker.run.keeping import code_key
from worker.store import Overtaken, Paper
from worker.store.ticks import Batch
from worker.words import PAPERS, number, paper

NOT_OURS = "không thuộc đơn vị tôi"
NOT_ONE = "hai hồ sơ khác nhau, không phải một"
TAKEN_BACK = "rút lại"
#: How the id of a batch begins.
BATCH = "lo-"
#: So many digits of an id are enough to mean it, where no other begins so.
SHORTEST = 4

Move = Callable[[House, Actor, Discrepancy], Change]


@dataclass(frozen=True, slots=True)
class PlannedAct:
    """What would be done; ``left`` are in a state from which it cannot be done."""

    what: str
    steps: tuple[Change, ...] = ()
    ticks: tuple[tuple[str, str], ...] = ()  # a discrepancy's id and the step that was done
    left: tuple[Discrepancy, ...] = ()

    def __add__(self, other: PlannedAct) -> PlannedAct:
        return replace(
            self,
            steps=self.steps + other.steps,
            ticks=self.ticks + other.ticks,
            left=self.left + other.left,
        )

    @property
    def dossiers(self) -> int:
        """How many dossiers it would touch."""
        return len({parts(step.discrepancy.anchor)[0] for step in self.steps}) or len(self.ticks)


@dataclass(frozen=True, slots=True)
class UndoneBatch:
    """A batch that was undone; ``left`` discrepancies were moved on since and stay as they are."""

    batch: Batch
    undone: int
    left: int


def bearing(
    house: House, actor: Actor, name: str
) -> list[tuple[Discrepancy, KnownDiscrepancy | None]]:
    """By its own id or the beginning of it, else those of a dossier's code that are not settled.

    Raises Unseen where there is none that the actor sees, Refused where several begin so.
    """
    store = house.store
    own = _own(house, actor, name.lower())
    if own is not None:
        return [(own, known_of(store, [own.id]).get(own.id))]
    found = store.search.discrepancies(store.findings.bearing(code_key(name)))
    known = {
        one.id: one for one in found if one.state is not State.RESOLVED and actor.sees(one.unit)
    }
    told = known_of(store, known)
    # A code may be written in several ways: who writes it as it stands there means that one.
    exact = {one for one, said in told.items() if name in (said.row.code, said.row.national_code)}
    chosen: list[tuple[Discrepancy, KnownDiscrepancy | None]] = [
        (known[one], said)
        for one, said in sorted(told.items(), key=lambda item: (not item[1].row.lead, item[0]))
        if one in exact or not exact
    ]
    if not chosen:
        raise Unseen(RUN_ONCE if lacks_rows(house) else "")
    return chosen


def _own(house: House, actor: Actor, name: str) -> Discrepancy | None:
    """The one whose id begins so. Raises Refused where several do."""
    found = house.store.search.beginning(name) if name else []
    found = [one for one in found if actor.sees(one.unit)]
    exact = next((one for one in found if one.id == name), None)
    if exact is not None or len(name) < SHORTEST or not found:
        return exact
    if len(found) > 1:
        raise Refused(f"“{name}” là đầu của {len(found)} mã việc; ghi dài hơn.")
    return found[0]


# --- The acts --------------------------------------------------------------------------------


def take_on(reason: str = "") -> Move:
    """The actor takes the work."""

    def move(house: House, actor: Actor, one: Discrepancy) -> Change:
        now, today = house.clock.now(), house.clock.today()
        return lifecycle.acknowledge(one, actor.who, reason=reason, now=now, on=today)

    return move


def set_aside(until: date, reason: str) -> Move:
    """It is put aside to the end of a day, with a reason."""

    def move(house: House, actor: Actor, one: Discrepancy) -> Change:
        now, today = house.clock.now(), house.clock.today()
        return lifecycle.waive(one, actor.who, reason, until=until, now=now, on=today)

    return move


def take_back(reason: str = "") -> Move:
    """That it was taken on, or put aside, is taken back."""

    def move(house: House, actor: Actor, one: Discrepancy) -> Change:
        now, today = house.clock.now(), house.clock.today()
        reason_ = reason or TAKEN_BACK
        before = _before_aside(house, one) if one.state is State.WAIVED else None
        return lifecycle.take_back(one, actor.who, now=now, on=today, reason=reason_, before=before)

    return move


def _before_aside(house: House, one: Discrepancy) -> Discrepancy | None:
    """How it stood before it was set aside."""
    earlier = house.store.search.steps([one.id])[:-1]
    return earlier[-1].discrepancy if earlier else None


def why_aside(*, not_ours: bool, ticket: str | None, reason: str) -> str:
    """The reason for which something is set aside; empty where none was given."""
    given = [NOT_OURS] if not_ours else []
    given += [f"đã báo kỹ thuật, phiếu số {ticket.strip()}"] if ticket and ticket.strip() else []
    return "; ".join([*given, *([reason.strip()] if reason.strip() else [])])


def plan(
    house: House, actor: Actor, what: str, move: Move, wanted: Iterable[Discrepancy]
) -> PlannedAct:
    """The step with each of these that it can be taken with. Raises Refused without the right,
    and for what the life of a discrepancy does not allow of any."""
    actor.need(Right.WORK)
    steps: list[Change] = []
    left: list[Discrepancy] = []
    for one in wanted:
        if not actor.sees(one.unit):
            raise Unseen(one.id)
        try:
            steps.append(move(house, actor, one))
        except IllegalMove:
            left.append(one)
        except ValueError as error:
            raise Refused(f"{str(error).capitalize()}.") from None
    return PlannedAct(what, steps=tuple(steps), left=tuple(left))


def plan_ticks(
    house: House, actor: Actor, wanted: Iterable[ListedDossier], what: str = "Đánh dấu đã làm"
) -> PlannedAct:
    """ "Tôi đã làm" on each of these dossiers that lies where somebody can do something."""
    actor.need(Right.WORK)
    ticks, left = [], []
    for one in wanted:
        if not actor.sees(one.lead.unit):
            raise Unseen(one.lead.id)
        if one.pile in worklist.WORK:
            ticks.append((one.lead.id, step_of(one).value))
        else:
            left.append(one.lead)
    return PlannedAct(what, ticks=tuple(ticks), left=tuple(left))


def step_of(one: ListedDossier) -> Step:
    """What is to be done next with a dossier, as its lead asks for it."""
    return Step(one.known.row.step) if one.known else usual_step(one.lead.kind)


def plan_lines(
    house: House, actor: Actor, what: str, move: Move, lines: Iterable[ListedDossier]
) -> PlannedAct:
    """The same with all that is open of these dossiers."""
    every = (found for one in lines for found in (one.lead, *one.others))
    open_ = [one for one in every if one.state is not State.RESOLVED and actor.sees(one.unit)]
    return plan(house, actor, what, move, open_)


def do(house: House, actor: Actor, act: PlannedAct, *, file: str = "", sha256: str = "") -> Batch:
    """Do what was planned, in one transaction. Raises Refused where there is nothing to do, and
    where somebody else was faster."""
    actor.need(Right.WORK)
    if not act.steps and not act.ticks:
        states = ", ".join(dict.fromkeys(f"“{STATES[one.state]}”" for one in act.left))
        raise Refused(f"Việc này đang ở trạng thái {states}." if states else "Không có việc nào.")
    what = f"{act.what}: {number(act.dossiers)} hồ sơ"
    name = f"{BATCH}{secrets.token_hex(4)}"
    made = Batch(name, actor.who, house.clock.now(), what, file, sha256)
    try:
        house.store.batches.do(made, dict(act.ticks), act.steps)
    except Overtaken as error:
        raise Refused(str(error)) from None
    return made


def undo(house: House, actor: Actor, name: str) -> UndoneBatch:
    """Undo a batch as far as nobody went on from it. Raises Unseen, Refused."""
    actor.need(Right.WORK)
    made = house.store.batches.of(name)
    items = house.store.batches.items(name) if made else []
    known = {
        one.id: one
        for one in house.store.search.discrepancies([item.discrepancy_id for item in items])
    }
    if made is None or not all(actor.sees(one.unit) for one in known.values()):
        raise Unseen(name)
    if made.undone_at is not None:
        raise Refused(f"Lượt “{made.what}” đã được hoàn tác rồi.")
    ticked = sum(not item.after for item in items)
    taken = {State.ACKNOWLEDGED.value, State.WAIVED.value}
    stands = [
        known[item.discrepancy_id]
        for item in items
        if item.after in taken
        and (one := known.get(item.discrepancy_id)) is not None
        and (one.state.value, one.by) == (item.after, made.by)
    ]
    back = take_back(f"hoàn tác lượt {name}")
    steps = [back(house, actor, one) for one in stands]
    try:
        house.store.batches.undo(made, actor.who, house.clock.now(), steps)
    except Overtaken as error:
        raise Refused(str(error)) from None
    return UndoneBatch(made, ticked + len(steps), len(items) - ticked - len(steps))


def newest(house: House, actor: Actor, limit: int = 5) -> Sequence[Batch]:
    """What the actor did at once of late, the last first."""
    return house.store.batches.newest(actor.who, limit)


def note(
    house: House, actor: Actor, one: Discrepancy, kind: str, number_of: str, on: date
) -> Paper:
    """Note a paper on a discrepancy; it moves no figure. Raises Refused, Unseen."""
    actor.need(Right.WORK)
    if not actor.sees(one.unit):
        raise Unseen(one.id)
    if kind not in PAPERS:
        raise Refused(f"Không có loại văn bản “{kind}”; chọn trong: {', '.join(PAPERS.values())}")
    if not number_of.strip():
        raise Refused("Ghi số của văn bản.")
    if on > house.clock.today():
        raise Refused("Ngày của văn bản ở tương lai.")
    noted = Paper(one.id, kind, number_of.strip(), on, actor.who, house.clock.now())
    return replace(noted, id=house.store.papers.add(noted))


def take_back_paper(house: House, actor: Actor, number_of: int) -> Paper:
    """A paper that was noted by mistake is noted no more. Raises Unseen."""
    actor.need(Right.WORK)
    noted = house.store.papers.one(number_of)
    found = house.store.search.discrepancies([noted.discrepancy_id]) if noted else []
    if noted is None or not found or not actor.sees(found[0].unit):
        raise Unseen(str(number_of))
    said = paper(noted.kind, noted.number, noted.day)
    house.store.papers.take_back(noted, said, by=actor.who, at=house.clock.now())
    return noted


def noted(house: House, one: Discrepancy, kind: str, number_of: str, on: date) -> Paper:
    """The paper that was noted so on a discrepancy, the newest one. Raises Unseen."""
    for paper_ in reversed(house.store.papers.of(one.id)):
        if (paper_.kind, paper_.number, paper_.day) == (kind, number_of.strip(), on):
            return paper_
    raise Unseen(number_of)


def chosen(house: House, actor: Actor, wanted: DossierFilter) -> list[Discrepancy]:
    """What a filter leaves that is not settled."""
    return [
        one for one in worklist.matching(house, actor, wanted) if one.state is not State.RESOLVED
    ]
