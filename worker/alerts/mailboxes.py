"""Who is responsible for which of the discrepancies, and how they are addressed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from config.units import Recipient, Unit, Units
from reconcile.findings import Kind
from reconcile.lifecycle import State
from worker.alerts import titles
from worker.alerts.facts import Hands, Held

#: The recipient of a unit without a mail address, where the office has no mail at all.
PAPER = "unit:"


@dataclass(slots=True)
class Mailbox:
    """One recipient with everything that is in the hands of his units."""

    recipient: str
    role: str
    units: dict[str, Unit] = field(default_factory=dict)  # by name
    mine: list[Held] = field(default_factory=list)  # open, and the unit can do something
    elsewhere: list[Held] = field(default_factory=list)
    waived: list[Held] = field(default_factory=list)

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

    def take(self, held: Held, unit: Unit) -> None:
        self.units.setdefault(unit.name, unit)
        if held.discrepancy.state is State.WAIVED:
            self.waived.append(held)
        elif held.line.hands is Hands.UNIT:
            self.mine.append(held)
        else:
            self.elsewhere.append(held)


def known_on(held: Held) -> date:
    """The day on which the dossier bore its unit's code: codes are given to other units later."""
    return held.line.received_on or held.discrepancy.first_seen


def mailboxes(
    held: Iterable[Held], units: Units, today: date, *, on_paper: bool = False
) -> list[Mailbox]:
    """The recipients of what is held, by recipient; of a unit without successor nobody is one.

    ``on_paper``: the office has no mail, so a unit without an address gets its letter, too.
    """
    found: dict[str, Mailbox] = {}
    known: dict[tuple[str, date], tuple[Unit | None, tuple[Recipient, ...]]] = {}
    for one in held:
        key = (one.discrepancy.unit, known_on(one))
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


@dataclass(slots=True)
class Dossier:
    """Everything of one dossier that a mail speaks of, the most urgent first."""

    held: list[Held]
    is_new: bool = False
    is_backlog: bool = False

    @property
    def first(self) -> Held:
        return self.held[0]

    @property
    def count(self) -> int:
        return max(one.line.count for one in self.held)

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(one.line.kind for one in self.held)

    @property
    def is_overdue(self) -> bool:
        return Kind.TRULY_OVERDUE in self.kinds

    @property
    def is_stuck(self) -> bool:
        return not self.is_overdue and Kind.RETURNED_STILL_PENDING in self.kinds
