"""A whole invented district on disk: a ready-to-run office, and the truth about it.

``build`` writes what an office would have: the configuration, the table of units, the exports
of the one-stop software and of the portal, and the registers of ten communes as their clerks
keep them. One commune's file was cut off while it was copied. Where the office is connected to its
systems (``Systems``), it polls them and has no exports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from tests.simulators import dvcqg, igate
from tests.simulators.district_books import Book, Habits, RegisterRow
from tests.simulators.district_exports import write_one_stop, write_portal
from tests.simulators.dossiers import AS_OF, COMMUNES, DISTRICT, PERIOD_STARTS, Dossier, Story
from tests.simulators.world import invent

SEED = 2024
SIZE = 4000
_SLUGS = (
    *("tan-loc", "song-tra", "tan-hoa", "tan-lac", "thang-loi"),
    *("my-son", "tan-phuoc", "dong-phu", "hoa-thuan", "an-khe"),
)
_HABITS = {
    2: Habits(ditto=True),
    3: Habits(legacy_font=True),
    5: Habits(ditto=True, loses_codes=0.5),
}
#: Communes whose civil-status books come from the Ministry's software.
_BY_SOFTWARE = frozenset({7, 8})
_CUT = 9
_LATE_WITH_DECLARING = 6  # this commune declared nothing complete


@dataclass(frozen=True, slots=True)
class Systems:
    """Where the one-stop software (iGate) and the portal's adapter answer."""

    igate: str
    portal: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What is really so in the district."""

    folder: Path
    dossiers: tuple[Dossier, ...]
    rows: tuple[RegisterRow, ...]  # those of the cut file too
    cut_file: str  # relative; nothing of it can be read before ``repair``
    cut_unit: str
    whole_file: bytes = field(repr=False)  # what the cut file was before
    starts: date = PERIOD_STARTS
    as_of: date = AS_OF

    @property
    def config(self) -> Path:
        return self.folder / "doisoat.toml"

    def told(self, *stories: Story) -> tuple[Dossier, ...]:
        """The dossiers with one of these stories."""
        return tuple(one for one in self.dossiers if one.story in stories)

    def repair(self) -> None:
        """The commune hands its file in again, whole this time."""
        (self.folder / self.cut_file).write_bytes(self.whole_file)

    def readable_rows(self) -> tuple[RegisterRow, ...]:
        return tuple(row for row in self.rows if row.file != self.cut_file)


def build(
    folder: Path, seed: int = SEED, size: int = SIZE, systems: Systems | None = None
) -> Truth:
    """Write the district into a folder; the same seed and size give the same district.

    With ``systems`` the office polls them; they must hold the district of that seed and size.
    """
    rng = Random(seed)
    dossiers = invent(rng, size)
    software = ("secrets",) if systems else ("inbox/motcua", "inbox/cong")
    for name in ("tables", "inbox/so-giay", "inbox/ho-tich", *software):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "doisoat.toml").write_text(_configuration(systems), "utf-8")
    (folder / "tables/units.csv").write_text(_units(), "utf-8-sig")
    if systems:
        (folder / "secrets/igate").write_text(igate.PASSWORD, "utf-8")
        (folder / "secrets/cong").write_text(dvcqg.PASSWORD, "utf-8")
    else:
        write_one_stop(folder / "inbox/motcua/ho-so-quy-1-2024.xlsx", dossiers)
        write_portal(folder / "inbox/cong/cong-dvcqg-quy-1-2024.xlsx", dossiers)
    rows: list[RegisterRow] = []
    for place in range(len(COMMUNES)):
        rows += _registers(folder, place, dossiers, rng)
    cut_file = f"inbox/so-giay/{_SLUGS[_CUT]}.xlsx"
    whole = _cut(folder / cut_file)
    return Truth(folder, dossiers, tuple(rows), cut_file, COMMUNES[_CUT][0], whole)


def _registers(
    folder: Path, place: int, dossiers: tuple[Dossier, ...], rng: Random
) -> list[RegisterRow]:
    unit = COMMUNES[place]
    habits = _HABITS.get(place, Habits())
    entered = [one for one in dossiers if one.unit == unit[0] and one.in_register]
    paper = f"inbox/so-giay/{_SLUGS[place]}.xlsx"
    book = Book(folder / paper, paper, unit, rng)
    book.tracking(entered, habits)
    civil = book
    if place in _BY_SOFTWARE:
        printed = f"inbox/ho-tich/{_SLUGS[place]}.xlsx"
        civil = Book(folder / printed, printed, unit, rng)
    civil.births(entered, habits)
    civil.deaths(entered, habits)
    for one in {id(book): book, id(civil): civil}.values():
        one.close()
    return book.rows if civil is book else book.rows + civil.rows


def _cut(path: Path) -> bytes:
    """Leave the file as it is when a copy over the network broke off; returns the whole one."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 3 // 5])
    return whole


