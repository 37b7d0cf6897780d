"""The people of the two worlds: what happened in the office, before anybody wrote it down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from bench.names import ClanNames, CoastNames

START = date(2024, 1, 2)


@dataclass(frozen=True)
class Size:
    """Over how many communes and days the events spread."""

    units: int
    days: int


@dataclass(frozen=True)
class Event:
    """One birth or death as it was declared."""

    death: bool
    subject: str
    sex: str
    born: date
    year_only: bool  # of the old only the year of birth is known, to everybody
    died: date | None
    mother: str
    mother_born: int
    father: str
    applicant: str
    applicant_id: str
    subject_id: str
    unit: int
    received: date
    linked: bool  # handed in as a linked group
    other_parent: str = ""  # who else may stand as the applicant on paper
    other_parent_id: str = ""


def workday(day: date) -> date:
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def citizen_id(random: Random, born: int, sex: str, province: str) -> str:
    """A personal number that keeps the published form: province, century and sex, year, six."""
    mark = (0 if born < 2000 else 2) + (sex == "nữ")
    return f"{province}{mark}{born % 100:02d}{random.randrange(10**6):06d}"


def coast_events(
    random: Random, count: int, size: Size, twins: float, namesakes: float
) -> list[Event]:
    """Every event drawn for itself; twins and namesakes planted afterwards."""
    names = CoastNames()
    weights = [1.0 / (unit + 3) for unit in range(size.units)]
    pairs, copies = round(count * twins / 2), round(count * namesakes / 2)
    events: list[Event] = []
    while len(events) < count - pairs - copies:
        unit = random.choices(range(size.units), weights)[0]
        make = coast_birth if random.random() < 0.68 else coast_death
        events.append(make(random, names, unit, size.days))
    births = [event for event in events if not event.death]
    for first in random.sample(births, pairs):
        events.append(coast_twin(random, names, first))
    for first in random.sample(events, copies):
        make = coast_death if first.death else coast_birth
        other = make(random, names, first.unit, size.days)
        if other.born == first.born:
            other = replace(other, born=other.born - timedelta(days=37))
        events.append(replace(other, subject=first.subject, sex=first.sex))
    return events


def coast_birth(random: Random, names: CoastNames, unit: int, days: int) -> Event:
    sex = random.choice(("nam", "nữ"))
    received = workday(START + timedelta(days=random.randrange(days)))
    born = received - timedelta(days=min(int(random.expovariate(1 / 22)) + 2, 400))
    mother_born = received.year - random.randint(18, 42)
    father = names.name(random, "nam", mother_born - 2)
    mother = names.name(random, "nữ", mother_born)
    who = random.random()
    applicant, age, applicant_sex = father, mother_born - 2, "nam"
    if who < 0.45:
        applicant, age, applicant_sex = mother, mother_born, "nữ"
    elif who > 0.9:
        age, applicant_sex = mother_born - 26, "nữ"
        applicant = names.name(random, "nữ", age)
    return Event(
        death=False,
        subject=names.name(random, sex, born.year, father.split()[0]),
        sex=sex,
        born=born,
        year_only=False,
        died=None,
        mother=mother,
        mother_born=mother_born,
        father=father,
        applicant=applicant,
        applicant_id=citizen_id(random, age, applicant_sex, "060"),
        subject_id="",
        unit=unit,
        received=received,
        linked=random.random() < 0.6,
        other_parent=mother if applicant == father else father,
    )


def coast_death(random: Random, names: CoastNames, unit: int, days: int) -> Event:
    sex = random.choice(("nam", "nam", "nữ"))
    received = workday(START + timedelta(days=random.randrange(days)))
    died = received - timedelta(days=min(int(random.expovariate(1 / 6)) + 1, 200))
    age = min(max(int(random.gauss(72, 16)), 1), 103)
    born = date(died.year - age, 1, 1) + timedelta(days=random.randrange(365))
    if born >= died:
        born = died - timedelta(days=random.randint(30, 300))
    subject = names.name(random, sex, born.year)
    child_born = max(born.year + random.randint(18, 38), 1945)
    family = subject.split()[0] if sex == "nam" else ""
    child_sex = random.choice(("nam", "nữ"))
    return Event(
        death=True,
        subject=subject,
        sex=sex,
        born=born,
        year_only=born.year < 1955 and random.random() < 0.4,
        died=died,
        mother="",
        mother_born=0,
        father="",
        applicant=names.name(random, child_sex, child_born, family),
        applicant_id=citizen_id(random, child_born, child_sex, "060"),
        subject_id=citizen_id(random, born.year, sex, "060"),
        unit=unit,
        received=received,
        linked=random.random() < 0.5,
    )


def coast_twin(random: Random, names: CoastNames, first: Event) -> Event:
    sex = first.sex if random.random() < 0.65 else random.choice(("nam", "nữ"))
    words = first.subject.split()
    while True:
        given = names.given(random, sex, first.born.year)
        same_middle = sex == first.sex and random.random() < 0.6
        middle = words[1:-1] if same_middle else [names.middle(random, sex, first.born.year)]
        subject = " ".join(filter(None, (words[0], *middle, given)))
        if subject != first.subject:
            return replace(first, subject=subject, sex=sex)


@dataclass(frozen=True)
class _Household:
    unit: int
    clan: tuple[str, str]
    father: str
    father_born: int
    mother: str
    mother_born: int
    elders: tuple[tuple[str, str, int], ...]  # name, sex, year of birth
    father_id: str
    mother_id: str


def clan_events(
    random: Random, count: int, size: Size, twins: float, namesakes: float
) -> list[Event]:
    """Households first: brothers and sisters, grandparents and clans come by themselves."""
    names = ClanNames()
    hamlets = [
        (unit, [names.clan(random) for _ in range(random.randint(3, 5))])
        for unit in range(size.units)
        for _ in range(random.randint(4, 8))
    ]
    events: list[Event] = []
    while len(events) < count:
        unit, clans = random.choice(hamlets)
        house = _household(random, names, unit, clans)
        born: list[Event] = []
        for _ in range(random.choice((0, 1, 1, 1, 2))):
            child = _clan_birth(random, names, house, size.days)
            if any(_impossible(child, other) for other in born):
                continue
            born.append(child)
            events.append(child)
            if random.random() < twins * 0.9:
                events.append(_clan_twin(random, names, house, child))
            if random.random() < namesakes * 0.9:
                other = _household(random, names, unit, [house.clan])
                events.append(_clan_namesake(random, names, other, child, size.days))
        for elder in house.elders:
            if random.random() < 0.3:
                dead = _clan_death(random, house, elder, size.days)
                events.append(dead)
                if random.random() < namesakes * 0.9:
                    other = _household(random, names, unit, [house.clan])
                    born = elder[2] + random.choice((0, 1, -1, 3, -4, 7, 12))
                    copy = (elder[0], elder[1], born)
                    events.append(_clan_death(random, other, copy, size.days))
    return events[:count]


def _impossible(child: Event, other: Event) -> bool:
    """One mother's two births less than nine months apart, or two living children of one name."""
    return abs((child.born - other.born).days) < 270 or child.subject == other.subject


