"""Kiểm tra chọn mẫu: the risk-limiting check of a frozen period in three steps."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import Response

from worker.console.drawing import redirect, render
from worker.console.here import Here, Visit, needs
from worker.desk import check_page as desk
from worker.desk.actor import Right, Unseen
from worker.desk.check_page import FOUND_NOTHING, FrozenChoice
from worker.desk.refused import Refused

router = APIRouter(prefix="/kiem-tra")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Text = Annotated[str, Form()]
Texts = Annotated[list[str], Form()]


@router.get("", dependencies=[needs(Right.INSPECT)])
def all_checks(here: Here) -> Response:
    """The frozen periods, and the check of each."""
    return _choices(here)


@router.post("", dependencies=[needs(Right.INSPECT)])
def begin(
    here: Here,
    ky: Text,
    rui_ro: Text = "5",
    sai_so: Text = "1",
    chuyen: Text = "5",
    con_lai: Text = "0",
    don_vi: Text = "",
) -> Response:
    """Plan a check."""
    asked = {"late_rate": sai_so, "moved": chuyen, "still_open": con_lai}
    try:
        name = desk.begin(here.house, here.actor, ky, don_vi, asked=asked, risk=rui_ro)
    except Refused as error:
        return _choices(here, error)
    return redirect(here, _path(name), "Đã lập kế hoạch; công bố mã băm rồi mới gieo số.")


@router.get("/{name}", dependencies=[needs(Right.INSPECT)])
def one(here: Here, name: str, sau: str = "") -> Response:
    """A check in its three steps."""
    return _page(here, name, sau)


@router.post("/{name}/gieo", dependencies=[needs(Right.INSPECT)])
def throw(here: Here, name: str, so: Text = "", chung_kien: Text = "") -> Response:
    """Keep the seed that was thrown in public."""
    try:
        drawn = desk.throw(here.house, here.actor, name, so, chung_kien)
    except Refused as error:
        return _page(here, name, refused=error)
    return redirect(here, _path(name), f"Đã ghi số gieo và rút {drawn} hồ sơ.")


@router.post("/{name}/rut", dependencies=[needs(Right.INSPECT)])
def draw(here: Here, name: str, ket_luan: Text, them: Annotated[int, Form()]) -> Response:
    """Draw further papers."""
    desk.draw_more(here.house, here.actor, name, ket_luan, them)
    return redirect(here, _path(name), f"Đã rút thêm {them} hồ sơ theo cùng số gieo.")


@router.post("/{name}/ket-qua", dependencies=[needs(Right.INSPECT)])
def results(
    here: Here,
    name: str,
    khoa: Texts,
    vao_so: Texts,
    tra: Texts,
    tim: Texts,
    nguoi_1: Text = "",
    nguoi_2: Text = "",
) -> Response:
    """Keep what was found, row by row."""
    rows = list(zip(khoa, vao_so, tra, tim, strict=False))
    try:
        fresh = desk.typed(here.house, here.actor, name, rows, nguoi_1, nguoi_2)
    except Refused as error:
        typed = {row[0]: row[1:] for row in rows}
        return _page(here, name, refused=error, typed=typed, names=(nguoi_1, nguoi_2))
    return redirect(here, _path(name), f"Đã ghi kết quả của {fresh} hồ sơ.")


@router.post("/{name}/nap-phieu", dependencies=[needs(Right.INSPECT)])
def sheet_back(here: Here, name: str, phieu: UploadFile) -> Response:
    """Keep a filled-in sheet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "phieu.xlsx"
        with path.open("wb") as file:
            shutil.copyfileobj(phieu.file, file)
        try:
            fresh, problems = desk.taken_back(here.house, here.actor, name, path)
        except Refused as error:
            return _page(here, name, refused=error)
    if problems:
        told = Refused(
            f"Đã ghi {fresh} hồ sơ; {len(problems)} dòng chưa hiểu.", "; ".join(problems)
        )
        return _page(here, name, refused=told)
    return redirect(here, _path(name), f"Đã ghi kết quả của {fresh} hồ sơ.")


