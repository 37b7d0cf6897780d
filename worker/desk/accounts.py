"""People of the console: who they are, how they get in, who lets them.

Whoever is refused at the door learns nothing: an unknown name, a wrong password and a person who
left get the same answer after the same time.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from config.units import Units
from worker import words
from worker.desk import one_time_codes, passwords
from worker.desk.actor import Actor, OfficeRole, Right, Unseen
from worker.desk.refused import Refused
from worker.house import House
from worker.store import Account, StoreError

log = structlog.get_logger(__name__)

#: How long a one-time link holds.
TICKET_HOLDS = timedelta(days=3)
#: For so long after signing in, or giving the password again, acts of weight ask for none.
PROVEN_FOR = timedelta(minutes=10)
#: A session that goes on is noted so often: not at every page.
SEEN_EVERY = timedelta(minutes=1)
#: Name of the thread that keeps it.
SEEN = "session-seen"
#: So many tries are free, of a name and of an address (behind which a whole office may sit); then
#: the wait doubles, up to the longest. Who stays away is forgotten.
FREE_TRIES, FREE_TRIES_OF_ADDRESS = 5, 30
LONGEST_WAIT, FORGET_AFTER = timedelta(minutes=5), timedelta(hours=1)
#: In the audit: somebody failed too often; the object is a hash of the name or the address.
REFUSED = "session.refused"
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
#: Roles that a person of the console may have.
ROLES = tuple(role for role in OfficeRole if role is not OfficeRole.SHELL)
_WRONG = (
    "Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng.",
    "Quên mật khẩu, mất điện thoại: nhờ người quản trị cấp lại.",
)


class TooHasty(Refused):
    """Too many tries: so many seconds must pass before the next one is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Đã thử sai nhiều lần.", f"Chờ {seconds} giây rồi thử lại.")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Welcome:
    """Somebody got in: what their browser is to hold from now on."""

    token: str
    account: Account


def who(account: Account) -> str:
    """What the audit and other people read: the person and the account."""
    return f"{account.full_name} ({account.name})"


def link(address: str, ticket: str) -> str:
    """What a person opens to choose a password, once."""
    return f"{address}/mo-tai-khoan?ma={ticket}"


def standing(account: Account, now: datetime) -> str:
    """Whether the person can get in, in Vietnamese."""
    if account.left_at is not None:
        return "đã nghỉ"
    if account.chose:
        return f"đang đăng nhập {account.sessions} nơi" if account.sessions else "vào được"
    if account.ticket_until and account.ticket_until > now:
        return "chờ chọn mật khẩu"
    return "liên kết đã hết hạn: cấp lại"


# At the door


def actor_of(house: House, token: str) -> Actor | None:
    """Who holds this token; None: nobody, or for too long. Asked at every page."""
    hashed = _hash(token)
    found = house.store.accounts.session(hashed)
    if found is None:
        return None
    account, opened, seen = found.account, found.opened_at, found.seen_at
    settings, now = house.settings.console, house.clock.now()
    idle = now - seen > timedelta(minutes=settings.idle_minutes)
    # A session of the future was opened by a wrong clock: nobody knows how old it is.
    if idle or now - opened > timedelta(hours=settings.session_hours) or opened > now + SEEN_EVERY:
        return None
    if now - seen > SEEN_EVERY:
        # Beside the page: it must not wait until a run has written what it decided.
        threading.Thread(target=_see, args=(house, hashed, now), name=SEEN, daemon=True).start()
    return _actor(house, account)


def sign_in(house: House, name: str, password: str, address: str, code: str = "") -> Welcome:
    """A session for whoever knows the password, and the code where one is asked; raises Refused."""
    return _welcome(house, _proven(house, name.strip().lower(), password, address, code))


def lately_proven(house: House, token: str) -> bool:
    """Whether the person proved who they are so lately that an act of weight needs no password."""
    found = house.store.accounts.session(_hash(token))
    return found is not None and house.clock.now() - found.known_at <= PROVEN_FOR


def has_password(house: House, token: str) -> bool:
    """Whether the person has a password here; others come through the province's provider."""
    found = house.store.accounts.session(_hash(token))
    return found is not None and found.account.chose


