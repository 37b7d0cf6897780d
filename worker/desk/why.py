""" "Vì sao không?": of a dossier or row, a unit, a run; each answer with what would change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

import reconcile
from reconcile.cases import Case
from reconcile.claims import Role
from reconcile.coverage import Registers
from reconcile.judging.absence import NOT_DECLARED
from reconcile.judging.case_view import Bench, Unjudged, ground, not_read
from reconcile.judging.judge import closed
from reconcile.judging.proof import is_judged
from reconcile.judging.why import KindAnswer, KindVerdict, explain, remedy_of
from reconcile.kinds import KINDS, Kind
from reconcile.labels import KINDS as LABELS
from reconcile.links import LinkState
from reconcile.scope import Scope
from worker.desk import naming
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.dossiers import around
from worker.desk.refused import Refused
from worker.desk.search import Hit
from worker.house import House
from worker.reports.lists import doubts
from worker.run.polling import gather
from worker.store import Run

__all__ = [
    "KindAnswer", "KindVerdict", "UnitGap", "WhyDossier", "of_dossier", "of_run", "of_unit",
    "units_named",
]  # fmt: skip

#: Rows of a unit that are looked at to know which books it keeps.
SAMPLE = 3000
OTHER_FIELD = "Thủ tục này ngoài phạm vi đối soát (chỉ xét khai sinh, khai tử)."


@dataclass(frozen=True, slots=True)
class WhyDossier:
    """What each rule says of a dossier; ``linking`` why a row of it was not joined by itself."""

    verdicts: tuple[KindVerdict, ...]
    linking: tuple[str, ...]
    outside: str = ""  # why nothing is judged of it at all


@dataclass(frozen=True, slots=True)
class UnitGap:
    """What is not judged in a unit, why, and what would let it be."""

    label: str
    reason: str
    change: str


def of_dossier(house: House, actor: Actor, hit: Hit) -> WhyDossier:
    """Every rule of the kinds, on the dossier as it is stored now. Raises Refused."""
    actor.need(Right.VIEW)
    case, on = _ground(house, hit)
    linking = tuple(_linking(house, hit))
    if not is_judged(case, house.policy):
        return WhyDossier((), linking, OTHER_FIELD)
    return WhyDossier(explain(case, on), linking)


def of_unit(house: House, actor: Actor, unit: str) -> tuple[UnitGap, ...]:
    """What is not judged in the unit, each kind once. Raises Unseen."""
    actor.need(Right.VIEW)
    if not actor.sees(unit):
        raise Unseen(unit)
    return tuple(_gaps(_bench(house, [], {unit}), unit))


def units_named(house: House, actor: Actor, text: str) -> tuple[str, ...]:
    """The units of this name that something is known of; empty where it is no unit."""
    try:
        wanted = naming.units_of(house, [text])
    except Refused:
        return ()
    files = {unit for file in house.store.readings.files() for unit in file.units if unit}
    known = {*house.store.open_work.units(), *files}
    scope = Scope(house.clock.today(), units=wanted)
    return tuple(unit for unit in sorted(known) if scope.has_unit(unit) and actor.sees(unit))


def _gaps(on: Bench, unit: str) -> Iterator[UnitGap]:
    nowhere = dict(closed(on))
    for kind in sorted(KINDS, key=lambda kind: KINDS[kind].urgency):
        if kind in nowhere:
            change = "khai báo nguồn này, hoặc đọc lại được nó"
            yield UnitGap(LABELS[kind], nowhere[kind], change)
        elif why := _unjudged_in(kind, on, unit):
            yield UnitGap(LABELS[kind], why.reason, remedy_of(why))


def _unjudged_in(kind: Kind, on: Bench, unit: str) -> Unjudged | None:
    """Why a kind that could be judged somewhere is not judged in this unit."""
    for need in KINDS[kind].needs:
        for role in need.roles:
            for source in on.coverage.by_role(role):
                if not source.answered:
                    return not_read(source)
    if KINDS[kind].asks_a_book and not on.registers.declared(unit):
        return NOT_DECLARED
    return None


def of_run(house: House, actor: Actor, run: Run) -> tuple[str, ...]:
    """Why a run brought nothing new, or ended as not read in full: sentences, the gravest first."""
    actor.need(Right.VIEW)
    return tuple(_of_run(house, run))


def of_run_named(house: House, actor: Actor, run_id: str) -> tuple[str, ...] | None:
    """The same by the run's id; None where there is no such run."""
    run = house.store.runs.one(run_id)
    return None if run is None else of_run(house, actor, run)


