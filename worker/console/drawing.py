"""How a page is drawn: templates, what they can write, and the way on after a form."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from worker import words
from worker.console import menu
from worker.console.here import Visit
from worker.desk.actor import ROLE_LABELS

STATIC = Path(__file__).parent / "static"
#: The note that the next page shows once.
NOTE = "ghi-nho"
MOST_NOTE = 1500  # characters: a cookie is small

#: A path after an act, and the fields of its form.
Undo = tuple[str, Mapping[str, str | list[int]]]


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("worker.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": words.day,
        "moment": words.moment,
        "hour": hour,
        "number": words.number,
        "about": words.about,
        "signed": words.signed,
        "rate": words.rate,
        "inner": words.inner,
    }
    made.globals |= {"static": static, "roles": ROLE_LABELS, "with_query": with_query}
    return made


def hour(value: datetime | None) -> str:
    """``09:41 29/11/2026``; nothing for an unknown moment."""
    return f"{value:%H:%M %d/%m/%Y}" if value else ""


@cache
def static(name: str) -> str:
    """The address of an asset; another one as soon as its content is another one."""
    content = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={content}"


def with_query(request: Request, **changed: str | int | None) -> str:
    """The address of this page with some of its query changed; None drops a part."""
    query = dict(request.query_params) | changed
    kept = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{request.url.path}?{urlencode(kept)}" if kept else request.url.path


def render(here: Visit, template: str, *, status: int = 200, **values: Any) -> Response:
    """The page; the note of the act before it is shown once."""
    note = _note(here)
    text = (
        environment()
        .get_template(template)
        .render(
            here=here,
            request=here.request,
            menu=menu.entries(here.request.app, here.actor),
            searches=menu.searches(here.request.app, here.actor),
            note=note,
            **values,
        )
    )
    response = HTMLResponse(text, status)
    if NOTE in here.request.cookies:
        response.delete_cookie(NOTE)
    return response


def bare(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page for somebody who is not signed in, or for whom something went wrong."""
    return HTMLResponse(environment().get_template(template).render(**values), status)


def redirect(here: Visit, to: str, note: str = "", *, undo: Undo | None = None) -> Response:
    """On to a page of this console after a form; it shows the note once, with the way back."""
    response = RedirectResponse(to, 303)
    if note:
        kept = {"text": note[:MOST_NOTE], "undo": undo and [undo[0], dict(undo[1])]}
        packed = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
        secure = here.request.url.scheme == "https"
        value = f"{packed}.{here.signed(packed)}"
        response.set_cookie(NOTE, value, 60, httponly=True, secure=secure, samesite="strict")
    return response


def download(path: Path, name: str, media: str) -> Response:
    """A file to keep, under a name that people read."""
    from fastapi.responses import FileResponse

    named = f"attachment; filename*=UTF-8''{quote(name)}"
    return FileResponse(path, media_type=media, headers={"Content-Disposition": named})


def _note(here: Visit) -> Mapping[str, Any] | None:
    packed, _, seal = here.request.cookies.get(NOTE, "").rpartition(".")
    if not packed or not hmac.compare_digest(seal, here.signed(packed)):
        return None
    try:
        found: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(packed))
    except (ValueError, binascii.Error):
        return None
    return found
