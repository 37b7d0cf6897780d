"""What families bring to the office: births and deaths, and every dossier that comes of them.

A child may have its birth, the withdrawn try before it, the single dossier beside the linked one,
its residence and its insurance card; of all these a register row speaks of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from bench.kin import TODAY, Families, Person
from bench.kin_names import KINH
from bench.population import workday
from reconcile.claims import Channel, Claim, Procedure, Role, Status

FIRST = date(2022, 1, 4)
LINKED_SINCE = date(2023, 7, 10)
PROVINCE = "H15"


class Owner(StrEnum):
    """Whom a commune's export calls "Chủ hồ sơ", and whether it names the subject beside."""

    APPLICANT = "applicant"  # and the subject in a column of its own
    SUBJECT = "subject"  # the subject's column is empty
    MIXED = "mixed"
    UNNAMED = "unnamed"  # the applicant, and no column for the subject


class Sort(StrEnum):
    """What a dossier is to the event that its person had."""

    OF_EVENT = "of the event"
    WITHDRAWN = "withdrawn"
    BESIDE = "beside the linked"
    OTHER = "other class"


@dataclass(frozen=True)
class Event:
    """A birth or a death as it was declared."""

    person: Person
    death: bool
    applicant: Person
    received: date
    procedure: Procedure
    late: bool = False

    @property
    def kind(self) -> str:
        return "death" if self.death else "birth"


@dataclass(frozen=True)
class Draft:
    """A dossier before it has a code."""

    event: Event
    sort: Sort
    procedure: Procedure
    procedure_name: str
    received: date
    status: Status
    applicant_id: bool  # the id stands in it


NAMES = {
    Procedure.BIRTH: "Đăng ký khai sinh",
    Procedure.BIRTH_LINKED: "Liên thông đăng ký khai sinh, đăng ký thường trú, cấp thẻ BHYT",
    Procedure.DEATH: "Đăng ký khai tử",
    Procedure.DEATH_LINKED: "Liên thông đăng ký khai tử, xóa đăng ký thường trú, mai táng phí",
}
RESIDENCE, INSURANCE = "Đăng ký thường trú", "Cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi"
COPY = "Cấp bản sao trích lục hộ tịch"
FUNERAL = "Hỗ trợ chi phí mai táng"
#: Dossiers of another class that a birth or a death brings with it: shares of the events.
OTHERS_OF_BIRTH = {RESIDENCE: 0.1, INSURANCE: 0.08, COPY: 0.04}
OTHERS_OF_DEATH = {FUNERAL: 0.06, COPY: 0.04}
RAW = {
    Status.RETURNED: "Đã trả kết quả",
    Status.PROCESSING: "Đang xử lý",
    Status.WITHDRAWN: "Công dân yêu cầu rút hồ sơ",
    Status.NOT_ACCEPTED: "Không được tiếp nhận",
    Status.DONE: "Đã xử lý xong",
}


