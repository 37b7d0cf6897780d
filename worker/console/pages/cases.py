"""S1, the page of a dossier, to which everything leads, and the search that every page has."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from reconcile.labels import BRIEF_PROCEDURES
from reconcile.lifecycle import State
from reconcile.links import Link
from reconcile.text.vietnamese import initials
from worker.console.drawing import redirect, render
from worker.console.here import Here, Visit, needs
from worker.desk import dossier_view, naming, pairs, scans, search, why
from worker.desk.actor import Right, Unseen
from worker.desk.search import Hit
from worker.words import PAPERS

router = APIRouter()

SHOWN = 50


@router.get("/ho-so", dependencies=[needs(Right.VIEW)])
def find(here: Here, tim: str = "") -> Response:
    """A code leads to its dossier, a name to those that bear it."""
    text = " ".join(tim.split())
    hits = search.bearing(here.house, here.actor, text, SHOWN) if text else None
    if hits and len(hits.found) == 1:
        return RedirectResponse(address(hits.found[0]), 303)
    if hits is None or not hits.found:
        return render(here, "case_none.html", status=404 if text else 200, text=text)
    lines = [
        (address(one), one, initials(one.main.subject or one.main.applicant)) for one in hits.found
    ]
    return render(
        here,
        "case_found.html",
        text=text,
        lines=lines,
        more=hits.more,
        unit_name=lambda unit: naming.unit_name(here.house, unit),
        procedures=BRIEF_PROCEDURES,
    )


@router.get("/ho-so/{key:path}", dependencies=[needs(Right.VIEW)])
def dossier(here: Here, key: str) -> Response:
    """One dossier: a sentence, a step, each source beside the other."""
    hit = _hit(here, key)
    if hit is None:
        return render(here, "case_none.html", status=404, text=key)
    view = dossier_view.view(here.house, here.actor, hit)
    lead = view.lead
    return render(
        here,
        "case.html",
        view=view,
        address=address(hit),
        papers=PAPERS,
        may_work=here.actor.may(Right.WORK) and lead is not None,
        may_take=lead is not None and lead.state is State.OPEN,
        may_undo=lead is not None and lead.state in (State.ACKNOWLEDGED, State.WAIVED),
        may_answer=here.actor.may(Right.WORK),
        stacks=scans.to_approve(here.house, here.actor, holding=(view.code, view.national_code)),
        pair=address(hit).removeprefix("/ho-so"),
    )


@router.post("/khong-phai-mot/{key:path}", dependencies=[needs(Right.WORK)])
def not_one(here: Here, key: str, dong: Annotated[str, Form()]) -> Response:
    """This register row is of another dossier."""
    hit, link = _link(here, key, dong)
    pairs.answer_of(here.house, here.actor, link.row, link.dossier or "", same=False)
    to = address(hit)
    undo = (to.replace("/ho-so", "/van-la-mot", 1), {"dong": dong})
    return redirect(here, to, "Đã ghi: không phải một. Áp dụng từ lượt đối soát sau.", undo=undo)


@router.post("/van-la-mot/{key:path}", dependencies=[needs(Right.WORK)])
def not_said(here: Here, key: str, dong: Annotated[str, Form()]) -> Response:
    """What was said of this row and dossier is taken back."""
    hit, link = _link(here, key, dong)
    gone = pairs.take_back(here.house, here.actor, link.row, link.dossier or "")
    return redirect(here, address(hit), "Đã rút câu trả lời." if gone else "")


def _link(here: Visit, key: str, row: str) -> tuple[Hit, Link]:
    """The dossier, and the link of this row with it. Raises Unseen."""
    hit = _hit(here, key)
    link = next((one for one in hit.links if one.row == row), None) if hit else None
    if hit is None or link is None or link.dossier is None:
        raise Unseen(key)
    return hit, link


@router.get("/vi-sao/{key:path}", dependencies=[needs(Right.VIEW)])
def why_not(here: Here, key: str) -> Response:
    """ "Vì sao không?": each kind with the first condition that is not met."""
    hit = _hit(here, key)
    if hit is None:
        return render(here, "case_none.html", status=404, text=key)
    return render(
        here,
        "case_why.html",
        code=hit.main.own_code or "dòng sổ chưa có mã",
        address=address(hit),
        found=why.of_dossier(here.house, here.actor, hit),
    )


def _hit(here: Visit, key: str) -> Hit | None:
    """The dossier of a code, else of the key of a row that has none; None: not for the actor."""
    try:
        return dossier_view.by_code(here.house, here.actor, key)
    except Unseen:
        pass
    try:
        return search.of_key(here.house, here.actor, key)
    except Unseen:
        return None


def address(hit: Hit) -> str:
    """Where the page of a dossier is: its code, else the key of its row."""
    return f"/ho-so/{quote(hit.main.own_code or hit.main.key, safe='')}"
