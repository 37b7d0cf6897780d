"""Links, judgement and figures decided by what changed are those of deciding everything.

The core alone, thousands of days of invented offices; ``tests/worker/run/test_by_change.py`` does
the same with a store, files and runs.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

import reconcile
from bench.incremental import few_of
from reconcile.cases import Answer, Case, Link
from reconcile.claims import Claim, Place, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage, Declaration, SourceCoverage
from reconcile.figures.statistics import base_of
from reconcile.findings import Judgement
from reconcile.judging.case_view import Bench, ground
from reconcile.judging.judge import Unowned
from reconcile.judging.registers import suspects
from reconcile.judging.remembering import CaseLook, Looking, reckoned
from reconcile.judging.verdicts import Counted, Grounds, Remembered, asked_of
from reconcile.linking.incremental import Changed, link_changed
from reconcile.linking.linker import Answers, Known, link_all
from reconcile.policy import Policy
from reconcile.scope import Scope

POLICY = Policy()
START = date(2024, 3, 1)
ROLES = {"motcua": Role.ONE_STOP, "cong": Role.PORTAL, "so": Role.REGISTER}
NAMES = ("Lò Thị Mận", "Lò Thị Mai", "Phùng Gia Bảo", "Phùng Gia Bao", "Vi Đức Khang", "Bế Diệp")
MOTHERS = ("Quàng Thị Hoa", "Kiều Thu Hà", "Tạ Kim Anh")

numbers = st.integers(0, 5)
days = st.integers(0, 60).map(lambda n: date(2024, 2, 1) + timedelta(days=n))
states = st.sampled_from([Status.PROCESSING, Status.PROCESSING, Status.DONE, Status.WITHDRAWN])
sources = st.sampled_from(list(ROLES))


def person(number: int) -> dict[str, object]:
    """Every second one is a twin of the one before."""
    return {
        "subject": NAMES[number],
        "birth_date": f"2024-01-{10 + number // 2:02}",
        "mother": MOTHERS[number // 2],
        "applicant": MOTHERS[number // 2],
        "procedure": Procedure.BIRTH,
        "unit": f"Xã Mẫu {number // 2}",
    }


class Days(RuleBasedStateMachine):
    """An office to which things happen, decided by change and in full."""

    def __init__(self) -> None:
        super().__init__()
        self.day = START
        self.claims: dict[str, Claim] = {}
        self.answers: dict[tuple[str, str], Answer] = {}
        self.silent: set[str] = set()
        self.until: dict[str, date] = {}
        said = Declaration(date(2024, 3, 20), "Vi Thị Thư", register_type=RegisterType.TRACKING)
        self.declared: tuple[Declaration, ...] = (said,)
        self.known: Known | None = None
        self.links: dict[str, Link] = {}
        self.before: dict[str, Claim] = {}
        self.looks: dict[str, tuple[object, CaseLook]] = {}
        for number in range(4):
            self._put(self._dossier("motcua", number, START, START, Status.PROCESSING))
        self._put(self._row(0, 0, START, with_code=False))
        self._check()

    @rule(number=numbers, received=days, due=st.none() | days, status=states)
    def dossier(self, number: int, received: date, due: date | None, status: Status) -> None:
        self._put(self._dossier("motcua", number, received, due, status))
        self._check()

    @rule(number=numbers, received=days, status=states)
    def on_the_portal(self, number: int, received: date, status: Status) -> None:
        self._put(self._dossier("cong", number, received, None, status))
        self._check()

    @rule(place=numbers, number=numbers, returned=st.none() | days, with_code=st.booleans())
    def register_row(self, place: int, number: int, returned: date | None, with_code: bool) -> None:
        self._put(self._row(place, number, returned, with_code=with_code))
        self._check()

    @rule(number=st.integers(0, 20))
    def withdrawn(self, number: int) -> None:
        if len(self.claims) > 1:
            del self.claims[sorted(self.claims)[number % len(self.claims)]]
            self._check()

    @rule(source=sources)
    def silent_or_back(self, source: str) -> None:
        self.silent ^= {source}
        self._check()

    @rule(source=sources, last=days)
    def speaks_until(self, source: str, last: date) -> None:
        self.until[source] = last
        self._check()

    @rule(number=numbers, same=st.none() | st.booleans())
    def answered(self, number: int, same: bool | None) -> None:
        known = [one for one in self.links.values() if one.dossier]
        if known:
            one = known[number % len(known)]
            pair = one.row, str(one.dossier)
            self.answers.pop(pair, None)
            if same is not None:
                self.answers[pair] = Answer(*pair, same, "vt", self.day.isoformat())
            self._check()

    @rule(until=days)
    def declares(self, until: date) -> None:
        self.declared = (replace(self.declared[0], until=until),)
        self._check()

    @rule(count=st.integers(1, 9))
    def days_pass(self, count: int) -> None:
        self.day += timedelta(days=count)
        self._check()

    def _put(self, claim: Claim) -> None:
        self.claims[claim.key] = claim

    def _dossier(
        self, source: str, number: int, received: date, due: date | None, status: Status
    ) -> Claim:
        return Claim(
            key=f"{source}:{number}",
            source=source,
            role=ROLES[source],
            own_code=f"000.15.H11-240201-{number:04}",
            received_on=received,
            due_on=due,
            finished_on=received if status is Status.DONE else None,
            status=status,
            **person(number),  # type: ignore[arg-type]
        )

    def _row(self, place: int, number: int, returned: date | None, *, with_code: bool) -> Claim:
        return Claim(
            key=f"so#{place}.0",
            source="so",
            role=Role.REGISTER,
            own_code=f"000.15.H11-240201-{number:04}" if with_code else "",
            register_type=RegisterType.TRACKING,
            received_on=START - timedelta(days=number),
            returned_on=returned,
            places=(Place("so.xlsx", "Sổ", place + 2),),
            **person(number),  # type: ignore[arg-type]
        )

    def _coverage(self) -> Coverage:
        return Coverage(
            tuple(
                SourceCoverage(
                    name=name,
                    role=role,
                    kind="export",
                    answered=name not in self.silent,
                    starts=date(2024, 1, 1),
                    ends=self.until.get(name, self.day),
                    declared=self.declared if role is Role.REGISTER else (),
                )
                for name, role in ROLES.items()
            )
        )

    def _check(self) -> None:
        coverage, scope = self._coverage(), Scope(self.day)
        claims = [self.claims[key] for key in sorted(self.claims)]
        dossiers = reconcile.dossiers(claims)
        answers = [self.answers[pair] for pair in sorted(self.answers)]
        by_change = self._links(claims, dossiers, answers)
        in_full = reconcile.link(claims, answers, POLICY, dossiers)
        assert by_change == in_full

        cases = reconcile.cases(claims, by_change, dossiers)
        on = ground(cases, coverage, scope, POLICY)
        looking = Looking(on, base_of(cases, coverage), {})
        looks = {case.anchor: looking.at(case) for case in cases}
        self._remembered_holds(cases, looks, on)
        counted = Counted()
        numbered = [_numbered(look, counted) for look in looks.values()]
        owners = {key: one for one in numbered for key in one.owned}
        came_to = reckoned(
            [one for one in numbered if one.tells],
            counted,
            on,
            lambda key: owners.get(key, Unowned.UNOWNED),
        )
        again = reconcile.judge(cases, coverage, scope, POLICY)
        assert _values(came_to.judgement) == _values(again)
        figures = reconcile.tabulate(cases, coverage, scope, POLICY, again.findings)
        assert came_to.statistics == figures
        assert came_to.suspects == suspects(cases, figures.moved, coverage, scope, POLICY)

    def _remembered_holds(self, cases: list[Case], looks: dict[str, CaseLook], on: Bench) -> None:
        """What was kept of a case is what is seen now, while what it stands on is the same."""
        asked = Grounds(on.registers, on.coverage, POLICY.edge_days)
        read = [(one.name, one.answered) for one in on.coverage.sources]
        now: dict[str, tuple[object, CaseLook]] = {}
        for case in cases:
            units, days = asked_of(case)
            stands_on = (
                read,
                case,
                on.conflicts.get(case.anchor),
                on.duplicates.get(case.anchor),
                [asked.of_books(unit) for unit in sorted(units)],
                [asked.is_covered(unit, day) for unit in sorted(units) for day in sorted(days)],
            )
            look = looks[case.anchor]
            before = self.looks.get(case.anchor)
            if before is not None and before[0] == stands_on and _holds(before[1], self.day):
                assert before[1].remembered.on(self.day) == look.remembered
                assert before[1].counts == look.counts
                look = before[1]
            now[case.anchor] = stands_on, look
        self.looks = now

    def _links(self, claims: list[Claim], dossiers: list, answers: list[Answer]) -> list[Link]:
        if self.known is None:
            found, self.known = link_all(claims, answers, POLICY, dossiers)
            self.links = {one.row: one for one in found}
        else:
            was = {one.anchor: one for one in reconcile.dossiers(self.before.values())}
            now = {one.anchor: one for one in dossiers}
            rows = {one.key: one for one in claims if one.is_row}
            rows_before = {key: one for key, one in self.before.items() if one.is_row}
            changed = Changed(_differ(rows_before, rows), _differ(was, now))
            said = Answers.of(answers, dossiers)
            more = link_changed(self.known, changed, few_of(rows), few_of(now), said, POLICY)
            self.known = more.known
            for row in more.gone:
                self.links.pop(row, None)
            self.links |= {one.row: one for one in more.links}
        self.before = dict(self.claims)
        return [self.links[row] for row in sorted(self.links)]


def _differ(before: dict, now: dict) -> frozenset[str]:
    return frozenset(key for key in {*before, *now} if before.get(key) != now.get(key))


def _holds(look: CaseLook, day: date) -> bool:
    return look.until is None or day < look.until


def _numbered(look: CaseLook, counted: Counted) -> Remembered:
    return replace(look.remembered, counts=tuple(map(counted.add, look.counts)))


def _values(one: Judgement) -> Judgement:
    return replace(one, judged=_never, unjudged=_never)


def _never(_kind: object, _anchor: str) -> bool:
    return False


@pytest.mark.slow
def test_any_history_is_decided_by_change_as_in_full():
    run_state_machine_as_test(
        Days,
        settings=settings(
            max_examples=int(os.environ.get("DOISOAT_HISTORIES", "6")),
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
