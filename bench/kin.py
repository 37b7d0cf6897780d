"""Families that live on over seventy years: married, had children, buried some, named others again.

A founding couple of the nineteen-fifties and all who come of it, year by year until today. The
offices come later: ``bench.family_office``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from bench import kin_names
from bench.kin_names import CHAM, EDE, KHO, KINH, Name

TODAY = date(2024, 12, 31)
#: Of ten thousand births.
TWINS, AGAIN_AFTER_DEATH, AGAIN_BESIDE = 0.015, 0.4, 0.012


@dataclass(eq=False)
class Person:
    """Somebody; ``again`` tells that an elder brother or sister bore the same name."""

    number: int
    name: Name
    born: date
    unit: int
    citizen_id: str
    mother: Person | None = None
    father: Person | None = None
    spouse: Person | None = None
    died: date | None = None
    children: list[Person] = field(default_factory=list)
    twin: bool = False
    again: bool = False
    unnamed: bool = False  # died before a name was given

    @property
    def text(self) -> str:
        return self.name.text

    @property
    def sex(self) -> str:
        return self.name.sex

    def alive(self, day: date) -> bool:
        return self.born <= day and (self.died is None or self.died > day)


class Families:
    """Lets founding couples live on; every person of theirs stands in ``people``."""

    def __init__(self, random: Random, units: int) -> None:
        self.random, self.units = random, units
        self.people: list[Person] = []
        # A third of the communes have villages of another people.
        others = (EDE, KHO, CHAM)
        self.other = [others[unit % 9 // 3] if unit % 3 == 2 else KINH for unit in range(units)]

    def found(self) -> None:
        """One more founding couple and its descendants."""
        random = self.random
        unit = random.choices(range(self.units), [1 / (at + 5) for at in range(self.units)])[0]
        people = self.other[unit] if random.random() < 0.6 else KINH
        born = date(random.randint(1932, 1956), 1, 1) + timedelta(days=random.randrange(365))
        husband = self._adult(people, "nam", born, unit)
        wife = self._adult(people, "nữ", born + timedelta(days=random.randint(-900, 2200)), unit)
        self._marry(husband, wife)

    def _adult(self, people: str, sex: str, born: date, unit: int) -> Person:
        family = kin_names.family(self.random, people)
        return self._person(
            kin_names.named(self.random, people, sex, born.year, family, ""), born, unit
        )

    def _person(self, name: Name, born: date, unit: int) -> Person:
        random = self.random
        mark = (0 if born.year < 2000 else 2) + (name.sex == "nữ")
        number = f"0{random.choice((60, 66, 68, 58))}{mark}{born.year % 100:02d}"
        person = Person(
            len(self.people), name, born, unit, f"{number}{random.randrange(10**6):06d}"
        )
        lived = max(random.gauss(71, 15), 19) if random.random() > 0.025 else random.uniform(1, 30)
        end = born + timedelta(days=int(lived * 365.25))
        person.died = end if end <= TODAY else None
        self.people.append(person)
        return person

    def _marry(self, husband: Person, wife: Person) -> None:
        random = self.random
        husband.spouse, wife.spouse = wife, husband
        first = max(husband.born, wife.born).year + random.randint(19, 27)
        if first > TODAY.year:
            return  # not yet
        wanted = self._wanted(first, wife.name.people)
        shared = {
            sex: kin_names.middle_name(random, sex, first) if random.random() < 0.45 else ""
            for sex in ("nam", "nữ")
        }
        day = date(first, 1, 1) + timedelta(days=random.randrange(365))
        for _ in range(wanted):
            if day > TODAY or day.year > wife.born.year + 44:
                break
            if not (wife.alive(day) and husband.alive(day - timedelta(days=270))):
                break
            child = self._born(husband, wife, day, shared)
            if random.random() < TWINS:
                self._twin(husband, wife, child, shared)
            day += timedelta(days=random.choice((390, 480, 700, 900, 1100, 1500, 2000)))
        for child in list(wife.children):
            self._grown(child)

    def _wanted(self, first: int, people: str) -> int:
        most = 6 if first < 1980 else 4 if first < 2000 else 3
        return self.random.randint(1 if first > 1990 else 2, most + (people != KINH))

    def _born(
        self, father: Person, mother: Person, day: date, shared: dict[str, str], sex: str = ""
    ) -> Person:
        random = self.random
        sex = sex or random.choice(("nam", "nữ"))
        people = father.name.people
        # The Ê Đê belong to the mother's clan.
        family = (mother if people == EDE and mother.name.people == EDE else father).name.family
        elder = [one for one in mother.children if one.sex == sex]
        name, again = None, False
        for one in reversed(elder):
            gone = one.died is not None and one.died <= day and (one.died - one.born).days < 700
            if random.random() < (AGAIN_AFTER_DEATH if gone else AGAIN_BESIDE) and not one.unnamed:
                name, again = one.name, True
                break
        while name is None:
            name = kin_names.named(random, people, sex, day.year, family, shared[sex])
            if any(one.name == name for one in elder):
                name = None
        child = self._person(name, day, mother.unit)
        child.mother, child.father, child.again = mother, father, again
        mother.children.append(child)
        father.children.append(child)
        if random.random() < (0.05 if day.year < 1990 else 0.022):
            child.died = day + timedelta(days=random.choice((0, 1, 2, 3, 5, 12, 40, 100, 200, 330)))
            if child.died > TODAY:
                child.died = None
            child.unnamed = child.died is not None and (child.died - day).days <= 3
        return child

    def _twin(self, father: Person, mother: Person, first: Person, shared: dict[str, str]) -> None:
        random = self.random
        sex = first.sex if random.random() < 0.65 else ""
        middle = shared if random.random() < 0.5 else {first.sex: first.name.middle}
        middle = {"nam": "", "nữ": ""} | middle
        second = self._born(father, mother, first.born, middle, sex)
        first.twin = second.twin = True
        second.unnamed = second.unnamed or (first.unnamed and second.died is not None)

    def _grown(self, child: Person) -> None:
        """Marries somebody from elsewhere, or nobody."""
        random = self.random
        if child.spouse or child.born.year > 2004 or random.random() > 0.85:
            return
        if not child.alive(child.born + timedelta(days=20 * 365)):
            return
        people = child.name.people if random.random() < 0.93 else KINH
        born = child.born + timedelta(days=random.randint(-1800, 1800))
        if child.sex == "nam":
            self._marry(child, self._adult(people, "nữ", born, child.unit))
            return
        if random.random() < 0.35:
            child.unit = random.randrange(self.units)
        self._marry(self._adult(people, "nam", born, child.unit), child)
