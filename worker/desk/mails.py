"""Mails: as they would go out, what became of each, held back and let go, sent again."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from config import addresses
from reconcile.lifecycle import State
from worker import alerts as telling
from worker.alerts import delivery, letters, situation, smtp
from worker.alerts.delivery import Delivery
from worker.alerts.digest import DIGEST
from worker.alerts.digest_values import Digest, Message
from worker.alerts.letters import Templates
from worker.alerts.preview_files import Previews
from worker.alerts.preview_files import preview as write_previews
from worker.alerts.smtp import Fate, MailUnavailable, Result, Waits
from worker.desk.actor import Actor, Right
from worker.desk.refused import Refused
from worker.house import House
from worker.store import Mail, MailState, Post, Switch
from worker.store.mails import Body
from worker.store.open_work import OpenFilter

__all__ = ["Delivery", "Mail", "MailState"]

STATES = {
    MailState.PENDING: "chờ gửi",
    MailState.SENDING: "đang gửi",
    MailState.SENT: "đã gửi",
    MailState.WRITTEN: "đã ghi thành tệp",
    MailState.UNCERTAIN: "không rõ đã đến chưa",
    MailState.FAILED: "không gửi được",
}
#: What became of a test mail.
_FATES = {
    Fate.SENT: "Máy chủ thư đã nhận thư thử gửi {to}. Hỏi người nhận xem thư đã đến chưa.",
    Fate.RETRY: "Chưa gửi được thư thử, máy chủ thư chưa nhận: {reply}.",
    Fate.REFUSED: "Máy chủ thư từ chối gửi tới {to}: {reply}.",
    Fate.UNCERTAIN: "Không rõ thư thử gửi {to} đã đến chưa: {reply}.",
}
#: A person waits for the answer.
HASTY = Waits(answer=10, after_data=20, sign_in=20)
#: In the audit: somebody had a test mail sent.
TESTED = "mail.tested"
#: Mails of a page of the list.
PAGE = 50
#: Heads of a page of drafts: composing what 700 dossiers ask of one takes a tenth of a second.
DRAFTS = 1


@dataclass(frozen=True, slots=True)
class MailPage:
    """Mails, the newest first; ``before`` begins the next page, None at the end."""

    mails: tuple[Mail, ...]
    before: int | None


@dataclass(frozen=True, slots=True)
class MailDraft:
    """A head's mail as it would go out now, beside the last one that went to the same address.

    ``units`` are called as in the table of units; ``because`` says why there is none, where there
    is none.
    """

    recipient: str
    units: tuple[str, ...]
    body: Body | None
    answer_by: date | None
    count: int | None
    last: Mail | None
    because: str = ""


def preview(house: House, actor: Actor) -> Previews:
    """The mails as files to look at. Raises Refused where the actor may not ask."""
    actor.need(Right.HEALTH)
    return write_previews(house)


def send(house: House, actor: Actor, *, asked_for: bool = True) -> tuple[int, Delivery]:
    """How many mails were prepared, and what became of those that were due."""
    actor.need(Right.HEALTH)
    prepared = telling.prepare(house, asked_for=asked_for)
    return prepared, delivery.deliver(house, asked_for=asked_for)


def recipients(house: House) -> list[tuple[str, str]]:
    """Address and units of everybody who gets mails now, by address."""
    name = house.tables.units.name
    return [
        (to, ", ".join(sorted(map(name, codes)))) for to, codes in sorted(_heads(house).items())
    ]


def send_test(house: House, actor: Actor, to: str) -> str:
    """What the mail server said of a mail that tells nothing, in words. Raises Refused.

    It goes out at once and beside all others, held back or not: it is no mail of a dossier.
    """
    actor.need(Right.HEALTH)
    settings = house.settings.mail
    try:
        to = addresses.mail(to.strip())
    except ValueError as error:
        raise Refused(f"Địa chỉ thư {error}.", "Ví dụ: vanthu@xa.gov.vn") from None
    if not settings.host:
        raise Refused(
            "Chưa khai máy chủ thư nên không gửi thử được; thư được ghi ra tệp.",
            "Điền phần [mail] trong doisoat.toml trên máy chủ.",
        )
    now, key = house.clock.now(), secrets.token_hex(32)
    body = letters.trial(house.settings.office.name)
    domain = settings.sender.rpartition("@")[2] or letters.NO_DOMAIN
    post = Post(key, "test", to, house.clock.today(), body, f"<{key[:32]}@{domain}>")
    sent = letters.sent_at(now, house.clock.zone)
    try:
        letter = letters.envelope(post, sent, settings).as_bytes()
        with smtp.opened(settings, HASTY) as line:
            result = line.send(settings.sender, to, letter)
    except MailUnavailable as error:
        result = Result(Fate.RETRY, str(error))
    house.store.audit.append(
        actor=actor.who, act=TESTED, object="", reason=result.fate.value, at=house.clock.now()
    )
    return _FATES[result.fate].format(to=to, reply=result.reply)


def hold(house: House) -> Switch:
    """Whether mails are held back, by whom and why."""
    return house.store.outbox.switch()


def page(house: House, actor: Actor, *, before: int | None = None, limit: int = PAGE) -> MailPage:
    """The mails that were prepared, and how each stands. Raises Refused."""
    actor.need(Right.HEALTH)
    found = house.store.outbox.newest(limit + 1, before)
    shown = found[:limit]
    return MailPage(tuple(shown), shown[-1].id if len(found) > limit else None)


def every(house: House, actor: Actor) -> Iterator[Mail]:
    """All mails, the newest first, a page in memory at a time."""
    before: int | None = None
    while True:
        found = page(house, actor, before=before)
        yield from found.mails
        before = found.before
        if before is None:
            return


def resend(house: House, actor: Actor, numbers: Collection[int]) -> int:
    """How many uncertain or failed mails go out again: a person asked the recipient before."""
    actor.need(Right.HEALTH)
    return house.store.outbox.resend(numbers, at=house.clock.now(), by=actor.who)


def freeze(house: House, actor: Actor, reason: str) -> None:
    """Every mail is held back from now on. Raises Refused without a reason."""
    actor.need(Right.HEALTH)
    if not reason.strip():
        raise Refused("Phải ghi vì sao giữ thư lại.")
    house.store.outbox.freeze(reason.strip(), by=actor.who, at=house.clock.now())


def held(house: House, actor: Actor) -> list[Mail]:
    """The mails that wait while they are held back. Raises Refused where nobody can know yet."""
    actor.need(Right.HEALTH)
    outbox = house.store.outbox
    switch = outbox.switch()
    if switch.frozen and switch.unsure and not _has_run_since(house, switch.at):
        raise Refused(
            "Chưa chạy lượt nào từ khi khôi phục nên chưa biết thư nào có thể đã gửi. "
            "Chạy trước: doisoat run"
        )
    return outbox.mails(MailState.PENDING, MailState.SENDING) if switch.frozen else []


def unfreeze(house: House, actor: Actor, *, resend: bool = False) -> int:
    """How many mails were waiting when all were let go. Raises Refused as ``held`` does."""
    held(house, actor)
    return house.store.outbox.unfreeze(by=actor.who, at=house.clock.now(), resend=resend)


def _has_run_since(house: House, at: datetime | None) -> bool:
    newest = house.store.runs.newest_done()
    return newest is not None and at is not None and newest.started >= at


def nobody(house: House) -> str:
    """Why there is no mail although something is open: nobody would get it; else nothing."""
    today = house.clock.today()
    units = house.tables.units
    if any(units.recipients(unit.code, None, today) for unit in units.all):
        return ""
    found = house.store.open_work.counts(OpenFilter())
    count = sum(one.count for one in found if one.state is not State.WAIVED)
    if not count:
        return ""
    why = "chưa có bảng đơn vị" if not units else "bảng đơn vị chưa ghi thư điện tử của ai"
    return f"Không có người nhận ({why}), trong khi {count} việc chưa khớp. Điền units.csv."


@dataclass(frozen=True, slots=True)
class DraftPage:
    """Some of the drafts, by recipient; ``after`` begins the next page, empty at the end."""

    drafts: tuple[MailDraft, ...]
    total: int
    after: str


def drafts(
    house: House, actor: Actor, units: frozenset[str] | None = None, *, after: str = ""
) -> DraftPage:
    """What each head of these units would get now, behind a recipient; nothing is remembered.

    A mail that speaks of a unit which the actor does not see is not there.
    """
    actor.need(Right.VIEW)
    wanted = actor.within(units)
    every = {
        recipient: codes
        for recipient, codes in sorted(_heads(house).items())
        if wanted is None or codes <= wanted
    }
    rest = [recipient for recipient in every if recipient > after]
    shown = {recipient: every[recipient] for recipient in rest[:DRAFTS]}
    heads = telling.Heads(frozenset(shown), _known_as(house, frozenset().union(*shown.values())))
    due = {one.recipient: one for one in telling.would_go(house, heads) if one.kind == DIGEST}
    words = situation.words_of(house)
    return DraftPage(
        tuple(_draft(house, words, *head, due.get(head[0])) for head in shown.items()),
        len(every),
        rest[DRAFTS - 1] if len(rest) > DRAFTS else "",
    )


def _draft(
    house: House,
    words: Templates,
    recipient: str,
    codes: frozenset[str],
    message: Message | None,
) -> MailDraft:
    names = tuple(sorted(house.tables.units.name(code) for code in codes))
    last = house.store.outbox.last_to(recipient, DIGEST)
    draft = MailDraft(recipient, names, None, None, None, last)
    if message is None:
        return replace(draft, because=_because(house, last))
    if not isinstance(message.says, Digest):
        return draft
    return replace(
        draft,
        body=words.body(message),
        answer_by=message.says.answer_by,
        count=message.says.total,
    )


def _known_as(house: House, codes: frozenset[str]) -> frozenset[str]:
    """These units, and those of before for which they answer today."""
    units, today = house.tables.units, house.clock.today()
    before = (
        one.code
        for one in units.all
        if (now := units.answering(one.code, one.valid_to or today, today)) and now.code in codes
    )
    return codes.union(before)


def _heads(house: House) -> dict[str, frozenset[str]]:
    """Every recipient of today, and the codes of the units that the mail speaks of."""
    today, found = house.clock.today(), dict[str, set[str]]()
    for unit in house.tables.units.all:
        if unit.is_valid(today):
            for person in house.tables.units.recipients(unit.code, today, today):
                found.setdefault(person.email, set()).add(unit.code)
    return {recipient: frozenset(codes) for recipient, codes in found.items()}


def _because(house: House, last: Mail | None) -> str:
    if hold(house).frozen:
        return "Thư đang được giữ lại: bộ phận công nghệ thông tin cho gửi trở lại."
    if last is not None and last.day == house.clock.today():
        return "Hôm nay đã có thư; mỗi người nhận nhiều nhất một thư một ngày."
    if last is not None:
        return f"Không có gì mới so với thư ngày {last.day:%d/%m/%Y}; điều đã báo không báo lại."
    return "Chưa có hồ sơ nào phải báo cho đơn vị này."
