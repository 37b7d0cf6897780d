"""How an office writes an event down: once in the software, once in a register, with mistakes."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from bench import slips
from bench.legacy import Font, encode
from bench.population import Event, workday
from reconcile.claims import Channel, Claim, Place, Procedure, RegisterType, Role, Status

if TYPE_CHECKING:
    from bench.worlds import Mistakes, World

#: Rows of a register file above its first data row: title, unit, blank, header.
HEADER_ROWS = 4
#: Share of the days of a year that are another day with day and month swapped.
SWAPPABLE = 132 / 365
SHEETS = {
    RegisterType.TRACKING: "Sổ theo dõi hồ sơ",
    RegisterType.BIRTHS: "Sổ đăng ký khai sinh",
    RegisterType.DEATHS: "Sổ đăng ký khai tử",
}
NAMES = ("subject", "applicant", "mother", "father")
COMMUNES = """Tân Minh|Tân Nghĩa|Sông Phan|Tân Phúc|Tân Đức|Tân Thắng|Thắng Hải|Tân Hà|Tân Xuân
Sơn Mỹ|Hàm Mỹ|Mương Mán|Thuận Quý|Hàm Minh|Hàm Cường|Hàm Kiệm|Tân Thành|Hàm Thạnh|Mỹ Thạnh|Hàm Cần
Đức Tín|Mê Pu|Sùng Nhơn|Đa Kai|Nam Chính|Đức Hạnh|Vũ Hòa|Trà Tân|Đông Hà|Tân Hải|Phước Lộc|Bình Tân
Phan Rí|Chí Công|Hòa Minh|Phong Phú|Vĩnh Hảo|Phước Thể|Phú Lạc|Bình Thạnh|Hòa Phú|Hồng Thái"""


def communes(count: int) -> list[str]:
    """Names of invented communes; beyond the list they are numbered, as wards often are."""
    known = [name for line in COMMUNES.splitlines() for name in line.split("|")]
    return (known + [f"Đông Sơn {number}" for number in range(1, count)])[:count]


@dataclass(frozen=True)
class Habits:
    """What differs between the offices of the two worlds; shares unless said otherwise."""

    province: str
    tracking: dict[str, float]  # of the rows in a sổ theo dõi, by preset
    mother_in_tracking: float
    other_unit: float  # registered elsewhere than the software says
    both_books: float = 0.0  # dossiers that stand in the sổ theo dõi and in the civil-status book
    accents_by_row: bool = False  # a clerk drops the accents of the whole line
    by_ear: bool = False  # slips follow the ear, not the hand
    by_scan: bool = False  # slips follow the eye: typed from scans
    capitals: float = 0.0
    child_is_applicant: float = 0.0  # the software names the child as the dossier's owner
    other_parent: float = 0.0  # the register names the other parent as the applicant
    unnamed: float = 0.0  # "con bà …"


@dataclass(frozen=True)
class Line:
    """A register row on its way."""

    claim: Claim
    dossier: str | None
    noted: tuple[str, ...]
    legacy: bool


class Recorder:
    """Writes dossiers and rows, and remembers which is which."""

    def __init__(self, random: Random, habits: Habits, mistakes: Mistakes, tracking: float) -> None:
        self.random, self.habits, self.mistakes, self.tracking = random, habits, mistakes, tracking
        self.lines: list[Line] = []
        self._dossiers: list[Claim] = []
        self._units = communes(400)
        self._counters: Counter[tuple[int, date]] = Counter()

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    # -- the software ------------------------------------------------------------------------

    def dossiers(self, events: list[Event]) -> list[Claim]:
        self._dossiers = [self._dossier(event) for event in events]
        return self._dossiers

    def _dossier(self, event: Event) -> Claim:
        day = event.received
        self._counters[event.unit, day] += self.random.randint(1, 6)
        counter = self._counters[event.unit, day]
        unit = f"{event.unit + 101}" if self.habits.province == "H56" else f"14.{event.unit:02d}"
        code = f"{self.habits.province}.{unit}-{day:%y%m%d}-{counter:04d}"
        national = f"G22.99.09-{day:%y%m%d}-{self.random.randrange(10**6):06d}"
        finished = _registered(self.random, day)
        open_still = self._chance(0.12)
        child = not event.death and self._chance(self.habits.child_is_applicant)
        return Claim(
            key=f"motcua:{code}",
            source="motcua",
            role=Role.ONE_STOP,
            own_code=code,
            national_code=national if event.linked else "",
            procedure=_procedure(event),
            procedure_name=_procedure_name(event),
            unit=f"UBND xã {self._units[event.unit]}",
            applicant=event.subject if child else event.applicant,
            applicant_id=event.applicant_id,
            subject=event.subject,
            subject_id=event.subject_id,
            birth_date=_day(event),
            death_date=event.died.isoformat() if event.died else "",
            mother=event.mother,
            mother_birth_year=str(event.mother_born or ""),
            father=event.father,
            sex=event.sex,
            channel=Channel.ONLINE if event.linked else Channel.DIRECT,
            submitted_on=day,
            received_on=day,
            due_on=workday(day + timedelta(days=5 if event.linked else 1)),
            finished_on=None if open_still else finished,
            status=Status.PROCESSING if open_still else Status.RETURNED,
            raw_status="Đang xử lý" if open_still else "Đã trả kết quả",
        )

    # -- the registers -----------------------------------------------------------------------

    def rows_of(self, event: Event, dossier: str | None) -> None:
        tracked = self._chance(self.tracking)
        code = dossier.split(":", 1)[1] if dossier else ""
        if not dossier:  # never in this software: a code of nowhere, or none
            tail = f"{self.random.randrange(9999):04d}"
            code = f"{self.habits.province}.99-{event.received:%y%m%d}-{tail}"
        self.lines.append(self._line(event, dossier, code, tracked))
        if dossier and self._chance(self.habits.both_books):
            self.lines.append(self._line(event, dossier, code, not tracked))

    def _line(self, event: Event, dossier: str | None, code: str, tracked: bool) -> Line:
        claim = self._tracking_row(event, code) if tracked else self._civil_row(event)
        return Mistaken(self, claim).line(dossier, event)

    def _common(self, event: Event) -> Claim:
        unit = event.unit
        if self._chance(self.habits.other_unit):
            unit = max(0, unit - 1)
        applicant, applicant_id = event.applicant, event.applicant_id
        if event.other_parent and self._chance(self.habits.other_parent):
            applicant, applicant_id = event.other_parent, event.other_parent_id
        return Claim(
            key="",
            source="so-giay",
            role=Role.REGISTER,
            unit=f"Xã {self._units[unit]}",
            applicant=applicant,
            applicant_id=applicant_id,
            subject=event.subject,
            subject_id=event.subject_id,
            birth_date=_day(event),
            death_date=event.died.isoformat() if event.died else "",
            sex=event.sex,
        )

    def _tracking_row(self, event: Event, code: str) -> Claim:
        habits, mistakes = self.habits, self.mistakes
        usable = max(0.0, (1 - mistakes.no_code) / self.tracking)
        written = (
            slips.code_as_written(self.random, code)
            if self._chance(usable)
            else slips.code_unusable(self.random, code)
        )
        returned = event.received + timedelta(days=self.random.choice((0, 0, 1, 1, 2, 3, 6, 9)))
        return replace(
            self._common(event),
            own_code=written,
            register_type=RegisterType.TRACKING,
            procedure=_procedure(event) if self._chance(0.9) else Procedure.UNKNOWN,
            procedure_name=_procedure_name(event),
            received_on=event.received,
            returned_on=workday(returned) if self._chance(0.85) else None,
            signed=self._chance(0.7),
            mother=event.mother if self._chance(habits.mother_in_tracking) else "",
            sex="",
        )

    def _civil_row(self, event: Event) -> Claim:
        return replace(
            self._common(event),
            register_type=RegisterType.DEATHS if event.death else RegisterType.BIRTHS,
            procedure=Procedure.DEATH if event.death else Procedure.BIRTH,
            registered_on=_registered(self.random, event.received),
            mother=event.mother,
            mother_birth_year=str(event.mother_born or ""),
            father=event.father,
            page=str(self.random.randint(1, 200)),
            registration_kind="mới",
        )

    # -- the world ---------------------------------------------------------------------------

    def world(self, name: str, seed: int, count: int, raw_legacy: float) -> World:
        from bench.worlds import World

        lines = sorted(self.lines[:count], key=lambda line: _shelf(line.claim))
        rows, written, truth, noted, fonts = [], [], {}, {}, {}
        ends: Counter[tuple[str, str]] = Counter()
        for number, line in enumerate(lines):
            file, sheet, day = _shelf(line.claim)
            ends[file, sheet] += 1
            digest = hashlib.sha256(f"{name}:{seed}:{number}".encode()).hexdigest()[:20]
            claim = replace(
                line.claim,
                key=f"so-giay#{digest}.1",
                book=f"01/{day[:4]}",
                number=str(ends[file, sheet]),
                places=(Place(f"inbox/so-giay/{file}", sheet, HEADER_ROWS + ends[file, sheet]),),
            )
            written.append(claim)
            truth[claim.key] = line.dossier
            noted[claim.key] = line.noted
            if line.legacy:
                font = self.random.choice((Font.TCVN3, Font.TCVN3, Font.VNI))
                if claim.subject.isupper() and font is Font.TCVN3:
                    font = Font.TCVN3_CAPITALS
                fonts[claim.key] = font
                claim = _in_font(claim, font, raw=self._chance(raw_legacy))
            rows.append(claim)
        return World(name, seed, self._dossiers, rows, truth, noted, written, fonts)


class Mistaken:
    """One row and what the clerk did to it."""

    def __init__(self, recorder: Recorder, claim: Claim) -> None:
        self.random, self.habits = recorder.random, recorder.habits
        self.mistakes, self.claim = recorder.mistakes, claim
        self.noted: list[str] = []
        self.legacy = False

    def line(self, dossier: str | None, event: Event) -> Line:
        self._ids()
        if self.mistakes.bare:
            self._bare()
        if self.mistakes.one_slip:
            if self._chance(self.mistakes.one_slip):
                self._one_slip(event)
        else:
            self._names()
            self._dates(event)
            self._font(self.mistakes.legacy)
        self._habits()
        return Line(self.claim, dossier, tuple(self.noted), self.legacy)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _set(self, what: str, **changes: object) -> None:
        changed = replace(self.claim, **changes)  # type: ignore[arg-type]
        if changed != self.claim:
            self.noted.append(what)
            self.claim = changed

    def _ids(self) -> None:
        if self._chance(self.mistakes.no_id):
            self.claim = replace(self.claim, applicant_id="", subject_id="")
        elif self.claim.applicant_id.startswith("0") and self._chance(0.1):
            self._set("id:zero", applicant_id=self.claim.applicant_id[1:])

    def _bare(self) -> None:
        """The fewest columns that a register has."""
        keep = self._chance(1 / 3)
        self.claim = replace(
            self.claim,
            mother=self.claim.mother if keep else "",
            mother_birth_year="",
            father="",
            sex="",
            death_date="",
            returned_on=None,
        )

    def _habits(self) -> None:
        claim = self.claim
        if claim.register_type is RegisterType.TRACKING and self._chance(self.habits.unnamed):
            if claim.mother:
                self._set("unnamed", subject=f"Con bà {claim.mother}")
        elif claim.register_type is RegisterType.TRACKING and self._chance(0.03):
            if claim.procedure.event == "death":
                title = self.random.choice(("Ông", "Bà"))
            else:
                title = "Cháu"
            self._set("title", subject=f"{title} {claim.subject}")
        if claim.register_type.is_civil_status and self._chance(self.habits.capitals):
            names = {name: getattr(self.claim, name).upper() for name in NAMES}
            self._set("capitals", **names)

    def _names(self) -> None:
        by_row = self._chance(self.mistakes.accents) if self.habits.accents_by_row else None
        for field in NAMES:
            if getattr(self.claim, field):
                self._name(field, self._chance(self.mistakes.accents) if by_row is None else by_row)

    def _name(self, field: str, bare: bool) -> None:
        if self._chance(self.mistakes.shortened):
            name = getattr(self.claim, field)
            shorten = slips.cut_by_the_scan if self.habits.by_scan else slips.shortened
            self._set(f"{field}:short", **{field: shorten(self.random, name)})
        if self._chance(self.mistakes.slip):
            self._slip(field)
        if bare:
            name = getattr(self.claim, field)
            self._set(f"{field}:accents", **{field: slips.without_accents(name)})

    def _slip(self, field: str) -> None:
        slip = slips.slip_of_the_ear if self.habits.by_ear else slips.slip_of_the_hand
        slip = slips.slip_of_the_scan if self.habits.by_scan else slip
        self._set(f"{field}:slip", **{field: slip(self.random, getattr(self.claim, field))})

    def _dates(self, event: Event) -> None:
        chance = self.random.random()
        if chance < self.mistakes.wrong_birth:
            self._wrong(event)
        elif (chance - self.mistakes.wrong_birth) < self.mistakes.swapped / SWAPPABLE:
            self._swap(event)  # so that the preset's share of *all* dates is swapped
        chance = self.random.random()
        if chance < self.mistakes.received_off:
            self._received_off()
        elif chance < self.mistakes.received_off + self.mistakes.received_absent:
            self._set("received:absent", received_on=None, registered_on=None)

    def _swap(self, event: Event) -> None:
        day = slips.swapped(event.born)
        if day and not event.year_only:
            self._set("birth:swapped", birth_date=day.isoformat())

    def _wrong(self, event: Event) -> None:
        if event.year_only:
            year = event.born.year + self.random.choice((-10, -2, -1, 1, 2, 10))
            self._set("birth:wrong", birth_date=str(year))
        elif self.habits.by_scan:
            other = slips.wrong_scan(self.random, event.born, event.received)
            self._set("birth:wrong", birth_date=other.isoformat())
        elif self.habits.by_ear:
            other = slips.wrong_line(self.random, event.born, event.received)
            self._set("birth:wrong", birth_date=other.isoformat())
        else:
            other = slips.wrong_digit(self.random, event.born)
            self._set("birth:wrong", birth_date=other.isoformat())

    def _received_off(self) -> None:
        # From a scan the day of the promise is taken for that of reception.
        off = (1, 1, 2, 3) if self.habits.by_scan else (-3, -2, -1, 1, 2, 3)
        days = timedelta(days=self.random.choice(off))
        claim = self.claim
        self._set(
            "received:off",
            received_on=claim.received_on and claim.received_on + days,
            registered_on=claim.registered_on and claim.registered_on + days,
        )

    def _font(self, share: float) -> None:
        self.legacy = self._chance(share)
        if self.legacy:
            self.noted.append("legacy")

    def _one_slip(self, event: Event) -> None:
        field = self.random.choice([name for name in NAMES if getattr(self.claim, name)])
        name = getattr(self.claim, field)
        kind = self.random.randrange(7)
        if kind == 0:
            self._set(f"{field}:accents", **{field: slips.without_accents(name)})
        elif kind == 1:
            self._set(f"{field}:short", **{field: slips.shortened(self.random, name)})
        elif kind == 2:
            self._slip(field)
        elif kind == 3:
            self._swap(event)
        elif kind == 4:
            self._wrong(event)
        elif kind == 5:
            self._received_off()
        else:
            self._font(1.0)


def _in_font(claim: Claim, font: Font, *, raw: bool) -> Claim:
    """The names as the font's bytes read, or as a conversion gives them back."""
    changes = {}
    for field in NAMES:
        name = getattr(claim, field)
        if raw:
            changes[field] = encode(name, font)
        elif font is Font.TCVN3_CAPITALS:
            changes[field] = name.upper()
        elif font is Font.TCVN3:  # a capital with a tone has no code there: it comes back small
            changes[field] = "".join(
                letter.lower() if len(encode(letter, font)) == 1 and _toned(letter) else letter
                for letter in name
            )
    return replace(claim, **changes)


