"""The figures of a period: how ready it is, what was submitted, recounted, reconciled; its freeze.

Figures are looked at first (a draft), proposed by one person with a reason, kept by another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reconcile.figures.form import Table
from reconcile.figures.frozen import tables
from reconcile.scope import BadPeriod, Scope, name_of, period
from worker.desk.actor import Actor, Right
from worker.desk.period_documents import RUNS
from worker.desk.refused import Refused
from worker.desk.runs import is_served
from worker.house import House
from worker.reports.facts import Freeze
from worker.reports.freezes import title
from worker.run import leases
from worker.run import periods as freezing
from worker.run.periods import Kept, NotPossible
from worker.store import AskedCount, Frozen, PeriodDraft, RunState

__all__ = (
    "CountNow", "Freeze", "Frozen", "Kept", "KeptVersion", "PeriodChoice", "against_now", "approve",
    "ask_to_count", "choices", "count_now", "counted", "draft_of", "every_version", "keep",
    "newest_tables", "not_frozen", "propose", "scope_of", "turn_down",
)  # fmt: skip

#: Quarters that are offered though nobody froze them.
QUARTERS = 6
#: What is said to who comes while the service is at it.
BUSY = ("Số liệu của kỳ đang được tính hoặc đang được chốt.", "Đợi xong rồi làm tiếp.")


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """A period that may be looked at: its name, its days, how far it is; empty: nothing is done."""

    name: str
    starts: date
    ends: date
    state: str


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version that was kept just now: its number, its days, the sources not read in full."""

    number: int
    starts: date
    ends: date
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountNow:
    """A counting as it stands: whether somebody carries it out, whether it waits for a run to end,
    and whether a service is there that will carry it out."""

    asked: AskedCount
    goes_on: bool
    waits_for_run: bool
    served: bool

    @property
    def is_over(self) -> bool:
        """It came to nothing: its problem says why."""
        return bool(self.asked.problem)


def scope_of(house: House, name: str) -> Scope:
    """The scope of a period of the whole office, judged on its last day. Raises Refused."""
    try:
        found = period(name, house.settings.office.period_rule)
    except BadPeriod:
        raise Refused(
            f"Không hiểu kỳ “{name}”.",
            "Viết 2024-Q1 (quý), 2024-03 (tháng), 2024 (năm), 2024-6T hoặc 2024-9T.",
        ) from None
    today = house.clock.today()
    return Scope(as_of=min(found.ends, today), starts=found.starts, ends=found.ends)


def choices(house: House, actor: Actor) -> tuple[PeriodChoice, ...]:
    """Periods that may be looked at, newest first.

    They are those that were frozen, submitted, proposed, counted, reconciled; recent quarters.
    """
    actor.need(Right.VIEW)
    drafts = house.store.periods.drafts()
    states = dict.fromkeys(_reconciled(house), "đã đối soát, chưa chốt")
    states |= {one.name: "đã tính, chưa chốt" for one in drafts}
    states |= {one.name: title(one.number) for one in house.store.periods.all()}
    for one in drafts:
        if one.by:
            states[one.name] = f"{states[one.name].removesuffix(', chưa chốt')}, chờ duyệt"
    names = {*filter(None, states), *(one.period for one in house.tables.submitted)}
    names |= set(_quarters(house.clock.today()))
    found = []
    for name in names:
        scope = scope_of(house, name)
        if scope.starts and scope.ends:
            found.append(PeriodChoice(name, scope.starts, scope.ends, states.get(name, "")))
    return tuple(sorted(found, key=lambda one: (one.ends, one.starts), reverse=True))


def counted(house: House, actor: Actor, name: str) -> Kept:
    """What freezing a period would keep now; nothing is written. Raises Refused."""
    actor.need(Right.FREEZE)
    _whole_office(actor)
    try:
        return freezing.look(house, scope_of(house, name), name)
    except NotPossible as problem:
        raise Refused(str(problem)) from None


def keep(
    house: House, actor: Actor, name: str, reason: str, *, seen: Kept | None, correct: bool = False
) -> KeptVersion:
    """Freeze a period at once, or correct it: at the command line one person answers for it.

    ``seen``: only what that person has seen. Raises Refused.
    """
    actor.need(Right.FREEZE)
    _whole_office(actor)
    scope = scope_of(house, name)
    try:
        version = freezing.freeze(
            house, scope, name, by=actor.who, reason=reason.strip(), correct=correct, seen=seen
        )
    except NotPossible as problem:
        raise Refused(str(problem)) from None
    unread = freezing.unpack(version.payload).unread
    return KeptVersion(version.number, version.starts, version.ends, unread)


def every_version(house: House, actor: Actor) -> list[Frozen]:
    """The frozen periods and their corrections, by period and number."""
    actor.need(Right.VIEW)
    return house.store.periods.all()


def against_now(house: House, actor: Actor, name: str) -> Freeze:
    """The versions of a period, and each dossier that stands elsewhere now. Raises Refused."""
    actor.need(Right.VIEW)
    _whole_office(actor)
    found = freezing.compare(house, scope_of(house, name))
    if found is None:
        raise not_frozen(name)
    return found


def newest_tables(house: House, actor: Actor, name: str) -> tuple[int, Table, Table]:
    """The newest version's number, and its form as recounted and as reconciled. Raises Refused."""
    actor.need(Right.VIEW)
    _whole_office(actor)
    scope = scope_of(house, name)
    versions = house.store.periods.of(scope.starts, scope.ends)
    if not versions:
        raise not_frozen(name)
    return versions[-1].number, *tables(freezing.unpack(versions[-1].payload).placed)


