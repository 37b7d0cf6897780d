"""The approved report of an invented quarter: cells, page and machine files.

``DOISOAT_GOLDEN=update pytest tests/worker/reports/test_golden.py`` writes the approved files
anew; look at the difference before it is committed.
"""

import pytest

from tests.golden.approving import approve, as_text, cells
from tests.worker.reports_sample import sample_facts
from worker.reports import build, write

FILES = ("findings.jsonl", "links.jsonl", "statistics.json", "rejected.jsonl", "run.json")


@pytest.fixture(scope="module")
def contents():
    return build(sample_facts(24))


def test_the_workbook_has_the_approved_cells(contents):
    approve("reports/doi-soat.cells.tsv", as_text(cells(contents)))


def test_the_page_is_the_approved_one(contents, tmp_path):
    write(contents, tmp_path, ("html",))
    approve("reports/doi-soat.html", (tmp_path / "doi-soat.html").read_text("utf-8"))


def test_the_machine_files_are_the_approved_ones(contents, tmp_path):
    write(contents, tmp_path, ("json",))
    for name in FILES:
        approve(f"reports/{name}", (tmp_path / name).read_text("utf-8"))
