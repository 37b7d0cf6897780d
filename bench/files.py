"""A world as the files that an office has: two exports, one workbook of registers a commune."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from bench.legacy import Font, encode
from bench.recording import NAMES, SHEETS
from bench.worlds import World
from reconcile.claims import Channel, Claim, RegisterType, Status

Cell = str | int | date | None


@dataclass(frozen=True)
class Column:
    header: str
    value: Callable[[Claim], Cell]
    width: int = 14


CHANNELS = {
    Channel.ONLINE: "Trực tuyến",
    Channel.DIRECT: "Trực tiếp",
    Channel.POST: "Bưu chính",
    Channel.UNKNOWN: "",
}


def shown_day(iso: str) -> str:
    """``2024-03-05`` as an official writes it; a year alone stays a year."""
    return "/".join(reversed(iso.split("-")))


def _stamp(day: date | None) -> str:
    return f"{day:%d/%m/%Y} 08:15:00" if day else ""


EXPORT = (
    Column("Mã hồ sơ", lambda claim: claim.own_code, 24),
    Column("Mã hồ sơ quốc gia", lambda claim: claim.national_code, 24),
    Column("Tên TTHC", lambda claim: claim.procedure_name, 40),
    Column("Đơn vị xử lý", lambda claim: claim.unit, 22),
    Column("Chủ hồ sơ", lambda claim: claim.applicant, 24),
    Column("Số CCCD", lambda claim: claim.applicant_id),
    Column("Người được đăng ký", lambda claim: claim.subject, 24),
    Column("Số định danh cá nhân", lambda claim: claim.subject_id),
    Column("Ngày sinh", lambda claim: shown_day(claim.birth_date)),
    Column("Ngày chết", lambda claim: shown_day(claim.death_date)),
    Column("Họ tên mẹ", lambda claim: claim.mother, 24),
    Column("Năm sinh mẹ", lambda claim: claim.mother_birth_year),
    Column("Họ tên cha", lambda claim: claim.father, 24),
    Column("Giới tính", lambda claim: claim.sex),
    Column("Hình thức nộp", lambda claim: CHANNELS[claim.channel]),
    Column("Ngày tiếp nhận", lambda claim: _stamp(claim.received_on)),
    Column("Ngày hẹn trả", lambda claim: _stamp(claim.due_on)),
    Column("Ngày kết thúc xử lý", lambda claim: _stamp(claim.finished_on)),
    Column("Trạng thái", lambda claim: claim.raw_status),
)
_PEOPLE = (
    Column("Người yêu cầu", lambda claim: claim.applicant, 24),
    Column("Số CCCD", lambda claim: claim.applicant_id),
)
REGISTERS = {
    RegisterType.TRACKING: (
        Column("Quyển số", lambda claim: claim.book),
        Column("Số thứ tự", lambda claim: claim.number),
        Column("Mã hồ sơ", lambda claim: claim.own_code, 24),
        Column("Tên TTHC", lambda claim: claim.procedure_name, 40),
        *_PEOPLE,
        Column("Họ tên người được khai sinh, khai tử", lambda claim: claim.subject, 24),
        Column("Ngày sinh", lambda claim: shown_day(claim.birth_date)),
        Column("Ngày chết", lambda claim: shown_day(claim.death_date)),
        Column("Họ tên mẹ", lambda claim: claim.mother, 24),
        Column("Nhận hồ sơ", lambda claim: claim.received_on),
        Column("Trả kết quả", lambda claim: claim.returned_on),
        Column("Ký nhận", lambda claim: "đã ký" if claim.signed else ""),
    ),
    RegisterType.BIRTHS: (
        Column("Quyển số", lambda claim: claim.book),
        Column("Số đăng ký", lambda claim: claim.number),
        Column("Trang số", lambda claim: claim.page),
        Column("Ngày đăng ký", lambda claim: claim.registered_on),
        Column("Họ tên người được khai sinh", lambda claim: claim.subject, 24),
        Column("Ngày sinh", lambda claim: shown_day(claim.birth_date)),
        Column("Giới tính", lambda claim: claim.sex),
        Column("Họ tên mẹ", lambda claim: claim.mother, 24),
        Column("Năm sinh mẹ", lambda claim: claim.mother_birth_year),
        Column("Họ tên cha", lambda claim: claim.father, 24),
        *_PEOPLE,
        Column("Loại đăng ký", lambda claim: claim.registration_kind),
    ),
    RegisterType.DEATHS: (
        Column("Quyển số", lambda claim: claim.book),
        Column("Số đăng ký", lambda claim: claim.number),
        Column("Trang số", lambda claim: claim.page),
        Column("Ngày đăng ký", lambda claim: claim.registered_on),
        Column("Họ tên người được khai tử", lambda claim: claim.subject, 24),
        Column("Số định danh cá nhân", lambda claim: claim.subject_id),
        Column("Ngày sinh", lambda claim: shown_day(claim.birth_date)),
        Column("Ngày chết", lambda claim: shown_day(claim.death_date)),
        Column("Giới tính", lambda claim: claim.sex),
        *_PEOPLE,
        Column("Loại đăng ký", lambda claim: claim.registration_kind),
    ),
}

CONFIGURATION = """\
[office]
name = "Sở Tư pháp tỉnh Thử Nghiệm"
data_dir = "data"

