"""Quét giấy tiếp nhận: paper after paper at the counter, until a second person approves them."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from worker import words
from worker.console.drawing import environment, redirect, render
from worker.console.here import Here, Visit, needs, weighty
from worker.desk import scans, uploads
from worker.desk.actor import Right
from worker.desk.refused import Refused

router = APIRouter(prefix="/quet")

#: Papers that the page of scanning shows; the last one large.
SHOWN = 12


@router.get("", dependencies=[needs(Right.VIEW)])
def start(here: Here) -> Response:
    """The stacks, and where a new one begins."""
    return _start(here)


def _start(
    here: Visit, error: Refused | None = None, asked: dict[str, str] | None = None
) -> Response:
    after = here.request.query_params.get("sau", "")
    before = int(after) if after.isdecimal() and len(after) < 10 else None
    found = scans.stacks(here.house, here.actor, before=before)
    may = here.actor.may(Right.INTAKE)
    return render(
        here,
        "scans_start.html",
        status=409 if error else 200,
        error=error,
        asked=asked or {"ngay": words.day(here.today), "so_to": "", "don_vi_so": ""},
        stacks=found,
        after=found[-1].batch.id if len(found) == scans.PAGE else "",
        may=may,
        approves=here.actor.may(Right.APPROVE),
        choices=uploads.unit_choices(here.house, here.actor) if may else [],
    )


@router.post("", dependencies=[needs(Right.INTAKE)])
def begin(
    here: Here,
    ngay: Annotated[str, Form()] = "",
    so_to: Annotated[str, Form()] = "",
    don_vi_so: Annotated[str, Form()] = "",
) -> Response:
    """A new stack of papers of one day."""
    try:
        number = scans.begin(here.house, here.actor, _day(ngay), _count(so_to), don_vi_so)
    except Refused as error:
        return _start(here, error, {"ngay": ngay, "so_to": so_to, "don_vi_so": don_vi_so})
    return redirect(here, f"/quet/{number}")


def _day(text: str) -> date:
    found = words.day_from(text)
    if found is None:
        raise Refused("Chưa ghi ngày trả trên giấy, viết như 31/01/2024.")
    return found


def _count(text: str) -> int | None:
    if text and not (text.isdecimal() and len(text) < 6):
        raise Refused("Số tờ của xấp phải là số tự nhiên.")
    return int(text) if text else None


@router.get("/{number}", dependencies=[needs(Right.VIEW)])
def show(here: Here, number: int) -> Response:
    """A stack: scanned while it is open, opened and approved while it waits."""
    return _show(here, number)


def _show(here: Visit, number: int, error: Refused | None = None) -> Response:
    stack = scans.one_stack(here.house, here.actor, number)
    is_open = stack.batch.state is scans.OPEN
    if is_open:
        stack = scans.one_stack(here.house, here.actor, number, last=SHOWN)
    return render(
        here,
        "scans_open.html" if is_open else "scans_closed.html",
        status=409 if error else 200,
        error=error,
        statement=scans.STATEMENT,
        may=here.actor.may(Right.INTAKE),
        approves=here.actor.may(Right.APPROVE),
        own=stack.batch.by == here.actor.who,
        client_id=secrets.token_hex(12),
        **_facts(stack),
    )


def _facts(stack: scans.Stack) -> dict[str, Any]:
    return {"stack": stack, "last": stack.lines[-1] if stack.lines else None}


@router.post("/{number}/giay", dependencies=[needs(Right.INTAKE)])
def scan(
    here: Here,
    number: int,
    ma: Annotated[str, Form()] = "",
    luot: Annotated[str, Form()] = "",
) -> Response:
    """One paper, from a browser without script."""
    try:
        if not ma.strip():
            raise Refused("Chưa có mã: quét lại tờ giấy.")
        scans.scan(here.house, here.actor, number, luot, ma)
    except Refused as error:
        return _show(here, number, error)
    return redirect(here, f"/quet/{number}")


@router.post("/{number}/gui", dependencies=[needs(Right.INTAKE)])
def send(
    here: Here,
    number: int,
    ma: Annotated[str, Form()] = "",
    luot: Annotated[str, Form()] = "",
) -> Response:
    """One paper, from the page's script: what is to be shown of the stack now."""
    said = scans.scan(here.house, here.actor, number, luot, ma)
    return _piece(here, number, said.value)


@router.post("/{number}/bo-cuoi", dependencies=[needs(Right.INTAKE)])
def take_back(here: Here, number: int, phan: Annotated[str, Form()] = "") -> Response:
    """The last paper is in the stack no more."""
    try:
        code = scans.take_back(here.house, here.actor, number)
    except Refused as error:
        return _show(here, number, error)
    if phan:
        return _piece(here, number, "undone")
    return redirect(here, f"/quet/{number}", f"Đã bỏ tờ vừa quét: {code}.")


def _piece(here: Visit, number: int, said: str) -> Response:
    stack = scans.one_stack(here.house, here.actor, number, last=SHOWN)
    piece = environment().get_template("_scans_now.html")
    return HTMLResponse(piece.render(**_facts(stack)), headers={"X-Quet": said})


@router.post("/{number}/dong", dependencies=[needs(Right.INTAKE)])
def close(here: Here, number: int, dem_lai: Annotated[str, Form()] = "") -> Response:
    """The stack waits for a second person."""
    try:
        scans.close(here.house, here.actor, number, sure=bool(dem_lai))
    except Refused as error:
        return _show(here, number, error)
    return redirect(here, f"/quet/{number}", f"Đã gửi duyệt. {scans.STATEMENT}.")


@router.post("/{number}/rut-giay", dependencies=[needs(Right.APPROVE)])
def draw(here: Here, number: int) -> Response:
    """Papers are drawn at random for the second person to open."""
    try:
        scans.draw(here.house, here.actor, number)
    except Refused as error:
        return _show(here, number, error)
    return redirect(here, f"/quet/{number}")


@router.post("/{number}/duyet", dependencies=[weighty(Right.APPROVE)])
def approve(here: Here, number: int, mo: Annotated[list[int] | None, Form()] = None) -> Response:
    """The papers of the stack are evidence from the next run on."""
    try:
        count = scans.approve(here.house, here.actor, number, mo or [])
    except Refused as error:
        return _show(here, number, error)
    told = f"Đã duyệt {count} tờ. Tính vào số liệu từ lượt đối soát sau, là căn cứ yếu nhất."
    return redirect(here, f"/quet/{number}", told)


@router.post("/{number}/khong-duyet", dependencies=[needs(Right.APPROVE)])
def refuse(here: Here, number: int, ly_do: Annotated[str, Form()] = "") -> Response:
    """The stack is no evidence."""
    try:
        scans.refuse(here.house, here.actor, number, reason=ly_do)
    except Refused as error:
        return _show(here, number, error)
    return redirect(here, f"/quet/{number}", "Không duyệt xấp này; giấy quét lại được ở xấp khác.")


@router.post("/{number}/rut-duyet", dependencies=[needs(Right.APPROVE)])
def withdraw(here: Here, number: int, ly_do: Annotated[str, Form()] = "") -> Response:
    """The approval is taken back."""
    try:
        scans.withdraw(here.house, here.actor, number, reason=ly_do)
    except Refused as error:
        return _show(here, number, error)
    return redirect(here, f"/quet/{number}", "Đã rút lại duyệt: các tờ này không còn là căn cứ.")
