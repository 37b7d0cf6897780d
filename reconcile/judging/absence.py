"""When the absence of a row, a dossier or a proof is evidence: only where all was read."""

from __future__ import annotations

from datetime import date, timedelta

from reconcile.claims import Claim, Origin, RegisterType, Role, Status
from reconcile.coverage import covers
from reconcile.judging.case_view import Bench, Unjudged, View, not_read

DOUBT = Unjudged("", "còn cặp ghép chờ xác nhận")
NOT_DECLARED = Unjudged("", "sổ của đơn vị chưa được khai báo đã nhập đủ")
NO_BOOK = Unjudged("", "chưa nạp loại sổ này", counts=False)
NO_SOURCE = Unjudged("", "chưa khai báo nguồn cần so", counts=False)
NO_LIST = "nguồn chỉ tra được từng mã, không có danh sách"
NO_SOFTWARE = Unjudged("", "chưa có nguồn phần mềm đọc đủ cho đơn vị và khoảng ngày này")
OUTSIDE = "nguồn chưa có dữ liệu của đơn vị hoặc thời gian này"
_CIVIL_BOOKS = {"birth": RegisterType.BIRTHS, "death": RegisterType.DEATHS}


def no_proof(view: View, on: Bench) -> Unjudged | None:
    """No proof is agreement only where every register was read and nobody is in doubt."""
    if view.row_unheard or (view.base and view.base.role in view.unheard):
        return view.row_unheard or view.any_unheard
    if view.proof is not None:
        return None  # there is a proof, but not of what this rule speaks of
    return DOUBT if view.case.doubtful else on.silent_proof


def wanted_books(view: View) -> list[tuple[RegisterType, str]]:
    """The books in which a finished dossier should stand and does not, with their unit."""
    wanted = []
    if view.state is Status.RETURNED and RegisterType.TRACKING not in view.books:
        wanted.append((RegisterType.TRACKING, view.receiving_unit))
    civil = _CIVIL_BOOKS.get(view.procedure.event)
    if civil is not None and civil not in view.books:
        wanted.append((civil, view.unit))
    return wanted


def books_incomplete(view: View, on: Bench) -> Unjudged | None:
    """Every book that could hold the proof must be declared complete past the due date.

    Complete up to some days after the due date is enough: by then the dossier was overdue, and
    whatever came later came late.
    """
    due_on = view.due_on
    if due_on is None:
        return NOT_DECLARED
    first = view.received_on or due_on
    last = min(on.as_of, due_on + timedelta(days=on.policy.edge_days))
    wanted = [(RegisterType.TRACKING, view.receiving_unit)]
    if civil := _CIVIL_BOOKS.get(view.procedure.event):
        wanted.append((civil, view.unit))
    kept = [(book, unit) for book, unit in wanted if on.registers.of(book, unit)]
    complete = all(on.registers.complete(book, unit, first, last) for book, unit in kept)
    return None if kept and complete else NOT_DECLARED


def far_side_silent(view: View, on: Bench) -> Unjudged | None:
    if Role.PORTAL in view.states or Role.HUB in view.states:
        return None
    sources = (*on.coverage.by_role(Role.PORTAL), *on.coverage.by_role(Role.HUB))
    silent = next((source for source in sources if not source.answered), None)
    return not_read(silent) if silent else None


def not_whole(
    roles: tuple[Role, ...], view: View, day: date | None, on: Bench, instead: Role | None = None
) -> Unjudged | None:
    """Why no source of this role is proven whole for the case; None if one is."""
    sources = [source for role in roles for source in on.coverage.by_role(role)]
    if not sources and instead is not None:
        sources = list(on.coverage.by_role(instead))
    units = {view.unit, view.receiving_unit}
    for source in sources:
        if any(covers(source, unit, day, on.policy.edge_days) for unit in units):
            return None
    silent = next((source for source in sources if not source.answered), None)
    if silent is not None:
        return not_read(silent)
    if not any(source.has_list for source in sources):
        return Unjudged(sources[0].name, NO_LIST, counts=False) if sources else NO_SOURCE
    return Unjudged(sources[0].name, OUTSIDE)


def silent_list(on: Bench) -> Unjudged | None:
    """A portal or hub that lists its dossiers and was not read: "nowhere" cannot be said."""
    for source in (*on.coverage.by_role(Role.PORTAL), *on.coverage.by_role(Role.HUB)):
        if source.has_list and not source.answered:
            return not_read(source)
    return None


def is_circular(claim: Claim, on: Bench) -> bool:
    source = on.sources.get(claim.source)
    return source is not None and source.origin is Origin.PRINTED_FROM_ONE_STOP
