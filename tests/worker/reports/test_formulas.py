"""Whatever the data say, no workbook that we write holds a formula, a link or ready-made XML."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.templates import TEMPLATES
from config.templates import write as write_template
from reconcile.claims import Place, RejectedRow
from reconcile.figures.checking import Seen, SeenPaper
from reconcile.figures.form import Table
from reconcile.figures.frozen import Placed, differences
from reconcile.figures.standing import Column, SubLine
from tests.worker.reports_sample import UNITS, sample_facts
from worker.reports import build
from worker.reports.draw_xlsx import draw
from worker.reports.facts import CheckFacts, Freeze, Opening, PaperAgainst, Version

#: What spreadsheets, and people who paste, take for the start of a formula.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'=", " =", "{=", "<r>", "")
BODIES = ("1+1", "SUM(A1)", 'HYPERLINK("http://x","y")', "cmd|' /C calc'!A0", "r><t>x</t></r>")
texts = st.builds(
    lambda start, body: start + body,
    st.sampled_from(STARTS),
    st.one_of(st.sampled_from(BODIES), st.text(max_size=12)),
)
FACTS = sample_facts(24)
PLACED = Placed(
    *("k", "c", "X01", "birth"),
    carried=False,
    online=False,
    before=Column.LATE,
    before_line=SubLine.NONE,
    after=Column.LATE,
    after_line=SubLine.NONE,
)


def said(bad: list[str], *, full_names: bool):
    """A run in which every text that came from data, or from a person, is one of these."""
    at = iter(range(10**9))

    def text() -> str:
        return bad[next(at) % len(bad)]

    findings = tuple(
        replace(
            one,
            reason=text(),
            finding=replace(
                one.finding,
                codes=tuple((role, text()) for role, _ in one.finding.codes),
                national_code=text(),
                recorded=tuple((role, replace(s, raw=text())) for role, s in one.finding.recorded),
                book=text(),
                procedure_name=text(),
                subject=text(),
                waits_for=text(),
                missing_fact=text(),
                register=tuple(Place(text(), text(), 1) for _ in one.finding.register),
            ),
        )
        for one in FACTS.findings
    )
    claims = {
        key: replace(
            one, own_code=text(), subject=text(), mother=text(), book=text(), page=text(),
            number=text(),
        )
        for key, one in FACTS.claims.items()
    }  # fmt: skip
    moved = tuple(replace(one, code=text(), book=text()) for one in FACTS.statistics.moved)
    steps = differences([PLACED], [replace(PLACED, key=text(), code=text(), unit=text())])
    now = datetime(2024, 4, 5, tzinfo=UTC)
    version = Version(0, now, text(), text(), Table(), Table(), unread=(text(),))
    return replace(
        FACTS,
        office=text() or "x",
        full_names=full_names,
        findings=findings,
        claims=claims,
        statistics=replace(FACTS.statistics, moved=moved),
        unit_names=dict.fromkeys(UNITS, text()),
        rejected=(RejectedRow(text(), text(), 1, text(), text(), True),),
        sources=tuple(
            replace(one, name=text(), problem=text(), warnings=(text(),), typed_by={"": text()},
                    unknown_columns=(text(),))
            for one in FACTS.sources
        ),
        freeze=Freeze(text(), (version,), since=steps),
        opening=Opening(1, 2, 3, 4, text(), gaps=steps),
        check=CheckFacts(
            text(), 0, "0" * 64, "1" * 20, text(), "1", None, (),
            (PaperAgainst(steps[0].one, SeenPaper("k", Seen.MISSING), None),) if steps else (),
        ),
        papers={one.finding.id: (text(),) for one in findings},
    )  # fmt: skip


def formulas(data: bytes) -> list[str]:
    """Every cell that a spreadsheet program would compute or follow."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                xml = archive.read(name).decode()
                found += [f"{name}: {mark}" for mark in ("<f>", "<f ", "hyperlink") if mark in xml]
        found += [name for name in archive.namelist() if "externalLink" in name]
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        for row in sheet.iter_rows():
            found += [cell.coordinate for cell in row if cell.data_type == "f"]
    return found


@given(st.lists(texts, min_size=1, max_size=9), st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_becomes_a_formula(bad: list[str], full_names: bool) -> None:
    file = io.BytesIO()
    draw(build(said(bad, full_names=full_names)), file)
    assert formulas(file.getvalue()) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_templates_hold_no_formula(name: str, tmp_path: Path) -> None:
    write_template(TEMPLATES[name], tmp_path / name)
    assert formulas((tmp_path / name).read_bytes()) == []


def test_the_check_sees_a_formula() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "=1+1"
    file = io.BytesIO()
    book.save(file)
    assert formulas(file.getvalue())