def _of_run(house: House, run: Run) -> Iterator[str]:
    if run.problem:
        yield f"Lượt này dừng giữa chừng: {run.problem}."
    told = msgspec.json.decode(run.summary) if run.summary else {}
    sources = told.get("sources", {})
    for name, one in sources.items():
        if not one.get("complete", True):
            error = one.get("error") or "không rõ lý do"
            yield f"Nguồn “{name}” chưa đọc đủ: {error}; phần này không mở, không khép việc nào."
    if run.exit_code == 3 and all(one.get("complete", True) for one in sources.values()):
        yield "Kỳ được hỏi chưa có dữ liệu ở nguồn nào: nạp tệp của kỳ đó rồi chạy lại."
    if sources and not any(one.get("new") or one.get("changed") for one in sources.values()):
        days = f" từ lần đọc trước (lượt xong lúc {_hour(house, run)})" if run.finished else ""
        yield f"Không nguồn nào có hồ sơ, dòng sổ mới hoặc thay đổi{days}: hãy nạp tệp xuất mới."
    if run.judged_as_of is None and run.exit_code is not None:
        yield "Lượt này xét ngày đã qua, hoặc chỉ thử, nên không đổi trạng thái hồ sơ nào."
    if run.scope.units is not None:
        names = ", ".join(sorted(naming.unit_name(house, one) for one in run.scope.units))
        yield f"Lượt này chỉ xét đơn vị: {names}."
    if run.scope.procedures is not None:
        yield "Lượt này chỉ xét một số thủ tục."


def _hour(house: House, run: Run) -> str:
    assert run.finished is not None  # noqa: S101 - asked before
    return f"{run.finished.astimezone(house.clock.zone):%H:%M ngày %d/%m/%Y}"


def _linking(house: House, hit: Hit) -> Iterator[str]:
    """Why a register row was not joined by itself, as the page of pairs says it."""
    waiting = [link for link in hit.links if link.decision is not LinkState.AUTO]
    rivals = [link.rival.dossier for link in waiting if link.rival]
    claims = {one.key: one for one in house.store.search.claims(rivals)} if rivals else {}
    for link in waiting:
        rival = claims.get(link.rival.dossier) if link.rival else None
        if link.decision is LinkState.REVIEW:
            yield f"Dòng sổ chờ người xác nhận: {doubts(link, rival)}."
        else:
            yield "Dòng sổ chưa ghép với hồ sơ nào: không hồ sơ nào trong dữ liệu đủ giống."


def _ground(house: House, hit: Hit) -> tuple[Case, Bench]:
    near = around(house.store.search, [one.key for one in hit.claims])
    claims = sorted(near.claims.values(), key=lambda one: one.key)
    links = [near.links[key] for key in sorted(near.links) if key in near.claims]
    known = {link.row for link in links}
    loose = [one for one in claims if not one.is_row or one.key in known]
    cases = reconcile.cases(loose, links, reconcile.dossiers(loose))
    case = next((one for one in cases if one.anchor == hit.anchor), None)
    if case is None:
        raise Unseen(hit.anchor)
    units = {unit for one in hit.claims for unit in (one.unit, one.receiving_unit) if unit}
    return case, _bench(house, cases, units)


def _bench(house: House, cases: list[Case], units: set[str]) -> Bench:
    """What the newest run stood on, as far as a few dossiers and the books of their units need."""
    last = house.store.runs.newest_done()
    scope = Scope(last.scope.as_of if last else house.clock.today())
    coverage = gather(house, {}).coverage
    on = ground(cases, coverage, scope, house.policy)
    registers = [one.name for one in coverage.by_role(Role.REGISTER)]
    rows = house.store.search.some_rows(registers, units, SAMPLE)
    return replace(on, registers=Registers(coverage, rows))
