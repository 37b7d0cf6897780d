"""Decides which mails there are and what each says. Pure: facts in, messages out.

At most one digest a recipient and day, new and overdue first, nothing repeated unchanged; one mail
to IT when a source falls silent, and none to a head about its consequences.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.sections import MailSettings
from config.units import Units
from reconcile.claims import Role
from reconcile.findings import Kind
from reconcile.lifecycle import State
from reconcile.steps import InWhoseHands
from reconcile.workdays import Calendar
from worker.alerts import titles
from worker.alerts.digest_values import (
    Digest,
    Elsewhere,
    Escalation,
    FullRunDiffers,
    Group,
    HeldDiscrepancy,
    ListEntry,
    MailSection,
    Message,
    Situation,
    SourcesDown,
    SourceState,
    UnitLine,
    UnreadSource,
)
from worker.alerts.lines import who_acts
from worker.alerts.recipients import (
    DossierLines,
    Mailbox,
    by_dossier,
    empty_mailbox,
    known_on,
    mailboxes,
)
from worker.words import inner

DIGEST, SOURCES_DOWN, ESCALATION = "digest", "sources_down", "escalation"
FULL_RUN_DIFFERS = "full_run_differs"
#: Kinds that go to IT, whatever day and hour it is.
TO_IT = frozenset({SOURCES_DOWN, FULL_RUN_DIFFERS})

#: What a head was told of where he was told only that overdue dossiers wait to be decided.
WAITING = "waiting"
#: Dossiers that a section of a mail lists; the rest is a number, and stands in the report.
MOST_LISTED = 30


@dataclass(frozen=True, slots=True)
class MailHabits:
    """What an office decided about its mails."""

    name: str
    mail: MailSettings
    units: Units
    calendar: Calendar


def compose(situation: Situation, office: MailHabits, *, asked_for: bool = False) -> list[Message]:
    """The mails that are due now, sorted by kind and recipient.

    ``asked_for``: a person wants them now, whatever day and hour it is; what was told already is
    not told again even so.
    """
    desk = _Desk(situation, office)
    found = [*desk.source_mails(), *desk.alarms(), *desk.digests(asked_for=asked_for)]
    if office.mail.escalation:
        found += desk.escalations(asked_for=asked_for)
    return sorted(found, key=lambda message: (message.kind, message.recipient))


def is_mail_day(day: date, mail: MailSettings, calendar: Calendar) -> bool:
    """A working day of the chosen weekdays, or the first one after such a day that is off."""
    if not calendar.is_workday(day):
        return False
    if mail.days in ("working", "all"):
        return True
    while not calendar.is_one_of(mail.days, day):
        day -= timedelta(days=1)
        if calendar.is_workday(day):
            return False
    return True


@dataclass(frozen=True, slots=True)
class _News:
    """Why a recipient gets a digest, and what of it he did not know."""

    fresh: frozenset[str]  # discrepancies he was not told of
    arisen: frozenset[str]  # of these, those that nobody was told of and no first run brought
    over: frozenset[str]
    reminds_of: date | None
    waits: bool  # nothing to do, and overdue dossiers that nobody could decide: told once

    def __bool__(self) -> bool:
        return bool(self.fresh or self.over or self.reminds_of or self.waits)


class _Desk:
    """One moment at the office: what is known and to whom it may be told."""

    def __init__(self, situation: Situation, office: MailHabits) -> None:
        self.at = situation
        self.office = office
        self.mail = office.mail
        self.today = situation.now.date()
        self.silent = frozenset(one.role for one in situation.sources if not one.answered)
        self.anybody = {
            (item, number) for told in situation.told.values() for item, number in told.items()
        }

    # Sources

    def source_mails(self) -> Iterator[Message]:
        """One mail to IT for the sources that fell silent and of which IT was not told."""
        down = [one for one in self.at.sources if one.tried and not one.answered]
        for address in dict.fromkeys(self.mail.it):
            known = self.at.told.get(address, {})
            fresh = [one for one in down if one.silence not in known]
            if fresh:
                says = SourcesDown(
                    self.office.name, tuple(_unread(one) for one in fresh), self.at.now
                )
                told = {one.silence: 1 for one in fresh}
                detail = ",".join(sorted(told))
                yield Message(SOURCES_DOWN, address, self.today, says, detail, told)

    def alarms(self) -> Iterator[Message]:
        """One mail to IT when a full run differs, and no other until one agreed again."""
        at = self.at.differs_at
        if at is None:
            return
        for address in dict.fromkeys(self.mail.it):
            if FULL_RUN_DIFFERS not in self.at.told.get(address, {}):
                says = FullRunDiffers(self.office.name, at)
                told = {FULL_RUN_DIFFERS: 1}
                yield Message(FULL_RUN_DIFFERS, address, self.today, says, f"{at}", told)

    # Digests

    def digests(self, *, asked_for: bool) -> Iterator[Message]:
        for box in self._boxes():
            news = self._news(box)
            if news and box.recipient not in self.at.taken and (asked_for or self._due(box, news)):
                yield self._message(box, news)

    def _boxes(self) -> list[Mailbox]:
        """Everybody who has something, or had something that is over by now."""
        ripe = [one for one in self.at.held if self._is_ripe(one)]
        units = self.office.units
        found = mailboxes(ripe, units, self.today, on_paper=not self.mail.host)
        there = {box.recipient for box in found}
        cleared = (
            empty_mailbox(recipient, units, self.today)
            for recipient, told in sorted(self.at.told.items())
            if recipient not in there and self.at.resolved.intersection(told)
        )
        boxes = [*found, *(box for box in cleared if box is not None)]
        return boxes + self._only_waiting(boxes)

    def _only_waiting(self, boxes: Iterable[Mailbox]) -> list[Mailbox]:
        """Heads whose units have nothing but overdue dossiers that nobody could decide."""
        there = {box.recipient for box in boxes}
        waiting = {unit for unit, count in (self.at.undetermined or {}).items() if count}
        units = self.office.units
        people = {
            person.email
            for unit in units.all
            if unit.name in waiting and unit.is_valid(self.today)
            for person in units.recipients(unit.code, self.today, self.today)
        }
        found = (empty_mailbox(one, units, self.today) for one in sorted(people - there))
        return [box for box in found if box is not None]

    def _is_ripe(self, one: HeldDiscrepancy) -> bool:
        """Old enough for a first mail."""
        return one.opened_on + timedelta(days=self.mail.first_after_days) <= self.today

    def _news(self, box: Mailbox) -> _News:
        known = self.at.told.get(box.recipient, {})
        fresh = [one for one in box.mine if known.get(one.discrepancy.id) != one.round]
        arisen = [one for one in fresh if not self._was_told(one) and not one.backlog]
        return _News(
            fresh=frozenset(one.discrepancy.id for one in fresh),
            arisen=frozenset(one.discrepancy.id for one in arisen),
            over=frozenset(item for item in known if item in self.at.resolved),
            waits=not box.mine and bool(self._undetermined(box)) and WAITING not in known,
            reminds_of=self._reminds_of(box, known.keys()),
        )

    def _was_told(self, one: HeldDiscrepancy) -> bool:
        return (one.discrepancy.id, one.round) in self.anybody

    def _reminds_of(self, box: Mailbox, known: Iterable[str]) -> date | None:
        """The day of the mail that nobody acted upon; None where nothing is to be reminded of.

        While a source is silent nobody is reminded of what leans on it: it may be done by now.
        """
        last = self.at.last.get(box.recipient)
        if last is None or (self.today - last).days < self.mail.remind_every_days:
            return None
        told = set(known)
        waits = any(
            one.discrepancy.state is State.OPEN
            and one.discrepancy.id in told
            and not self.silent.intersection(one.line.roles)
            for one in box.mine
        )
        return last if waits else None

    def _due(self, box: Mailbox, news: _News) -> bool:
        """Whether the cadence of the office lets this digest go now."""
        if self.at.now.time() < self.mail.at or not self.office.calendar.is_workday(self.today):
            return False
        if is_mail_day(self.today, self.mail, self.office.calendar):
            return True
        return self.mail.on_overdue and any(
            one.line.kind is Kind.TRULY_OVERDUE and one.discrepancy.id in news.fresh
            for one in box.mine
        )

    def _message(self, box: Mailbox, news: _News) -> Message:
        shown = {one.discrepancy.id: one.round for one in box.mine}
        told = shown | ({WAITING: 1} if news.waits else {})
        known = self.at.told.get(box.recipient, {})
        return Message(
            kind=DIGEST,
            recipient=box.recipient,
            day=self.today,
            says=self._digest(box, news),
            told={item: number for item, number in told.items() if known.get(item) != number},
            over=news.over,
            shown=frozenset(shown) | news.over,
        )

    def _digest(self, box: Mailbox, news: _News) -> Digest:
        dossiers = _dossiers(box.mine, news)
        listed, backlog = dossiers, 0
        if box.recipient not in self.at.last:
            listed = [one for one in dossiers if not one.is_backlog or one.is_overdue]
            backlog = _count(one for one in dossiers if one.is_backlog and not one.is_overdue)
        undetermined = self._undetermined(box)
        first = [one for one in listed if one.is_new or one.is_overdue]
        rest = [one for one in listed if not (one.is_new or one.is_overdue)]
        sections = (
            self._section("Mới phát hiện và quá hạn", first, 1, box),
            self._section("Còn tồn từ trước", rest, 1 + min(len(first), MOST_LISTED), box),
        )
        return Digest(
            office=self.office.name,
            unit=box.unit,
            addressee=box.addressee,
            asked=box.asked,
            compared=titles.compared(one.role for one in self.at.sources),
            read_at=self._read_at(),
            total=_count(dossiers),
            new=_count(one for one in dossiers if one.is_new),
            stuck=_count(one for one in dossiers if one.is_stuck),
            overdue=self._overdue(dossiers, undetermined, box),
            check=_count(one for one in dossiers if not (one.is_stuck or one.is_overdue)),
            late=_count(one for one in box.dossiers if one.is_late),
            undetermined=undetermined,
            tally=box.tally,
            answer_by=self._answer_by(_count(dossiers)),
            sections=tuple(section for section in sections if section.entries),
            backlog=backlog,
            elsewhere=_elsewhere(box.elsewhere),
            waived=_count(box.waived),
            gone=len(news.over),
            reminds_of=None if news.fresh else news.reminds_of,
            unread=tuple(_unread(one) for one in self.at.sources if not one.answered),
            it_knows=bool(self.mail.it),
            dossiers=self._rows(Role.ONE_STOP) or self._rows(Role.PORTAL),
            rows=self._rows(Role.REGISTER),
            next_on=self._next_on(),
            remind_on=self._remind_on() if dossiers else None,
            contact=self.mail.contact,
        )

    def _undetermined(self, box: Mailbox) -> int | None:
        """Overdue dossiers of which no complete register tells; None: no run has said."""
        if self.at.undetermined is None:
            return None
        counts = [self.at.undetermined.get(name, 0) for name in box.units]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def _overdue(
        self, dossiers: Iterable[DossierLines], undetermined: int | None, box: Mailbox
    ) -> int | None:
        """Never 0 where the question is open: a source is silent, or no register is complete."""
        found = _count(one for one in dossiers if one.is_overdue)
        unjudged = not self.at.unjudged.isdisjoint(box.units)
        is_open = undetermined is None or undetermined > 0 or bool(self.silent) or unjudged
        return None if not found and is_open else found

    def _answer_by(self, count: int) -> date:
        """Working days enough for the work: the more there is to do, the later."""
        days = math.ceil(count / self.mail.dossiers_per_day)
        return self.office.calendar.add(self.today, max(self.mail.answer_within_days, days))

    def _read_at(self) -> datetime | date:
        """Up to when the mail speaks: a day that lies before the reading is told as a day."""
        return self.at.read_at if self.at.as_of >= self.at.read_at.date() else self.at.as_of

    def _rows(self, role: Role) -> int:
        return sum(one.rows for one in self.at.sources if one.role is role)

    def _next_on(self) -> date:
        """The first day on which another mail may come."""
        day = self.office.calendar.next_workday(self.today)
        while not self.mail.on_overdue and not is_mail_day(day, self.mail, self.office.calendar):
            day = self.office.calendar.next_workday(day)
        return day

    def _remind_on(self) -> date:
        day = self.today + timedelta(days=self.mail.remind_every_days)
        while not is_mail_day(day, self.mail, self.office.calendar):
            day += timedelta(days=1)
        return day

    def _section(
        self, title: str, dossiers: list[DossierLines], start: int, box: Mailbox
    ) -> MailSection:
        asked: dict[tuple[str, str, str], list[DossierLines]] = {}
        for one in dossiers[:MOST_LISTED]:
            asked.setdefault(_asked(one), []).append(one)
        groups: list[Group] = []
        for key, some in asked.items():
            entries = tuple(self._entry(one, start + place, box) for place, one in enumerate(some))
            groups.append(Group(*key, entries))
            start += len(entries)
        return MailSection(title, tuple(groups), _count(dossiers[MOST_LISTED:]))

    def _entry(self, dossier: DossierLines, number: int, box: Mailbox) -> ListEntry:
        first = dossier.first
        unit = self.office.units.name(first.discrepancy.unit, known_on(first))
        evidence = (one.line.evidence for one in dossier.held if one.line.evidence)
        others = (one.line.label for one in dossier.open[1:])
        return ListEntry(
            number=number,
            code=first.line.code or "chưa có mã",
            person=first.line.person,
            procedure=first.line.procedure,
            unit="" if list(box.units) == [unit] else unit,
            marks=tuple(self._marks(dossier)),
            evidence=next(evidence, ""),
            also="; ".join(
                dict.fromkeys(inner(text) for text in others if text != first.line.label)
            ),
            is_overdue=dossier.is_overdue,
        )

    def _marks(self, dossier: DossierLines) -> Iterator[str]:
        if dossier.is_new:
            again = any(one.round > 1 for one in dossier.held)
            yield "phát sinh lại" if again else "mới"
        due = dossier.first.line.due_on
        if due is not None:
            if dossier.is_overdue:
                yield f"quá hạn {(self.at.as_of - due).days} ngày"
            yield f"hẹn trả {due:%d/%m/%Y}"
        if all(one.discrepancy.state is State.ACKNOWLEDGED for one in dossier.held):
            yield "đã nhận việc"

    # Escalation

    def escalations(self, *, asked_for: bool) -> Iterator[Message]:
        """The three numbers of the units whose head was told long enough ago, to the secretariat.

        Only what a head was told of counts, and only once it is older than a reminder.
        """
        day = is_mail_day(self.today, self.mail, self.office.calendar)
        if not asked_for and (not day or self.at.now.time() < self.mail.at):
            return
        lines = tuple(self._unanswered())
        for address in dict.fromkeys(self.mail.escalation_to):
            if lines and self._escalates(address):
                says = Escalation(
                    self.office.name,
                    self._read_at(),
                    lines,
                    self.mail.remind_every_days,
                    self._remind_on(),
                )
                yield Message(ESCALATION, address, self.today, says)

    def _escalates(self, address: str) -> bool:
        """Not more often than a reminder; the key of the mail keeps it to one a day."""
        last = self.at.last.get(f"{ESCALATION}:{address}")
        return last is None or (self.today - last).days >= self.mail.remind_every_days

    def _unanswered(self) -> Iterator[UnitLine]:
        for box in self._boxes():
            last = self.at.last.get(box.recipient)
            if last is None:
                continue
            known = self.at.told.get(box.recipient, {})
            limit = self.today - timedelta(days=self.mail.remind_every_days)
            old = [
                one
                for one in box.mine
                if one.discrepancy.state is State.OPEN
                and one.discrepancy.id in known
                and one.opened_on <= limit
            ]
            if old:
                news = _News(frozenset(), frozenset(), frozenset(), None, waits=False)
                dossiers = _dossiers(old, news)
                stuck = _count(one for one in dossiers if one.is_stuck)
                overdue = _count(one for one in dossiers if one.is_overdue)
                check = _count(dossiers) - stuck - overdue
                oldest = min(one.opened_on for one in old)
                yield UnitLine(box.unit, stuck, overdue, check, oldest)


def _dossiers(held: Iterable[HeldDiscrepancy], news: _News) -> list[DossierLines]:
    """The discrepancies of a unit by dossier, the overdue ones first, then the most urgent."""
    found = by_dossier(held)
    for dossier in found:
        ids = [one.discrepancy.id for one in dossier.held]
        dossier.is_new = not news.arisen.isdisjoint(ids)
        dossier.is_backlog = all(one.backlog for one in dossier.held) and news.fresh.issuperset(ids)
    return sorted(found, key=lambda dossier: not dossier.is_overdue)


def _asked(dossier: DossierLines) -> tuple[str, str, str]:
    """What is wrong with a dossier, the one thing to be done, and by whom."""
    line = dossier.first.line
    return line.label, inner(line.remedy), who_acts(line.kind)


def _count(dossiers: Iterable[DossierLines]) -> int:
    return sum(one.count for one in dossiers)


def _elsewhere(found: Iterable[DossierLines]) -> tuple[Elsewhere, ...]:
    """What is not the unit's fault: how many dossiers, what, and who has it in hand."""
    counts: dict[tuple[str, str], int] = {}
    for dossier in found:
        line = dossier.first.line
        if dossier.part is InWhoseHands.AGENCY:
            key = ("đã xong phần việc của đơn vị", f"chờ {line.waits_for}")
        else:
            key = (inner(line.label), "do phần mềm, bộ phận công nghệ thông tin xử lý")
        counts[key] = counts.get(key, 0) + dossier.count
    return tuple(Elsewhere(count, *key) for key, count in sorted(counts.items()))


def _unread(source: SourceState) -> UnreadSource:
    name = titles.SOURCES[source.role]
    since = source.unread_at or source.unread_since
    return UnreadSource(name, since, source.name, source.problem, source.partly)
