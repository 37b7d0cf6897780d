"""The approved report of an invented quarter: cells, page and machine files.

``DOISOAT_GOLDEN=update pytest tests/worker/test_reports_golden.py`` writes the approved files
anew; look at the difference before it is committed.
"""

import io
import os
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from tests.worker.reports_sample import sample_facts
from worker.reports import build, write
from worker.reports.xlsx import draw

GOLDEN = Path(__file__).parent.parent / "golden" / "reports"
FILES = ("findings.jsonl", "links.jsonl", "statistics.json", "rejected.jsonl", "run.json")


@pytest.fixture(scope="module")
def contents():
    return build(sample_facts(24))


def cells(contents):
    """Every cell of the workbook as a line: sheet, place, value, number format."""
    file = io.BytesIO()
    draw(contents, file)
    lines = []
    for sheet in openpyxl.load_workbook(file):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value in (None, ""):
                    continue
                value = cell.value
                text = f"{value:%d/%m/%Y}" if isinstance(value, datetime) else str(value)
                shown = text.replace("\n", "\\n")
                lines.append(f"{sheet.title}!{cell.coordinate}\t{shown}\t{cell.number_format}")
    return "\n".join(lines) + "\n"


def approve(name, text):
    path = GOLDEN / name
    if os.environ.get("DOISOAT_GOLDEN") == "update":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{name} is not what was approved"


def test_the_workbook_has_the_approved_cells(contents):
    approve("doi-soat.cells.tsv", cells(contents))


def test_the_page_is_the_approved_one(contents, tmp_path):
    write(contents, tmp_path, ("html",))
    approve("doi-soat.html", (tmp_path / "doi-soat.html").read_text("utf-8"))


def test_the_machine_files_are_the_approved_ones(contents, tmp_path):
    write(contents, tmp_path, ("json",))
    for name in FILES:
        approve(name, (tmp_path / name).read_text("utf-8"))
