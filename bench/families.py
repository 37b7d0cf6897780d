"""The third invented registry: families that live on, four ways to export, clerks with habits.

Built apart from the other two: names, people, dossiers and mistakes come from ``kin``,
``family_office`` and ``clerks``. Its rows are cells of text that the product's own reader of
registers makes into claims, so that what a reader does with a year in two digits counts too.
Seeds 201 to 205 are for tuning a linker; figures come from seeds that nobody looked into.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from bench import slips
from bench.clerks import Cells, Clerk, Hand, Row, draw_habits
from bench.family_office import NAMES as PROCEDURES
from bench.family_office import Draft, Event, Office, Owner, Sort
from bench.files import REGISTERS
from bench.kin import Families
from bench.legacy import Font
from bench.population import workday
from bench.recording import HEADER_ROWS, SHEETS
from bench.worlds import World
from config.office_tables import Tables
from config.sources import FileSource
from connectors.files import headers
from connectors.files.entries import Records
from connectors.files.sheet_rows import Entry, HeaderedTable
from reconcile.claims import Claim, RegisterType

COMMUNES = """Ea Tul|Cư Pơng|Phước Hải|Đạ Sar|Bình Lợi|Tân Lộc|Ma Lâm|Phan Hòa|An Thạnh|Krông Jing
Hòa Thắng|Suối Kiết|Phước Hữu|Long Hương|Đông Giang|Ea Trul|La Dạ|Bắc Bình|Xuân Quang|Lạc Tánh
Phan Hiệp|Vĩnh Tân|Nam Chính|Ea Hiao|Tà Năng|Gia Huynh|Hồng Liêm|Thuận Minh|Sông Bình|Măng Tố"""


@dataclass(frozen=True)
class Profile:
    """How large and how bad; shares of rows unless said otherwise."""

    dossiers: int
    units: int
    rows: float  # of the events that have a dossier
    never: float  # of the events: entered in no software
    tracking: float
    coded: float  # of the rows of a sổ theo dõi: the whole code, in some form
    part_of_code: float  # of the others
    ids: float
    habits: tuple[float, ...]  # weights of clerks with none, one and two habits
    hand: Hand
    sibling_code: float  # of the coded rows: a trap
    own_code: float  # of the coded rows: the code of another dossier of the same person: a trap
    near_code: float  # of the coded rows: another's code, a digit or two away: a trap
    copied: float
    both_books: float
    other_unit: float


MILD = Profile(
    dossiers=5_000,
    units=12,
    rows=0.9,
    never=0.03,
    tracking=0.75,
    coded=0.7,
    part_of_code=0.2,
    ids=0.55,
    habits=(0.6, 0.35, 0.05),
    hand=Hand(
        slip=0.015,
        accents=0.03,
        shortened=0.02,
        wrong_birth=0.008,
        received_off=0.03,
        received_absent=0.02,
        missing=0.06,
        shifted=0.002,
        half_copied=0.002,
    ),
    sibling_code=0.004,
    own_code=0.01,
    near_code=0.008,
    copied=0.003,
    both_books=0.06,
    other_unit=0.004,
)
HARSH = Profile(
    dossiers=20_000,
    units=24,
    rows=0.88,
    never=0.04,
    tracking=0.55,
    coded=0.55,
    part_of_code=0.2,
    ids=0.3,
    habits=(0.3, 0.45, 0.25),
    hand=Hand(
        slip=0.035,
        accents=0.08,
        shortened=0.05,
        wrong_birth=0.025,
        received_off=0.08,
        received_absent=0.06,
        missing=0.12,
        shifted=0.006,
        half_copied=0.006,
    ),
    sibling_code=0.012,
    own_code=0.02,
    near_code=0.025,
    copied=0.006,
    both_books=0.08,
    other_unit=0.01,
)
#: Harsh, a quarter as large, and every code that a row gives is another dossier's.
TRAPS = replace(
    HARSH,
    dossiers=8_000,
    tracking=0.9,
    coded=0.8,
    sibling_code=0.2,
    own_code=0.2,
    near_code=0.6,
    copied=0.0,
)
PROFILES = {"mild": MILD, "harsh": HARSH, "traps": TRAPS}


@dataclass(frozen=True)
class Who:
    """Whom a dossier or a row speaks of, as the truth knows."""

    person: int
    family: int
    event: str  # birth, death, or other
    sort: Sort | None = None  # of a dossier
    owner: Owner | None = None  # of a dossier: how its commune exports


@dataclass(frozen=True)
class FamilyWorld(World):
    """A world with what only its maker knows of each dossier and row."""

    who: dict[str, Who] = field(default_factory=dict)
    traps: dict[str, str] = field(default_factory=dict)  # row: whose code it bears
    copies: frozenset[str] = frozenset()  # rows that stand a second time
    owners: dict[str, Owner] = field(default_factory=dict)  # how each unit's export names people
    cells: dict[str, Cells] = field(default_factory=dict)  # what the clerk typed, by field
    right_cells: dict[str, Cells] = field(default_factory=dict)  # the same, put right


@dataclass
class _Written:
    """A row and what is true of it."""

    row: Row
    event: Event
    unit: int
    kind: RegisterType
    dossier: str | None
    trap: str = ""
    copy: bool = False


def build(profile: str, seed: int) -> FamilyWorld:
    return assemble(profile, PROFILES[profile], seed)


def assemble(name: str, profile: Profile, seed: int) -> FamilyWorld:
    """The world of a profile, of any size; the same name, profile and seed give the same world."""
    random = Random(f"families:{name}:{seed}:{profile.dossiers}")
    families = Families(random, profile.units)
    office = Office(random, families)
    while len(office.drafts) < profile.dossiers:
        families.found()
        office.serve(profile.never)
    communes = [one for line in COMMUNES.splitlines() for one in line.split("|")]
    owners = _owners(random, profile.units)
    made = office.dossiers(communes, owners)
    writer = _Writer(random, profile, communes, made)
    never = office.never
    for at, event in enumerate(office.events):
        if at in never or random.random() < profile.rows:
            writer.rows_of(event)
    written = writer.write()
    world = _world(name, seed, [claim for _, claim in made], made, written, communes)
    names = [f"UBND xã {commune}" for commune in communes]
    return replace(world, owners=dict(zip(names, owners, strict=False)))


def _owners(random: Random, units: int) -> list[Owner]:
    """How each commune exports: half name both, the least of them never the subject."""
    few = max(1, units // 12)
    rest = units - few
    drawn = [Owner.APPLICANT] * (rest - rest * 45 // 100)
    drawn += [Owner.SUBJECT] * (rest * 25 // 100)
    drawn += [Owner.MIXED] * (rest - len(drawn))
    random.shuffle(drawn)
    return drawn + [Owner.UNNAMED] * few


class _Writer:
    """The registers of every commune."""

    def __init__(
        self,
        random: Random,
        profile: Profile,
        communes: Sequence[str],
        made: Sequence[tuple[Draft, Claim]],
    ) -> None:
        self.random, self.profile, self.communes = random, profile, communes
        self.lines: list[_Written] = []
        self._clerks = {
            unit: [
                Clerk(
                    draw_habits(random, profile.habits),
                    profile.hand,
                    random.choice((Font.TCVN3, Font.TCVN3, Font.VNI)),
                )
                for _ in range(3)
            ]
            for unit in range(profile.units)
        }
        self._right: dict[int, str] = {}  # the dossier of an event, by the event's identity
        self._beside: dict[int, tuple[str, Draft]] = {}
        self._of_person: dict[int, list[str]] = defaultdict(list)
        self._of_mother: dict[int, list[str]] = defaultdict(list)
        self._of_day: dict[tuple[int, date], list[str]] = defaultdict(list)
        self._of_number: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._about: dict[str, int] = {}
        for draft, claim in made:
            code = claim.own_code
            person, event = draft.event.person, draft.event
            self._about[code] = person.number
            if draft.sort is not Sort.BESIDE:  # whose code that is, nobody could say
                self._of_person[person.number].append(code)
            if draft.sort is Sort.OF_EVENT:
                self._right[id(event)] = code
            elif draft.sort is Sort.BESIDE:
                self._beside[id(event)] = code, draft
            self._of_day[person.unit, draft.received].append(code)
            self._of_number[person.unit, code[-4:]].append(code)
            if person.mother:
                self._of_mother[person.mother.number].append(code)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def rows_of(self, event: Event) -> None:
        tracked = self._chance(self.profile.tracking)
        self._row(event, tracked)
        if self._chance(self.profile.both_books):
            self._row(event, not tracked)
        elif self._chance(self.profile.copied):
            self.lines.append(replace(self.lines[-1], copy=True))

    def _row(self, event: Event, tracked: bool) -> None:
        code, procedure, received = self._right.get(id(event)), event.procedure, event.received
        beside = self._beside.get(id(event))
        if tracked and beside and self._chance(0.5):
            code, draft = beside
            procedure, received = draft.procedure, draft.received
        kind = RegisterType.TRACKING
        if not tracked:
            kind = RegisterType.DEATHS if event.death else RegisterType.BIRTHS
        cells = self._common(event)
        trap = ""
        if tracked:
            written, trap = self._code(event, code)
            returned = workday(received + timedelta(days=self.random.choice((0, 0, 1, 2, 3, 6))))
            cells |= {
                "own_code": written,
                "procedure_name": PROCEDURES[procedure],
                "received_on": received.isoformat(),
                "returned_on": returned.isoformat() if self._chance(0.9) else "",
                "signed": "đã ký" if self._chance(0.7) else "",
            }
            cells.pop("father")
        else:
            day = workday(received + timedelta(days=self.random.choice((0, 0, 0, 0, 0, 1, 1, 3))))
            cells |= {"registered_on": day.isoformat(), "page": str(self.random.randint(1, 200))}
        unit = event.person.unit
        if self._chance(self.profile.other_unit):
            unit = (unit + 1) % self.profile.units
        dossier = f"motcua:{code}" if code else None
        self.lines.append(_Written(Row(cells), event, unit, kind, dossier, trap))

    def _common(self, event: Event) -> Cells:
        person = event.person
        parents = not event.death or person.unnamed or self._chance(0.1)
        year_only = event.death and person.born.year < 1958 and person.number % 3 == 0
        subject = person.text
        if person.unnamed and person.mother:
            subject = f"Con bà {person.mother.text}"
        ids = self._chance(self.profile.ids)
        return {
            "subject": subject,
            "applicant": event.applicant.text,
            "applicant_id": event.applicant.citizen_id if ids else "",
            "subject_id": person.citizen_id if ids and event.death else "",
            "birth_date": str(person.born.year) if year_only else person.born.isoformat(),
            "death_date": person.died.isoformat() if event.death and person.died else "",
            "mother": person.mother.text if parents and person.mother else "",
            "mother_birth_year": str(person.mother.born.year)
            if not event.death and person.mother
            else "",
            "father": person.father.text if parents and person.father else "",
            "sex": person.sex,
        }

    def _code(self, event: Event, code: str | None) -> tuple[str, str]:
        """The code as the row gives it, and the dossier whose code it is where that is a trap."""
        random, profile = self.random, self.profile
        if not self._chance(profile.coded):
            if not code or not self._chance(profile.part_of_code):
                return "", ""
            if self._chance(0.5):
                return "-".join(code.split("-")[1:]), ""
            digits = [at for at, letter in enumerate(code) if letter.isdigit() and at > 6]
            at = random.choice(digits)
            wrong = code[:at] + str((int(code[at]) + random.randint(1, 9)) % 10) + code[at + 1 :]
            if self._is_another(wrong, event):
                return wrong, f"motcua:{wrong}"  # it happens to be another's: a trap as well
            return ("" if wrong in self._about else wrong), ""
        drawn = random.random()
        trap = ""
        if drawn < profile.sibling_code and event.person.mother:
            trap = self._one_of(self._of_mother[event.person.mother.number], event)
        elif drawn < profile.sibling_code + profile.own_code:
            own = [one for one in self._of_person[event.person.number] if one != code]
            trap = random.choice(own) if own else ""
        elif drawn < profile.sibling_code + profile.own_code + profile.near_code:
            trap = self._near(event, code)
        if trap:
            return slips.code_as_written(random, trap), f"motcua:{trap}"
        return (slips.code_as_written(random, code), "") if code else ("", "")

    def _near(self, event: Event, code: str | None) -> str:
        """Another's code of the same commune: of the same day, or the same number of another."""
        unit = event.person.unit
        near = self._one_of(self._of_day[unit, event.received], event)
        if code and (not near or self._chance(0.5)):
            near = self._one_of(self._of_number[unit, code[-4:]], event) or near
        return near

    def _one_of(self, codes: Sequence[str], event: Event) -> str:
        others = [code for code in codes if self._is_another(code, event)]
        return self.random.choice(others) if others else ""

    def _is_another(self, code: str, event: Event) -> bool:
        return self._about.get(code, event.person.number) != event.person.number

    def write(self) -> list[_Written]:
        """Every row under the hand of its clerk, in the order of its book."""
        self.random.shuffle(self.lines)
        books: dict[tuple[int, RegisterType], list[_Written]] = defaultdict(list)
        for line in self.lines:
            books[line.unit, line.kind].append(line)
        done = []
        for (unit, _kind), lines in sorted(books.items()):
            lines.sort(key=lambda line: _day(line.row.clean))
            above: Cells | None = None
            for line in lines:
                # One clerk keeps the book for some months, then another.
                day = _day(line.row.clean)
                clerk = self._clerks[unit][int(day[:4]) * 12 // 7 % 3 + (int(day[5:7]) > 6) - 1]
                row = Row(dict(line.row.clean)) if line.copy else line.row
                clerk.write(self.random, row, above, self._as_mother(line.event))
                done.append(replace(line, row=row))
                above = row.clean
        return done

    def _as_mother(self, event: Event) -> Cells:
        mother = event.person.mother
        if event.death or not mother:
            return {}
        return {"applicant": mother.text, "applicant_id": ""}


def _day(cells: Mapping[str, str]) -> str:
    return cells.get("received_on") or cells.get("registered_on") or "2024-12-31"


# -- reading ---------------------------------------------------------------------------------

_SOURCE = {"name": "so-giay", "role": "register", "kind": "register", "path": "so-giay/*.xlsx"}
FIELDS = {
    "Quyển số": "book",
    "Số thứ tự": "number",
    "Số đăng ký": "number",
    "Mã hồ sơ": "own_code",
    "Tên TTHC": "procedure_name",
    "Người yêu cầu": "applicant",
    "Số CCCD": "applicant_id",
    "Ngày sinh": "birth_date",
    "Ngày chết": "death_date",
    "Họ tên mẹ": "mother",
    "Năm sinh mẹ": "mother_birth_year",
    "Họ tên cha": "father",
    "Nhận hồ sơ": "received_on",
    "Trả kết quả": "returned_on",
    "Ký nhận": "signed",
    "Trang số": "page",
    "Ngày đăng ký": "registered_on",
    "Giới tính": "sex",
    "Số định danh cá nhân": "subject_id",
    "Đơn vị": "unit",
    "Họ tên người được khai sinh, khai tử": "subject",
    "Họ tên người được khai sinh": "subject",
    "Họ tên người được khai tử": "subject",
}
_DAYS = ("received_on", "returned_on", "registered_on")


def labels_of(kind: RegisterType) -> list[str]:
    """The header of a book."""
    return [*(column.header for column in REGISTERS[kind]), "Đơn vị"]


class _Reader:
    """The product's reader of registers, given rows that stand in no file."""

    def __init__(self) -> None:
        self.records = Records(FileSource.model_validate(_SOURCE), Tables(), "")
        self._table: tuple[str, RegisterType] | None = None
        self._columns: dict[str, str] = {}

    def read(self, file: str, kind: RegisterType, number: int, cells: Cells) -> Claim | None:
        if self._table != (file, kind):
            self._begin(file, kind)
        values = {
            self._columns[name]: text
            for name, text in cells.items()
            if text and self._columns.get(name)
        }
        return self.records.add(Entry(number, values, has_serial=True))  # type: ignore[arg-type]

    def _begin(self, file: str, kind: RegisterType) -> None:
        labels = labels_of(kind)
        found = headers.find([(4, labels)], register=True)
        assert found is not None
        meanings = {column.label: column.field for column in found.columns}
        self._columns = dict.fromkeys(_FIELDS_OF, "")
        for label in labels:
            if label in FIELDS:
                self._columns[FIELDS[label]] = meanings[label]
        self.records.file = f"inbox/so-giay/{file}"
        self.records.begin(HeaderedTable(found, (SHEETS[kind].upper(),), SHEETS[kind]))
        self._table = file, kind


_FIELDS_OF = frozenset(FIELDS.values())


def _world(
    name: str,
    seed: int,
    dossiers: list[Claim],
    made: Iterable[tuple[Draft, Claim]],
    written: Sequence[_Written],
    communes: Sequence[str],
) -> FamilyWorld:
    who = {claim.key: _who_of_dossier(draft, claim) for draft, claim in made}
    raw, clean = _Reader(), _Reader()
    rows, cleaned, truth, noted, fonts, traps, copies = [], [], {}, {}, {}, {}, set()
    typed: tuple[dict[str, Cells], dict[str, Cells]] = {}, {}
    last: tuple[int, RegisterType] | None = None
    number = 0
    for line in written:
        number = number + 1 if last == (line.unit, line.kind) else 1
        last = line.unit, line.kind
        file = f"{slips.without_accents(communes[line.unit]).lower().replace(' ', '-')}.xlsx"
        both, texts = [], []
        for reader, cells in ((raw, line.row.raw), (clean, _put_right(line.row.clean))):
            shown = dict(cells) | {
                "unit": f"Xã {communes[line.unit]}",
                "book": f"01/{_day(line.row.clean)[:4]}",
                "number": str(number),
            }
            for day in _DAYS:
                shown[day] = "/".join(reversed(shown.get(day, "").split("-")))
            both.append(reader.read(file, line.kind, number + HEADER_ROWS, shown))
            texts.append(shown)
        claim, put_right = both
        if claim is None or put_right is None:
            continue
        rows.append(claim)
        cleaned.append(replace(put_right, key=claim.key))
        truth[claim.key] = line.dossier
        for kept, shown in zip(typed, texts, strict=True):
            kept[claim.key] = shown
        noted[claim.key] = tuple(dict.fromkeys(line.row.noted))
        person = line.event.person
        who[claim.key] = Who(person.number, _family(line.event), line.event.kind)
        if line.row.font:
            fonts[claim.key] = Font(line.row.font)
        if line.trap:
            traps[claim.key] = line.trap
        if line.copy:
            copies.add(claim.key)
    return FamilyWorld(
        f"families {name}",
        seed,
        dossiers,
        rows,
        truth,
        noted,
        cleaned,
        fonts,
        who,
        traps,
        frozenset(copies),
        cells=typed[0],
        right_cells=typed[1],
    )


def _put_right(cells: Cells) -> Cells:
    return dict(cells) | {
        name: "/".join(reversed(cells.get(name, "").split("-")))
        for name in ("birth_date", "death_date")
    }


def _who_of_dossier(draft: Draft, claim: Claim) -> Who:
    event = draft.event
    kind = "other" if draft.sort is Sort.OTHER else event.kind
    owner = Owner.APPLICANT
    if not claim.subject:
        owner = Owner.UNNAMED if claim.applicant == event.applicant.text else Owner.SUBJECT
    return Who(event.person.number, _family(event), kind, draft.sort, owner)


def _family(event: Event) -> int:
    mother = event.person.mother
    return mother.number if mother else -event.person.number
