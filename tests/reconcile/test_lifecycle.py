"""The life of a discrepancy: what opens it, what resolves it, what a person may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reconcile.claims import Role, Status
from reconcile.findings import Judgement, Kind
from reconcile.judging.judge import judge
from reconcile.lifecycle import (
    MOVES,
    Change,
    Discrepancy,
    IllegalMove,
    State,
    acknowledge,
    advance,
    left_open,
    take_back,
    waive,
)
from reconcile.policy import Policy
from reconcile.scope import Scope
from reconcile.workdays import Calendar
from tests.reconcile.make import (
    AS_OF,
    BEFORE_DUE,
    CODE,
    NOW,
    POLICY,
    make_case,
    make_claim,
    make_coverage,
    make_discrepancy,
    make_row,
    silent,
)

PORTAL, ONE_STOP, REGISTER = Role.PORTAL, Role.ONE_STOP, Role.REGISTER
ALONE = make_coverage(without=[PORTAL])
HANDED = make_row(returned_on=BEFORE_DUE)
GAP = make_case(make_claim(), HANDED)
AGREED = make_case(
    make_claim(status=Status.RETURNED, finished_on=BEFORE_DUE, returned_on=BEFORE_DUE), HANDED
)


def judged(*cases, coverage=ALONE, as_of: date = AS_OF) -> Judgement:
    return judge(cases, coverage, Scope(as_of=as_of), POLICY)


def moves(known, judgement: Judgement, as_of: date = AS_OF, policy: Policy = POLICY):
    return [
        (change.before, change.after) for change in advance(known, judgement, policy, NOW, as_of)
    ]


# --- Opening ----------------------------------------------------------------------------------


def test_a_new_finding_opens():
    (change,) = advance([], judged(GAP), POLICY, NOW, AS_OF)
    assert (change.before, change.after, change.by, change.at) == (None, State.OPEN, "doisoat", NOW)
    known = change.discrepancy
    assert (known.id, known.first_seen, known.since) == (change.id, AS_OF, AS_OF)
    assert (known.unit, known.procedure, known.anchor) == ("Tân Minh", "birth", f"motcua:{CODE}")


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        (BEFORE_DUE, State.SUSPECTED),  # Wednesday, the day of the hand-over
        (date(2024, 3, 7), State.SUSPECTED),  # one working day after it
        (date(2024, 3, 8), State.OPEN),
    ],
)
def test_software_that_pushes_late_is_only_suspected(as_of, state):
    assert moves([], judged(GAP, as_of=as_of), as_of) == [(None, state)]


def test_the_grace_skips_days_off():
    friday, monday, tuesday = date(2024, 3, 8), date(2024, 3, 11), date(2024, 3, 12)
    case = make_case(make_claim(), make_row(returned_on=friday))
    assert moves([], judged(case, as_of=monday), monday) == [(None, State.SUSPECTED)]
    assert moves([], judged(case, as_of=tuesday), tuesday) == [(None, State.OPEN)]
    holiday = replace(POLICY, calendar=Calendar(off=frozenset({monday})))
    assert moves([], judged(case, as_of=tuesday), tuesday, holiday) == [(None, State.SUSPECTED)]


def test_a_suspected_one_opens_when_the_grace_is_over():
    known = [make_discrepancy(state=State.SUSPECTED)]
    assert moves(known, judged(GAP)) == [(State.SUSPECTED, State.OPEN)]


@pytest.mark.parametrize("state", [State.OPEN, State.ACKNOWLEDGED])
def test_what_is_open_and_still_found_stays(state):
    assert moves([make_discrepancy(state=state)], judged(GAP)) == []


# --- Resolving --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(set(State) - {State.RESOLVED}))
def test_agreement_resolves(state):
    waived = {"waived_until": date(2024, 6, 30)} if state is State.WAIVED else {}
    known = [make_discrepancy(state=state, **waived)]
    assert moves(known, judged(AGREED)) == [(state, State.RESOLVED)]


@pytest.mark.parametrize("role", [ONE_STOP, REGISTER])
def test_a_silent_source_resolves_nothing_and_opens_nothing(role):
    coverage = make_coverage(silent(role), without=[PORTAL])
    known = [make_discrepancy()]
    assert moves(known, judged(AGREED, coverage=coverage)) == []
    assert moves([], judged(GAP, coverage=coverage)) == []


@pytest.mark.parametrize("role", [ONE_STOP, REGISTER])
@pytest.mark.parametrize("state", [State.SUSPECTED, State.OPEN, State.ACKNOWLEDGED, State.WAIVED])
def test_what_a_silent_source_leaves_open_is_told(role, state):
    known = [make_discrepancy(state=state)]
    coverage = make_coverage(silent(role), without=[PORTAL])
    assert left_open(known, judged(AGREED, coverage=coverage)) == (known[0],)
    assert left_open(known, judged(coverage=coverage)) == ((known[0],) if role is ONE_STOP else ())
    assert left_open([make_discrepancy(state=State.RESOLVED)], judged(coverage=coverage)) == ()


def test_what_was_judged_is_not_left_open():
    known = [make_discrepancy()]
    for case in (AGREED, GAP):
        assert left_open(known, judged(case)) == ()
    elsewhere = Scope(as_of=AS_OF, units=frozenset({"Sơn Mỹ"}))
    coverage = make_coverage(silent(ONE_STOP), without=[PORTAL])
    assert left_open(known, judge([AGREED], coverage, elsewhere, POLICY)) == ()


def test_a_silent_portal_resolves_nothing():
    known = [make_discrepancy(kind=Kind.MISSING_IN_PORTAL)]
    cases = [make_case(make_claim())]
    assert moves(known, judged(*cases, coverage=make_coverage(silent(PORTAL)))) == []


def test_a_row_corrected_in_a_newer_version_resolves():
    assert moves([make_discrepancy()], judged(make_case(make_claim()))) == [
        (State.OPEN, State.RESOLVED)
    ]


def test_a_withdrawn_row_resolves_only_if_its_source_answered():
    known = [make_discrepancy(kind=Kind.MISSING_IN_SOFTWARE, anchor=HANDED.key)]
    assert moves(known, judged()) == [(State.OPEN, State.RESOLVED)]
    assert moves(known, judged(coverage=make_coverage(silent(REGISTER)))) == []


def test_out_of_scope_nothing_moves():
    scope = Scope(as_of=AS_OF, units=frozenset({"Sơn Mỹ"}))
    assert moves([make_discrepancy()], judge([AGREED], ALONE, scope, POLICY)) == []


# --- Again, and set aside ---------------------------------------------------------------------


def test_one_that_slips_back_is_open_again():
    (change,) = advance([make_discrepancy(state=State.RESOLVED)], judged(GAP), POLICY, NOW, AS_OF)
    assert (change.before, change.after) == (State.RESOLVED, State.OPEN)
    assert change.reason == "phát sinh lại"
    assert change.discrepancy.first_seen == date(2024, 3, 15)


def test_a_waived_one_sleeps_until_its_day_and_opens_if_still_found():
    known = make_discrepancy(state=State.WAIVED, by="chi", waived_until=AS_OF)
    assert moves([known], judged(GAP)) == []
    over = replace(known, waived_until=AS_OF - timedelta(days=1))
    (change,) = advance([over], judged(GAP), POLICY, NOW, AS_OF)
    assert (change.after, change.reason) == (State.OPEN, "hết thời gian tạm gác")
    assert (change.discrepancy.by, change.discrepancy.waived_until) == ("", None)


def test_the_same_input_changes_nothing():
    first = advance({}, judged(GAP), POLICY, NOW, AS_OF)
    known = {change.id: change.discrepancy for change in first}
    assert advance(known, judged(GAP), POLICY, NOW, AS_OF) == []
    later = advance(known, judged(AGREED), POLICY, NOW, AS_OF)
    known |= {change.id: change.discrepancy for change in later}
    assert advance(known, judged(AGREED), POLICY, NOW, AS_OF) == []


def test_changes_come_sorted_by_id():
    cases = [
        make_case(make_claim(code=f"H11.36-240304-{n:04}"), replace(HANDED, key=f"so-giay#{n}.0"))
        for n in range(9)
    ]
    ids = [change.id for change in advance([], judged(*cases), POLICY, NOW, AS_OF)]
    assert ids == sorted(ids)
    assert len(ids) == 9


# --- What people do ---------------------------------------------------------------------------


def test_a_person_takes_the_work():
    change = acknowledge(make_discrepancy(), "lan", now=NOW, on=AS_OF)
    assert (change.after, change.by) == (State.ACKNOWLEDGED, "lan")
    assert (change.discrepancy.by, change.discrepancy.since) == ("lan", AS_OF)


def test_a_person_sets_it_aside_with_a_reason_and_an_end():
    until = date(2024, 4, 30)
    reason = "đã báo kỹ thuật, phiếu số 12"
    change = waive(make_discrepancy(), "lan", reason, until=until, now=NOW, on=AS_OF)
    assert change.discrepancy.waived_until == until
    assert change.discrepancy.reason == reason


def test_no_reason_or_a_past_end_is_refused():
    for reason, until in ((" ", AS_OF), ("không thuộc đơn vị tôi", date(2024, 1, 1))):
        with pytest.raises(ValueError, match="tạm gác"):
            waive(make_discrepancy(), "lan", reason, until=until, now=NOW, on=AS_OF)


@pytest.mark.parametrize("state", sorted(set(State) - {State.OPEN}))
def test_only_open_work_is_taken(state):
    with pytest.raises(IllegalMove):
        acknowledge(make_discrepancy(state=state), "lan", now=NOW, on=AS_OF)


@pytest.mark.parametrize("state", sorted(set(State) - {State.OPEN, State.ACKNOWLEDGED}))
def test_only_open_or_taken_work_is_set_aside(state):
    with pytest.raises(IllegalMove) as caught:
        waive(make_discrepancy(state=state), "lan", "lý do", until=AS_OF, now=NOW, on=AS_OF)
    assert (caught.value.before, caught.value.after) == (state, State.WAIVED)


# --- Any history ------------------------------------------------------------------------------


class Life(RuleBasedStateMachine):
    """Runs, silences, corrections and people in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Discrepancy] = {}
        self.steps: list[Change] = []
        self.day = BEFORE_DUE
        self.pending, self.proven = True, True
        self.heard = {ONE_STOP: True, REGISTER: True}

    def _keep(self, changes: list[Change]) -> None:
        for change in changes:
            before = self.known.get(change.id)
            assert change.before == (before.state if before else None)
            assert change.after in MOVES[change.before]
            self.known[change.id] = change.discrepancy
            self.steps.append(change)

    def _judge(self) -> Judgement:
        state = {} if self.pending else {"status": Status.RETURNED, "finished_on": BEFORE_DUE}
        case = make_case(make_claim(**state), *([HANDED] if self.proven else []))
        quiet = [silent(role) for role, heard in self.heard.items() if not heard]
        return judged(case, coverage=make_coverage(*quiet, without=[PORTAL]), as_of=self.day)

    @rule()
    def reconcile(self) -> None:
        judgement = self._judge()
        changes = advance(self.known, judgement, POLICY, NOW, self.day)
        all_heard = all(self.heard.values())
        for change in changes:
            if change.before is None or change.after is State.RESOLVED:
                assert all_heard, "nothing opens or resolves on a silent source"
            if change.after is State.RESOLVED:
                assert not (self.pending and self.proven)
        self._keep(changes)
        assert advance(self.known, judgement, POLICY, NOW, self.day) == []
        core = [one for one in self.known.values() if one.kind is Kind.RETURNED_STILL_PENDING]
        if all_heard and self.pending and self.proven:
            assert [one.state for one in core] != [State.RESOLVED]
            assert core
        if all_heard and not (self.pending and self.proven):
            assert all(one.state is State.RESOLVED for one in core)

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.day += timedelta(days=days)

    @rule(pending=st.booleans(), proven=st.booleans())
    def somebody_corrects(self, pending: bool, proven: bool) -> None:
        self.pending, self.proven = pending, proven

    @rule(role=st.sampled_from([ONE_STOP, REGISTER]), heard=st.booleans())
    def a_source_speaks_or_not(self, role: Role, heard: bool) -> None:
        self.heard[role] = heard

    @precondition(lambda self: self.known)
    @rule(data=st.data(), days=st.integers(0, 60), take=st.booleans())
    def a_person_acts(self, data: st.DataObject, days: int, take: bool) -> None:
        one = data.draw(st.sampled_from(sorted(self.known.values(), key=lambda d: d.id)))
        until = self.day + timedelta(days=days)
        after = State.ACKNOWLEDGED if take else State.WAIVED
        try:
            change = (
                acknowledge(one, "lan", now=NOW, on=self.day)
                if take
                else waive(one, "lan", "lý do", until=until, now=NOW, on=self.day)
            )
        except IllegalMove:
            assert after not in MOVES[one.state]
        else:
            self._keep([change])

    @invariant()
    def every_history_is_a_chain(self) -> None:
        last: dict[str, State] = {}
        for step in self.steps:
            assert step.before == last.get(step.id)
            last[step.id] = step.after
        assert last == {key: one.state for key, one in self.known.items()}


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