def prove_again(house: House, token: str, password: str, address: str) -> None:
    """The person of a session gives the password once more; raises Refused."""
    found = house.store.accounts.session(_hash(token))
    if found is None:
        raise Unseen("session")
    account = _proven(house, found.account.name, password, address)
    house.store.accounts.confirm(_hash(token), account.name, house.clock.now())


def _proven(
    house: House, name: str, password: str, address: str, code: str | None = None
) -> Account:
    """Whose name and password these are; raises Refused. ``code`` None: whoever is in already."""
    tried = {
        _hash(f"account:{name}"): FREE_TRIES,
        _hash(f"address:{address}"): FREE_TRIES_OF_ADDRESS,
    }
    now = house.clock.now()
    _refuse_hasty(house, tried, now)
    counts = house.store.accounts.try_begins(tried, now, forget_after=FORGET_AFTER)
    kept = house.store.accounts.secret(name)
    well = passwords.matches(password, kept)
    account = house.store.accounts.one(name) if well else None
    if account is None or (code is not None and not _knows_code(house, name, code, now)):
        log.warning("sign_in.refused", at=address)
        _note_burst(house, tried, counts, address, now)
        raise Refused(*_WRONG)
    house.store.accounts.try_ended_well(tried)
    if passwords.is_old(kept):
        house.store.accounts.harden(name, kept, passwords.hashed(password))
    return account


def _knows_code(house: House, name: str, typed: str, now: datetime) -> bool:
    """Whether the code is the one of now, once; anything where none is asked for."""
    secret, used = house.store.accounts.code(name)
    if not secret:
        return True
    step = one_time_codes.step_of(secret, typed, now, used)
    return step is not None and house.store.accounts.use_code(name, step)


def code_secret(token: str) -> str:
    """The secret that this session offers for codes: kept once a code of it was typed."""
    return one_time_codes.secret_from(hashlib.sha256(f"code:{token}".encode()).digest())


def asks_code(house: House, token: str) -> bool:
    """Whether a code is asked beside the password of the person of a session."""
    found = house.store.accounts.session(_hash(token))
    return found is not None and found.account.asks_code


def lacks_code(house: House, actor: Actor, token: str) -> bool:
    """Whether the office wants an administrator to give codes, and this one gives none yet.

    Who comes through the province's provider gives there what the provider asks for.
    """
    if not (house.settings.console.admin_code and actor.may(Right.ACCOUNTS)):
        return False
    found = house.store.accounts.session(_hash(token))
    return found is not None and found.account.chose and not found.account.asks_code


def ask_code(house: House, token: str, typed: str) -> None:
    """From now on codes of the offered secret are asked for; raises Refused where this is none."""
    found, now = house.store.accounts.session(_hash(token)), house.clock.now()
    if found is None:
        raise Unseen("session")
    secret = code_secret(token)
    step = one_time_codes.step_of(secret, typed, now, 0)
    if step is None:
        raise Refused("Mã chưa đúng.", "Xem giờ của điện thoại và của máy chủ có khớp không.")
    by = who(found.account)
    house.store.accounts.keep_code(found.account.name, secret, step, by=by, at=now)


def ask_no_code(house: House, token: str) -> None:
    """The password alone is asked for from now on."""
    found = house.store.accounts.session(_hash(token))
    if found is None:
        raise Unseen("session")
    name, by = found.account.name, who(found.account)
    house.store.accounts.keep_code(name, "", 0, by=by, at=house.clock.now())


def vouched(house: House, name: str) -> Welcome:
    """A session for somebody whom the office's provider named; who has no account is refused."""
    account = house.store.accounts.one(name.strip().lower())
    if account is None or account.left_at is not None:
        raise Refused(
            "Bạn chưa có tài khoản ở trang này.", "Nhờ người quản trị của cơ quan tạo tài khoản."
        )
    return _welcome(house, account)


def sign_out(house: House, token: str) -> None:
    """The session is over."""
    house.store.accounts.close_session(_hash(token))


