"""Form II.06a: where each dossier stands, what a proof moves, and what must always hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.cases import Case, Row
from reconcile.claims import Channel, Claim, Origin, Place, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage, SourceCoverage
from reconcile.figures import Figures, Statistics, effect
from reconcile.findings import Finding, Kind, Strength, finding_id
from reconcile.links import Decision, Link, Method
from reconcile.policy import Policy
from reconcile.scope import Scope
from reconcile.standing import Column, Treatment
from reconcile.statistics import tabulate

FROM, TO = date(2024, 1, 1), date(2024, 3, 31)
QUARTER = Scope(as_of=TO, starts=FROM, ends=TO)
POLICY = Policy()
COVERAGE = Coverage(
    (
        SourceCoverage("motcua", Role.ONE_STOP, "export", answered=True),
        SourceCoverage("so", Role.REGISTER, "register", answered=True),
        SourceCoverage(
            "in-lai",
            Role.REGISTER,
            "register",
            origin=Origin.PRINTED_FROM_ONE_STOP,
            answered=True,
        ),
    )
)
RECEIVED, DUE = date(2024, 2, 1), date(2024, 2, 5)
BEFORE_DUE, AFTER_DUE = date(2024, 2, 2), date(2024, 2, 9)
BASE: dict[str, object] = {
    "procedure": Procedure.BIRTH,
    "unit": "Tân Minh",
    "received_on": RECEIVED,
    "due_on": DUE,
    "status": Status.PROCESSING,
    "channel": Channel.ONLINE,
}


def software(code: str = "H11.1-240201-0001", **facts: object) -> Claim:
    values = BASE | facts
    return Claim(
        key=f"motcua:{code}",
        source="motcua",
        role=Role.ONE_STOP,
        own_code=code,
        **values,  # type: ignore[arg-type]
    )


def paper(source: str = "so", **facts: object) -> Claim:
    values: dict[str, object] = {"register_type": RegisterType.BIRTHS, "book": "01/2024"} | facts
    return Claim(
        key=f"{source}#1.0",
        source=source,
        role=Role.REGISTER,
        number="15",
        page="8",
        places=(Place("so.xlsx", "Sổ", 9),),
        **values,  # type: ignore[arg-type]
    )


def case(claim: Claim, *rows: Claim) -> Case:
    links = [Link(row.key, claim.key, Method.CODE, 1.0, Decision.AUTO) for row in rows]
    return Case(
        claim.key, {claim.role: claim}, tuple(Row(*pair) for pair in zip(rows, links, strict=True))
    )


def count(
    *cases: Case,
    scope: Scope = QUARTER,
    policy: Policy = POLICY,
    findings: list[Finding] | None = None,
) -> Statistics:
    found = tabulate(cases, COVERAGE, scope, policy, findings)
    assert found.identities() == []
    return found


def columns(found: Figures) -> tuple[list[str], list[str]]:
    """The columns that hold a dossier, as recorded and as reconciled."""
    names = [column for column in Column if column is not Column.ENDED_BEFORE]
    return (
        [str(c) for c in names if found.recorded.count(c)],
        [str(c) for c in Column if found.reconciled.count(c)],
    )


# --- As recorded -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "column"),
    [
        ({"status": Status.DONE, "finished_on": BEFORE_DUE}, "resolved.early"),
        ({"status": Status.DONE, "finished_on": DUE}, "resolved.on_time"),
        ({"status": Status.RETURNED, "finished_on": AFTER_DUE}, "resolved.late"),
        ({"status": Status.DONE, "finished_on": AFTER_DUE, "due_on": None}, "resolved.on_time"),
        # The end of processing counts, not the hand-over.
        (
            {"status": Status.RETURNED, "finished_on": DUE, "returned_on": AFTER_DUE},
            "resolved.on_time",
        ),
        ({"status": Status.RETURNED, "returned_on": AFTER_DUE}, "resolved.late"),
        ({"status": Status.RETURNED}, "resolved.on_time"),  # không rõ ngày
        # Resolved after the cut-off: still in progress at it.
        ({"status": Status.DONE, "finished_on": date(2024, 4, 1)}, "in_progress.overdue"),
        (
            {"status": Status.DONE, "finished_on": date(2024, 4, 1), "due_on": TO},
            "in_progress.in_time",
        ),
        ({"status": Status.PROCESSING}, "in_progress.overdue"),
        ({"status": Status.ACCEPTED, "due_on": TO}, "in_progress.in_time"),  # due on the day
        ({"status": Status.PROCESSING, "due_on": None}, "in_progress.in_time"),
        ({"status": Status.PROCESSING, "finished_on": AFTER_DUE}, "resolved.late"),
        ({"status": Status.SUPPLEMENT_ASKED}, "in_progress.in_time"),
        ({"status": Status.PAYMENT_ASKED}, "in_progress.in_time"),
        ({"status": Status.WITHDRAWN, "finished_on": AFTER_DUE}, "resolved.on_time"),
        ({"status": Status.WITHDRAWN}, "resolved.on_time"),
        ({"status": Status.NOT_ACCEPTED}, "resolved.on_time"),
        ({"status": Status.STOPPED}, "in_progress.in_time"),
        ({"status": Status.UNKNOWN}, "in_progress.in_time"),
        # A supplement moves the due date, an apology does not.
        (
            {
                "status": Status.DONE,
                "finished_on": AFTER_DUE,
                "new_due_on": AFTER_DUE,
                "supplement_given_on": DUE,
            },
            "resolved.on_time",
        ),
        (
            {
                "status": Status.DONE,
                "finished_on": AFTER_DUE,
                "new_due_on": AFTER_DUE,
                "apology": "số 3/XL",
            },
            "resolved.late",
        ),
    ],
)
def test_the_software_s_own_rules(facts: dict[str, object], column: str) -> None:
    found = count(case(software(**facts)))
    assert columns(found.all) == ([column], [column])
    assert found.moved == ()


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (Status.SUPPLEMENT_ASKED, "waiting"),
        (Status.PAYMENT_ASKED, "waiting"),
        (Status.STOPPED, "unknown"),
        (Status.UNKNOWN, "unknown"),
    ],
)
def test_some_statuses_stand_on_a_line_of_their_own(status: Status, line: str) -> None:
    table = count(case(software(status=status))).all.recorded
    assert (table.in_time, getattr(table, line)) == (1, 1)


def test_asked_for_a_supplement_after_the_cut_off_the_clock_still_ran_at_it() -> None:
    claim = software(status=Status.SUPPLEMENT_ASKED, supplement_asked_on=date(2024, 4, 2))
    assert count(case(claim)).all.recorded.overdue == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"status": Status.SUBMITTED, "finished_on": DUE},
        {"status": Status.NOT_ACCEPTED, "received_on": None, "submitted_on": RECEIVED},
        {"received_on": date(2024, 4, 1)},
        {"received_on": date(2023, 12, 1), "finished_on": date(2023, 12, 31)},
        {"received_on": date(2023, 12, 1), "status": Status.DONE, "read_on": date(2023, 12, 30)},
    ],
)
def test_what_is_not_received_in_the_period(facts: dict[str, object]) -> None:
    found = count(case(software(**facts), paper(registered_on=BEFORE_DUE)))
    assert found.received == 0
    assert found.by_unit == {}
    assert found.moved == ()


def test_a_status_that_is_not_received_is_a_line_under_the_table() -> None:
    found = count(
        case(software("A", status=Status.SUBMITTED, received_on=None, submitted_on=RECEIVED)),
        case(software("B", status=Status.STOPPED)),
        case(software("C", status=Status.SUBMITTED, received_on=date(2024, 5, 1))),
    )
    assert [
        (line.status, line.treatment, line.by_office, line.count) for line in found.statuses
    ] == [
        (Status.SUBMITTED, Treatment.NOT_RECEIVED, False, 1),
        (Status.STOPPED, Treatment.UNCLEAR, False, 1),
    ]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("withdrawn", "resolved.on_time"),
        ("waiting", "in_progress.in_time"),
        ("in_progress", "in_progress.overdue"),
    ],
)
def test_the_office_may_say_what_stopped_means(column: str, expected: str) -> None:
    policy = Policy(ii06a={("export", Status.STOPPED): column})
    found = count(case(software(status=Status.STOPPED)), policy=policy)
    assert columns(found.all)[0] == [expected]
    assert [line.by_office for line in found.statuses] == [True]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"channel": Channel.ONLINE}, "online"),
        ({"channel": Channel.DIRECT}, "direct_post"),
        ({"channel": Channel.POST}, "direct_post"),
        ({"channel": Channel.UNKNOWN}, "direct_post"),
        ({"received_on": date(2023, 12, 31)}, "carried"),
        ({"received_on": date(2023, 12, 31), "finished_on": FROM}, "carried"),
        ({"received_on": None, "submitted_on": RECEIVED}, "online"),
        ({"received_on": None}, "carried"),  # no date at all: cautious, and visible
    ],
)
def test_received_by_channel_or_carried_over(facts: dict[str, object], field: str) -> None:
    table = count(case(software(**facts))).all.recorded
    assert (table.received, getattr(table, field)) == (1, 1)


def test_without_a_period_everything_known_counts_and_nothing_is_carried() -> None:
    old = software(received_on=date(2020, 1, 1), status=Status.DONE, finished_on=date(2020, 1, 9))
    proof = paper(registered_on=date(2020, 1, 8))
    found = count(case(old, proof), scope=Scope(as_of=TO))
    assert (found.all.recorded.carried, found.all.reconciled.ended_before) == (0, 0)
    assert found.received == 1


def test_the_portal_is_the_base_only_where_there_is_no_one_stop_software() -> None:
    on_portal = replace(software("G22"), role=Role.PORTAL, source="cong", key="cong:G22")
    both = [case(software()), case(on_portal)]
    assert count(*both).received == 1
    without = Coverage((SourceCoverage("cong", Role.PORTAL, "export", answered=True),))
    assert tabulate([case(on_portal)], without, QUARTER, POLICY).received == 1
    assert tabulate([case(on_portal)], COVERAGE, QUARTER, POLICY).received == 0


def test_a_scope_of_units_and_procedures_counts_only_them() -> None:
    cases = [
        case(software("A")),
        case(software("B", unit="Tân Hà")),
        case(software("C", procedure=Procedure.OTHER, procedure_code="1.012345")),
    ]
    assert list(count(*cases, scope=replace(QUARTER, units=frozenset({"Tân Hà"}))).by_unit) == [
        "Tân Hà"
    ]
    by_code = count(*cases, scope=replace(QUARTER, procedures=frozenset({"1.012345"})))
    assert list(by_code.by_class) == ["other"]


# --- After reconciliation --------------------------------------------------------------------

PENDING: dict[str, object] = {"status": Status.PROCESSING}
DONE_ON_TIME: dict[str, object] = {"status": Status.DONE, "finished_on": DUE}
DONE_LATE: dict[str, object] = {"status": Status.DONE, "finished_on": AFTER_DUE}
LATER = AFTER_DUE + timedelta(days=3)
CARRIED: dict[str, object] = {"received_on": date(2023, 12, 1), "due_on": date(2023, 12, 5)}


@pytest.mark.parametrize(
    ("facts", "row", "before", "after", "effect_"),
    [
        # Proven on paper, pending in the software.
        (PENDING, {"registered_on": BEFORE_DUE}, "in_progress.overdue", "resolved.early", "helps"),
        (PENDING, {"registered_on": DUE}, "in_progress.overdue", "resolved.on_time", "helps"),
        (PENDING, {"returned_on": DUE}, "in_progress.overdue", "resolved.on_time", "helps"),
        (PENDING, {"registered_on": AFTER_DUE}, "in_progress.overdue", "resolved.late", "hurts"),
        (
            PENDING | {"due_on": TO},
            {"registered_on": TO},
            "in_progress.in_time",
            "resolved.on_time",
            "helps",
        ),
        (
            {"status": Status.PAYMENT_ASKED},
            {"registered_on": AFTER_DUE},
            "in_progress.in_time",
            "resolved.late",
            "hurts",
        ),
        # The software's own end is contradicted, in both directions.
        (
            DONE_ON_TIME,
            {"registered_on": AFTER_DUE},
            "resolved.on_time",
            "resolved.late",
            "hurts",
        ),
        (DONE_LATE, {"registered_on": DUE}, "resolved.late", "resolved.on_time", "helps"),
        (DONE_LATE, {"returned_on": BEFORE_DUE}, "resolved.late", "resolved.early", "helps"),
        # Done after the cut-off by the software, before it on paper.
        (
            {"status": Status.DONE, "finished_on": date(2024, 4, 3)},
            {"returned_on": BEFORE_DUE},
            "in_progress.overdue",
            "resolved.early",
            "helps",
        ),
        # Ended before the period began.
        (
            CARRIED,
            {"registered_on": date(2023, 12, 4)},
            "in_progress.overdue",
            "ended_before",
            "helps",
        ),
        (
            CARRIED | {"status": Status.DONE, "finished_on": date(2024, 1, 9)},
            {"registered_on": date(2023, 12, 20)},
            "resolved.late",
            "ended_before",
            "helps",
        ),
        (
            CARRIED | {"status": Status.DONE, "finished_on": FROM, "due_on": TO},
            {"registered_on": date(2023, 12, 20)},
            "resolved.early",
            "ended_before",
            "hurts",
        ),
    ],
)
def test_a_proven_end_moves_a_dossier_to_its_real_place(
    facts: dict[str, object], row: dict[str, object], before: str, after: str, effect_: str
) -> None:
    found = count(case(software(**facts), paper(**row)))
    assert columns(found.all) == ([before], [after])
    (move,) = found.moved
    assert (move.effect, move.code, move.unit) == (effect_, "H11.1-240201-0001", "Tân Minh")
    assert move.proof == ("registration" if "registered_on" in row else "hand_over")
    assert move.places == (Place("so.xlsx", "Sổ", 9),)
    assert (found.helps, found.hurts) == ((1, 0) if effect_ == "helps" else (0, 1))


@pytest.mark.parametrize(
    ("facts", "row"),
    [
        # A hand-over replaces no end date that is earlier than itself: people collect late.
        (DONE_ON_TIME, {"returned_on": LATER}),
        (DONE_ON_TIME, {"registered_on": DUE}),
        # Dated after the day of judgement: not known yet.
        (PENDING, {"registered_on": date(2024, 4, 1)}),
        # A signature without a day moves nothing; nor does a register that is circular.
        (PENDING, {"signed": True, "register_type": RegisterType.TRACKING}),
        (PENDING, {"registered_on": DUE, "source": "in-lai"}),
        # Statuses that no rule moves.
        ({"status": Status.WITHDRAWN}, {"registered_on": LATER}),
        ({"status": Status.STOPPED}, {"registered_on": DUE}),
        ({"status": Status.NOT_ACCEPTED}, {"registered_on": LATER}),
        ({"status": Status.UNKNOWN}, {"registered_on": DUE}),
        # Other fields stay as counted.
        (PENDING | {"procedure": Procedure.OTHER}, {"registered_on": DUE}),
        # A linked group waits for the other agencies.
        (PENDING | {"procedure": Procedure.BIRTH_LINKED}, {"registered_on": DUE}),
        # Ended on the first day of the period, as the software says in its own words.
        (
            CARRIED | {"status": Status.DONE, "finished_on": date(2024, 1, 3)},
            {"registered_on": FROM},
        ),
        # Typed in late and resolved: the paper's date says nothing of the pace.
        (DONE_LATE, {"registered_on": RECEIVED - timedelta(days=2)}),
    ],
)
def test_what_moves_nothing(facts: dict[str, object], row: dict[str, object]) -> None:
    found = count(case(software(**facts), paper(**row)))
    assert found.moved == ()
    assert found.all.recorded == found.all.reconciled


def test_a_group_moves_by_the_hand_over_of_its_results() -> None:
    group = software(procedure=Procedure.BIRTH_LINKED)
    row = paper(returned_on=DUE, received_on=RECEIVED, register_type=RegisterType.TRACKING)
    (move,) = count(case(group, row)).moved
    assert (move.after.column, move.proof) == (Column.ON_TIME, "hand_over")
    step = Policy(group_scope=frozenset())
    (move,) = count(case(group, paper(registered_on=DUE)), policy=step).moved
    assert (move.after.column, move.proof) == (Column.ON_TIME, "registration")


def test_a_group_moves_by_the_strength_of_its_hand_over_not_of_its_registration() -> None:
    group = software(procedure=Procedure.BIRTH_LINKED)
    weak = paper(returned_on=DUE, register_type=RegisterType.TRACKING, book="")
    found = count(case(group, replace(weak, key="so#2.0"), paper(registered_on=BEFORE_DUE)))
    (move,) = found.moved
    assert (move.strength, move.book) == (
        Strength.TYPED_DATE,
        "Sổ theo dõi hồ sơ – số 15 – trang 8",
    )
    assert (found.all.reconciled.late_rate, found.all.late_rate_range.strongest) == (0, 1)


def test_a_hand_over_after_the_due_day_counts_late_on_its_own_line() -> None:
    found = count(case(software(), paper(returned_on=AFTER_DUE)))
    table = found.all.reconciled
    assert (table.late, table.end_unknown) == (1, 1)
    (move,) = found.moved
    assert move.as_json()["line_to"] == "end_unknown"
    assert found.all.late_rate_range.low == 0
    assert found.all.late_rate_range.high == 1


def test_a_late_end_that_a_late_hand_over_contradicts_stays_late_on_its_own_line() -> None:
    claim = software(status=Status.DONE, finished_on=LATER)
    found = count(case(claim, paper(returned_on=AFTER_DUE)))
    assert found.moved == ()
    assert (found.all.reconciled.late, found.all.reconciled.end_unknown) == (1, 1)
    (line,) = found.relined
    assert line.effect == ""


def test_typed_in_late_and_pending_is_resolved_and_its_pace_is_not_judged() -> None:
    found = count(case(software(), paper(registered_on=RECEIVED - timedelta(days=2))))
    assert columns(found.all) == (["in_progress.overdue"], ["resolved.on_time"])
    assert found.all.reconciled.late_typed == 1
    assert (found.all.late_rate_range.low, found.all.late_rate_range.high) == (0, 1)


@pytest.mark.parametrize(
    ("facts", "ended", "column"),
    [
        (PENDING, date(2024, 1, 29), Column.ON_TIME),
        (PENDING, date(2024, 1, 30), Column.LATE),
        (DONE_ON_TIME, date(2024, 1, 30), Column.LATE),
    ],
)
def test_typed_in_late_the_paper_s_own_dates_decide(
    facts: dict[str, object], ended: date, column: Column
) -> None:
    row = paper(registered_on=ended, received_on=date(2024, 1, 29), due_on=date(2024, 1, 29))
    (move,) = count(case(software(**facts), row)).moved
    assert (move.after.column, move.after.line) == (column, "")


def test_every_move_between_two_columns_helps_or_hurts_and_its_reverse_does_the_other() -> None:
    for before in Column:
        for after in Column:
            if before is not after:
                assert {effect(before, after), effect(after, before)} == {"helps", "hurts"}


def test_late_stays_hurtful_wherever_it_comes_from() -> None:
    for before in Column:
        if before is not Column.LATE:
            assert effect(before, Column.LATE) == "hurts"


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
    assert replace(found, moved=()).identities() != []
    wrong = replace(found.all, reconciled=replace(found.all.reconciled, late=5))
    assert replace(found, all=wrong).identities() != []
    assert replace(found, by_unit={}).identities() != []


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
    assert found.identities() == []
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
