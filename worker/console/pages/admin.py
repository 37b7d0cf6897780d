"""Quản trị: the first-run list, health, sources, units and recipients, accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from worker.console.drawing import redirect, render
from worker.console.here import CODE_PAGE, Here, needs, weighty
from worker.desk import accounts, certificates, mails, one_time_codes, setting_up
from worker.desk.actor import ROLE_LABELS, OfficeRole, Right
from worker.desk.refused import Refused

router = APIRouter(prefix="/quan-tri")

PEOPLE = "/quan-tri/tai-khoan"
#: What a role may do, for whoever gives it.
ABOUT = {
    OfficeRole.VIEWER: "xem hồ sơ, số liệu của đơn vị, họ tên viết tắt",
    OfficeRole.OFFICER: "nạp sổ, quét giấy, xử lý hồ sơ, trả lời ghép; thấy họ tên của đơn vị",
    OfficeRole.APPROVER: "duyệt (người thứ hai), chốt số liệu; thấy họ tên của đơn vị",
    OfficeRole.ADMIN: "tài khoản, nguồn, sức khỏe máy; không xem hồ sơ",
    OfficeRole.INSPECTOR: "chỉ xem: mọi hồ sơ, nhật ký thao tác, rút mẫu kiểm tra",
}

Text = Annotated[str, Form(max_length=200)]
Chosen = Annotated[OfficeRole, Form()]
Codes = Annotated[list[str], Form()]


@router.get("", dependencies=[needs(Right.ACCOUNTS)])
def overview(here: Here) -> Response:
    """What is to be done once, what is not well, how old each source is."""
    return render(
        here,
        "admin.html",
        steps=setting_up.steps(here.house, here.actor),
        problems=setting_up.problems(here.house, here.actor),
        sources=setting_up.sources(here.house, here.actor),
    )


@router.get("/don-vi", dependencies=[needs(Right.ACCOUNTS)])
def units(here: Here) -> Response:
    """Every unit with who gets its mails and how many people see it."""
    return _units(here)


def _units(here: Here, *, error: Refused | None = None) -> Response:
    return render(
        here,
        "admin_units.html",
        status=409 if error else 200,
        units=setting_up.recipients(here.house, here.actor),
        heads=mails.recipients(here.house),
        error=error,
    )


@router.post("/don-vi/thu-thu", dependencies=[needs(Right.HEALTH)])
def send_test(here: Here, toi: Text = "", khac: Text = "") -> Response:
    """A test mail goes out; what the server said."""
    try:
        told = mails.send_test(here.house, here.actor, khac or toi)
    except Refused as error:
        return _units(here, error=error)
    return redirect(here, "/quan-tri/don-vi", told)


@router.get("/ma-xac-thuc", dependencies=[needs(Right.ACCOUNTS)])
def code(here: Here) -> Response:
    """Whether a code is asked beside one's own password, and how to have it so."""
    return _code(here)


@router.post("/ma-xac-thuc", dependencies=[weighty(Right.ACCOUNTS)])
def ask_code(here: Here, ma: Text = "") -> Response:
    """A code of one's telephone is asked from now on."""
    try:
        accounts.ask_code(here.house, here.token, ma)
    except Refused as error:
        return _code(here, error=error)
    return redirect(here, CODE_PAGE, "Đã bật mã xác thực: lần đăng nhập sau cần mật khẩu và mã.")


@router.post("/ma-xac-thuc/tat", dependencies=[weighty(Right.ACCOUNTS)])
def ask_no_code(here: Here) -> Response:
    """The password alone is asked."""
    accounts.ask_no_code(here.house, here.token)
    return redirect(here, CODE_PAGE, "Đã tắt mã xác thực.")


def _code(here: Here, *, error: Refused | None = None) -> Response:
    secret = accounts.code_secret(here.token)
    office, person = here.house.settings.office.name, here.actor.who
    return render(
        here,
        "admin_code.html",
        status=409 if error else 200,
        demanded=here.house.settings.console.admin_code,
        asked=accounts.asks_code(here.house, here.token),
        secret=secret,
        address=one_time_codes.address(secret, person, office),
        error=error,
    )


@router.get("/tai-khoan", dependencies=[needs(Right.ACCOUNTS)])
def people(here: Here) -> Response:
    """Every account, and a form for another one."""
    return _people(here)