def _toned(letter: str) -> bool:
    return letter.isupper() and encode(letter, Font.TCVN3) == encode(letter.lower(), Font.TCVN3)


def _registered(random: Random, received: date) -> date:
    """The same day; after 15:00, or when a paper was missing, later."""
    return workday(received + timedelta(days=random.choice((0, 0, 0, 0, 0, 0, 0, 1, 1, 3))))


def _day(event: Event) -> str:
    return str(event.born.year) if event.year_only else event.born.isoformat()


def _procedure(event: Event) -> Procedure:
    if event.death:
        return Procedure.DEATH_LINKED if event.linked else Procedure.DEATH
    return Procedure.BIRTH_LINKED if event.linked else Procedure.BIRTH


def _procedure_name(event: Event) -> str:
    if event.death:
        return (
            "Liên thông khai tử, xóa thường trú, mai táng phí"
            if event.linked
            else "Đăng ký khai tử"
        )
    return "Liên thông khai sinh, thường trú, BHYT" if event.linked else "Đăng ký khai sinh"


def _shelf(claim: Claim) -> tuple[str, str, str]:
    """The workbook, the sheet and the day of a row: registers are kept by the day."""
    day = claim.received_on or claim.registered_on or claim.returned_on or date(2024, 12, 31)
    place = slips.without_accents(claim.unit).lower().replace(" ", "-")
    return f"{place}.xlsx", SHEETS[claim.register_type], day.isoformat()
