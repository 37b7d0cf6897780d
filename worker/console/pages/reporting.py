"""S6, báo cáo, số liệu: a period in the form's own grid, each number a list; its freeze."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from fastapi.responses import PlainTextResponse, Response

from worker.console import live
from worker.console.drawing import download, environment, redirect, render
from worker.console.here import Here, Visit, needs, weighty
from worker.desk import period_documents, period_page, periods, submitted
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.house import House

router = APIRouter(prefix="/bao-cao")

Text = Annotated[str, Form()]
#: The form's columns: groups with their cells, by the names under which lists are asked for.
GROUPS = (
    ("Số hồ sơ tiếp nhận", ("Tổng số", "Trực tuyến", "Trực tiếp, bưu chính", "Từ kỳ trước")),
    ("Số hồ sơ đã giải quyết", ("Tổng số", "Trước hạn", "Đúng hạn", "Quá hạn")),
    ("Số hồ sơ đang giải quyết", ("Tổng số", "Trong hạn", "Quá hạn")),
)
CELLS = tuple(period_page.CELLS)
SIDES = {"truoc": "before", "sau": "after", "vao": "in", "ra": "out"}
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
#: Where each part of "ready" is listed, and who may go there.
PLACES = {
    "data": ("/chay", Right.RUN),
    "books": ("/nap-so", Right.VIEW),
    "pairs": ("/ghep", Right.WORK),
    "sent": ("#da-bao-cao", Right.VIEW),
}


@router.get("", dependencies=[needs(Right.VIEW)])
def period(here: Here, ky: str = "") -> Response:
    """A period, or the choice of one."""
    found = periods.choices(here.house, here.actor)
    if not ky:
        return render(here, "reporting_choose.html", found=found)
    return _page(here, ky)


@router.get("/ho-so", dependencies=[needs(Right.VIEW)])
def dossiers(
    here: Here,
    ky: str,
    o: str = "received",
    cot: str = "sau",
    tu: str = "",
    den: str = "",
    muon: str = "",
    nhap: date | None = None,
    rieng: str = "",
    doi: str = "",
    tay: str = "",
    ket_thuc: date | None = None,
    sau: str = "",
) -> Response:
    """The dossiers of a cell, of a difference, of a step, of a day; of the unit ``rieng`` alone."""
    found = period_page.dossiers(
        here.house,
        here.actor,
        ky,
        here.units,
        cell=o,
        side=SIDES.get(cot, ""),
        came_from=tu,
        goes_to=den,
        typed_late=bool(muon),
        typed_on=nhap,
        unit=rieng,
        moved=bool(doi),
        by_hand=bool(tay),
        ended_on=ket_thuc,
        after=sau,
    )
    return render(here, "reporting_dossiers.html", found=found, name=ky)


@router.post("/tinh", dependencies=[needs(Right.FREEZE)])
def count(here: Here, ky: Text) -> Response:
    """Have the period counted by what is stored then."""
    return _asked(here, ky, periods.ask_to_count)


@router.get("/tien-do", dependencies=[needs(Right.VIEW)])
def progress(here: Here, ky: str) -> Response:
    """How the counting of a period stands, for as long as it goes on."""

    def draw() -> str | None:
        now = periods.count_now(here.house, here.actor, ky)
        if now is None or now.is_over:
            return None
        return environment().get_template("reporting_count.html").render(now=now, here=here)

    periods.scope_of(here.house, ky)  # before anything is sent
    return live.stream(here.request, draw)


@router.post("/de-nghi", dependencies=[needs(Right.FREEZE)])
def propose(here: Here, ky: Text, can_cu: Text = "") -> Response:
    """Propose to freeze or correct."""
    return _done(
        here,
        ky,
        lambda: periods.propose(here.house, here.actor, ky, can_cu),
        "Đã đề nghị; chờ một người khác duyệt.",
    )


@router.post("/duyet", dependencies=[weighty(Right.APPROVE)])
def approve(here: Here, ky: Text) -> Response:
    """Freeze what another person proposed."""
    return _asked(here, ky, periods.approve)


@router.post("/khong-duyet", dependencies=[needs(Right.FREEZE)])
def turn_down(here: Here, ky: Text, ly_do: Text = "") -> Response:
    """Turn a proposal down."""
    return _done(
        here,
        ky,
        lambda: periods.turn_down(here.house, here.actor, ky, ly_do),
        "Đã trả lại đề nghị.",
    )


@router.post("/da-bao-cao", dependencies=[needs(Right.FREEZE)])
def typed(
    here: Here,
    ky: Text,
    don_vi: Text = "",
    linh_vuc: Text = "",
    dan: Text = "",
    so: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Keep a line of submitted figures, typed cell by cell or pasted from Excel."""
    cells = dan.rstrip("\r\n").split("\t") if dan.strip() else so or []
    try:
        notes = submitted.put(here.house, here.actor, ky, don_vi, linh_vuc, cells)
    except Refused as error:
        return _page(here, ky, error, typed=cells)
    note = "Đã ghi số liệu đã báo cáo."
    if notes:
        note += " Kiểm tra lại: " + "; ".join(notes) + "."
    return redirect(here, _address(here, ky), note)


@router.get("/chep", dependencies=[needs(Right.VIEW)])
def row(here: Here, ky: str, cot: str = "truoc") -> Response:
    """One line of the form to copy, parted by tabs."""
    text = period_page.row_to_copy(here.house, here.actor, ky, here.units, reconciled=cot == "sau")
    return PlainTextResponse(text)


@router.get("/tai/{run}/{file}", dependencies=[needs(Right.VIEW)])
def document(here: Here, run: str, file: str) -> Response:
    """A document, as it was written."""
    path = period_documents.path_of(here.house, here.actor, run, file)
    return download(path, file, MEDIA[path.suffix[1:]])


def _asked(here: Visit, name: str, ask: Callable[[House, Actor, str], bool]) -> Response:
    """Have the service do it, and say who will."""
    try:
        served = ask(here.house, here.actor, name)
    except Refused as error:
        return _page(here, name, error)
    later = "Đã ghi nhận; bắt đầu khi bộ phận CNTT khởi động dịch vụ nền."
    return redirect(here, _address(here, name), "Đã giao cho dịch vụ nền." if served else later)


def _done(here: Visit, name: str, act: Callable[[], object], note: str) -> Response:
    try:
        act()
    except Refused as error:
        return _page(here, name, error)
    return redirect(here, _address(here, name), note)


def _address(here: Visit, name: str) -> str:
    unit = {"don_vi": here.unit} if here.unit else {}
    return f"/bao-cao?{urlencode({'ky': name} | unit)}"


def _page(
    here: Visit, name: str, refused: Refused | None = None, *, typed: list[str] | None = None
) -> Response:
    try:
        found = period_page.figures(here.house, here.actor, name, here.units)
    except Refused as error:
        if refused is None:
            raise Unseen(name) from error
        raise
    scope = periods.scope_of(here.house, name)
    return render(
        here,
        "reporting_period.html",
        status=409 if refused else 200,
        found=found,
        now=periods.count_now(here.house, here.actor, name),
        refused=refused,
        typed=typed or [],
        groups=GROUPS,
        cells=CELLS,
        places={name: to for name, (to, right) in PLACES.items() if here.actor.may(right)},
        sent=submitted.lines(here.house, here.actor, name),
        fields=submitted.fields(),
        documents=period_documents.newest(here.house, here.actor, scope),
        may=here.actor.may,
        rights=Right,
    )