class Office:
    """Draws events and drafts of one family after another, then gives the dossiers their codes."""

    def __init__(self, random: Random, families: Families) -> None:
        self.random, self.families = random, families
        self.drafts: list[Draft] = []
        self.events: list[Event] = []
        self.never: set[int] = set()  # events, by position, without any dossier
        self._seen = 0

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def serve(self, never: float) -> None:
        """The events of everybody not served yet; ``never`` of them are never entered."""
        new = self.families.people[self._seen :]
        self._seen = len(self.families.people)
        together: dict[int, date] = {}  # children not registered in time come on one day
        for person in new:
            for event in self._events(person, together):
                at = len(self.events)
                self.events.append(event)
                risk = never * (3 if person.twin or person.again or event.late else 1)
                if person.died and (person.died - person.born).days < 365:
                    risk = max(risk, 0.12)
                if self._chance(risk):
                    self.never.add(at)
                else:
                    self.drafts += self._drafts(event)

    def _events(self, person: Person, together: dict[int, date]) -> Iterator[Event]:
        if person.mother is not None and (birth := self._birth(person, together)):
            yield birth
        if person.died and (death := self._death(person)):
            yield death

    def _birth(self, person: Person, together: dict[int, date]) -> Event | None:
        random, mother = self.random, person.mother
        if mother is None or person.unnamed:
            return None  # dead before a name was given: the death alone is entered
        late = person.born < FIRST - timedelta(days=200)
        if late:
            share = 0.02 if person.name.people == KINH else 0.09
            if person.born.year < 2004 or not (mother.number in together or self._chance(share)):
                return None
            first = max(FIRST, person.born)
            day = together.get(mother.number) or workday(
                first + timedelta(days=random.randrange(max((TODAY - first).days - 40, 1)))
            )
            together[mother.number] = day
            if self._chance(0.1):
                day = workday(day + timedelta(days=random.choice((1, 2, 7))))
        else:
            wait = min(int(random.expovariate(1 / 25)) + 2, 190)
            day = workday(person.born + timedelta(days=wait))
        if not FIRST <= day <= TODAY or not person.alive(day):
            return None
        linked = day >= LINKED_SINCE and not late and self._chance(0.65)
        procedure = Procedure.BIRTH_LINKED if linked else Procedure.BIRTH
        return Event(person, False, self._parent(person, day), day, procedure, late)

    def _parent(self, child: Person, day: date) -> Person:
        mother, father = child.mother, child.father
        elders = [
            elder
            for parent in (mother, father)
            if parent
            for elder in (parent.mother, parent.father)
            if elder and elder.alive(day)
        ]
        if elders and self._chance(0.08):
            return self.random.choice(elders)
        parents = [one for one in (mother, father) if one and one.alive(day)]
        return self.random.choice(parents) if parents else child.mother or child

    def _death(self, person: Person) -> Event | None:
        random, died = self.random, person.died
        assert died
        wait = random.choice((1, 1, 2, 2, 3, 4, 6, 10, 15, 30))
        if self._chance(0.04):
            wait = random.randint(60, 1500)
        day = workday(died + timedelta(days=wait))
        if not FIRST <= day <= TODAY:
            return None
        linked = day >= LINKED_SINCE and self._chance(0.5)
        procedure = Procedure.DEATH_LINKED if linked else Procedure.DEATH
        return Event(person, True, self._mourner(person, day), day, procedure, wait > 30)

    def _mourner(self, person: Person, day: date) -> Person:
        random = self.random
        near = [one for one in person.children if one.alive(day) and one.born.year < day.year - 18]
        if person.spouse and person.spouse.alive(day):
            near.append(person.spouse)
        near += [one for one in (person.mother, person.father) if one and one.alive(day)]
        if near:
            return random.choice(near)
        kin = [one for one in (person.mother.children if person.mother else []) if one.alive(day)]
        grown = [one for one in kin if one.born.year < day.year - 18]
        return random.choice(grown) if grown else random.choice(self.families.people)

    def _drafts(self, event: Event) -> Iterator[Draft]:
        random, procedure, day = self.random, event.procedure, event.received
        has_id = self._chance(0.75)
        single = Procedure.DEATH if event.death else Procedure.BIRTH
        if self._chance(0.06):
            before = workday(day - timedelta(days=random.randint(1, 14)))
            start = event.person.died if event.death else event.person.born
            if start and start < before < day and before >= FIRST:
                status = Status.WITHDRAWN if self._chance(0.6) else Status.NOT_ACCEPTED
                tried = single if self._chance(0.4) else procedure
                named = NAMES[tried]
                yield Draft(event, Sort.WITHDRAWN, tried, named, before, status, self._chance(0.75))
        status = Status.RETURNED
        if self._chance(0.14):
            status = Status.PROCESSING if self._chance(0.8) else Status.DONE
        yield Draft(event, Sort.OF_EVENT, procedure, NAMES[procedure], day, status, has_id)
        if procedure.is_group and self._chance(0.04):
            after = workday(day + timedelta(days=random.choice((1, 2, 5, 9))))
            yield Draft(
                event, Sort.BESIDE, single, NAMES[single], after, Status.RETURNED, not has_id
            )
        for name, share in (OTHERS_OF_DEATH if event.death else OTHERS_OF_BIRTH).items():
            if self._chance(share):
                later = workday(day + timedelta(days=random.choice((0, 0, 3, 10, 30))))
                yield Draft(event, Sort.OTHER, Procedure.OTHER, name, later, Status.RETURNED, True)

    # -- the software ------------------------------------------------------------------------

    def dossiers(self, communes: list[str], owners: list[Owner]) -> list[tuple[Draft, Claim]]:
        """Every draft with its code: numbers run through the day, a family's one after another."""
        counters: Counter[tuple[int, date]] = Counter()
        done = []
        order = sorted(
            range(len(self.drafts)),
            key=lambda at: (self.drafts[at].received, _family(self.drafts[at]), at),
        )
        for at in order:
            draft = self.drafts[at]
            unit = draft.event.person.unit
            counters[unit, draft.received] += 1 if self._chance(0.6) else self.random.randint(2, 5)
            number = counters[unit, draft.received]
            code = f"{PROVINCE}.{unit + 21}-{draft.received:%y%m%d}-{number:04d}"
            done.append((draft, self._claim(draft, code, communes[unit], owners[unit])))
        return done

    def _claim(self, draft: Draft, code: str, commune: str, owner: Owner) -> Claim:
        event, person, day = draft.event, draft.event.person, draft.received
        subject = _called(person, event)
        applicant = event.applicant
        if owner is Owner.MIXED:
            drawn = self.random.random()
            owner = Owner.SUBJECT if drawn < 0.5 else Owner.APPLICANT
            owner = Owner.UNNAMED if drawn > 0.95 else owner
        mother = person.mother
        year_only = event.death and person.born.year < 1958 and person.number % 3 == 0
        ended = draft.status in (Status.RETURNED, Status.DONE, Status.WITHDRAWN)
        linked = draft.procedure.is_group
        return Claim(
            key=f"motcua:{code}",
            source="motcua",
            role=Role.ONE_STOP,
            own_code=code,
            national_code=f"G22.99.08-{day:%y%m%d}-{self.random.randrange(10**6):06d}"
            if linked
            else "",
            procedure=draft.procedure,
            procedure_name=draft.procedure_name,
            unit=f"UBND xã {commune}",
            applicant=subject if owner is Owner.SUBJECT else applicant.text,
            applicant_id=applicant.citizen_id if draft.applicant_id else "",
            subject=subject if owner is Owner.APPLICANT else "",
            subject_id=person.citizen_id
            if event.death and owner is not Owner.UNNAMED and draft.applicant_id
            else "",
            birth_date=str(person.born.year) if year_only else person.born.isoformat(),
            death_date=person.died.isoformat() if event.death and person.died else "",
            mother=mother.text if mother and (not event.death or _infant(person)) else "",
            mother_birth_year=str(mother.born.year) if mother and not event.death else "",
            father=person.father.text if person.father and not event.death else "",
            sex=person.sex,
            channel=Channel.ONLINE if linked else Channel.DIRECT,
            submitted_on=day,
            received_on=day,
            due_on=workday(day + timedelta(days=5 if linked else 1)),
            finished_on=workday(day + timedelta(days=self.random.choice((0, 0, 0, 1, 3))))
            if ended
            else None,
            status=draft.status,
            raw_status=RAW[draft.status],
        )


def _family(draft: Draft) -> int:
    mother = draft.event.person.mother
    return mother.number if mother else draft.event.person.number


def _infant(person: Person) -> bool:
    return person.died is not None and (person.died - person.born).days < 400


def _called(person: Person, event: Event) -> str:
    """The subject's name, or whose child it was."""
    if person.unnamed and person.mother:
        return f"Con bà {person.mother.text}"
    return person.text
