"""S2, "Việc của tôi": the piles of a clerk's table, ticks, acts on many, paper and Excel."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import Response

from reconcile import kinds
from reconcile.kinds import Kind
from reconcile.labels import KINDS, PILES, STATES
from reconcile.steps import Pile
from worker.console.drawing import redirect, render
from worker.console.here import Here, Visit, needs
from worker.desk import acts, filled_lists, front, naming, scans, worklist
from worker.desk.actor import Right, Unseen
from worker.desk.acts import Move, PlannedAct
from worker.desk.front import FrontList, NumberPage
from worker.desk.refused import Refused
from worker.desk.worklist import DossierFilter, ListedDossier, Ticked
from worker.words import EVIDENCE_LEGEND, PAPERS, number

router = APIRouter()

#: Lines of a list on the screen, and on a sheet of paper.
LINES, ON_PAPER = 50, 30
#: Nobody signs more on paper; the rest stands in the workbook, and the page says so.
MOST_PRINTED = 600
#: To which day something is set aside where nobody says another.
ASIDE, YEAR = timedelta(days=30), timedelta(days=365)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: Where a list is asked for by name: the piles, and what was ticked or agrees by now.
TICKED, STILL, SETTLED = "da-danh-dau", "van-chua-doi", "vua-khop"
TITLES = {
    TICKED: "Đã đánh dấu, chờ lần đọc tới",
    STILL: "Đã đánh dấu nhưng phần mềm vẫn chưa đổi",
    SETTLED: "Vừa khớp từ lần trước",
}
SLUGS = {pile: naming.slug(label) for pile, label in PILES.items()}
#: What is done with each dossier of a pile of one sort, said once above it; of the others each line
#: says it.
HOW = {
    SLUGS[pile]: kinds.KINDS[kind].remedy
    for pile, kind in (
        (Pile.END, Kind.RETURNED_STILL_PENDING),
        (Pile.HAND_OVER, Kind.DONE_NOT_HANDED_OVER),
        (Pile.ENTER, Kind.MISSING_IN_ONE_STOP),
    )
}
BY_SLUG = {slug: pile for pile, slug in SLUGS.items()}

Ids = Annotated[list[str], Form()]
Back = Annotated[str, Form()]


@router.get("/viec", dependencies=[needs(Right.VIEW)])
def piles(here: Here) -> Response:
    """The table: how many dossiers lie on each pile."""
    house, actor = here.house, here.actor
    table = worklist.table(house, actor, here.units)
    numbers = front.numbers(house, actor, here.units)
    return render(
        here,
        "worklist_piles.html",
        table=table,
        why_no_overdue=numbers.why_overdue if numbers.overdue is None else "",
        settled=worklist.count(house, actor, _wanted(here, SETTLED)),
        overdue=numbers.overdue,
        undecided=numbers.undecided,
        labels=PILES,
        slugs=SLUGS,
        titles=TITLES,
        batches=acts.newest(house, actor),
        stacks=scans.to_approve(house, actor, here.units),
    )


@router.get("/viec/phan/{name}", dependencies=[needs(Right.VIEW)])
def pile(here: Here, name: str, sau: str = "") -> Response:
    """One pile, by book and page."""
    wanted = _wanted(here, name)
    found = worklist.page(here.house, here.actor, wanted, LINES, after=sau, by_book=True)
    return render(
        here,
        "worklist_pile.html",
        name=name,
        heading=_title(name),
        found=found,
        total=worklist.count(here.house, here.actor, wanted),
        states=STATES,
        legend=EVIDENCE_LEGEND,
        how=HOW.get(name, ""),
        working=name in {SLUGS[one] for one in worklist.WORK},
        several=len(here.choices) > 0 and not here.unit,
    )


@router.get("/ho-so-chua-khop", dependencies=[needs(Right.VIEW)])
def unsettled(
    here: Here, kind: str = "", state: str = "", pile: str = "", unit: str = "", sau: str = ""
) -> Response:
    """Every dossier that does not agree; a number anywhere else leads here."""
    units = here.units
    if unit:
        units = here.actor.within(naming.units_of(here.house, [unit]))
        if not units:
            raise Unseen(unit)
    state_ = naming.state_of(state) if state else None
    piles = (naming.pile_of(pile),) if pile else ()
    wanted = DossierFilter(
        units=units,
        kinds=frozenset({naming.kind_of(kind)}) if kind else frozenset(),
        states=frozenset({state_}) if state_ else frozenset(),
        piles=piles or (worklist.UNSETTLED if not (kind or state_) else ()),
    )
    found = worklist.page(here.house, here.actor, wanted, LINES, after=sau)
    return render(
        here,
        "worklist_all.html",
        found=found,
        total=worklist.count(here.house, here.actor, wanted),
        kinds=[(naming.slug(label), label) for label in KINDS.values()],
        states=STATES,
        legend=EVIDENCE_LEGEND,
        choices=[(naming.slug(label), label) for label in STATES.values()],
        piles=[(SLUGS[one], label) for one, label in PILES.items() if one is not Pile.NOTED],
        chosen={
            "kind": naming.slug(KINDS[naming.kind_of(kind)]) if kind else "",
            "state": naming.slug(STATES[state_]) if state_ else "",
            "pile": SLUGS[piles[0]] if piles else "",
        },
        unit=unit,
        several=len(here.choices) > 0 and not here.unit,
    )


@router.get("/ho-so-chua-khop/{number}", dependencies=[needs(Right.VIEW)])
def of_number(
    here: Here, number: FrontList, ten: str | None = None, nguoi: str = "", sau: str = ""
) -> Response:
    """The list behind a number of the overview, of the unit ``ten`` or of all in view."""
    units = here.only(ten)
    found = front.listed(here.house, here.actor, number, units, officer=nguoi, after=sau)
    name = naming.unit_name(here.house, ten) if ten is not None else here.place
    return draw_number(here, found, name)


def draw_number(here: Visit, found: NumberPage, name: str) -> Response:
    """A list that a number leads to; ``name``: of which unit."""
    several = len(here.choices) > 0 and not here.unit
    return render(
        here,
        "worklist_number.html",
        number=found,
        name=name,
        states=STATES,
        legend=EVIDENCE_LEGEND,
        several=several,
    )


@router.get("/chua-ket-luan", dependencies=[needs(Right.VIEW)])
def undecided(here: Here, ten: str | None = None, sau: str = "") -> Response:
    """What is past due and undecided, of the unit ``ten`` or of all in view; what would decide."""
    units = here.only(ten)
    found = worklist.undecided(here.house, here.actor, units, LINES, after=sau)
    total = front.numbers(here.house, here.actor, units).undecided
    return render(
        here,
        "worklist_undecided.html",
        found=found,
        total=total,
        several=len(here.choices) > 0 and not here.unit,
    )


# --- Acts ------------------------------------------------------------------------------------


def _acts(here: Visit, ticket: str = "") -> dict[str, tuple[str, Move | None]]:
    """What can be done with dossiers, by the word in a form; None: a tick."""
    until = here.today + ASIDE
    told = acts.why_aside(not_ours=False, ticket=ticket, reason="") or "đã báo kỹ thuật"
    return {
        "da-lam": ("Đánh dấu đã làm", None),
        "nhan": ("Nhận việc", acts.take_on()),
        "khong-thuoc": ("Không thuộc đơn vị tôi", acts.set_aside(until, acts.NOT_OURS)),
        "ky-thuat": ("Đã báo kỹ thuật", acts.set_aside(until, told)),
        "khong-phai-mot": ("Không phải một", acts.set_aside(here.today + YEAR, acts.NOT_ONE)),
        "rut-lai": ("Rút lại", acts.take_back()),
    }


@router.post("/viec/chon", dependencies=[needs(Right.WORK)])
def choose(
    here: Here,
    lam: Annotated[str, Form()] = "da-lam",
    ids: Ids | None = None,
    mot: Annotated[str, Form()] = "",
    so: Annotated[str, Form()] = "",
    ve: Back = "/viec",
) -> Response:
    """One dossier is done at once; many are shown before."""
    wanted = [mot] if mot else list(dict.fromkeys(ids or ()))
    if len(wanted) == 1:
        return do(here, wanted, "da-lam" if mot else lam, so, ve)
    if not wanted:
        return redirect(here, _own(ve), "Chưa chọn hồ sơ nào.")
    _lines(here, wanted)
    query = urlencode([("lam", lam), ("so", so), ("ve", _own(ve)), *(("ids", i) for i in wanted)])
    return redirect(here, f"/viec/xem-truoc?{query}")


@router.get("/viec/xem-truoc", dependencies=[needs(Right.WORK)])
def preview(
    here: Here,
    ids: Annotated[list[str], Query()],
    lam: str = "da-lam",
    so: str = "",
    ve: str = "/viec",
) -> Response:
    """What would be done with many, and a button that does it."""
    lines = _lines(here, ids)
    planned = _plan(here, lam, so, lines)
    return render(
        here,
        "worklist_preview.html",
        planned=planned,
        what=_acts(here)[lam][0],
        lines=lines,
        left={one.id for one in planned.left},
        fields={"lam": lam, "so": so, "ve": _own(ve), "ids": ids},
        back=_own(ve),
    )


@router.post("/viec/lam", dependencies=[needs(Right.WORK)])
def do(
    here: Here,
    ids: Ids,
    lam: Annotated[str, Form()],
    so: Annotated[str, Form()] = "",
    ve: Back = "/viec",
) -> Response:
    """Do it with all of these, in one batch."""
    made = acts.do(here.house, here.actor, _plan(here, lam, so, _lines(here, ids)))
    undo = ("/viec/hoan-tac", {"luot": made.id, "ve": _own(ve)}) if lam != "rut-lai" else None
    return redirect(here, _own(ve), f"{made.what}.", undo=undo)


@router.post("/viec/hoan-tac", dependencies=[needs(Right.WORK)])
def undo(here: Here, luot: Annotated[str, Form()], ve: Back = "/viec") -> Response:
    """Undo a batch."""
    undone = acts.undo(here.house, here.actor, luot)
    left = f" {number(undone.left)} việc đã đổi sau đó, để nguyên." if undone.left else ""
    return redirect(here, _own(ve), f"Đã hoàn tác: {undone.batch.what}.{left}")


@router.post("/viec/van-ban", dependencies=[needs(Right.WORK)])
def note(
    here: Here,
    ids: Ids,
    loai: Annotated[str, Form()],
    so: Annotated[str, Form()],
    ngay: Annotated[date, Form()],
    ve: Back = "/viec",
) -> Response:
    """Note a paper on what stands for the dossier."""
    [line] = _lines(here, ids[:1])
    noted = acts.note(here.house, here.actor, line.lead, loai, so, ngay)
    undo = ("/viec/van-ban/rut", {"so": str(noted.id), "ve": _own(ve)})
    return redirect(here, _own(ve), f"Đã ghi {PAPERS[loai]}.", undo=undo)


@router.post("/viec/van-ban/rut", dependencies=[needs(Right.WORK)])
def forget(here: Here, so: Annotated[int, Form()], ve: Back = "/viec") -> Response:
    """A paper was noted by mistake."""
    noted = acts.take_back_paper(here.house, here.actor, so)
    return redirect(here, _own(ve), f"Đã rút lại {PAPERS[noted.kind]} số {noted.number}.")


def _plan(here: Visit, lam: str, so: str, lines: tuple[ListedDossier, ...]) -> PlannedAct:
    if lam not in _acts(here):
        raise Refused("Không có việc này.")
    if lam == "ky-thuat" and not so.strip():
        raise Refused("Ghi số phiếu báo kỹ thuật.", "Quay lại, điền số phiếu rồi gửi lại.")
    what, move = _acts(here, so)[lam]
    if move and lam == "khong-phai-mot":  # of this one alone: the dossier's other work stays
        leads = [line.lead for line in lines]
        return acts.plan(here.house, here.actor, what, move, leads)
    if move is None:
        return acts.plan_ticks(here.house, here.actor, lines, what)
    return acts.plan_lines(here.house, here.actor, what, move, lines)


def _lines(here: Visit, ids: list[str]) -> tuple[ListedDossier, ...]:
    """The dossiers of these discrepancies; raises Unseen where one is not there for the actor."""
    found = worklist.lines_of(here.house, here.actor, ids)
    known = {one.id for line in found for one in (line.lead, *line.others)}
    if not set(ids) <= known:
        raise Unseen(ids[0] if ids else "")
    return found


def _own(path: str) -> str:
    """A path of this console: never another host's."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/viec"


