"""Draws the page ``doi-soat.html``: one file, no script, readable on a phone and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

import jinja2
import msgspec
from markupsafe import Markup
from msgspec.structs import replace

from worker import words
from worker.reports import charts, sampled, undecided
from worker.reports.contents import Contents, FieldRow
from worker.reports.figures import (
    ADDED,
    BUCKETS,
    GROUPS,
    NO_RATES,
    RANGE,
    RATES,
    STEP_RATES,
    STRONGEST,
    FormRow,
)
from worker.reports.pages import DASH
from worker.reports.readings import blanks
from worker.reports.signs import SIGNS_NOTE, SIGNS_TITLE
from worker.reports.work import UnitWork, WorkRow

#: The page lists the most urgent of a unit; the workbook holds them all.
MOST_URGENT = 500


class UnitSection(msgspec.Struct, frozen=True):
    """A unit's work on the page, and how much of it stands in the workbook only."""

    anchor: str
    unit: str
    rows: Sequence[WorkRow]
    total: int
    dossiers: int  # different ones among ``total``
    signs: tuple[str, ...] = ()  # of a made-up register
    course: str = ""  # the numbers of the small chart
    spark: str = ""


def render(contents: Contents) -> str:
    """The whole page as text."""
    page = contents.page
    return _template().render(
        page=page,
        contents=contents,
        sections=_sections(contents),
        undecided=list(islice(contents.undecided, MOST_URGENT)),
        looked_at=page.headline[-1].count is not None,
        claim_heads=sampled.CLAIM_HEADS,
        claim_cells=sampled.claim_cells,
        against_heads=sampled.AGAINST_HEADS,
        against_cells=sampled.against_cells,
        against_title=sampled.AGAINST_TITLE,
        undecided_title=undecided.TITLE,
        undecided_note=undecided.NOTE,
        signs_title=SIGNS_TITLE,
        signs_note=SIGNS_NOTE,
        no_rates=NO_RATES,
        range_title=RANGE,
        strongest_title=STRONGEST,
        step_rates=STEP_RATES,
        dash=DASH,
        closing=list(islice((row for row in contents.work if row.closing), MOST_URGENT)),
        closing_total=sum(unit.closing for unit in contents.unit_work),
        fields=_fields(contents.fields),
        groups=GROUPS,
        added=ADDED,
        rates=RATES,
        buckets=[words.COLUMNS[column] for column in BUCKETS],
        # Drawn by us from figures and our own words: the only markup that is not escaped.
        ageing=Markup(charts.ageing(page.ageing)),  # noqa: S704
        trend=Markup(charts.trend(page.trend)),  # noqa: S704
    )


def _fields(fields: Sequence[FieldRow]) -> list[FormRow]:
    """The form by field (lĩnh vực): each recounted and reconciled, one below the other."""
    return [
        replace(row, title=f"{field.field}: {row.title}")
        for field in fields
        for row in (field.recounted, field.reconciled)
    ]


def _dossiers(unit: UnitWork) -> int:
    """Different dossiers of a unit's work; a row without any code is one of its own."""
    return len({row.code or row.national_code or row.id for row in unit.each()})


def _sections(contents: Contents) -> list[UnitSection]:
    signs = {unit.unit: unit.signs for unit in contents.units}
    return [
        UnitSection(
            f"dv-{number}",
            unit.unit,
            tuple(islice(unit.each(), MOST_URGENT)),
            len(unit.rows),
            _dossiers(unit),
            signs.get(unit.unit, ()),
            words.course((point.on, point.open) for point in unit.trend),
            # Drawn by us from figures and days: not escaped.
            Markup(charts.spark(unit.trend)),  # noqa: S704
        )
        for number, unit in enumerate(contents.unit_work, start=1)
    ]


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("worker.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=words.day,
        number=words.number,
        signed=words.signed,
        rate=words.rate,
        blanks=blanks,
        span=lambda pair: words.rate_span(*pair),
    )
    return environment.get_template("doi-soat.html.j2")
