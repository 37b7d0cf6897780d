"""Form II.06a as a whole: ranges, bridge, files, and what must always hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from reconcile.cases import Case
from reconcile.claims import Channel, Procedure, RegisterType, Status
from reconcile.figures.standing import Column
from reconcile.figures.statistics import tabulate
from reconcile.findings import Finding, Kind, Strength, finding_id
from reconcile.scope import Scope
from tests.reconcile.form import (
    AFTER_DUE,
    CARRIED,
    COVERAGE,
    DONE_LATE,
    DONE_ON_TIME,
    DUE,
    FROM,
    PENDING,
    POLICY,
    QUARTER,
    TO,
    case,
    count,
    paper,
    software,
)
from tests.reconcile.identities import identities

# --- Around the table ------------------------------------------------------------------------


def test_overdue_without_a_verdict_widens_the_range_and_truly_overdue_does_not() -> None:
    overdue = case(software())
    found = count(overdue).all
    assert found.undetermined == 1
    assert (found.late_rate_range.low, found.late_rate_range.high) == (0, 1)
    assert found.late_rate_of_resolved_range.high == 1
    truly = Finding(
        id=finding_id(Kind.TRULY_OVERDUE, overdue.anchor),
        kind=Kind.TRULY_OVERDUE,
        anchor=overdue.anchor,
        unit="Tân Minh",
        procedure=Procedure.BIRTH,
    )
    found = count(overdue, findings=[truly]).all
    assert found.undetermined == 0
    assert (found.late_rate_range.low, found.late_rate_range.high) == (1, 1)


def test_land_that_is_overdue_is_not_undetermined_for_no_register_is_asked() -> None:
    assert count(case(software(procedure=Procedure.OTHER))).all.undetermined == 0


def test_the_strongest_proofs_alone_give_their_own_rate() -> None:
    weak = paper(returned_on=DUE, register_type=RegisterType.TRACKING, book="")
    found = count(case(software(), weak)).all
    assert (found.reconciled.late_rate, found.late_rate_range.strongest) == (0, 1)
    strong = paper(registered_on=DUE)
    found = count(case(software(), strong)).all
    assert (found.reconciled.late_rate, found.late_rate_range.strongest) == (0, 0)


def test_the_bridge_groups_moves_by_effect_columns_and_strength() -> None:
    found = count(
        case(software("A"), paper(registered_on=DUE)),
        case(software("B", unit="Tân Hà"), paper(registered_on=DUE)),
        case(software("C", **DONE_ON_TIME), paper(registered_on=AFTER_DUE)),
    )
    steps = [(step.effect, step.after, step.strength, step.count) for step in found.bridge()]
    assert steps == [
        ("helps", Column.ON_TIME, Strength.CIVIL_STATUS, 2),
        ("hurts", Column.LATE, Strength.CIVIL_STATUS, 1),
    ]
    assert [step.count for step in found.bridge("Tân Hà")] == [1]


def test_a_move_points_to_the_finding_that_exists() -> None:
    pending = case(software(), paper(registered_on=DUE))
    expected = finding_id(Kind.RETURNED_STILL_PENDING, pending.anchor)
    assert count(pending).moved[0].finding == expected
    assert count(pending, findings=[]).moved[0].finding is None
    swapped = case(software(**DONE_ON_TIME), paper(registered_on=AFTER_DUE))
    conflict = finding_id(Kind.DATE_CONFLICT, swapped.anchor)
    assert count(swapped).moved[0].finding == conflict
    given = Finding(conflict, Kind.DATE_CONFLICT, swapped.anchor, "Tân Minh", Procedure.BIRTH)
    assert count(swapped, findings=[given]).moved[0].finding == conflict


def test_late_by_post_is_beside_the_columns() -> None:
    land = {"procedure": Procedure.OTHER, "status": Status.DONE, "finished_on": date(2024, 2, 7)}
    found = count(case(software("A", **land)), case(software("B", **DONE_LATE))).all
    assert (found.late_by_post, found.recorded.late) == (1, 2)


def test_carried_over_is_the_closing_balance_of_the_eve() -> None:
    cases = [
        case(software("A", **CARRIED)),
        case(software("B", **CARRIED, status=Status.DONE, finished_on=FROM)),
        case(software("C", **CARRIED, status=Status.DONE, finished_on=date(2023, 12, 30))),
        case(software("D")),
    ]
    found = count(*cases)
    assert (found.all.recorded.carried, found.closing_before, found.opening_difference) == (2, 2, 0)
    # Done without any date: handed to the period, though no balance holds it. It is shown.
    undated = case(software("E", **CARRIED, status=Status.DONE))
    assert count(*cases, undated).opening_difference == 1


def test_the_file_has_exactly_the_pinned_shape() -> None:
    found = count(case(software(), paper(registered_on=AFTER_DUE)))
    table = {
        "received": {"total": 1, "online": 1, "direct_post": 0, "carried": 0},
        "resolved": {"total": 0, "early": 0, "on_time": 0, "late": 0, "end_unknown": 0},
        "in_progress": {"total": 1, "in_time": 0, "overdue": 1, "waiting": 0, "unknown": 0},
        "ended_before": 0,
        "late_rate": 1.0,
        "late_rate_of_resolved": None,
    }
    after = table | {
        "resolved": {"total": 1, "early": 0, "on_time": 0, "late": 1, "end_unknown": 0},
        "in_progress": {"total": 0, "in_time": 0, "overdue": 0, "waiting": 0, "unknown": 0},
        "late_rate_of_resolved": 1.0,
    }
    figures = {"recorded": table, "reconciled": after, "late_by_post": 0}
    assert json.loads(json.dumps(found.as_json())) == {
        "period": {"from": "2024-01-01", "to": "2024-03-31", "as_of": "2024-03-31"},
        "all": figures,
        "by_unit": {"Tân Minh": figures},
        "by_class": {"birth": figures},
        "moved": [
            {
                "code": "H11.1-240201-0001",
                "unit": "Tân Minh",
                "from": "in_progress.overdue",
                "to": "resolved.late",
                "effect": "hurts",
                "proof": "registration",
                "finding": finding_id(Kind.RETURNED_STILL_PENDING, "motcua:H11.1-240201-0001"),
                "line_from": "",
                "line_to": "",
                "proven_on": "2024-02-09",
                "strength": "civil_status",
                "register": [{"file": "so.xlsx", "sheet": "Sổ", "row": 9}],
            }
        ],
    }


def test_rates_have_six_decimals() -> None:
    cases = [case(software(str(i), **(DONE_ON_TIME if i else PENDING))) for i in range(3)]
    assert count(*cases).as_json()["all"]["recorded"]["late_rate"] == 0.333333  # type: ignore[index]


def test_broken_figures_are_told() -> None:
    found = count(case(software(), paper(registered_on=DUE)))
    assert identities(replace(found, moved=())) != []
    wrong = replace(found.all, reconciled=replace(found.all.reconciled, late=5))
    assert identities(replace(found, all=wrong)) != []
    assert identities(replace(found, by_unit={})) != []


# --- Properties ------------------------------------------------------------------------------

_MAYBE_DAY = st.none() | st.dates(date(2023, 11, 1), date(2024, 5, 1))
_SOFTWARE = st.fixed_dictionaries(
    {
        "status": st.sampled_from(Status),
        "procedure": st.sampled_from(Procedure),
        "unit": st.sampled_from(["Tân Minh", "Tân Hà", ""]),
        "channel": st.sampled_from(Channel),
        "received_on": _MAYBE_DAY,
        "due_on": _MAYBE_DAY,
        "finished_on": _MAYBE_DAY,
        "returned_on": _MAYBE_DAY,
        "new_due_on": _MAYBE_DAY,
        "supplement_asked_on": _MAYBE_DAY,
        "apology": st.sampled_from(["", "số 1/XL"]),
        "read_on": _MAYBE_DAY,
    }
)
_PAPER = st.fixed_dictionaries(
    {
        "registered_on": _MAYBE_DAY,
        "returned_on": _MAYBE_DAY,
        "received_on": _MAYBE_DAY,
        "signed": st.booleans(),
        "register_type": st.sampled_from(RegisterType),
        "source": st.sampled_from(["so", "in-lai"]),
        "note": st.sampled_from(["", "rút hồ sơ"]),
    }
)
_DOSSIERS = st.lists(st.tuples(_SOFTWARE, st.lists(_PAPER, max_size=2)), max_size=12)
_SCOPES = st.sampled_from(
    [QUARTER, Scope(as_of=TO), Scope(as_of=date(2024, 2, 15), starts=FROM, ends=TO)]
)
Drawn = list[tuple[dict[str, object], list[dict[str, object]]]]


def _cases(drawn: Drawn) -> list[Case]:
    return [
        case(software(f"H-{i:03}", **facts), *(paper(**row) for row in rows))
        for i, (facts, rows) in enumerate(drawn)
    ]


@given(_DOSSIERS, _SCOPES)
def test_every_identity_holds_whatever_the_sources_say(drawn: Drawn, scope: Scope) -> None:
    found = tabulate(_cases(drawn), COVERAGE, scope, POLICY)
    assert identities(found) == []
    for figures in (found.all, *found.by_unit.values(), *found.by_class.values()):
        before, after = figures.recorded, figures.reconciled
        assert before.received == before.online + before.direct_post + before.carried
        assert before.received == after.received == before.resolved + before.in_progress
        assert after.received == after.resolved + after.in_progress + after.ended_before
        span = figures.late_rate_range
        if before.received:
            assert 0 <= span.low <= after.late_rate <= span.high <= 1  # type: ignore[operator]


@given(_DOSSIERS, _SCOPES)
def test_the_moves_explain_every_difference_exactly(drawn: Drawn, scope: Scope) -> None:
    found = tabulate(_cases(drawn), COVERAGE, scope, POLICY)
    moved = Counter(move.after.column for move in found.moved)
    moved.subtract(move.before.column for move in found.moved)
    for column in Column:
        difference = found.all.reconciled.count(column) - found.all.recorded.count(column)
        assert difference == moved[column]
    assert len({move.code for move in found.moved}) == len(found.moved)
    for move in found.moved:
        assert move.before.column is not move.after.column
        assert move.places
        assert move.proven_on <= scope.as_of


@given(_DOSSIERS, st.randoms(use_true_random=False))
def test_the_order_of_the_cases_changes_nothing(drawn: Drawn, random: object) -> None:
    cases = _cases(drawn)
    before = tabulate(cases, COVERAGE, QUARTER, POLICY)
    random.shuffle(cases)  # type: ignore[attr-defined]
    assert tabulate(cases, COVERAGE, QUARTER, POLICY) == before


@given(_DOSSIERS)
def test_without_paper_nothing_moves(drawn: Drawn) -> None:
    found = tabulate(_cases([(facts, []) for facts, _ in drawn]), COVERAGE, QUARTER, POLICY)
    assert found.all.recorded == found.all.reconciled
    assert found.moved == found.relined == ()