# --- Paper and Excel -------------------------------------------------------------------------


@router.get("/viec/in/{name}", dependencies=[needs(Right.VIEW)])
def paper(here: Here, name: str) -> Response:
    """The pile on paper: 30 lines a page, the unit's letterhead, three signatures."""
    wanted = _wanted(here, name)
    lines: list[ListedDossier] = []
    for one in worklist.whole(here.house, here.actor, wanted, by_book=True):
        lines.append(one)
        if len(lines) == MOST_PRINTED:
            break
    pages = [lines[at : at + ON_PAPER] for at in range(0, len(lines), ON_PAPER)]
    return render(
        here,
        "worklist_paper.html",
        legend=EVIDENCE_LEGEND,
        heading=_title(name),
        pages=pages,
        on_page=ON_PAPER,
        total=worklist.count(here.house, here.actor, wanted),
        shown=len(lines),
        office=here.house.settings.office.name,
        name=name,
    )


@router.get("/viec/excel/{name}", dependencies=[needs(Right.VIEW)])
def excel(here: Here, name: str) -> Response:
    """The pile as a workbook that comes back filled in."""
    wanted = _wanted(here, name)
    folder = Path(tempfile.mkdtemp(prefix="doisoat-"))
    file = folder / "danh-sach.xlsx"
    try:
        title = f"DANH SÁCH HỒ SƠ: {_title(name).upper()}"
        filled_lists.write(here.house, here.actor, wanted, file, title=title, place=here.place)
        content = file.read_bytes()
    finally:
        file.unlink(missing_ok=True)
        folder.rmdir()
    return download_bytes(content, f"viec-{name}-{here.today:%d-%m-%Y}.xlsx")


