"""The district's published quarter, 01/01/2024 to 31/03/2024: recounted exactly, then reconciled.

The recorded table must be the one that Hàm Tân published. The reconciled one must equal a second
count, written here in plain loops over what the generator knows; it shares no code with the core.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

import reconcile
from config.office_tables import load as load_tables
from config.settings import load as load_settings
from connectors import Memory, open_connectors
from reconcile.claims import Channel, Claim, Place, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage, SourceCoverage
from reconcile.figures.form import Figures, Statistics
from reconcile.figures.statistics import tabulate
from reconcile.policy import Policy
from reconcile.scope import Scope, period
from tests.reconcile.identities import identities
from tests.simulators.quarter import (
    CIVIL,
    COMMUNES,
    FROM,
    OUTCOMES,
    PROCEDURES,
    TO,
    Dossier,
    Entry,
    build,
)
from tests.simulators.quarter_files import write

#: As the district published it.
PUBLISHED = {
    "received": {"total": 4917, "online": 246, "direct_post": 2180, "carried": 2491},
    "resolved": 3503,
    "early or on time": 1770,
    "late": 1733,
    "in progress": 1414,
    "in time": 827,
    "overdue": 587,
}
QUARTER = Scope(as_of=TO, starts=FROM, ends=TO)
COVERAGE = Coverage(
    (
        SourceCoverage("motcua", Role.ONE_STOP, "export", answered=True),
        SourceCoverage("so-giay", Role.REGISTER, "register", answered=True),
    )
)


# --- The second count --------------------------------------------------------------------------


def count_again(dossiers: list[Dossier]) -> tuple[Counter[str], Counter[str], dict[str, list[str]]]:
    """Recorded and reconciled by column, and the moves by code; plain loops, no shared code."""
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    moves: dict[str, list[str]] = {}
    for one in dossiers:
        if one.status == 1 or one.received > date(2024, 3, 31):
            continue
        if one.received < date(2024, 1, 1) and one.finished and one.finished < date(2024, 1, 1):
            continue
        old = software_column(one)
        new = paper_column(one, old)
        before[old] += 1
        after[new] += 1
        if new == "resolved.late" and only_handed_over(one):
            after["end_unknown"] += 1
        if new != old:
            moves[one.code] = [old, new]
    return before, after, moves


def software_column(one: Dossier) -> str:
    cut_off = date(2024, 3, 31)
    if one.status == 7:
        return "resolved.on_time"
    if one.status in (9, 10) and one.finished is None and one.returned is None:
        return "resolved.on_time"
    if one.status in (9, 10) and one.finished <= cut_off:
        return compare(one.finished, one.due)
    if one.status in (2, 4, 9, 10) and one.due is not None and one.due < cut_off:
        return "in_progress.overdue"
    return "in_progress.in_time"


def paper_column(one: Dossier, old: str) -> str:
    if one.kind == "other" or one.status in (7, 8):
        return old
    proven, exact = paper_day(one)
    if proven is None:
        return old
    ended = one.finished if old.startswith("resolved") else None
    if ended and (proven == ended or (not exact and ended < proven)):
        return old
    if proven < date(2024, 1, 1):
        return "ended_before"
    return compare(proven, one.due)


def paper_day(one: Dossier) -> tuple[date | None, bool]:
    cut_off = date(2024, 3, 31)
    registered = one.registered.on if one.registered else None
    handed = one.tracked.on if one.tracked and one.tracked.note == "" else None
    if registered and registered <= cut_off and "linked" not in one.kind:
        return registered, True
    if handed and handed <= cut_off:
        return handed, False
    return None, False


def only_handed_over(one: Dossier) -> bool:
    """Late in the figures by a hand-over alone: no end of processing is known."""
    if one.kind == "other" or one.status in (7, 8):
        return False
    proven, exact = paper_day(one)
    if proven is None or exact:
        return False
    known = one.status in (9, 10) and one.finished is not None and one.finished <= proven
    return not known


def compare(ended: date, due: date | None) -> str:
    if due is None or ended == due:
        return "resolved.on_time"
    return "resolved.early" if ended < due else "resolved.late"


# --- What the core is told ---------------------------------------------------------------------

KINDS = {name: Procedure(name) for name in ("birth", "birth_linked", "death", "death_linked")}
CHANNELS = {"online": Channel.ONLINE, "direct": Channel.DIRECT, "post": Channel.POST}


def told(dossiers: list[Dossier]) -> list[Claim]:
    """The claims without any file between, for further districts."""
    claims = []
    for at, one in enumerate(dossiers, start=6):
        claims.append(software_claim(one, at))
        if one.registered:
            register = RegisterType.BIRTHS if "birth" in one.kind else RegisterType.DEATHS
            claims.append(row_claim(one, one.registered, register, registered_on=one.registered.on))
        if one.tracked:
            claims.append(
                row_claim(
                    one,
                    one.tracked,
                    RegisterType.TRACKING,
                    returned_on=one.tracked.on,
                    received_on=one.received,
                    due_on=one.due,
                )
            )
    return claims


def software_claim(one: Dossier, at: int) -> Claim:
    return Claim(
        key=f"motcua:{one.code}",
        source="motcua",
        role=Role.ONE_STOP,
        own_code=one.code,
        national_code=one.national_code,
        procedure=KINDS.get(one.kind, Procedure.OTHER),
        procedure_code=PROCEDURES[one.kind][0] if one.is_civil else "",
        unit=one.unit,
        applicant=one.applicant,
        subject=one.subject,
        channel=CHANNELS[one.channel],
        received_on=one.received,
        due_on=one.due,
        finished_on=one.finished,
        returned_on=one.returned,
        status=Status(one.status),
        places=(Place("motcua/danh-sach-ho-so.xlsx", "Danh sách", at),),
    )


def row_claim(one: Dossier, entry: Entry, register: RegisterType, **days: date | None) -> Claim:
    return Claim(
        key=f"so-giay#{one.code}.{register}",
        source="so-giay",
        role=Role.REGISTER,
        own_code=one.code,
        procedure=KINDS[one.kind],
        unit=one.unit,
        subject=one.subject,
        register_type=register,
        book=entry.book,
        number=str(entry.number),
        page=str(entry.page or ""),
        note=entry.note,
        places=(Place(f"so-giay/{one.unit}.xlsx", register, entry.number),),
        **days,
    )


CONFIG = """
[office]
name = "UBND huyện Hàm Tân"