[database]
url = "sqlite:///data/doisoat.db"

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

[[sources]]
name = "so-giay"
role = "register"
kind = "register"
path = "inbox/so-giay/*.xlsx"
"""


def write_world(world: World, folder: Path, *, fonts_shown: float = 0.5) -> None:
    """Everything that ``doisoat run`` needs, and ``truth.json`` beside it.

    ``fonts_shown``: the share of legacy rows whose cells name their font; the others keep the raw
    text in an ordinary font, as after a copy and paste.
    """
    for source in ("motcua", "cong", "so-giay"):
        (folder / "inbox" / source).mkdir(parents=True, exist_ok=True)
    (folder / "doisoat.toml").write_text(CONFIGURATION, encoding="utf-8")
    days = [claim.received_on for claim in world.dossiers if claim.received_on]
    period = f"(Từ ngày {min(days):%d/%m/%Y} đến ngày {max(days):%d/%m/%Y})"
    _write_export(folder / "inbox/motcua/ho-so.xlsx", "BỘ PHẬN MỘT CỬA", period, world.dossiers)
    portal = [_on_the_portal(claim, at) for at, claim in enumerate(world.dossiers)]
    _write_export(folder / "inbox/cong/cong.xlsx", "CỔNG DỊCH VỤ CÔNG", period, portal)
    _write_registers(world, folder, fonts_shown)
    truth = [
        [place.file, place.sheet, place.row, dossier and dossier.split(":", 1)[1]]
        for claim in world.written
        for place in claim.places
        for dossier in [world.truth[claim.key]]
    ]
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")


def write_rows(path: Path, title: str, columns: Sequence[Column], claims: list[Claim]) -> None:
    """One sheet of anything."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Sổ")
    sheet.write(0, 0, title)
    rows = ([column.value(claim) for column in columns] for claim in claims)
    _write_table(book, sheet, 3, columns, rows)
    book.close()


def _on_the_portal(claim: Claim, at: int) -> Claim:
    """The portal's copy: one in twenty-five was never told that the dossier ended."""
    if claim.status is Status.RETURNED and at % 25 == 0:
        return replace(claim, status=Status.PROCESSING, raw_status="Đang xử lý", finished_on=None)
    return claim


def _write_export(path: Path, title: str, period: str, claims: Sequence[Claim]) -> None:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Danh sách hồ sơ")
    sheet.write(0, 0, f"DANH SÁCH HỒ SƠ – {title}")
    sheet.write(1, 0, period)
    rows = ([column.value(claim) for column in EXPORT] for claim in claims)
    _write_table(book, sheet, 3, EXPORT, rows)
    book.close()


def _write_registers(world: World, folder: Path, fonts_shown: float) -> None:
    shelves: dict[str, dict[RegisterType, list[Claim]]] = {}
    for claim in world.written:
        kinds = shelves.setdefault(claim.places[0].file, {})
        kinds.setdefault(claim.register_type, []).append(claim)
    for file, kinds in sorted(shelves.items()):
        book = xlsxwriter.Workbook(str(folder / file))
        for kind, claims in sorted(kinds.items()):
            _write_register(book, kind, claims, world.fonts, fonts_shown)
        book.close()


def _write_register(
    book: xlsxwriter.Workbook,
    kind: RegisterType,
    claims: list[Claim],
    fonts: dict[str, Font],
    fonts_shown: float,
) -> None:
    columns = REGISTERS[kind]
    sheet = book.add_worksheet(SHEETS[kind])
    sheet.write(0, 0, SHEETS[kind].upper())
    sheet.write(1, 0, f"Đơn vị: {claims[0].unit}")
    shown = {font: book.add_format({"font_name": str(font)}) for font in Font}
    formats = {}
    rows = []
    for at, claim in enumerate(sorted(claims, key=lambda claim: claim.places[0].row)):
        font = fonts.get(claim.key)
        if font:
            names = {name: encode(getattr(claim, name), font) for name in NAMES}
            claim = replace(claim, **names)  # noqa: PLW2901 - the same row as it is written
            if int(claim.key[8:14], 16) % 100 < fonts_shown * 100:
                formats[at] = shown[font]
        rows.append([column.value(claim) for column in columns])
    _write_table(book, sheet, 3, columns, rows, formats)


def _write_table(
    book: xlsxwriter.Workbook,
    sheet: xlsxwriter.worksheet.Worksheet,
    top: int,
    columns: Sequence[Column],
    rows: Iterable[list[Cell]],
    formats: dict[int, xlsxwriter.format.Format] | None = None,
) -> None:
    bold = book.add_format({"bold": True, "text_wrap": True})
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(top, at, column.header, bold)
    for number, row in enumerate(rows):
        style = formats.get(number) if formats else None
        for at, cell in enumerate(row):
            if isinstance(cell, date):
                moment = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - a cell has none
                sheet.write_datetime(top + 1 + number, at, moment, as_date)
            elif cell:
                sheet.write_string(top + 1 + number, at, str(cell), style)