def download_bytes(content: bytes, name: str) -> Response:
    """A workbook to keep, under a name that people read."""
    from urllib.parse import quote

    named = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=XLSX, headers={"Content-Disposition": named})


@router.get("/viec/nap-lai", dependencies=[needs(Right.WORK)])
def bring_back(here: Here) -> Response:
    """Where a filled-in list is dropped."""
    return render(here, "worklist_upload.html", planned=None, error=None)


@router.post("/viec/nap-lai", dependencies=[needs(Right.WORK)])
def look_at_list(here: Here, tep: UploadFile) -> Response:
    """What each row of the list would do; nothing is written."""
    name = Path(tep.filename or "danh-sach.xlsx").name
    with tempfile.NamedTemporaryFile(suffix=Path(name).suffix[:8]) as kept:
        while part := tep.file.read(1 << 20):
            kept.write(part)
        kept.flush()
        try:
            planned = filled_lists.plan(here.house, here.actor, Path(kept.name), name)
        except Refused as error:
            return render(here, "worklist_upload.html", status=409, planned=None, error=error)
    packed = filled_lists.packed(planned)
    return render(
        here,
        "worklist_upload.html",
        planned=planned,
        error=None,
        packed=packed,
        seal=here.signed(packed),
        said=list(filled_lists.spoken(planned.blank, planned.effects)),
    )


