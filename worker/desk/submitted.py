"""The figures as the office submitted them, typed into its own table: ``submitted.csv``.

That table is the truth: a line typed here stands there as if somebody had written it in Excel.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import csvfile
from config.submitted import COLUMNS, FIELDS, NUMBERS, Submitted, build
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.house import House

#: In the audit: a line of submitted figures was typed.
TYPED = "submitted.typed"
NAMES = tuple(name for name, _ in NUMBERS)


@dataclass(frozen=True, slots=True)
class SubmittedLine:
    """One line of the form as it was submitted; ``cells`` in the form's order."""

    unit: str
    unit_name: str
    field: str
    cells: tuple[int | None, ...]


def lines(house: House, actor: Actor, name: str) -> tuple[SubmittedLine, ...]:
    """The submitted lines of a period that the actor sees: the office's first, then by unit."""
    actor.need(Right.VIEW)
    found = [
        SubmittedLine(
            one.unit,
            house.tables.units.name(one.unit) if one.unit else "",
            one.field,
            tuple(getattr(one, cell) for cell in NAMES),
        )
        for one in house.tables.submitted
        if one.period == _period(name) and (actor.units is None or one.unit in actor.units)
    ]
    return tuple(sorted(found, key=lambda one: (one.unit_name, one.field)))


def put(
    house: House, actor: Actor, name: str, unit: str, field: str, cells: Sequence[str]
) -> tuple[str, ...]:
    """Write a line, in place of the one that stood there; what in it does not add up.

    Raises Refused where the table would not be understood with it: then nothing is written.
    """
    actor.need(Right.FREEZE)
    if actor.units is not None and unit not in actor.units:
        raise Unseen(unit)
    if len(cells) != len(NAMES):
        raise Refused(
            f"Biểu có {len(NAMES)} ô số, đã nhận {len(cells)}.",
            "Dán đúng một dòng, từ cột Tiếp nhận – Tổng số đến cột Đang giải quyết – Quá hạn.",
        )
    key = (_period(name), unit, field)
    kept = [_texts(one) for one in house.tables.submitted if _key(one) != key]
    kept.append([*key, *(re.sub(r"[^\d]", "", cell) if cell.strip() else "" for cell in cells)])
    notes = _write(house, kept)
    house.store.audit.append(
        actor=actor.who,
        act=TYPED,
        object="/".join(filter(None, key)),
        reason="",
        at=house.clock.now(),
    )
    return notes


def fields() -> tuple[str, ...]:
    """The fields that a line may be of."""
    return FIELDS


def _write(house: House, rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The table with these rows, whole or not at all; what it notes of the newest one."""
    path = _place(house)
    text = io.StringIO()
    for comment in _comments(path):
        text.write(f"{comment}\n")
    table = csv.writer(text, lineterminator="\n")
    table.writerow([column.headers[0] if column.headers else column.name for column in COLUMNS])
    table.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as half:
        half.write(b"\xef\xbb\xbf" + text.getvalue().encode())
    try:
        sheet = csvfile.read(Path(half.name), path.name, COLUMNS)
        build(sheet, house.tables.units)
        if sheet.problems:
            raise Refused("; ".join(one.text for one in sheet.problems))
        Path(half.name).chmod(0o644)
        Path(half.name).replace(path)
    finally:
        Path(half.name).unlink(missing_ok=True)
    last = max((one.line or 0 for one in sheet.rows), default=0)
    return tuple(one.text for one in sheet.notes if one.line == last)


def _place(house: House) -> Path:
    """Where the table lies, or would."""
    office = house.settings.office.tables_dir
    beside = house.settings.folder / "submitted.csv"
    own = office / "submitted.csv"
    return beside if beside.is_file() and not own.is_file() else own


def _comments(path: Path) -> list[str]:
    if not path.is_file():
        return []
    text = path.read_text("utf-8-sig")
    return [line for line in text.splitlines() if line.startswith("#")]


def _period(name: str) -> str:
    """As the table writes it: the first six months are ``2024-6M``."""
    return re.sub(r"-([69])T$", r"-\1M", name.upper())


def _key(one: Submitted) -> tuple[str, str, str]:
    return one.period, one.unit, one.field


def _texts(one: Submitted) -> list[str]:
    values = (getattr(one, name) for name in NAMES)
    return [*_key(one), *("" if value is None else str(value) for value in values)]