def not_frozen(name: str) -> Refused:
    """That a period is not frozen, with the command that freezes it."""
    return Refused(f"Kỳ {name} chưa chốt. Chốt: doisoat periods freeze {name} --reason …")


def ask_to_count(house: House, actor: Actor, name: str) -> bool:
    """Have the service count the period by what is stored then, as its draft; whether a service is
    there that will. Raises Refused."""
    actor.need(Right.FREEZE)
    _whole_office(actor)
    return _ask(house, actor, name, freezes=False)


def propose(house: House, actor: Actor, name: str, reason: str) -> None:
    """Propose to freeze the figures that were looked at, or to correct by them. Raises Refused.

    Whether they still stand is seen when they are kept: nothing is counted here.
    """
    actor.need(Right.FREEZE)
    _whole_office(actor)
    if not reason.strip():
        raise Refused("Phải ghi căn cứ.", "Chốt: báo cáo số, ngày. Đính chính: vì sao.")
    draft = draft_of(house, scope_of(house, name))
    if draft is None:
        raise Refused(f"Chưa xem số liệu của kỳ {name}.", "Bấm “Tính số liệu của kỳ” trước.")
    _need_idle(house, name)
    proposed = replace(draft, by=actor.who, reason=reason.strip())
    house.store.periods.keep_draft(proposed, actor=actor.who, at=house.clock.now())


def approve(house: House, actor: Actor, name: str) -> bool:
    """Have the service freeze what another person proposed, exactly as they saw it; whether a
    service is there that will. Raises Refused."""
    actor.need(Right.APPROVE)
    _whole_office(actor)
    draft = draft_of(house, scope_of(house, name))
    if draft is None or not draft.by:
        raise Refused(f"Kỳ {name} không có đề nghị nào đang chờ.")
    if draft.by == actor.who:
        raise Refused("Người đề nghị không tự duyệt được.", "Cần một người khác có quyền duyệt.")
    return _ask(house, actor, name, freezes=True)


def count_now(house: House, actor: Actor, name: str) -> CountNow | None:
    """The counting of a period that waits, goes on or came to nothing; None: there is none."""
    actor.need(Right.VIEW)
    scope = scope_of(house, name)
    asked = house.store.periods.asked_count(scope.starts, scope.ends)
    if asked is None:
        return None
    goes_on = house.store.leases.holder(asked.lease) is not None
    waits = asked.freezes and not goes_on and house.store.leases.holder(leases.ALL) is not None
    return CountNow(asked, goes_on, waits, is_served(house))


def turn_down(house: House, actor: Actor, name: str, reason: str) -> None:
    """Turn a proposal down; whoever made it may take it back so."""
    if not actor.may(Right.APPROVE):
        actor.need(Right.FREEZE)
    _whole_office(actor)
    draft = draft_of(house, scope_of(house, name))
    if draft is None or not draft.by:
        raise Refused(f"Kỳ {name} không có đề nghị nào đang chờ.")
    if not reason.strip():
        raise Refused("Phải ghi lý do không duyệt.")
    _need_idle(house, name)
    now = house.clock.now()
    house.store.periods.drop_draft(draft, actor=actor.who, at=now, reason=reason.strip())


# --- Inside --------------------------------------------------------------------------------------


def _whole_office(actor: Actor) -> None:
    """A period is frozen for the whole office: not by who sees a part of it."""
    if actor.units is not None:
        raise Refused("Chỉ người phụ trách toàn cơ quan mới chốt được số liệu của kỳ.")


def _ask(house: House, actor: Actor, name: str, *, freezes: bool) -> bool:
    scope = scope_of(house, name)
    assert scope.starts is not None  # noqa: S101 - a period has days
    assert scope.ends is not None  # noqa: S101
    try:
        versions = house.store.periods.of(scope.starts, scope.ends)
        freezing.check(house, scope, name, correct=bool(versions))
    except NotPossible as problem:
        raise Refused(str(problem)) from None
    from worker.service import period_counts  # only whoever asks loads what carries it out

    now = house.clock.now()
    wanted = AskedCount(scope.starts, scope.ends, name, freezes, actor.who, now)
    if period_counts.ask(house, wanted).freezes != freezes:
        raise Refused(*BUSY)
    return is_served(house)


def _need_idle(house: House, name: str) -> None:
    """What is being counted or kept is neither proposed nor turned down."""
    scope = scope_of(house, name)
    asked = house.store.periods.asked_count(scope.starts, scope.ends)
    if asked is not None and not asked.problem:
        raise Refused(*BUSY)


def draft_of(house: House, scope: Scope) -> PeriodDraft | None:
    """The figures of a period as somebody looked at them; None: nobody did since the freeze."""
    return house.store.periods.draft_of(scope.starts, scope.ends)


def _reconciled(house: House) -> Iterable[str]:
    """The periods that a run of the whole office was of, of the newest runs."""
    for run in house.store.runs.newest(RUNS):
        of = run.scope
        if run.state is RunState.DONE and of.units is None and of.starts and of.ends:
            yield name_of(of.starts, of.ends, house.settings.office.period_rule)


def _quarters(today: date) -> Iterable[str]:
    """The newest quarters that are over."""
    at = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    for _ in range(QUARTERS):
        at -= timedelta(days=1)
        yield f"{at.year}-Q{(at.month - 1) // 3 + 1}"
        at = date(at.year, 3 * ((at.month - 1) // 3) + 1, 1)
