"""Chạy đối soát: one button, how far it is, what it changed, the documents of every run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import FileResponse, Response

from worker.console import live
from worker.console.drawing import environment, redirect, render
from worker.console.here import Here, Visit, for_everybody, needs
from worker.console.pages.worklist import draw_number
from worker.desk import documents, front, runs, scopes, why
from worker.desk.actor import Right
from worker.desk.documents import DocumentFile
from worker.desk.refused import Refused

router = APIRouter(prefix="/chay")
#: The document of the newest run, whichever it is by then.
NEWEST = "moi-nhat"


@router.get("", dependencies=[needs(Right.RUN)])
def past(here: Here, ky: str = "", sau: str = "") -> Response:
    return _page(here, ky, sau)


@router.post("", dependencies=[needs(Right.RUN)])
def start(here: Here, ky: Annotated[str, Form()] = "") -> Response:
    try:
        scope = scopes.scope_for(here.house, here.actor, named=ky, units=_units(here))
        asked = runs.start(here.house, here.actor, scope)
    except Refused as refused:
        return _page(here, ky, "", error=refused)
    if asked.shared:
        note = "Đã có lượt cho đúng phạm vi này; đang theo dõi lượt đó."
    elif asked.served:
        note = "Đã giao cho dịch vụ nền."
    else:
        note = "Đã ghi nhận; lượt bắt đầu khi bộ phận CNTT khởi động dịch vụ nền."
    return redirect(here, f"/chay/{asked.run_id}", note)


@router.get("/{run_id}", dependencies=[for_everybody])
def one(here: Here, run_id: str) -> Response:
    now = runs.as_it_is(here.house, here.actor, run_id)
    found = runs.seen(here.house, here.actor, run_id)
    views = now.is_over and here.actor.may(Right.VIEW)
    return render(
        here,
        "runs_one.html",
        now=now,
        news=runs.news(here.house, here.actor, found) if now.is_over else None,
        why=why.of_run(here.house, here.actor, found) if views else (),
        files=documents.documents(here.house, here.actor, found) if views else (),
        served=runs.is_served(here.house),
    )


@router.get("/{run_id}/tien-do", dependencies=[for_everybody])
def progress(here: Here, run_id: str) -> Response:
    """The state of a run as it changes, for as long as it goes on."""

    def draw() -> str | None:
        now = runs.as_it_is(here.house, here.actor, run_id)
        if now.is_over:
            return None
        part = environment().get_template("runs_progress.html")
        return part.render(now=now, here=here, served=runs.is_served(here.house))

    runs.seen(here.house, here.actor, run_id)  # before anything is sent
    return live.stream(here.request, draw)


@router.post("/{run_id}/huy", dependencies=[needs(Right.RUN)])
def cancel(here: Here, run_id: str) -> Response:
    runs.cancel(here.house, here.actor, run_id)
    note = f"Đã ghi nhận yêu cầu hủy. {runs.kept(here.house)}".rstrip()
    return redirect(here, f"/chay/{run_id}", note)


@router.get("/{run_id}/thay-doi/{change}", dependencies=[needs(Right.VIEW)])
def changed(here: Here, run_id: str, change: runs.RunChange, sau: str = "") -> Response:
    run = runs.seen(here.house, here.actor, run_id)
    found = front.changed_by(here.house, here.actor, run, change, after=sau)
    return draw_number(here, found, here.place)


@router.get("/{run_id}/van-ban/{name}", dependencies=[needs(Right.VIEW)])
def document(here: Here, run_id: str, name: str) -> Response:
    if run_id == NEWEST:
        run_id = runs.newest_done(here.house, here.actor).id
    return sent(documents.document(here.house, here.actor, run_id, name))


def _page(here: Visit, ky: str, sau: str, error: Refused | None = None) -> Response:
    house, actor = here.house, here.actor
    try:
        scope = scopes.scope_for(house, actor, named=ky, units=_units(here))
    except Refused as refused:
        error, ky = error or refused, ""
        scope = scopes.scope_for(house, actor, units=_units(here))
    newest = runs.newest(house, actor) if actor.may(Right.VIEW) else None
    return render(
        here,
        "runs.html",
        status=409 if error else 200,
        ky=ky,
        periods=runs.periods(house),
        covered=runs.covered(house, actor, scope),
        served=runs.is_served(house),
        past=runs.past(house, actor, after=sau),
        files=documents.documents(house, actor, newest) if newest else (),
        error=error,
    )


def _units(here: Visit) -> Sequence[str]:
    """The unit in view, as a person would name it."""
    return (here.unit,) if here.unit else ()


def sent(file: DocumentFile) -> Response:
    """The answer that a browser keeps as a file."""
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename)}"}
    if isinstance(file.content, bytes):
        return Response(file.content, media_type=file.media, headers=named)
    return FileResponse(file.content, media_type=file.media, headers=named)
