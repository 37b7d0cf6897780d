"""Thông báo: the mail of each head beside the last one; what became of mails, for IT alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from worker.console.drawing import redirect, render
from worker.console.here import Here, needs, weighty
from worker.console.pages.runs import sent
from worker.desk import documents, mails, runs
from worker.desk.actor import Right

router = APIRouter()


@router.get("/thong-bao", dependencies=[needs(Right.VIEW)])
def drafts(here: Here, sau: str = "") -> Response:
    return render(
        here,
        "mails.html",
        found=mails.drafts(here.house, here.actor, here.units, after=sau),
        hold=mails.hold(here.house),
        nobody=mails.nobody(here.house) if here.actor.units is None else "",
        contact=here.house.settings.mail.contact,
        per_day=here.house.settings.mail.dossiers_per_day,
    )


@router.get("/thu", dependencies=[needs(Right.HEALTH)])
def prepared(here: Here, sau: int | None = None) -> Response:
    """What became of each mail; its words are nobody's business here."""
    found = mails.page(here.house, here.actor, before=sau)
    return render(
        here, "mails_sent.html", found=found, states=mails.STATES, hold=mails.hold(here.house)
    )


@router.post("/thu/gui-lai", dependencies=[weighty(Right.HEALTH)])
def resend(here: Here, so: Annotated[list[int], Form()]) -> Response:
    count = mails.resend(here.house, here.actor, so)
    note = f"{count} thư sẽ gửi lại." if count else "Thư này không còn phải gửi lại."
    return redirect(here, "/thu", note)


@router.get("/gui-xa", dependencies=[needs(Right.VIEW)])
def lists(here: Here) -> Response:
    """Whose lists there are to be sent: a file with its own letterhead for each unit."""
    run = runs.newest(here.house, here.actor)
    found = documents.units_to_send(here.house, here.actor, run, here.units) if run else ()
    return render(here, "mails_lists.html", run=run, found=found)


@router.get("/gui-xa/danh-sach.zip", dependencies=[needs(Right.VIEW)])
def lists_of_units(here: Here) -> Response:
    run = runs.newest_done(here.house, here.actor)
    return sent(documents.lists_of_units(here.house, here.actor, run.id, here.units))
