"""Form II.06a: where the software puts each dossier, and where a proof moves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reconcile.claims import Channel, Place, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage, SourceCoverage
from reconcile.figures.form import effect
from reconcile.figures.standing import Column, Treatment
from reconcile.figures.statistics import tabulate
from reconcile.findings import Strength
from reconcile.policy import Policy
from reconcile.scope import Scope
from tests.reconcile.form import (
    AFTER_DUE,
    BEFORE_DUE,
    CARRIED,
    COVERAGE,
    DONE_LATE,
    DONE_ON_TIME,
    DUE,
    FROM,
    LATER,
    PENDING,
    POLICY,
    QUARTER,
    RECEIVED,
    TO,
    case,
    columns,
    count,
    paper,
    software,
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
