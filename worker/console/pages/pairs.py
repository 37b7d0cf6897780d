"""S4, xác nhận ghép: one pair a screen, answered by one key."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from fastapi.responses import Response

from worker import words
from worker.console.drawing import redirect, render
from worker.console.here import Here, Visit, needs
from worker.desk import pairs as desk
from worker.desk.actor import Right, Unseen
from worker.desk.pairs import PairView

router = APIRouter(prefix="/ghep")

SAME, OTHER, UNSURE = "cung", "khac", "chua-ro"
#: What is told after an answer.
SAID = {SAME: "Đã ghi: cùng một hồ sơ.", OTHER: "Đã ghi: khác hồ sơ.", UNSURE: "Để lại: chưa rõ."}


@router.get("", dependencies=[needs(Right.WORK)])
def following(here: Here, sau: str = "", truoc: str = "") -> Response:
    """The next pair behind ``sau``; ``truoc`` is the one before it, to go back to."""
    left = desk.left(here.house, here.actor, here.units)
    found = desk.waiting(here.house, here.actor, here.units, after=sau, limit=1)
    if not found:
        return render(here, "pairs_done.html", left=left, before=truoc)
    return _drawn(here, desk.view(here.house, here.actor, found[0]), left, truoc)


@router.get("/{key}", dependencies=[needs(Right.WORK)])
def one(here: Here, key: str) -> Response:
    """A certain pair, answered or not."""
    asked = desk.by_lot(here.house, here.actor, key)
    left = desk.left(here.house, here.actor, here.units)
    return _drawn(here, desk.view(here.house, here.actor, asked), left, "")


@router.post("/{key}", dependencies=[needs(Right.WORK)])
def answer(here: Here, key: str, tra_loi: Annotated[str, Form()]) -> Response:
    """Keep an answer, and on to the next pair."""
    asked = desk.by_lot(here.house, here.actor, key)
    if tra_loi not in SAID:
        raise Unseen(tra_loi)
    note = SAID[tra_loi]
    if tra_loi != UNSURE:
        done = desk.answer(here.house, here.actor, asked, same=tra_loi == SAME)
        if done.waits:
            note += " Câu này có lợi cho số liệu nên chờ người thứ hai cùng ý mới tính."
    return redirect(here, _address(here, sau=key, truoc=key), note)


@router.post("/{key}/quay-lai", dependencies=[needs(Right.WORK)])
def back(here: Here, key: str) -> Response:
    """Take the own answer back and show the pair again."""
    asked = desk.by_lot(here.house, here.actor, key)
    gone = desk.take_back(here.house, here.actor, *asked.pair)
    return redirect(here, f"/ghep/{key}", "Đã rút câu trả lời vừa rồi." if gone else "")


def _address(here: Visit, **query: str) -> str:
    unit = {"don_vi": here.unit} if here.unit else {}
    return f"/ghep?{urlencode(unit | query)}"


def _drawn(here: Visit, view: PairView, left: int, before: str) -> Response:
    return render(
        here, "pairs_one.html", view=view, left=left, before=before, columns=words.COLUMNS
    )
