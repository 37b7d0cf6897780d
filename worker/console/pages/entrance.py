"""The way in and out: signing in, a one-time link, the first account, another password."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from worker.console import menu
from worker.console.drawing import bare, redirect, render
from worker.console.gate import host_of, is_loopback
from worker.console.here import Here, cookie_of, for_everybody, open_to_all
from worker.desk import accounts
from worker.desk.accounts import TooHasty, Welcome
from worker.desk.refused import Refused
from worker.house import House

router = APIRouter()

SIGN_IN, INVITED, FIRST, PASSWORD = "/dang-nhap", "/mo-tai-khoan", "/lan-dau", "/mat-khau"
#: Where the provider sends people back to, and what their browser holds meanwhile.
COMES_BACK, HELD = "/sso/ve", "sso"
#: By whose hands the first account is made on the page.
AT_THE_MACHINE = "trang lần đầu, trên máy chủ"

Text = Annotated[str, Form(max_length=400)]


@router.get("/", dependencies=[for_everybody])
def first(here: Here) -> Response:
    """On to the first page that the role may use."""
    for entry in menu.entries(here.request.app, here.actor):
        return RedirectResponse(entry.path, 303)
    return render(here, "first.html")


@router.get(SIGN_IN, dependencies=[open_to_all])
def door(request: Request, ve: str = "/") -> Response:
    """Where one signs in; with no account yet, where the first one is made."""
    house = _house(request)
    if accounts.is_empty(house):
        return _no_accounts(request)
    return _door(house, back=local(ve))


@router.post(SIGN_IN, dependencies=[open_to_all])
def sign_in(
    request: Request,
    ten: Text = "",
    mat_khau: Text = "",
    ma: Text = "",
    ve: Annotated[str, Form()] = "/",
) -> Response:
    """In, and on to the page that was asked for."""
    house = _house(request)
    try:
        welcome = accounts.sign_in(house, ten, mat_khau, address(request), ma)
    except Refused as error:
        status = 429 if isinstance(error, TooHasty) else 401
        answer = _door(house, status=status, back=local(ve), error=error, name=ten)
        if isinstance(error, TooHasty):
            answer.headers["Retry-After"] = str(error.seconds)
        return answer
    return _let_in(request, welcome, local(ve))


@router.get("/sso", dependencies=[open_to_all])
def elsewhere(request: Request, ve: str = "/") -> Response:
    """On to the provider of the province."""
    house = _house(request)
    redirect_uri = f"{request.url.scheme}://{request.headers.get('host', '')}{COMES_BACK}"
    try:
        held, to = request.app.state.single_sign_on.begin(house, redirect_uri, local(ve))
    except Refused as error:
        return _door(house, status=503, back=local(ve), error=error)
    response = RedirectResponse(to, 303)
    secure = request.url.scheme == "https"
    response.set_cookie(HELD, held, 600, httponly=True, secure=secure, samesite="lax")
    return response


@router.get(COMES_BACK, dependencies=[open_to_all])
def from_elsewhere(request: Request, state: str = "", code: str = "") -> Response:
    """Back from the provider: in, where it named somebody who has an account here."""
    house, held = _house(request), request.cookies.get(HELD, "")
    try:
        welcome, back = request.app.state.single_sign_on.finish(house, held, state, code)
    except Refused as error:
        answer = _door(house, status=403, error=error)
    else:
        answer = _let_in(request, welcome, back)
    answer.delete_cookie(HELD)
    return answer


@router.post("/dang-xuat", dependencies=[for_everybody])
def sign_out(here: Here) -> Response:
    """Out; the browser forgets what it kept of this place."""
    accounts.sign_out(here.house, here.token)
    response = RedirectResponse(SIGN_IN, 303)
    secure = here.request.url.scheme == "https"
    response.delete_cookie(cookie_of(here.request), secure=secure, httponly=True)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@router.get(INVITED, dependencies=[open_to_all])
def invited(request: Request, ma: str = "") -> Response:
    """The page of a one-time link: who it is for, and a password to choose."""
    account = accounts.invited(_house(request), ma)
    return bare("choose.html", ticket=ma, account=account, error=None)


@router.post(INVITED, dependencies=[open_to_all])
def accept(request: Request, ma: Text = "", moi: Text = "", lai: Text = "") -> Response:
    """The password is chosen; the link is used up."""
    house = _house(request)
    account = accounts.invited(house, ma)
    try:
        _refuse_other(moi, lai)
        welcome = accounts.accept(house, ma, moi)
    except Refused as error:
        return bare("choose.html", status=409, ticket=ma, account=account, error=error)
    return _let_in(request, welcome, "/")


@router.get(FIRST, dependencies=[open_to_all])
def first_run(request: Request) -> Response:
    """The first administrator, from this machine alone."""
    _refuse_elsewhere(request)
    return bare("first_run.html", error=None, name="", full_name="")


@router.post(FIRST, dependencies=[open_to_all])
def make_first(
    request: Request, ten: Text = "", ho_ten: Text = "", moi: Text = "", lai: Text = ""
) -> Response:
    """The first account is there, and its person is in."""
    _refuse_elsewhere(request)
    house = _house(request)
    try:
        _refuse_other(moi, lai)
        accounts.refuse_password(house, moi, ten, ho_ten)
        ticket = accounts.first_admin(house, ten, ho_ten, AT_THE_MACHINE)
        welcome = accounts.accept(house, ticket, moi)
    except Refused as error:
        return bare("first_run.html", status=409, error=error, name=ten, full_name=ho_ten)
    return _let_in(request, welcome, "/")


@router.get(PASSWORD, dependencies=[for_everybody])
def password(here: Here) -> Response:
    """The form for another password."""
    return render(here, "password.html", error=None)


@router.post(PASSWORD, dependencies=[for_everybody])
def change_password(here: Here, cu: Text = "", moi: Text = "", lai: Text = "") -> Response:
    """Another password; other browsers are signed out."""
    try:
        _refuse_other(moi, lai)
        welcome = accounts.change_password(here.house, here.token, cu, moi, address(here.request))
    except Refused as error:
        return render(here, "password.html", status=409, error=error)
    response = redirect(here, "/")
    _keep(here.request, response, welcome)
    return response


def local(path: str) -> str:
    """A path of this console; the first page for anything else."""
    return path if re.fullmatch(r"/(?![/\\])[^\s\\]*", path) else "/"


def address(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def _door(
    house: House,
    *,
    status: int = 200,
    back: str = "/",
    error: Refused | None = None,
    name: str = "",
) -> Response:
    elsewhere = house.settings.oidc.title if house.settings.oidc.issuer else ""
    return bare(
        "sign_in.html", status=status, back=back, error=error, name=name, elsewhere=elsewhere
    )


def _house(request: Request) -> House:
    house: House = request.app.state.kept.house()
    return house


def _let_in(request: Request, welcome: Welcome, to: str) -> Response:
    before = request.cookies.get(cookie_of(request))
    if before:  # one browser, one session: the earlier one is over
        accounts.sign_out(_house(request), before)
    response = RedirectResponse(to, 303)
    _keep(request, response, welcome)
    return response


def _keep(request: Request, response: Response, welcome: Welcome) -> None:
    """The browser holds the token until it is closed; no script can read it."""
    secure = request.url.scheme == "https"
    name = cookie_of(request)
    response.set_cookie(name, welcome.token, httponly=True, secure=secure, samesite="lax")


def _refuse_other(new: str, again: str) -> None:
    if new != again:
        raise Refused("Hai lần gõ mật khẩu khác nhau.")


def _no_accounts(request: Request) -> Response:
    if _is_at_the_machine(request):
        return RedirectResponse(FIRST, 303)
    return bare("no_accounts.html")


def _refuse_elsewhere(request: Request) -> None:
    if not _is_at_the_machine(request):
        raise Refused(
            "Tài khoản đầu tiên chỉ tạo được trên chính máy chủ.",
            "Trên máy chủ chạy: doisoat user add TÊN --role admin",
        )
    if not accounts.is_empty(_house(request)):
        raise Refused("Đã có tài khoản.", "Đăng nhập, hoặc nhờ người quản trị.")


def _is_at_the_machine(request: Request) -> bool:
    """Whether somebody sits at this very machine: nobody stands between, no name but its own."""
    between = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
    try:
        near = ipaddress.ip_address(address(request)).is_loopback
    except ValueError:
        near = False
    return near and not between and is_loopback(host_of(request.headers.get("host", "")))