@router.post("/viec/nap-lai/ghi", dependencies=[needs(Right.WORK)])
def take_list(
    here: Here, goi: Annotated[str, Form()] = "", dau: Annotated[str, Form()] = ""
) -> Response:
    """Do what the list that was looked at asks for."""
    if not goi or here.signed(goi) != dau:
        raise Refused("Danh sách này đã cũ.", "Nạp lại tệp.")
    planned = filled_lists.again(here.house, here.actor, goi)
    made = filled_lists.take_in(here.house, here.actor, planned)
    return redirect(
        here, "/viec", f"{made.what}.", undo=("/viec/hoan-tac", {"luot": made.id, "ve": "/viec"})
    )


def _wanted(here: Visit, name: str) -> DossierFilter:
    """The list of that name, within the units of the page."""
    if name == SETTLED:
        return DossierFilter(here.units, piles=(Pile.SETTLED,), just_settled=True)
    if name in (TICKED, STILL):
        ticked = Ticked.STILL if name == STILL else Ticked.WAITS
        return DossierFilter(here.units, piles=worklist.UNSETTLED, ticked=ticked)
    found = BY_SLUG.get(name)
    if found is None:
        raise Unseen(name)
    ticked_ = Ticked.NO if found in worklist.UNSETTLED else None
    return DossierFilter(here.units, piles=(found,), ticked=ticked_)


def _title(name: str) -> str:
    return TITLES.get(name) or PILES[BY_SLUG[name]]
