"""Takes the mails of the outbox to the mail server, or writes them as files.

Each mail is claimed and committed as being sent before the server is spoken to, and settled after
it. A mail whose sender died in between is found and left to a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.errors import MessageError
from pathlib import Path

import structlog

from worker.alerts import letters, smtp
from worker.alerts.smtp import PATIENT, Fate, MailUnavailable, Result, Waits
from worker.house import House
from worker.store import Mail, MailState, Post

log = structlog.get_logger(__name__)

#: Minutes before the next attempts; the last one repeats.
PAUSES = (1, 5, 15, 60)
#: After that a mail that never went out is given up.
GIVEN_UP_AFTER = timedelta(hours=24)
#: How long a server that refused our password is left alone: more tries may lock the account.
CLOSED_FOR = timedelta(minutes=60)
#: What is kept of a mail that could not be written as a file.
NOT_WRITTEN = "không ghi được thành tệp: xem ổ đĩa và quyền ghi của data_dir"
#: What is kept of a mail that could not be composed.
NOT_COMPOSED = "không soạn được thư: xem sender và địa chỉ người nhận"
#: Seconds that sending one mail may take at most, all waits together.
LEASE = 900.0

_STATES = {
    Fate.SENT: MailState.SENT,
    Fate.REFUSED: MailState.FAILED,
    Fate.UNCERTAIN: MailState.UNCERTAIN,
}


@dataclass(slots=True)
class Delivery:
    """What became of the mails that were due; ``problem`` says why the server was not reached."""

    counts: Counter[MailState] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)
    problem: str = ""
    frozen: bool = False


def deliver(
    house: House,
    *,
    asked_for: bool = False,
    patience: Waits = PATIENT,
    lease: float = LEASE,
) -> Delivery:
    """Send everything that is due, one recipient a transaction; safe to run twice at once.

    ``asked_for``: a person wants it, so a server that refused our password is tried again.
    """
    outbox = house.store.outbox
    now = house.clock.now()
    outbox.find_lost(at=now)
    switch = outbox.switch()
    if switch.frozen:
        return Delivery(frozen=True)
    due = outbox.due(now)
    posted, on_paper = _parted(house, due)
    done = Delivery()
    _write_all(house, on_paper, lease, done)
    if switch.is_closed(now) and not asked_for:
        done.problem = "máy chủ thư đã từ chối đăng nhập; tạm chưa thử lại"
        return done
    if posted:
        _send_all(house, posted, patience, lease, done)
    return done


def _parted(house: House, due: Iterable[Mail]) -> tuple[list[Mail], list[Mail]]:
    """What goes over the wire, and what becomes a file."""
    posted: list[Mail] = []
    on_paper: list[Mail] = []
    for one in due:
        has_wire = bool(house.settings.mail.host) and "@" in one.recipient
        (posted if has_wire else on_paper).append(one)
    return posted, on_paper


def _send_all(house: House, due: list[Mail], patience: Waits, lease: float, done: Delivery) -> None:
    waiting = list(due)
    with ExitStack() as stack:
        line: smtp.Connection | None = None
        while waiting:
            if line is None or not line.is_open:
                try:
                    line = stack.enter_context(smtp.opened(house.settings.mail, patience))
                except MailUnavailable as error:
                    _postpone(house, waiting, error, lease, done)
                    return
                house.store.outbox.close_until(None)
            # Composed first: what cannot be composed never left, and must not be uncertain.
            letter = _composed(house, waiting[0])
            taken = house.store.outbox.claim(waiting.pop(0), seconds=lease)
            if taken is None:
                continue
            if letter is None:
                _settle(house, taken, Result(Fate.REFUSED, NOT_COMPOSED), done)
            else:
                sender = house.settings.mail.sender
                _settle(house, taken, line.send(sender, taken.recipient, letter), done)


def _composed(house: House, one: Mail) -> bytes | None:
    """The mail as it goes over the wire; None when an address or a header cannot be written."""
    sent = letters.sent_at(one.created_at, house.clock.zone)
    try:
        return letters.envelope(one, sent, house.settings.mail).as_bytes()
    except (ValueError, LookupError, MessageError) as error:
        log.warning("mail.not_composed", mail=one.id, kind=one.kind, error=type(error).__name__)
        return None


def _settle(house: House, one: Mail, result: Result, done: Delivery) -> None:
    now = house.clock.now()
    state, next_at = _STATES.get(result.fate), None
    if state is None:
        state, next_at = _later(one, now)
    if house.store.outbox.settle(one, state, at=now, reply=result.reply, next_at=next_at):
        done.counts[state] += 1
        level = log.info if state is MailState.SENT else log.warning
        level("mail.settled", mail=one.id, kind=one.kind, state=state.value, reply=result.reply)


def _later(one: Mail, now: datetime) -> tuple[MailState, datetime | None]:
    """When to try again; a mail that could not go out for a day is given up."""
    pause = PAUSES[min(max(one.attempts, 1), len(PAUSES)) - 1]
    next_at = now + timedelta(minutes=pause)
    if next_at > one.created_at + GIVEN_UP_AFTER:
        return MailState.FAILED, None
    return MailState.PENDING, next_at


def _postpone(
    house: House, waiting: list[Mail], error: MailUnavailable, lease: float, done: Delivery
) -> None:
    """The server cannot be used: nothing was accepted, every mail waits for its next turn."""
    done.problem = str(error)
    if error.closed:
        house.store.outbox.close_until(house.clock.now() + CLOSED_FOR)
    log.warning("mail.unavailable", problem=str(error), waiting=len(waiting))
    for one in waiting:
        taken = house.store.outbox.claim(one, seconds=lease)
        if taken is not None:
            _settle(house, taken, Result(Fate.RETRY, str(error)), done)


def _write_all(house: House, due: list[Mail], lease: float, done: Delivery) -> None:
    """Where there is no mail server: files to print, or to send by the document system."""
    for one in due:
        taken = house.store.outbox.claim(one, seconds=lease)
        if taken is None:
            continue
        folder = house.settings.office.data_dir / "alerts" / f"{one.day:%Y-%m-%d}"
        try:
            done.files += write(house, folder, taken, taken.created_at)
        except OSError as error:  # a full disk: surely nobody got it
            log.warning("mail.not_written", mail=one.id, error=type(error).__name__)
            _settle(house, taken, Result(Fate.RETRY, NOT_WRITTEN), done)
            continue
        except (ValueError, LookupError, MessageError) as error:
            log.warning("mail.not_composed", mail=one.id, error=type(error).__name__)
            _settle(house, taken, Result(Fate.REFUSED, NOT_COMPOSED), done)
            continue
        now = house.clock.now()
        if house.store.outbox.settle(taken, MailState.WRITTEN, at=now, reply="đã ghi thành tệp"):
            done.counts[MailState.WRITTEN] += 1


def write(house: House, folder: Path, one: Mail | Post, created: datetime) -> list[Path]:
    """One mail as ``.eml`` (to open in a mail program) and ``.html`` (to look at, to print)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sent = letters.sent_at(created, house.clock.zone)
    name = letters.file_name(one)
    contents = {
        ".eml": letters.draft(one, sent, house.settings.mail),
        ".html": one.body.html.encode(),
    }
    return [_put(folder / f"{name}{ending}", content) for ending, content in contents.items()]


def _put(path: Path, content: bytes) -> Path:
    """The whole file or none of it."""
    half = path.with_name(f".{path.name}.part")
    half.write_bytes(content)
    half.replace(path)
    return path