def invited(house: House, ticket: str) -> Account:
    """Whose one-time link this is; raises Refused where it is nobody's any more."""
    account = house.store.accounts.of_ticket(_hash(ticket), house.clock.now())
    if account is None:
        raise Refused("Liên kết này không dùng được nữa.", "Nhờ người quản trị cấp liên kết mới.")
    return account


def accept(house: House, ticket: str, password: str) -> Welcome:
    """The person of a one-time link chose a password, and is in; raises Refused."""
    account = invited(house, ticket)
    refuse_password(house, password, account.name, account.full_name)
    secret = passwords.hashed(password)
    redeemed = house.store.accounts.redeem(_hash(ticket), secret, house.clock.now())
    if redeemed is None:
        return accept(house, ticket, password)  # used meanwhile: told as such
    return _welcome(house, redeemed)


def change_password(house: House, token: str, old: str, new: str, address: str) -> Welcome:
    """Another password for whoever knows the old one; every other session ends."""
    found = house.store.accounts.session(_hash(token))
    if found is None:
        raise Unseen("session")
    account = found.account
    refuse_password(house, new, account.name, account.full_name)
    _proven(house, account.name, old, address)
    house.store.accounts.choose(account.name, passwords.hashed(new), house.clock.now())
    return _welcome(house, account)


def refuse_password(house: House, password: str, *own: str) -> None:
    """Nothing for a password that may be chosen; raises Refused. ``own``: names of the person."""
    passwords.refuse_weak(password, *own, house.settings.office.name)


# Who lets people in


def is_empty(house: House) -> bool:
    """Whether nobody has an account yet."""
    return not house.store.accounts.all()


def first_admin(house: House, name: str, full_name: str, by: str) -> str:
    """The ticket of the first account, an administrator's; raises Refused where there is one."""
    if not is_empty(house):
        raise Refused("Đã có tài khoản.", "Đăng nhập, hoặc tạo thêm ở trang Quản trị.")
    return _add(house, by, name, full_name, OfficeRole.ADMIN, None)


def all_accounts(house: House, actor: Actor) -> list[Account]:
    """Every account, by name."""
    actor.need(Right.ACCOUNTS)
    return house.store.accounts.all()


def account_of(house: House, actor: Actor, name: str) -> Account:
    """One account; raises Unseen."""
    return _known(house, actor, name)


def create(
    house: House,
    actor: Actor,
    name: str,
    full_name: str,
    role: OfficeRole,
    units: frozenset[str] | None,
) -> str:
    """The one-time ticket of a new account; raises Refused. ``units`` None: the whole office."""
    actor.need(Right.ACCOUNTS)
    return _add(house, actor.who, name, full_name, role, units)


def change(
    house: House, actor: Actor, name: str, role: OfficeRole, units: frozenset[str] | None
) -> None:
    """Another role, other units; whoever is signed in signs in again."""
    account = _known(house, actor, name)
    _refuse_last_admin(house, account, role)
    packed = _units(house, units)
    house.store.accounts.change(name, role.value, packed, by=actor.who, at=house.clock.now())


def reset(house: House, actor: Actor, name: str) -> str:
    """A ticket to choose a new password; the old one ends, as do the sessions."""
    account = _known(house, actor, name)
    if account.left_at is not None:
        raise Refused("Người này đã nghỉ.", "Cho quay lại trước, rồi cấp liên kết mới.")
    ticket, now = _token(), house.clock.now()
    house.store.accounts.give_ticket(name, _hash(ticket), now + TICKET_HOLDS, by=actor.who, at=now)
    return ticket


def leave(house: House, actor: Actor, name: str) -> None:
    """A person leaves: no way in, no session, from now on. What they did stays under their name."""
    account = _known(house, actor, name)
    _refuse_last_admin(house, account, None)
    house.store.accounts.leave(name, by=actor.who, at=house.clock.now())


def come_back(house: House, actor: Actor, name: str) -> None:
    """The person may get in again."""
    _known(house, actor, name)
    house.store.accounts.come_back(name, by=actor.who, at=house.clock.now())


def end_sessions(house: House, actor: Actor, name: str) -> int:
    """How many browsers were signed in under this name, and are not any more."""
    _known(house, actor, name)
    return house.store.accounts.end_sessions(name, by=actor.who, at=house.clock.now())