@router.post("/tai-khoan", dependencies=[weighty(Right.ACCOUNTS)])
def create(
    here: Here,
    vai_tro: Chosen,
    ten: Text = "",
    ho_ten: Text = "",
    don_vi: Codes = [],  # noqa: B006 - FastAPI copies it
    ca_co_quan: Text = "",
) -> Response:
    """The account is there; its link is shown this once."""
    within = None if ca_co_quan else frozenset(don_vi)
    try:
        ticket = accounts.create(here.house, here.actor, ten, ho_ten, vai_tro, within)
    except Refused as error:
        return _people(here, error=error, typed={"ten": ten, "ho_ten": ho_ten})
    return _link(here, ten.strip().lower(), ticket)


@router.get("/tai-khoan/{name}", dependencies=[needs(Right.ACCOUNTS)])
def person(here: Here, name: str) -> Response:
    """One account: role and units to change, a new link, an end."""
    return _person(here, name)


@router.post("/tai-khoan/{name}", dependencies=[weighty(Right.ACCOUNTS)])
def change(
    here: Here,
    name: str,
    vai_tro: Chosen,
    don_vi: Codes = [],  # noqa: B006 - FastAPI copies it
    ca_co_quan: Text = "",
) -> Response:
    """Another role, other units."""
    within = None if ca_co_quan else frozenset(don_vi)
    try:
        accounts.change(here.house, here.actor, name, vai_tro, within)
    except Refused as error:
        return _person(here, name, error=error)
    return redirect(here, PEOPLE, f"Đã đổi vai trò, đơn vị của {name}.")


@router.post("/tai-khoan/{name}/cap-lai", dependencies=[weighty(Right.ACCOUNTS)])
def reset(here: Here, name: str) -> Response:
    """A link to choose another password; it is shown this once."""
    return _link(here, name, accounts.reset(here.house, here.actor, name))


@router.post("/tai-khoan/{name}/nghi", dependencies=[weighty(Right.ACCOUNTS)])
def leave(here: Here, name: str) -> Response:
    """The person leaves, in one step."""
    accounts.leave(here.house, here.actor, name)
    back = f"{PEOPLE}/{name}/tro-lai"
    return redirect(here, PEOPLE, f"{name} không vào được nữa.", undo=(back, {}))


@router.post("/tai-khoan/{name}/tro-lai", dependencies=[weighty(Right.ACCOUNTS)])
def come_back(here: Here, name: str) -> Response:
    """The person may get in again."""
    accounts.come_back(here.house, here.actor, name)
    return redirect(here, PEOPLE, f"{name} vào được như trước.")


@router.post("/tai-khoan/{name}/dong-phien", dependencies=[weighty(Right.ACCOUNTS)])
def end_sessions(here: Here, name: str) -> Response:
    """Every browser of the person is signed out."""
    many = accounts.end_sessions(here.house, here.actor, name)
    return redirect(here, PEOPLE, f"Đã đóng {many} phiên của {name}.")


def _people(
    here: Here, *, error: Refused | None = None, typed: dict[str, str] | None = None
) -> Response:
    return render(
        here,
        "admin_people.html",
        status=409 if error else 200,
        people=accounts.all_accounts(here.house, here.actor),
        standing=accounts.standing,
        error=error,
        typed=typed or {"ten": "", "ho_ten": ""},
        **_choices(here),
    )


def _person(here: Here, name: str, *, error: Refused | None = None) -> Response:
    return render(
        here,
        "admin_person.html",
        status=409 if error else 200,
        person=accounts.account_of(here.house, here.actor, name),
        standing=accounts.standing,
        error=error,
        **_choices(here),
    )


def _link(here: Here, name: str, ticket: str) -> Response:
    # Drawn at once and not after a redirect: the link is nowhere to be found a second time.
    address = certificates.address(here.house.settings)
    host = here.request.headers.get("host", "")
    if here.request.url.scheme == "https":
        address = f"https://{host}"
    return render(here, "admin_link.html", name=name, link=accounts.link(address, ticket))


def _choices(here: Here) -> dict[str, object]:
    units = here.house.tables.units.all
    seen = {unit.code: unit.name for unit in units if unit.is_valid(here.today)}
    return {
        "units": sorted(seen.items(), key=lambda one: one[1]),
        "kinds": [(role.value, ROLE_LABELS[role], ABOUT[role]) for role in accounts.ROLES],
    }
