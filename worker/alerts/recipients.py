"""Who is responsible for which of the discrepancies, and how they are addressed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from config.units import Recipient, Unit, Units
from reconcile.kinds import KINDS, Kind
from reconcile.steps import InWhoseHands, Step, part_of, usual_step
from worker.alerts import titles
from worker.alerts.digest_values import HeldDiscrepancy
from worker.reports.dossiers import Tally, rank, tally

#: The recipient of a unit without a mail address, where the office has no mail at all.
PAPER = "unit:"


@dataclass(slots=True)
class DossierLines:
    """Everything of one dossier that a mail speaks of, what is to be done next first.

    ``count`` is above 1, or 0, for a grouped line: those of its dossiers that have no line.
    """

    held: list[HeldDiscrepancy]
    count: int = 1
    is_new: bool = False
    is_backlog: bool = False

    @property
    def first(self) -> HeldDiscrepancy:
        return self.held[0]

    @property
    def step(self) -> Step:
        return self.first.line.step

    @property
    def part(self) -> InWhoseHands:
        return _part(self.first)

    @property
    def open(self) -> list[HeldDiscrepancy]:
        return [
            one for one in self.held if _part(one) in (InWhoseHands.UNIT, InWhoseHands.SOFTWARE)
        ]

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(one.line.kind for one in self.held)

    @property
    def is_overdue(self) -> bool:
        return Kind.TRULY_OVERDUE in self.kinds

    @property
    def is_stuck(self) -> bool:
        return not self.is_overdue and Kind.RETURNED_STILL_PENDING in self.kinds

    @property
    def is_late(self) -> bool:
        return Kind.RETURNED_LATE in self.kinds


def by_dossier(held: Iterable[HeldDiscrepancy]) -> list[DossierLines]:
    """What is held, by dossier; the one with the most urgent step first, then the oldest."""
    grouped, by_key = [], dict[str, list[HeldDiscrepancy]]()
    for one in sorted(held, key=_urgency):
        if len(one.dossiers) > 1:
            grouped.append(one)
        else:
            by_key.setdefault(one.dossiers[0], []).append(one)
    found = [DossierLines(some) for some in by_key.values()]
    seen = set(by_key)
    for one in grouped:
        alone = set(one.dossiers) - seen
        seen |= alone
        found.append(DossierLines([one], count=len(alone)))
    return sorted(found, key=lambda dossier: _urgency(dossier.first))


def _part(one: HeldDiscrepancy) -> InWhoseHands:
    return part_of(one.line.step, one.discrepancy.state, one.line.waits_for)


def _urgency(one: HeldDiscrepancy) -> tuple[tuple[int, int], bool, int, date, str, str]:
    """As the report ranks the findings of a dossier, so that both say the same step."""
    line = one.line
    derived = line.step is not usual_step(line.kind)
    due_on = line.due_on or date.max
    place = (rank(line.step, _part(one)), derived, KINDS[line.kind].urgency)
    return (*place, due_on, one.discrepancy.anchor, one.discrepancy.id)


@dataclass(slots=True)
class Mailbox:
    """One recipient with everything that is in the hands of his units."""

    recipient: str
    role: str
    units: dict[str, Unit] = field(default_factory=dict)  # by name
    dossiers: list[DossierLines] = field(default_factory=list)
    mine: list[HeldDiscrepancy] = field(default_factory=list)  # open, and the unit can do something
    elsewhere: list[DossierLines] = field(default_factory=list)
    waived: list[DossierLines] = field(default_factory=list)

    @property
    def unit(self) -> str:
        names = list(self.units)
        if len(names) > 2:
            return f"{len(names)} đơn vị"
        return titles.joined([titles.short(name) for name in names])

    @property
    def addressee(self) -> str:
        if len(self.units) == 1:
            return titles.addressee(self.role, next(iter(self.units)))
        return f"Thủ trưởng các đơn vị {titles.joined([titles.short(name) for name in self.units])}"

    @property
    def asked(self) -> str:
        if len(self.units) == 1:
            return titles.asked(self.role, next(iter(self.units)))
        return "Thủ trưởng đơn vị"

    def take(self, dossier: DossierLines, unit: Unit) -> None:
        """A dossier is in one place; what is told of it is every finding that is not settled."""
        self.units.setdefault(unit.name, unit)
        self.dossiers.append(dossier)
        if dossier.part is InWhoseHands.WAIVED:
            self.waived.append(dossier)
        elif dossier.part is InWhoseHands.UNIT:
            self.mine += dossier.open
        elif dossier.part in (InWhoseHands.SOFTWARE, InWhoseHands.AGENCY):
            self.elsewhere.append(dossier)

    @property
    def tally(self) -> Tally:
        """As the report counts the dossiers of these units."""
        return tally(self.dossiers)


def known_on(held: HeldDiscrepancy) -> date:
    """The day on which the dossier bore its unit's code: codes are given to other units later."""
    return held.line.received_on or held.discrepancy.first_seen


def mailboxes(
    held: Iterable[HeldDiscrepancy], units: Units, today: date, *, on_paper: bool = False
) -> list[Mailbox]:
    """The recipients of what is held, by recipient; of a unit without successor nobody is one.

    A dossier goes to the unit that has its next step, whole.

    ``on_paper``: the office has no mail, so a unit without an address gets its letter, too.
    """
    found: dict[str, Mailbox] = {}
    known: dict[tuple[str, date], tuple[Unit | None, tuple[Recipient, ...]]] = {}
    for one in by_dossier(held):
        key = (one.first.discrepancy.unit, known_on(one.first))
        if key not in known:
            known[key] = _readers(units, *key, today, on_paper=on_paper)
        unit, people = known[key]
        if unit is None:
            continue
        for person in people:
            box = found.setdefault(person.email, Mailbox(person.email, person.role))
            box.take(one, unit)
    return [found[recipient] for recipient in sorted(found)]


def _readers(
    units: Units, code: str, day: date, today: date, *, on_paper: bool
) -> tuple[Unit | None, tuple[Recipient, ...]]:
    """Who answers today for the unit that bore the code on a day, and who reads its mail."""
    unit = units.answering(code, day, today)
    if unit is None:
        return None, ()
    people = units.recipients(code, day, today)
    if people or not on_paper:
        return unit, people
    role = unit.recipients[0].role if unit.recipients else ""
    return unit, (Recipient("", role, f"{PAPER}{unit.code}"),)


def empty_mailbox(recipient: str, units: Units, today: date) -> Mailbox | None:
    """Who the recipient is now, when nothing is held for him any more; None: nobody's head."""
    box: Mailbox | None = None
    for unit in units.all:
        if not unit.is_valid(today):
            continue
        if recipient == f"{PAPER}{unit.code}":
            roles = [unit.recipients[0].role if unit.recipients else ""]
        else:
            people = units.recipients(unit.code, today, today)
            roles = [person.role for person in people if person.email == recipient]
        if roles:
            box = box or Mailbox(recipient, roles[0])
            box.units[unit.name] = unit
    return box