def covered(units: Units, chosen: frozenset[str]) -> frozenset[str]:
    """The units with all under them, and those that they came to answer for."""
    found: frozenset[str] = frozenset()
    fresh = chosen
    while fresh:
        found |= fresh
        below = frozenset().union(*(units.children(code) for code in fresh))
        before = {one.code for one in units.all if one.successor in found}
        fresh = (below | before) - found
    return found


def _add(
    house: House,
    by: str,
    name: str,
    full_name: str,
    role: OfficeRole,
    units: frozenset[str] | None,
) -> str:
    name, full_name = name.strip().lower(), " ".join(words.clean(full_name).split())
    if not _NAME.fullmatch(name):
        raise Refused(
            "Tên đăng nhập gồm chữ thường không dấu, số, dấu chấm; bắt đầu bằng chữ.",
            "Ví dụ: lan.nt",
        )
    if not 2 <= len(full_name) <= 80:
        raise Refused("Chưa ghi họ tên của người dùng.")
    ticket, now = _token(), house.clock.now()
    account = Account(name, full_name, role.value, _units(house, units), now, by)
    until = now + TICKET_HOLDS
    made = replace(account, ticket_until=until)
    if not house.store.accounts.add(made, _hash(ticket), until):
        raise Refused(
            f"Đã có tài khoản “{name}”.", "Chọn tên khác; tên của người đã nghỉ cũng giữ."
        )
    return ticket


def _units(house: House, units: frozenset[str] | None) -> tuple[str, ...] | None:
    if units is None:
        return None
    if not units:
        raise Refused("Chưa chọn đơn vị.", "Chọn ít nhất một đơn vị, hoặc toàn cơ quan.")
    unknown = sorted(code for code in units if house.tables.units.at(code) is None)
    if unknown:
        raise Refused(f"Không có đơn vị {', '.join(unknown)} trong bảng units.csv.")
    return tuple(sorted(units))


def _known(house: House, actor: Actor, name: str) -> Account:
    actor.need(Right.ACCOUNTS)
    account = house.store.accounts.one(name)
    if account is None:
        raise Unseen(name)
    return account


def _refuse_last_admin(house: House, account: Account, becomes: OfficeRole | None) -> None:
    """Somebody must be able to let people in."""
    if account.role != OfficeRole.ADMIN or becomes is OfficeRole.ADMIN:
        return
    others = (
        one
        for one in house.store.accounts.all()
        if one.role == OfficeRole.ADMIN and one.left_at is None and one.name != account.name
    )
    if not any(others):
        raise Refused("Đây là quản trị viên cuối cùng.", "Tạo một quản trị viên khác trước.")


def _refuse_hasty(house: House, tried: dict[str, int], now: datetime) -> None:
    for one, (failures, at) in house.store.accounts.tries(tried).items():
        over = failures - tried[one]
        if over < 0:
            continue
        wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(over, 10)))
        left = min(at + wait - now, wait).total_seconds()  # a clock that ran wrong locks nobody out
        if left > 0:
            raise TooHasty(int(left) + 1)


def _note_burst(
    house: House, tried: dict[str, int], counts: dict[str, int], address: str, now: datetime
) -> None:
    """When the free tries of a name or an address are used up, the audit keeps it, once a burst."""
    for one, failures in counts.items():
        if failures == tried[one]:
            house.store.audit.append(
                actor=address or "-", act=REFUSED, object=one[:16], reason=str(failures), at=now
            )


def _actor(house: House, account: Account) -> Actor:
    units = account.units
    seen = None if units is None else covered(house.tables.units, frozenset(units))
    return Actor(who(account), OfficeRole(account.role), seen)


def _welcome(house: House, account: Account) -> Welcome:
    token, now = _token(), house.clock.now()
    longest = timedelta(hours=house.settings.console.session_hours)
    house.store.accounts.open_session(_hash(token), account.name, now, longest=longest)
    return Welcome(token, account)


def _see(house: House, hashed: str, now: datetime) -> None:
    try:
        house.store.accounts.see(hashed, now)
    except StoreError as error:
        log.warning("session.not_seen", error=type(error).__name__)


def _token() -> str:
    return secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
