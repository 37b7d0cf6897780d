"""Worlds made of nothing but traps: pairs of people whom only one thing tells apart.

Four kinds in equal parts: twins; brothers and sisters born on the same day (the same day of
another year, or the same day by another mother); father and son of one name; two dead of one name
in one commune. Of some pairs one dossier was never entered, so that the tempting dossier is the
wrong one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from random import Random

from bench.names import CoastNames
from bench.population import Event, Size, citizen_id, coast_birth, coast_death, coast_twin, workday
from bench.recording import Habits, Recorder
from bench.worlds import Mistakes, World

SIZE = Size(units=10, days=366)
MISTAKES = Mistakes(
    no_code=0.8,
    no_id=0.8,
    accents=0.2,
    shortened=0.1,
    slip=0.1,
    legacy=0.05,
    swapped=0.08,
    wrong_birth=0.06,
    received_off=0.15,
    received_absent=0.1,
)
HABITS = Habits(province="H11", tracking={"planted": 0.6}, mother_in_tracking=0.7, other_unit=0.0)
KINDS = ("twins", "same_day", "father_and_son", "same_name_deaths")


def planted(rows: int, seed: int, kinds: tuple[str, ...] = KINDS) -> World:
    """A world of about ``rows`` register rows, each with a tempting wrong dossier."""
    random = Random(f"planted:{rows}:{seed}")
    names = CoastNames()
    known: list[Event] = []
    rowed: list[tuple[Event, bool]] = []
    makers = cycle(MAKERS[kind] for kind in kinds)
    while len(rowed) < rows:
        pair = next(makers)(random, names)
        entered = [True, random.random() < 0.85]  # the second's dossier may be missing
        known += [event for event, there in zip(pair, entered, strict=True) if there]
        written = (
            [(pair[0], True), (pair[1], entered[1])]
            if random.random() < 0.6
            else [(pair[1], entered[1])]
        )
        rowed += written
    order = list(range(len(known)))
    random.shuffle(order)
    recorder = Recorder(random, HABITS, MISTAKES, HABITS.tracking["planted"])
    dossiers = recorder.dossiers([known[at] for at in order])
    keys = {id(known[at]): dossier.key for at, dossier in zip(order, dossiers, strict=True)}
    for event, there in rowed:
        recorder.rows_of(event, keys[id(event)] if there else None)
    return recorder.world("planted", seed, len(recorder.lines), 0.5)


def _twins(random: Random, names: CoastNames) -> tuple[Event, Event]:
    first = coast_birth(random, names, random.randrange(SIZE.units), SIZE.days)
    return first, coast_twin(random, names, first)


def _same_day(random: Random, names: CoastNames) -> tuple[Event, Event]:
    first, second = _twins(random, names)
    if random.random() < 0.5:
        back = random.choice((1, 1, 2, 3))
        born = first.born.replace(year=first.born.year - back, day=min(first.born.day, 28))
        received = workday(first.received - (first.born - born))
        return first, replace(second, born=born, received=received)
    mother = names.name(random, "nữ", first.mother_born)
    return first, replace(second, mother=mother, applicant=first.father)


def _father_and_son(random: Random, names: CoastNames) -> tuple[Event, Event]:
    """The son died too, or the grandson's birth was declared under the same name."""
    father = coast_death(random, names, random.randrange(SIZE.units), SIZE.days)
    if random.random() < 0.5:
        child = coast_birth(random, names, father.unit, SIZE.days)
        return father, replace(child, subject=father.subject, sex=father.sex)
    born = father.born + timedelta(days=random.randint(6_600, 12_000))
    latest = (father.died or father.received) - timedelta(days=400)
    son = replace(
        father,
        born=min(born, latest),
        year_only=False,
        died=(father.died or father.received) + timedelta(days=random.randint(1, 300)),
        subject_id=citizen_id(random, min(born, latest).year, father.sex, "060"),
    )
    return father, replace(son, received=workday((son.died or son.received) + timedelta(days=2)))


def _same_name_deaths(random: Random, names: CoastNames) -> tuple[Event, Event]:
    first = coast_death(random, names, random.randrange(SIZE.units), SIZE.days)
    second = coast_death(random, names, first.unit, SIZE.days)
    years = random.choice((0, 0, 1, -1, 3, -7))
    born = first.born + timedelta(days=365 * years + random.randint(1, 300))
    died = (first.died or first.received) + timedelta(days=random.choice((0, 1, 3, 10, 60)))
    return first, replace(
        second,
        subject=first.subject,
        sex=first.sex,
        born=min(born, died - timedelta(days=1)),
        year_only=first.year_only,
        died=died,
        received=workday(died + timedelta(days=random.choice((1, 2, 5)))),
        subject_id=citizen_id(random, born.year, first.sex, "060"),
    )


MAKERS = {
    "twins": _twins,
    "same_day": _same_day,
    "father_and_son": _father_and_son,
    "same_name_deaths": _same_name_deaths,
}