def _household(
    random: Random, names: ClanNames, unit: int, clans: list[tuple[str, str]]
) -> _Household:
    clan = random.choices(clans, [1 / (rank + 1) for rank in range(len(clans))])[0]
    mother_born = random.randint(1982, 2004)
    father_born = mother_born - random.randint(-1, 6)
    elders = []
    for sex in ("nam", "nữ"):
        born = father_born - random.randint(20, 62)
        family = clan if sex == "nam" else names.clan(random)
        elders.append((names.adult(random, family, sex, born), sex, born))
    return _Household(
        unit=unit,
        clan=clan,
        father=names.adult(random, clan, "nam", father_born),
        father_born=father_born,
        mother=names.adult(random, random.choice([*clans, names.clan(random)]), "nữ", mother_born),
        mother_born=mother_born,
        elders=tuple(elders),
        father_id=citizen_id(random, father_born, "nam", "038"),
        mother_id=citizen_id(random, mother_born, "nữ", "038"),
    )


def _clan_birth(random: Random, names: ClanNames, house: _Household, days: int) -> Event:
    sex = "nam" if random.random() < 0.52 else "nữ"
    born = START + timedelta(days=random.randrange(days)) - timedelta(days=random.randint(3, 20))
    wait = random.choice((1, 3, 5, 8, 12, 20, 30, 45, 59, 90, 200))
    by_father = random.random() < 0.6
    return Event(
        death=False,
        subject=names.child(random, house.clan, house.mother.split()[0], sex),
        sex=sex,
        born=born,
        year_only=False,
        died=None,
        mother=house.mother,
        mother_born=house.mother_born,
        father=house.father,
        applicant=house.father if by_father else house.mother,
        applicant_id=house.father_id if by_father else house.mother_id,
        subject_id="",
        unit=house.unit,
        received=workday(born + timedelta(days=wait)),
        linked=random.random() < 0.8,
        other_parent=house.mother if by_father else house.father,
        other_parent_id=house.mother_id if by_father else house.father_id,
    )


def _clan_twin(random: Random, names: ClanNames, house: _Household, first: Event) -> Event:
    """Parents like the names of twins to rhyme: one word of the two is often shared."""
    while True:
        sex = first.sex if random.random() < 0.7 else ("nữ" if first.sex == "nam" else "nam")
        subject = names.child(random, house.clan, house.mother.split()[0], sex)
        if sex == first.sex and random.random() < 0.4:
            subject = " ".join([*first.subject.split()[:-1], subject.split()[-1]])
        if subject != first.subject:
            return replace(first, subject=subject, sex=sex)


def _clan_namesake(
    random: Random, names: ClanNames, house: _Household, first: Event, days: int
) -> Event:
    other = _clan_birth(random, names, house, days)
    if random.random() < 0.5:  # the same month, as fashions go
        born = first.born + timedelta(days=random.choice((-21, -9, -2, 1, 5, 16, 28)))
        other = replace(other, born=born, received=workday(born + timedelta(days=12)))
    return replace(other, subject=first.subject, sex=first.sex)


def _clan_death(random: Random, house: _Household, elder: tuple[str, str, int], days: int) -> Event:
    name, sex, born_year = elder
    died = START + timedelta(days=random.randrange(days))
    born = date(born_year, 1, 1) + timedelta(days=random.randrange(365))
    return Event(
        death=True,
        subject=name,
        sex=sex,
        born=born,
        year_only=random.random() < (0.5 if born_year < 1960 else 0.1),
        died=died,
        mother="",
        mother_born=0,
        father="",
        applicant=house.father,
        applicant_id=house.father_id,
        subject_id=citizen_id(random, born_year, sex, "038"),
        unit=house.unit,
        received=workday(died + timedelta(days=random.choice((0, 1, 1, 2, 3, 5, 10, 15, 40)))),
        linked=random.random() < 0.4,
        other_parent=house.mother,
        other_parent_id=house.mother_id,
    )
