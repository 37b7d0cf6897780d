"""Sổ đã nhập đủ: declared by the civil-status officer's account, looked at first, taken back."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response

from reconcile.judging.proof import REGISTERS
from worker import words
from worker.console.drawing import redirect, render
from worker.console.here import Here, Visit, needs
from worker.desk import books, uploads
from worker.desk.actor import Right
from worker.desk.refused import Refused

router = APIRouter(prefix="/so-du")

TYPES = [("", "Mọi loại sổ"), *((one, REGISTERS[one]) for one in REGISTERS if one in books.TYPES)]


@router.get("", dependencies=[needs(Right.VIEW)])
def show_all(here: Here) -> Response:
    """The declared books and their missing numbers."""
    return _all(here)


def _all(here: Visit, error: Refused | None = None) -> Response:
    found = books.shown(here.house, here.actor)
    may = here.actor.may(Right.INTAKE)
    status = 409 if error else 200
    return render(here, "books_list.html", status=status, books=found, may=may, error=error)


@router.get("/khai", dependencies=[needs(Right.INTAKE)])
def ask(here: Here) -> Response:
    """What is to be declared; once it is filled in, what the rows say of it."""
    asked = {name: here.request.query_params.get(name, "") for name in _FIELDS}
    if not asked["den_ngay"]:
        return _form(here, asked)
    try:
        source, said = _said(here, asked)
    except Refused as error:
        return _form(here, asked, error)
    return _form(here, asked, check=books.check(here.house, source, said))


@router.post("/khai", dependencies=[needs(Right.INTAKE)])
def declare(
    here: Here,
    nguon: Annotated[str, Form()] = "",
    so_cua: Annotated[str, Form()] = "",
    loai: Annotated[str, Form()] = "",
    den_ngay: Annotated[str, Form()] = "",
    tu_so: Annotated[str, Form()] = "",
    den_so: Annotated[str, Form()] = "",
) -> Response:
    """The book is declared complete, signed by this account."""
    values = (nguon, so_cua, loai, den_ngay, tu_so, den_so)
    asked = dict(zip(_FIELDS, values, strict=True))
    try:
        source, said = _said(here, asked)
        number = books.declare(here.house, here.actor, source, said)
    except Refused as error:
        return _form(here, asked, error)
    undo = (f"/so-du/{number}/rut", {"ly_do": "khai nhầm, rút lại ngay"})
    told = f"Đã khai số {number}. Áp dụng từ lượt đối soát sau."
    return redirect(here, "/so-du", told, undo=undo)


@router.post("/{number}/rut", dependencies=[needs(Right.INTAKE)])
def withdraw(here: Here, number: int, ly_do: Annotated[str, Form()] = "") -> Response:
    """The declaration is taken back; it stays in the history."""
    try:
        books.withdraw(here.house, here.actor, number, reason=ly_do)
    except Refused as error:
        return _all(here, error)
    return redirect(here, "/so-du", f"Đã rút lại khai báo số {number}.")


_FIELDS = ("nguon", "so_cua", "loai", "den_ngay", "tu_so", "den_so")


def _said(here: Visit, asked: dict[str, str]) -> tuple[str, Any]:
    """The source and what is declared of it. Raises Refused, Unseen."""
    source = books.source_of(here.house, asked["nguon"] or None)
    return source, books.wanted(
        here.house,
        here.actor,
        until=_day(asked["den_ngay"]),
        by=here.actor.who,
        unit=asked["so_cua"],
        register_type=asked["loai"],
        first=_count(asked["tu_so"]),
        last=_count(asked["den_so"]),
    )


def _day(text: str) -> date:
    found = words.day_from(text)
    if found is None:
        raise Refused("Chưa ghi ngày mà sổ đã nhập đủ đến, viết như 31/01/2024.")
    return found


def _count(text: str) -> int | None:
    if text and not (text.isdecimal() and len(text) < 8):
        raise Refused("Từ số, đến số phải là số tự nhiên.")
    return int(text) if text else None


def _form(
    here: Visit,
    asked: dict[str, str],
    error: Refused | None = None,
    check: books.BookCheck | None = None,
) -> Response:
    return render(
        here,
        "books_form.html",
        status=409 if error else 200,
        asked=asked,
        error=error,
        check=check,
        gaps=books.gaps(check.missing) if check else "",
        types=TYPES,
        sources=books.registers(here.house),
        choices=uploads.unit_choices(here.house, here.actor),
    )