@router.post("/{name}/ket-thuc", dependencies=[needs(Right.INSPECT)])
def close(here: Here, name: str, ly_do: Text = "") -> Response:
    """End the check."""
    try:
        desk.close(here.house, here.actor, name, ly_do)
    except Refused as error:
        return _page(here, name, refused=error)
    return redirect(here, _path(name), "Cuộc kiểm tra đã kết thúc; báo cáo sau ghi kết luận này.")


@router.get("/{name}/phieu/{number}", dependencies=[needs(Right.INSPECT)])
def sheet(here: Here, name: str, number: int) -> Response:
    """The blind sheet of a unit."""
    title, content = desk.sheet(here.house, here.actor, name, number)
    return _file(content, title, XLSX)


@router.get("/{name}/tep/{file}", dependencies=[needs(Right.INSPECT)])
def published(here: Here, name: str, file: str) -> Response:
    """A file from which everybody can verify the check."""
    content = desk.published(here.house, here.actor, name, file)
    return _file(content, file, "application/octet-stream")


def _choices(
    here: Visit, refused: Refused | None = None, wanted: FrozenChoice | None = None
) -> Response:
    """The frozen periods and a form for a plan; ``wanted`` is the one that it is for."""
    found = desk.choices(here.house, here.actor)
    return render(
        here,
        "check_all.html",
        status=409 if refused else 200,
        found=found,
        refused=refused,
        wanted=wanted,
        unit=wanted.name.partition("@")[2] if wanted else "",
    )


def _page(
    here: Visit,
    name: str,
    after: str = "",
    *,
    refused: Refused | None = None,
    typed: Mapping[str, tuple[str, ...]] | None = None,
    names: tuple[str, str] = ("", ""),
) -> Response:
    try:
        found = desk.page(here.house, here.actor, name)
    except Unseen:
        return _choices(here, refused, desk.planless(here.house, here.actor, name))
    papers = desk.to_type(here.house, here.actor, name, after=after) if found.going_on else ()
    return render(
        here,
        "check_one.html",
        status=409 if refused else 200,
        check=found,
        papers=papers,
        chart=_chart,
        seen=FOUND_NOTHING,
        refused=refused,
        typed=typed or {},
        names=names,
    )


def _path(name: str) -> str:
    return f"/kiem-tra/{quote(name)}"


def _file(content: bytes, name: str, media: str) -> Response:
    named = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=media, headers={"Content-Disposition": named})


def _chart(claim: desk.ClaimLine) -> dict[str, object]:
    """Where the lines of a chart lie: 640 wide, 220 high, papers to the right, the rate upwards."""
    ends = [end for point in claim.looks for end in (point.low, point.high)]
    low, high = claim.reported - claim.width, claim.reported + claim.width
    if not claim.is_rate:
        low, high = 0.0, claim.width
    bottom, top = min([low, *ends]), max([high, *ends])
    room = (top - bottom) or 1.0
    most = max(claim.looks[-1].papers, claim.papers[0]) if claim.looks else 1

    def x(papers: float) -> float:
        return round(60 + 570 * papers / most, 1)

    def y(rate: float) -> float:
        return round(190 - 170 * (rate - bottom) / room, 1)

    upper = " ".join(f"{x(one.papers)},{y(one.high)}" for one in claim.looks)
    lower = " ".join(f"{x(one.papers)},{y(one.low)}" for one in reversed(claim.looks))
    return {
        "band": f"{upper} {lower}",
        "points": [(x(one.papers), y(one.low), y(one.high)) for one in claim.looks],
        "margin": [(y(edge), edge) for edge in (low, high)],
        "most": most,
        "planned": x(claim.papers[0]),
        "reported": (y(claim.reported), claim.reported),
        "is_rate": claim.is_rate,
    }
