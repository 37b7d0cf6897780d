"""An invented quarter of an invented district: people, dossiers, twins, namesakes, doubles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from reconcile.claims import Channel, Procedure, Status
from tests.simulators.dossiers import (
    AS_OF,
    CALENDAR,
    COMMUNES,
    DISTRICT,
    FIRST_DAY,
    PERIOD_STARTS,
    Dossier,
    Story,
)
from tests.simulators.people import People
from tests.simulators.stories import OFTEN, open_still, tell

_VITAL = (
    (Procedure.BIRTH, "1.001193", "Đăng ký khai sinh", 54),
    (
        Procedure.BIRTH_LINKED,
        "2.002621",
        "Liên thông: đăng ký khai sinh, đăng ký thường trú, cấp thẻ BHYT cho trẻ em dưới 6 tuổi",
        22,
    ),
    (Procedure.DEATH, "1.000656", "Đăng ký khai tử", 18),
    (
        Procedure.DEATH_LINKED,
        "2.002622",
        "Liên thông: đăng ký khai tử, xóa đăng ký thường trú, mai táng phí, tử tuất",
        6,
    ),
)
_OTHERS = (
    ("2.000635", "Cấp bản sao trích lục hộ tịch", 1),
    ("1.004884", "Đăng ký lại khai sinh", 5),
    ("1.004873", "Xác nhận tình trạng hôn nhân", 3),
    ("1.011616", "Đăng ký biến động quyền sử dụng đất", 15),
)
_DAYS = {Procedure.BIRTH: 1, Procedure.DEATH: 1, Procedure.BIRTH_LINKED: 4}


def invent(rng: Random, size: int) -> tuple[Dossier, ...]:
    """About ``size`` dossiers, in the order of their codes."""
    people = People(rng)
    days = [day for day in _each_day(FIRST_DAY, date(2024, 3, 29)) if CALENDAR.is_workday(day)]
    weights = [1.0 if day >= PERIOD_STARTS else 0.4 for day in days]
    dossiers: list[Dossier] = []
    while len(dossiers) < size:
        received = rng.choices(days, weights)[0]
        if rng.random() < 0.3:
            new = [_other(rng, people, received)]
        else:
            dossier = tell(rng, _vital(rng, people, received))
            new = [dossier, *_relatives(rng, people, dossier)]
        dossiers += [one for one in new if _is_in_scope(one)]
    return tuple(_numbered(dossiers))


def _each_day(start: date, end: date) -> Iterable[date]:
    return (start + timedelta(days=n) for n in range((end - start).days + 1))


def _is_in_scope(dossier: Dossier) -> bool:
    """The exports of a quarter list what was received in it or carried over into it."""
    end = dossier.finished_on
    return dossier.received_on >= PERIOD_STARTS or end is None or end >= PERIOD_STARTS


def _vital(rng: Random, people: People, received: date) -> Dossier:
    procedure, code, name, _ = rng.choices(_VITAL, [one[3] for one in _VITAL])[0]
    event = received - timedelta(days=rng.randint(1, 40 if procedure.event == "birth" else 12))
    father, mother = people.adult("nam", event), people.adult("nữ", event)
    known_father = father if rng.random() < 0.95 else None
    is_birth = procedure.event == "birth"
    subject = people.newborn(event, known_father, mother) if is_birth else people.elder(event)
    applicant = rng.choice((father, mother)) if is_birth else people.adult("nam", event)
    linked = procedure.is_group
    return Dossier(
        story=rng.choices(list(OFTEN), list(OFTEN.values()))[0],
        procedure=procedure,
        procedure_code=code,
        procedure_name=name,
        unit=rng.choice(COMMUNES)[0],
        applicant=applicant,
        channel=Channel.ONLINE if linked or rng.random() < 0.1 else Channel.DIRECT,
        received_on=received,
        due_on=CALENDAR.add(received, _DAYS.get(procedure, 12)),
        subject=subject,
        died_on=None if is_birth else event,
        mother=mother if is_birth else None,
        father=known_father if is_birth else None,
    )


def _other(rng: Random, people: People, received: date) -> Dossier:
    code, name, workdays = rng.choice(_OTHERS)
    due = CALENDAR.add(received, workdays)
    end = CALENDAR.add(received, max(1, workdays + rng.choice((-2, -1, -1, 0, 0, 0, 1, 2, 4))))
    is_done = end <= AS_OF and rng.random() < 0.93
    return Dossier(
        story=Story.OTHER,
        procedure=Procedure.OTHER,
        procedure_code=code,
        procedure_name=name,
        unit=DISTRICT[0] if workdays == 15 else rng.choice(COMMUNES)[0],
        applicant=people.adult(rng.choice(("nam", "nữ")), received),
        channel=rng.choices((Channel.DIRECT, Channel.POST, Channel.ONLINE), (80, 12, 8))[0],
        received_on=received,
        due_on=due,
        status=Status.RETURNED if is_done else Status.PROCESSING,
        finished_on=end if is_done else None,
        software_returned_on=end if is_done else None,
        returned_on=end if is_done else None,
        portal_status=Status.RETURNED if is_done else Status.PROCESSING,
    )


def _relatives(rng: Random, people: People, dossier: Dossier) -> list[Dossier]:
    """Twins, namesakes, a father and son of one name, and the same thing entered twice."""
    subject = dossier.subject
    assert subject is not None
    chance = rng.random()
    if chance < 0.015 and dossier.procedure.event == "birth":
        twin = tell(rng, replace(_plain(dossier), subject=people.twin_of(subject)))
        return [twin]
    if chance < 0.03:
        other = _vital(rng, people, dossier.received_on)
        if other.procedure.event == dossier.procedure.event and other.subject is not None:
            namesake = people.namesake_of(subject, other.subject.born)
            return [tell(rng, replace(other, unit=dossier.unit, subject=namesake))]
        if other.procedure.event == "birth" and subject.sex == "nam":
            father = people.namesake_of(subject, dossier.received_on - timedelta(days=9_000))
            return [tell(rng, replace(other, unit=dossier.unit, father=father))]
    if chance > 0.996 and dossier.story is Story.AGREED:
        again = CALENDAR.add(dossier.received_on, 1)
        if again < date(2024, 3, 25):
            copy = replace(_plain(dossier), story=Story.DUPLICATE, received_on=again)
            return [open_still(rng, replace(copy, due_on=CALENDAR.add(again, 1)))]
    return []


def _plain(dossier: Dossier) -> Dossier:
    """The same people and days, nothing that happened yet."""
    return replace(
        dossier,
        registered_on=None,
        returned_on=None,
        status=Status.UNKNOWN,
        finished_on=None,
        software_returned_on=None,
        portal_status=None,
    )


def _numbered(dossiers: Sequence[Dossier]) -> list[Dossier]:
    """Codes by unit and day, numbers of the tracking book and of the civil-status registers."""
    units = {code: place for place, (code, _) in enumerate((DISTRICT, *COMMUNES))}
    counters: defaultdict[tuple[object, ...], int] = defaultdict(int)

    def following(*key: object) -> int:
        counters[key] += 1
        return counters[key]

    numbered: list[Dossier] = []
    for one in sorted(dossiers, key=lambda one: (one.received_on, units[one.unit])):
        head, day = f"H99.{units[one.unit]:02d}", f"{one.received_on:%y%m%d}"
        code = f"{head}-{day}-{following('code', one.unit, day):04d}" if one.in_one_stop else ""
        national = f"G22.99.{units[one.unit]:02d}-{day}-{following('g22', day):04d}"
        is_national = one.procedure.is_group or one.story is Story.MISSING_IN_ONE_STOP
        number = following("book", one.unit, one.received_on.year) if one.in_register else 0
        numbered.append(
            replace(
                one,
                code=code,
                national_code=national if is_national and one.portal_status is not None else "",
                tracking_number=number,
            )
        )
    by_day = sorted(range(len(numbered)), key=lambda n: numbered[n].registered_on or date.max)
    for place in by_day:
        one = numbered[place]
        if one.registered_on and one.in_register:
            number = following(one.procedure.event, one.unit, one.registered_on.year)
            numbered[place] = replace(one, register_number=number)
    return numbered
