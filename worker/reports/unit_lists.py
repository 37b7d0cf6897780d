"""The lists of one unit, cut out of the report of a run: what is sent to that unit."""

from __future__ import annotations

import io
from collections.abc import Iterator

from msgspec.structs import replace

from worker import words
from worker.reports.contents import Contents
from worker.reports.firstpage import TITLE
from worker.reports.packing import keep

#: The endings of the files of a unit, and what draws each.
WORKBOOK, WORD = "xlsx", "docx"


def units_with_work(contents: Contents) -> list[str]:
    """The units, as they are shown, that have something on a list."""
    busy = {unit.unit for unit in contents.unit_work if unit.tally.total}
    return sorted(busy | {row.unit for row in contents.undecided})


def of_unit(contents: Contents, unit: str) -> Contents:
    """The lists of one unit, which stands as the office at their head; figures are not for it."""
    title = f"{TITLE} – {unit.upper()}"
    page = replace(contents.page, unit="", office=words.committee(unit), title=title)
    return replace(
        contents,
        page=page,
        units=tuple(row for row in contents.units if row.unit == unit),
        unit_work=tuple(one for one in contents.unit_work if one.unit == unit),
        undecided_rows=keep(row for row in contents.undecided if row.unit == unit),
    )


def drawn(contents: Contents, unit: str) -> Iterator[tuple[str, bytes]]:
    """The files of a unit: its workbook to work through, its list to sign."""
    from worker.reports.draw_docx import list_alone
    from worker.reports.draw_xlsx import draw_lists

    mine = of_unit(contents, unit)
    for ending, draw in ((WORKBOOK, draw_lists), (WORD, list_alone)):
        if ending == WORD and not contents.page.signable:
            continue
        file = io.BytesIO()
        draw(mine, file)
        yield f"{file_name(unit)}.{ending}", file.getvalue()


def file_name(unit: str) -> str:
    """A unit's name as a file may be called, on Windows, too."""
    kept = "".join(" " if letter in '\\/:*?"<>|' or ord(letter) < 32 else letter for letter in unit)
    return " ".join(kept.split()).strip(". ") or "chua-ro-don-vi"
