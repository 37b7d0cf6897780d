"""Every kind of finding, by examples: when it is found, and when it must not be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from reconcile.cases import Case, LinkState, Method
from reconcile.claims import Procedure, Role, Status
from reconcile.coverage import Coverage
from reconcile.findings import Kind
from reconcile.judging.judge import judge
from reconcile.judging.rules import RULES
from reconcile.kinds import KINDS, Grade
from reconcile.scope import Scope
from tests.reconcile.make import (
    AFTER_DUE,
    AS_OF,
    BEFORE_DUE,
    CLOSED,
    DECLARED,
    DONE,
    DUE,
    ENTERED,
    ENTERED_LATE,
    GROUP,
    HANDED,
    HANDED_LATE,
    HUB,
    NEIGHBOUR,
    ONE_STOP,
    PENDING,
    POLICY,
    PORTAL,
    RECEIVED,
    RETURNED,
    SCOPE,
    circular,
    declared,
    make_case,
    make_claim,
    make_coverage,
    make_row,
    make_source,
    silent,
)


@dataclass(frozen=True)
class Example:
    """One sentence, one case, and the kinds (with their variants) that it must show."""

    says: str
    case: Case
    finds: dict[Kind, str] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=make_coverage)
    scope: Scope = SCOPE
    others: tuple[Case, ...] = ()


RSP, LATE = Kind.RETURNED_STILL_PENDING, Kind.RETURNED_LATE
EXAMPLES = [
    # --- the core finding
    Example("handed over on paper, pending in both", make_case(*PENDING, HANDED), {RSP: ""}),
    Example(
        "registered on paper only",
        make_case(*PENDING, ENTERED),
        {RSP: "registered_only"},
    ),
    Example(
        "signed for without any date",
        make_case(*PENDING, make_row(signed=True)),
        {RSP: "undated"},
    ),
    Example(
        "never accepted by the clerk, and finished on paper",
        make_case(make_claim(status=Status.SUBMITTED), HANDED),
        {RSP: ""},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "left waiting for the citizen, and finished on paper",
        make_case(make_claim(status=Status.SUPPLEMENT_ASKED), HANDED),
        {RSP: ""},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "the one-stop is done, the portal is not, the paper is there: two findings",
        make_case(make_claim(**RETURNED), make_claim(PORTAL), HANDED),
        {RSP: "", Kind.LOCAL_DONE_PORTAL_PENDING: ""},
    ),
    Example("all agree", make_case(*CLOSED, HANDED)),
    Example("in progress, in time, nothing on paper", make_case(*PENDING)),
    Example("a refusal note blocks", make_case(*PENDING, replace(HANDED, note="Trả lại hồ sơ"))),
    Example(
        "a printed register is circular", make_case(*PENDING, HANDED), {}, make_coverage(circular())
    ),
    Example(
        "the register is silent",
        make_case(*PENDING, HANDED),
        {},
        make_coverage(silent(Role.REGISTER)),
    ),
    Example(
        "the one-stop is silent, the portal is heard: open there only",
        make_case(*PENDING, HANDED),
        {RSP: ""},
        make_coverage(silent(ONE_STOP)),
    ),
    Example(
        "all software is silent",
        make_case(*PENDING, HANDED),
        {},
        make_coverage(silent(ONE_STOP), silent(PORTAL)),
    ),
    Example(
        "an unmapped status is judged by no rule",
        make_case(make_claim(status=Status.UNKNOWN), HANDED),
        {},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "another field is never judged", make_case(make_claim(procedure=Procedure.OTHER), HANDED)
    ),
    Example(
        "handed over after the day of judgement",
        make_case(*PENDING, HANDED_LATE),
        {},
        scope=Scope(as_of=DUE),
    ),
    Example(
        "the software ended it after the day of judgement",
        make_case(make_claim(**{**RETURNED, "finished_on": AS_OF}), HANDED),
        {RSP: ""},
        make_coverage(without=[PORTAL]),
        Scope(as_of=date(2024, 3, 20)),
    ),
    # --- linked groups
    Example(
        "xong bước hộ tịch", make_case(make_claim(**GROUP), make_claim(PORTAL, **GROUP), ENTERED)
    ),
    Example(
        "a group whose results were handed over",
        make_case(make_claim(**GROUP), ENTERED, HANDED),
        {RSP: ""},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "the commune's own step is done, the group on the portal goes on",
        make_case(make_claim(**RETURNED), make_claim(PORTAL, **GROUP), ENTERED),
    ),
    # --- ended otherwise
    *(
        Example(
            f"the software says {status.name}, the paper says returned",
            make_case(make_claim(status=status), HANDED),
            {Kind.ENDED_BUT_RETURNED: ""},
            make_coverage(without=[PORTAL]),
        )
        for status in (Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED)
    ),
    Example(
        "refused, and the register says given back to be supplemented",
        make_case(make_claim(status=Status.NOT_ACCEPTED), replace(HANDED, note="bổ sung")),
        {},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "withdrawn in the one-stop, pending on the portal, returned on paper: check, do not close",
        make_case(make_claim(status=Status.WITHDRAWN), make_claim(PORTAL), HANDED),
        {Kind.ENDED_BUT_RETURNED: ""},
    ),
    # --- done, not handed over
    Example(
        "the software is at 9, the citizen has it",
        make_case(make_claim(**DONE), HANDED),
        {Kind.DONE_NOT_HANDED_OVER: ""},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "the software is at 9, only the registration is known",
        make_case(make_claim(**DONE), ENTERED),
        {},
        make_coverage(without=[PORTAL]),
    ),
    # --- software against software
    Example(
        "the one-stop is done, the portal is behind",
        make_case(make_claim(**RETURNED), make_claim(PORTAL)),
        {Kind.LOCAL_DONE_PORTAL_PENDING: ""},
    ),
    Example(
        "the one-stop is done, the hub is behind",
        make_case(make_claim(**RETURNED), make_claim(PORTAL, **RETURNED), make_claim(HUB)),
        {Kind.LOCAL_DONE_PORTAL_PENDING: ""},
        make_coverage(make_source(HUB)),
    ),
    Example(
        "the portal is silent",
        make_case(make_claim(**RETURNED), make_claim(PORTAL)),
        {},
        make_coverage(silent(PORTAL)),
    ),
    Example(
        "the portal says done and nothing else does",
        make_case(make_claim(), make_claim(PORTAL, **RETURNED)),
        {Kind.PORTAL_DONE_LOCAL_PENDING: ""},
    ),
    Example(
        "the portal says done, and so does the paper: the core finding instead",
        make_case(make_claim(), make_claim(PORTAL, **RETURNED), HANDED),
        {RSP: ""},
    ),
    Example(
        "the portal says done, but a register was not read",
        make_case(make_claim(), make_claim(PORTAL, **RETURNED)),
        {},
        make_coverage(silent(Role.REGISTER)),
    ),
    # --- missing
    Example(
        "on the portal only",
        make_case(make_claim(PORTAL)),
        {Kind.MISSING_IN_ONE_STOP: ""},
    ),
    Example(
        "on the hub only",
        make_case(make_claim(HUB)),
        {Kind.MISSING_IN_ONE_STOP: ""},
        make_coverage(make_source(HUB)),
    ),
    Example(
        "the portal is asked code by code: absence proves nothing",
        make_case(make_claim(PORTAL)),
        {},
        make_coverage(make_source(PORTAL, has_list=False)),
    ),
    Example(
        "the one-stop did not answer",
        make_case(make_claim(PORTAL)),
        {},
        make_coverage(silent(ONE_STOP)),
    ),
    Example(
        "the one-stop's export holds another window",
        make_case(make_claim(PORTAL)),
        {},
        make_coverage(make_source(ONE_STOP, ends=date(2024, 3, 5))),
    ),
    Example(
        "too near to the edge of the window",
        make_case(make_claim(PORTAL)),
        {},
        make_coverage(make_source(ONE_STOP, ends=date(2024, 3, 6))),
    ),
    Example(
        "the one-stop's export holds other units",
        make_case(make_claim(PORTAL)),
        {},
        make_coverage(make_source(ONE_STOP, units=frozenset({"tan nghia"}))),
    ),
    Example(
        "refused on the portal: nothing to enter",
        make_case(make_claim(PORTAL, status=Status.NOT_ACCEPTED)),
    ),
    Example("in the one-stop only", make_case(make_claim()), {Kind.MISSING_IN_PORTAL: ""}),
    Example(
        "in the one-stop only, the portal answered in part",
        make_case(make_claim()),
        {},
        make_coverage(silent(PORTAL)),
    ),
    Example(
        "before the office used the portal",
        make_case(make_claim()),
        {},
        make_coverage(make_source(PORTAL, since=AS_OF)),
    ),
    Example(
        "a row without any dossier",
        make_case(replace(HANDED, received_on=RECEIVED)),
        {Kind.MISSING_IN_SOFTWARE: ""},
    ),
    Example(
        "a row in review is no missing dossier",
        make_case(HANDED, method=Method.PEOPLE, decision=LinkState.REVIEW),
    ),
    Example(
        "a row without any dossier while the export is broken",
        make_case(HANDED),
        {},
        make_coverage(silent(ONE_STOP)),
    ),
    Example(
        "a row without any dossier in the one-stop while the portal is silent",
        make_case(HANDED),
        {},
        make_coverage(silent(PORTAL)),
    ),
    Example("a refused row was never entered", make_case(replace(HANDED, note="Từ chối"))),
    Example(
        "a row from before the software",
        make_case(HANDED),
        {},
        make_coverage(make_source(ONE_STOP, since=AS_OF)),
    ),
    # --- not in the register
    Example(
        "done in the software, the declared book has no row",
        make_case(*CLOSED),
        {Kind.NOT_IN_REGISTER: ""},
        DECLARED,
        others=(NEIGHBOUR,),
    ),
    Example(
        "done in the software, the declared civil-status book has no row",
        make_case(make_claim(**DONE)),
        {Kind.NOT_IN_REGISTER: "not_in_civil_register"},
        make_coverage(declared(), without=[PORTAL]),
        others=(make_case(replace(ENTERED, number="1", registered_on=date(2024, 1, 2))),),
    ),
    Example("nobody declared the book complete", make_case(*CLOSED), others=(NEIGHBOUR,)),
    Example(
        "the declared book is of another unit",
        make_case(*CLOSED),
        {},
        DECLARED,
        others=(make_case(replace(NEIGHBOUR.main, unit="Tân Nghĩa")),),
    ),
    Example(
        "declared complete until before it ended",
        make_case(*CLOSED),
        {},
        make_coverage(declared(until=BEFORE_DUE)),
        others=(NEIGHBOUR,),
    ),
    Example(
        "a doubtful row forbids missing",
        make_case(*CLOSED, doubtful=[HANDED]),
        {},
        DECLARED,
        others=(NEIGHBOUR,),
    ),
    # --- dates
    Example(
        "software says late, the register shows on time",
        make_case(make_claim(**{**RETURNED, "finished_on": AFTER_DUE}), ENTERED),
        {Kind.DATE_CONFLICT: "lateness_swapped"},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "software says on time, the register shows late: this way, too",
        make_case(make_claim(**RETURNED), ENTERED_LATE),
        {Kind.DATE_CONFLICT: "lateness_swapped", LATE: ""},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "people collect late: a later hand-over contradicts nothing",
        make_case(*CLOSED, HANDED_LATE),
    ),
    Example(
        "software ended it late, but it was handed over before",
        make_case(make_claim(**{**RETURNED, "finished_on": AFTER_DUE}), HANDED),
        {Kind.DATE_CONFLICT: "lateness_swapped"},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "handed over before it was received: typed in late",
        make_case(*PENDING, make_row(returned_on=date(2024, 3, 1))),
        {RSP: "", Kind.DATE_CONFLICT: "late_typing"},
    ),
    Example(
        "dated after the day its file was read",
        make_case(*CLOSED, make_row(returned_on=AFTER_DUE, read_on=DUE)),
        {Kind.DATE_CONFLICT: "after_read"},
    ),
    Example(
        "the software ended it before it received it",
        make_case(make_claim(**{**RETURNED, "finished_on": date(2024, 3, 1)})),
        {Kind.DATE_CONFLICT: "returned_before_received"},
        make_coverage(without=[PORTAL]),
    ),
    # --- late
    Example(
        "registered after the due date",
        make_case(*PENDING, ENTERED_LATE),
        {RSP: "registered_only", LATE: ""},
    ),
    Example(
        "only the hand-over is known, after the due date",
        make_case(*PENDING, HANDED_LATE),
        {RSP: "", LATE: "hand_over_only"},
    ),
    Example(
        "registered in time, collected late",
        make_case(*CLOSED, ENTERED, HANDED_LATE),
    ),
    # --- overdue
    Example(
        "overdue, and the declared registers hold no proof",
        make_case(*PENDING),
        {Kind.TRULY_OVERDUE: ""},
        DECLARED,
        others=(NEIGHBOUR,),
    ),
    Example(
        "overdue, nobody declared the registers complete", make_case(*PENDING), others=(NEIGHBOUR,)
    ),
    Example(
        "overdue, declared complete before it was due",
        make_case(*PENDING),
        {},
        make_coverage(declared(until=DUE)),
        others=(NEIGHBOUR,),
    ),
    Example(
        "overdue, with a doubtful row",
        make_case(*PENDING, doubtful=[HANDED]),
        {},
        DECLARED,
        others=(NEIGHBOUR,),
    ),
    Example(
        "overdue, one of two registers is not declared complete",
        make_case(*PENDING),
        {},
        make_coverage(declared(), make_source(Role.REGISTER, name="so-khai-sinh")),
        others=(NEIGHBOUR, make_case(replace(ENTERED, source="so-khai-sinh", number="3"))),
    ),
    Example(
        "due on the day of judgement is not overdue",
        make_case(*PENDING),
        {},
        DECLARED,
        Scope(as_of=DUE),
        others=(NEIGHBOUR,),
    ),
    Example(
        "waiting for the citizen is not overdue",
        make_case(
            make_claim(status=Status.SUPPLEMENT_ASKED),
            make_claim(PORTAL, status=Status.SUPPLEMENT_ASKED),
        ),
        {},
        DECLARED,
        others=(NEIGHBOUR,),
    ),
    # --- by post
    Example(
        "late by the carriage between two offices, and still late",
        make_case(
            make_claim(receiving_unit="Tân Nghĩa"),
            replace(ENTERED, registered_on=date(2024, 3, 12)),
        ),
        {RSP: "registered_only", LATE: "", Kind.LATE_BY_POST: ""},
        make_coverage(without=[PORTAL]),
    ),
    Example(
        "late by more than the carriage",
        make_case(make_claim(receiving_unit="Tân Nghĩa"), ENTERED_LATE),
        {RSP: "registered_only", LATE: ""},
        make_coverage(without=[PORTAL]),
    ),
]


def found(example: Example) -> dict[Kind, str]:
    cases = [example.case, *example.others]
    judgement = judge(cases, example.coverage, example.scope, POLICY)
    return {
        finding.kind: finding.variant
        for finding in judgement.findings
        if finding.anchor == example.case.anchor
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.says)
def test_what_is_found(example):
    assert found(example) == example.finds


# --- The house rule -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_rule_needs_a_label_a_remedy_and_an_example(kind):
    assert RULES[kind].__doc__
    facts = KINDS[kind]
    assert facts.needs
    assert facts.label
    assert facts.remedy or not facts.mailed
    of_pairs = {Kind.DUPLICATE_DOSSIER, Kind.CODE_CONFLICT}  # their tests are in test_pairs.py
    assert kind in of_pairs or any(kind in example.finds for example in EXAMPLES)


def test_only_absence_needs_a_complete_source():
    complete = {
        kind
        for kind, facts in KINDS.items()
        if any(need.grade is Grade.COMPLETE for need in facts.needs)
    }
    assert complete == {
        Kind.MISSING_IN_ONE_STOP,
        Kind.MISSING_IN_PORTAL,
        Kind.MISSING_IN_SOFTWARE,
        Kind.NOT_IN_REGISTER,
        Kind.TRULY_OVERDUE,
    }
