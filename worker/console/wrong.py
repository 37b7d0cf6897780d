"""The pages of what cannot be: not there, not allowed, refused, not understood."""

from __future__ import annotations

from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from worker.console.drawing import bare, render
from worker.console.gate import TOLD
from worker.console.here import (
    CODE_PAGE,
    FIELD,
    PROOF,
    ForgedForm,
    SignedOut,
    Uncoded,
    Unproven,
    Visit,
)
from worker.desk import accounts
from worker.desk.accounts import TooHasty
from worker.desk.actor import NotAllowed, Unseen
from worker.desk.refused import Refused
from worker.house import HouseClosed

log = structlog.get_logger(__name__)


def register(app: FastAPI) -> None:
    """Each of them gets its page."""
    app.add_exception_handler(Unseen, _unseen)
    app.add_exception_handler(NotAllowed, _refused)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HouseClosed, _closed)
    app.add_exception_handler(Unproven, _unproven)
    app.add_exception_handler(SignedOut, _signed_out)
    app.add_exception_handler(Uncoded, _uncoded)
    app.add_exception_handler(ForgedForm, _forged)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _other)


def told(request: Request, status: int, title: str, hint: str) -> Response:
    """A page with one sentence and what to do; with the menu for whoever is signed in."""
    here = getattr(request.state, "visit", None)
    if isinstance(here, Visit):
        return render(here, "wrong.html", status=status, title=title, hint=hint)
    return bare("wrong_bare.html", status=status, title=title, hint=hint)


def _unseen(request: Request, _error: Exception) -> Response:
    return told(request, 404, *TOLD[404])


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for it
    status = 403 if isinstance(error, NotAllowed) else 409
    return told(request, status, error.text, error.hint)


def _unproven(request: Request, raised: Exception) -> Response:
    """The form once more, with a place for the password; nothing was done."""
    assert isinstance(raised, Unproven)  # noqa: S101 - registered for it
    here: Visit = request.state.visit
    query = f"?{request.url.query}" if request.url.query else ""
    kept = [
        (name, text)
        for name, text in here.form.multi_items()
        if isinstance(text, str) and name not in (FIELD, PROOF)
    ]
    answer = render(
        here,
        "prove.html",
        status=429 if isinstance(raised.error, TooHasty) else 403,
        error=raised.error,
        action=request.url.path + query,
        kept=kept,
        field=PROOF,
        has_password=accounts.has_password(here.house, here.token),
    )
    if isinstance(raised.error, TooHasty):
        answer.headers["Retry-After"] = str(raised.error.seconds)
    return answer


def _signed_out(request: Request, _error: Exception) -> Response:
    """On to the sign-in, and back to the page that was asked for."""
    if request.method != "GET":
        title = "Phiên làm việc đã hết"
        return told(request, 401, title, "Mở trang này ở thẻ khác, đăng nhập rồi gửi lại.")
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/dang-nhap?ve={quote(path, safe='')}", 303)


def _uncoded(_request: Request, _error: Exception) -> Response:
    return RedirectResponse(CODE_PAGE, 303)


def _closed(request: Request, error: Exception) -> Response:
    log.error("console.closed", cause=type(error.__cause__).__name__)
    title = "Tạm thời chưa mở được trang này"
    hint = "Báo bộ phận công nghệ thông tin: trên máy chủ chạy doisoat check."
    return bare("wrong_bare.html", status=503, title=title, hint=hint)


def _forged(request: Request, _error: Exception) -> Response:
    return told(request, 403, "Mẫu này đã cũ", "Tải lại trang rồi gửi lại.")


def _not_understood(request: Request, _error: Exception) -> Response:
    return told(request, 422, *TOLD[422])


def _other(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    known = TOLD.get(error.status_code, ("Không làm được việc này", "Quay lại trang trước."))
    return told(request, error.status_code, *known)
