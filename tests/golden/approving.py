"""Approved texts: ``DOISOAT_GOLDEN=update pytest …`` writes them anew; look at the difference."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import datetime
from pathlib import Path

import openpyxl

from worker.reports import Contents
from worker.reports.draw_xlsx import draw

GOLDEN = Path(__file__).parent
#: Lines of a long list that stand in an approved file; a sum stands for the rest.
HEAD = 160


def approve(name: str, text: str) -> None:
    """The text must be the approved one; with ``DOISOAT_GOLDEN=update`` it becomes that."""
    path = GOLDEN / name
    if os.environ.get("DOISOAT_GOLDEN") == "update":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{name} is not what was approved"


def cells(contents: Contents) -> dict[str, list[str]]:
    """Every cell of the workbook as a line, by sheet: place, value, number format."""
    file = io.BytesIO()
    draw(contents, file)
    found: dict[str, list[str]] = {}
    for sheet in openpyxl.load_workbook(file):
        lines = found.setdefault(sheet.title, [])
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value in (None, ""):
                    continue
                value = cell.value
                text = f"{value:%d/%m/%Y}" if isinstance(value, datetime) else str(value)
                shown = text.replace("\n", "\\n")
                lines.append(f"{sheet.title}!{cell.coordinate}\t{shown}\t{cell.number_format}")
    return found


def as_text(found: dict[str, list[str]], *, head: int | None = None) -> str:
    """The cells as one text; of each sheet not more than ``head`` lines and a sum of the rest."""
    lines: list[str] = []
    for name, of_sheet in found.items():
        lines += of_sheet[:head]
        if head is not None and len(of_sheet) > head:
            rest = of_sheet[head:]
            digest = hashlib.sha256("\n".join(rest).encode()).hexdigest()
            lines.append(f"{name}: {len(rest)} ô nữa, sha256 {digest}")
    return "\n".join(lines) + "\n"