def test_every_illegal_move_is_refused_somewhere():
    """MOVES and the two acts of people agree for every pair of states."""
    for before, (after, act) in product(
        State,
        (
            (State.ACKNOWLEDGED, lambda d: acknowledge(d, "lan", now=NOW, on=AS_OF)),
            (State.WAIVED, lambda d: waive(d, "lan", "lý do", until=AS_OF, now=NOW, on=AS_OF)),
        ),
    ):
        known = make_discrepancy(state=before)
        if after in MOVES[before]:
            assert act(known).after is after
        else:
            with pytest.raises(IllegalMove):
                act(known)


@pytest.mark.parametrize("state", State)
def test_what_a_person_did_can_be_taken_back_and_nothing_else(state):
    known = make_discrepancy(state=state)
    if state in (State.ACKNOWLEDGED, State.WAIVED):
        change = take_back(known, "lan", now=NOW, on=AS_OF, reason="nhầm")
        assert (change.before, change.after, change.reason) == (state, State.OPEN, "nhầm")
        assert change.discrepancy.waived_until is None
    else:
        with pytest.raises(IllegalMove):
            take_back(known, "lan", now=NOW, on=AS_OF)


def test_what_was_set_aside_goes_back_to_whoever_had_taken_it_on():
    opened = make_discrepancy(state=State.OPEN)
    held = acknowledge(opened, "lan", now=NOW, on=AS_OF, reason="của tôi").discrepancy
    aside = waive(held, "minh", "chờ kỹ thuật", until=AS_OF, now=NOW, on=AS_OF).discrepancy
    change = take_back(aside, "minh", now=NOW, on=AS_OF, before=held)
    assert (change.before, change.after, change.by) == (State.WAIVED, State.ACKNOWLEDGED, "minh")
    assert change.discrepancy == held
    assert take_back(aside, "minh", now=NOW, on=AS_OF, before=opened).after is State.OPEN
    assert take_back(held, "lan", now=NOW, on=AS_OF, before=aside).after is State.OPEN