[[sources]]
name = "motcua"
role = "one_stop"
kind = "export"
path = "motcua/*.xlsx"

[[sources]]
name = "so-giay"
role = "register"
kind = "register"
path = "so-giay/*.xlsx"
"""


def read(folder: Path) -> list[Claim]:
    """The claims as the product's own readers make them from the files."""
    (folder / "doisoat.toml").write_text(CONFIG, encoding="utf-8")
    settings = load_settings(folder / "doisoat.toml", {})
    snapshots = [
        snapshot
        for connector in open_connectors(settings, load_tables(settings))
        for snapshot in connector.fetch(Memory())
    ]
    assert [snapshot.problem for snapshot in snapshots if not snapshot.complete] == []
    assert [row for snapshot in snapshots for row in snapshot.rejected] == []
    return [claim for snapshot in snapshots for claim in snapshot.claims]


@pytest.fixture(scope="module")
def dossiers() -> list[Dossier]:
    return build()


@pytest.fixture(scope="module")
def folder(dossiers: list[Dossier], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ham-tan")
    write(dossiers, path)
    return path


@pytest.fixture(scope="module")
def quarter(folder: Path) -> Statistics:
    return tabulated(read(folder))


def tabulated(claims: list[Claim]) -> Statistics:
    links = reconcile.link(claims, [], Policy())
    cases = reconcile.cases(claims, links, reconcile.dossiers(claims))
    return tabulate(cases, COVERAGE, QUARTER, Policy())


# --- The golden case ---------------------------------------------------------------------------


def test_the_period_is_the_first_quarter_of_2024(quarter: Statistics) -> None:
    assert period("2024-Q1") == (FROM, TO) == (date(2024, 1, 1), date(2024, 3, 31))
    assert quarter.as_json()["period"] == {
        "from": "2024-01-01",
        "to": "2024-03-31",
        "as_of": "2024-03-31",
    }


def test_the_recount_is_the_published_table_exactly(quarter: Statistics) -> None:
    table = quarter.all.recorded
    assert table.as_json()["received"] == PUBLISHED["received"]
    assert {
        "resolved": table.resolved,
        "early or on time": table.early + table.on_time,
        "late": table.late,
        "in progress": table.in_progress,
        "in time": table.in_time,
        "overdue": table.overdue,
    } == {key: value for key, value in PUBLISHED.items() if key != "received"}
    assert (table.early, table.on_time) == (OUTCOMES["early"], OUTCOMES["on_time"])
    assert table.late_rate == pytest.approx((1733 + 587) / 4917, abs=1e-6)
    assert f"{100 * (table.late_rate or 0):.2f}" == "47.18"
    assert table.late_rate_of_resolved == pytest.approx(1733 / 3503, abs=1e-6)
    assert table.ended_before == table.end_unknown == 0


def test_the_reconciled_table_is_the_second_count(
    quarter: Statistics, dossiers: list[Dossier]
) -> None:
    before, after, moves = count_again(dossiers)
    assert columns(quarter.all, "recorded") == before
    found = columns(quarter.all, "reconciled")
    assert found == Counter({name: n for name, n in after.items() if name != "end_unknown"})
    assert quarter.all.reconciled.end_unknown == after["end_unknown"] > 0
    found_moves = {m.code: [str(m.before.column), str(m.after.column)] for m in quarter.moved}
    assert found_moves == moves
    assert identities(quarter) == []
    assert quarter.all.reconciled.received == 4917


def columns(figures: Figures, which: str) -> Counter[str]:
    table = figures.as_json()[which]
    counts = Counter({"ended_before": table["ended_before"]})
    for group, names in (
        ("resolved", ("early", "on_time", "late")),
        ("in_progress", ("in_time", "overdue")),
    ):
        counts.update({f"{group}.{name}": table[group][name] for name in names})
    return +counts


def test_a_unit_and_a_class_equal_their_own_second_count(
    quarter: Statistics, dossiers: list[Dossier]
) -> None:
    for unit, figures in quarter.by_unit.items():
        before, after, _ = count_again([one for one in dossiers if one.unit == unit])
        after.pop("end_unknown", None)
        assert (columns(figures, "recorded"), columns(figures, "reconciled")) == (before, after)
    for kind, figures in quarter.by_class.items():
        before, after, _ = count_again([one for one in dossiers if one.kind == kind])
        after.pop("end_unknown", None)
        assert (columns(figures, "recorded"), columns(figures, "reconciled")) == (before, after)
    assert set(COMMUNES) < set(quarter.by_unit)
    assert set(quarter.by_class) == {*CIVIL, "other"}


def test_births_and_deaths_are_reconciled_and_the_rest_stays_as_counted(
    quarter: Statistics, dossiers: list[Dossier]
) -> None:
    assert quarter.judged == sum(CIVIL.values()) == 650
    other = quarter.by_class["other"]
    assert other.recorded == other.reconciled
    assert {move.procedure for move in quarter.moved} <= set(CIVIL)


def test_what_gets_worse_is_there_as_plainly_as_what_gets_better(quarter: Statistics) -> None:
    moves = Counter((str(m.before.column), str(m.after.column)) for m in quarter.moved)
    assert moves["in_progress.overdue", "resolved.on_time"] > 0
    assert moves["in_progress.overdue", "resolved.late"] > 0
    assert moves["resolved.on_time", "resolved.late"] > 0
    assert moves["resolved.late", "ended_before"] + moves["in_progress.overdue", "ended_before"] > 0
    assert quarter.helps > 30
    assert quarter.hurts > 30
    assert quarter.helps + quarter.hurts == len(quarter.moved)
    assert sum(step.count for step in quarter.bridge()) == len(quarter.moved)


def test_every_moved_dossier_is_one_line_that_can_be_traced(
    quarter: Statistics, dossiers: list[Dossier], folder: Path
) -> None:
    known = {one.code: one for one in dossiers}
    books = {path.name: openpyxl.load_workbook(path) for path in (folder / "so-giay").iterdir()}
    assert len({move.code for move in quarter.moved}) == len(quarter.moved)
    for move in quarter.moved:
        one = known[move.code]
        proven, exact = paper_day(one)
        entry = one.registered if exact else one.tracked
        assert entry is not None
        assert move.proven_on == proven == entry.on
        assert move.proof == ("registration" if exact else "hand_over")
        assert move.effect in ("helps", "hurts")
        assert move.unit == one.unit
        assert f"số {entry.number}" in move.book
        # The place is the row that Excel shows, and that row holds this dossier.
        assert move.places
        for place in move.places:
            assert place.file == f"so-giay/{one.unit}.xlsx"
            row = books[f"{one.unit}.xlsx"][place.sheet][place.row]
            assert move.code in {cell.value for cell in row}


def test_truly_overdue_stays_overdue(quarter: Statistics, dossiers: list[Dossier]) -> None:
    moved = {move.code for move in quarter.moved}
    stuck = [
        one
        for one in dossiers
        if one.published
        and software_column(one) == "in_progress.overdue"
        and not (one.registered or one.tracked)
    ]
    assert stuck
    assert not moved & {one.code for one in stuck}
    assert quarter.all.reconciled.overdue >= len(stuck)


def test_the_late_rate_is_a_range_around_the_reconciled_figure(quarter: Statistics) -> None:
    span = quarter.all.late_rate_range
    rate = quarter.all.reconciled.late_rate
    assert span.low is not None
    assert rate is not None
    assert span.low < rate == span.high
    # Without the hand-overs that stand in no book with its page, more stays as it was.
    assert span.strongest is not None
    assert span.strongest != rate


def test_late_by_post_is_counted_beside_the_columns(
    quarter: Statistics, dossiers: list[Dossier]
) -> None:
    by_post = 0
    for one in dossiers:
        if one.published and one.kind == "other" and software_column(one) == "resolved.late":
            days, day = 0, one.due
            while day < one.finished:
                day += timedelta(days=1)
                days += day.weekday() < 5
            by_post += days <= 2
    assert quarter.all.late_by_post == by_post > 0


def test_another_district_of_the_same_figures_agrees_with_its_second_count() -> None:
    for seed in (1, 7):
        world = build(seed)
        statistics = tabulated(told(world))
        before, after, moves = count_again(world)
        after.pop("end_unknown", None)
        assert columns(statistics.all, "recorded") == before
        assert columns(statistics.all, "reconciled") == after
        assert len(statistics.moved) == len(moves)


def test_nothing_was_carried_that_the_last_quarter_did_not_hand_over(quarter: Statistics) -> None:
    assert (quarter.closing_before, quarter.opening_difference) == (2491, 0)