def _configuration(systems: Systems | None) -> str:
    declared = [unit for n, unit in enumerate(COMMUNES) if n not in (_CUT, _LATE_WITH_DECLARING)]
    paper = "\n".join(_declared(unit) for unit in declared)
    software = "\n".join(_declared(COMMUNES[place]) for place in sorted(_BY_SOFTWARE))
    return f"""\
# Huyện thử nghiệm: mọi tên người, đơn vị, mã số đều do máy đặt ra.
[office]
name = "UBND {DISTRICT[1][0].lower()}{DISTRICT[1][1:]}"
data_dir = "data"
since = 2023-07-10

[database]
url = "sqlite:///data/doisoat.db"

{_polled(systems) if systems else _EXPORTS}
[[sources]]
name = "so-giay"
role = "register"
kind = "register"
path = "inbox/so-giay/*.xlsx"
origin = "so_giay"
complete_to = [
{paper}
]

[[sources]]
name = "ho-tich"
role = "register"
kind = "register"
path = "inbox/ho-tich/*.xlsx"
origin = "phan_mem_ho_tich"
complete_to = [
{software}
]
"""


_EXPORTS = """\
[[sources]]
name = "motcua"
role = "one_stop"
kind = "export"
path = "inbox/motcua/*.xlsx"

[[sources]]
name = "cong"
role = "portal"
kind = "export"
path = "inbox/cong/*.xlsx"
"""


def _polled(systems: Systems) -> str:
    return f"""\
# Hai hệ thống giả trên chính máy này nên hỏi nhanh; hệ thống thật thì để giới hạn mặc định.
[[sources]]
name = "motcua"
role = "one_stop"
kind = "igate"
base_url = "{systems.igate}"
token_url = "{systems.igate}{igate.TOKEN_PATH}"
client_id = "{igate.CLIENT}"
username = "{igate.USER}"
password_file = "secrets/igate"
agencies = ["a1"]
page_size = 200
requests_per_second = 1000

[[sources]]
name = "cong"
role = "portal"
kind = "dvcqg"
adapter_url = "{systems.portal}"
madonvi = "{dvcqg.MADONVI}"
username = "{dvcqg.USER}"
password_file = "secrets/cong"
requests_per_second = 2000
"""


def _declared(unit: tuple[str, str]) -> str:
    return f'  {{ until = {AS_OF}, by = "Công chức hộ tịch {unit[1]}", unit = "{unit[0]}" }},'


def _units() -> str:
    lines = ["code,name,aliases,parent,successor,recipient,role,email,valid_from,valid_to"]
    lines.append(f"{DISTRICT[0]},{DISTRICT[1]},,,,,,,,")
    for (code, name), slug in zip(COMMUNES, _SLUGS, strict=True):
        email = f"{slug.replace('-', '')}@example.invalid"
        lines.append(f"{code},{name},,{DISTRICT[0]},,,Chủ tịch UBND,{email},,")
    return "\n".join(lines) + "\n"
