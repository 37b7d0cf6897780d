"""``alerts``: look at the mails, send them, hold them back."""

from __future__ import annotations

from datetime import datetime

import click

from reconcile.lifecycle import State
from worker import alerts as telling
from worker.alerts import delivery
from worker.alerts.delivery import Delivery
from worker.alerts.preview_files import preview as write_previews
from worker.cli.options import actor, all_option, with_house
from worker.cli.output import (
    COULD_NOT_RUN,
    answer,
    day,
    json_option,
    number,
    put_json,
    say,
    table,
)
from worker.house import House
from worker.store import Mail, MailState, RunState

STATES = {
    MailState.PENDING: "chờ gửi",
    MailState.SENDING: "đang gửi",
    MailState.SENT: "đã gửi",
    MailState.WRITTEN: "đã ghi thành tệp",
    MailState.UNCERTAIN: "không rõ đã đến chưa",
    MailState.FAILED: "không gửi được",
}
#: Mails that a list shows without being asked for more.
NEWEST = 50


@click.group("alerts", subcommand_metavar="LỆNH …", options_metavar="")
def alerts() -> None:
    """Thư cho thủ trưởng đơn vị và bộ phận công nghệ thông tin."""


@alerts.command(options_metavar="[TÙY CHỌN]")
@with_house
@json_option
def preview(house: House, as_json: bool) -> None:
    """Ghi các thư sẽ gửi thành tệp để xem; không gửi và không ghi nhớ gì."""
    previews = write_previews(house)
    if as_json:
        put_json(
            [
                {"recipient": one.recipient, "subject": one.subject, "files": list(one.files)}
                for one in previews.mails
            ]
        )
        return
    for problem in previews.problems:
        say(f"✗ {problem}; dùng mẫu có sẵn", markup=False)
    _hold(house)
    if not previews.mails:
        say(_nobody(house) or "Không có gì mới: không có thư nào phải gửi.")
        return
    lines = table("Người nhận", "Tiêu đề", whole=(0,))
    for one in previews.mails:
        lines.add_row(_who(one.recipient), one.subject)
    answer(lines)
    say(f"{number(len(previews.mails))} thư, xem trong {previews.folder}", markup=False)


@alerts.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.option(
    "--scheduled",
    is_flag=True,
    help="Chỉ soạn thư khi đến ngày gửi theo [mail]; dùng khi hẹn giờ bằng cron.",
)
@json_option
def send(house: House, scheduled: bool, as_json: bool) -> None:
    """Soạn và gửi ngay; chưa có máy chủ thư thì ghi thành tệp để in hoặc gửi đường khác.

    Mỗi người nhận nhiều nhất một thư một ngày; điều đã báo không báo lại.
    """
    prepared = telling.prepare(house, asked_for=not scheduled)
    done = delivery.deliver(house, asked_for=not scheduled)
    if as_json:
        put_json(
            {
                "prepared": prepared,
                "states": {state.value: count for state, count in done.counts.items()},
                "files": done.files,
                "problem": done.problem or None,
                "frozen": done.frozen,
            }
        )
    else:
        _told(house, done)
    raise click.exceptions.Exit(COULD_NOT_RUN if done.problem or done.frozen else 0)


def _nobody(house: House) -> str:
    """Why there is no mail although something is open: nobody would get it."""
    today = house.clock.today()
    units = house.tables.units
    if any(units.recipients(unit.code, None, today) for unit in units.all):
        return ""
    done = (State.RESOLVED, State.WAIVED)
    count = sum(one.state not in done for one in house.store.discrepancies())
    if not count:
        return ""
    why = "chưa có bảng đơn vị" if not units else "bảng đơn vị chưa ghi thư điện tử của ai"
    return f"Không có người nhận ({why}), trong khi {number(count)} việc chưa khớp. Điền units.csv."


def _told(house: House, done: Delivery) -> None:
    _hold(house)
    for state, count in sorted(done.counts.items()):
        say(f"{number(count)} thư {STATES[state]}.", markup=False)
    if done.problem:
        say(f"✗ {done.problem}", markup=False)
    if done.files:
        say(f"Thư nằm trong {done.files[0].parent}: tệp .html để in, .eml để gửi.", markup=False)
    if not done.counts and not done.problem and not done.frozen:
        say("Không có gì mới: không có thư nào phải gửi.")
    if done.counts[MailState.UNCERTAIN] or done.counts[MailState.FAILED]:
        say("Xem: doisoat alerts list. Gửi lại khi đã hỏi người nhận: doisoat alerts resend SỐ")


def _hold(house: House) -> None:
    switch = house.store.outbox.switch()
    if switch.frozen:
        say(f"Thư đang được giữ lại ({switch.reason}). Cho gửi: doisoat alerts unfreeze")


@alerts.command("list", options_metavar="[TÙY CHỌN]")
@with_house
@all_option
@json_option
def listed(house: House, everything: bool, as_json: bool) -> None:
    """Các thư đã soạn và tình trạng của từng thư."""
    mails = house.store.outbox.mails()
    shown = mails if everything else mails[-NEWEST:]
    if as_json:
        put_json([_as_json(one) for one in shown])
        return
    _hold(house)
    lines = table("Số", "Ngày", "Người nhận", "Tình trạng", "Lần thử", "Trả lời", right=(0, 4))
    for one in shown:
        state = STATES[one.state]
        who = _who(one.recipient)
        lines.add_row(str(one.id), day(one.day), who, state, str(one.attempts), one.reply)
    answer(lines)


def _as_json(one: Mail) -> dict[str, object]:
    return {
        "id": one.id,
        "day": one.day,
        "kind": one.kind,
        "recipient": one.recipient,
        "subject": one.body.subject,
        "state": one.state.value,
        "attempts": one.attempts,
        "reply": one.reply,
        "message_id": one.message_id,
    }


@alerts.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("numbers", metavar="SỐ…", nargs=-1, required=True, type=int)
def resend(house: House, numbers: tuple[int, ...]) -> None:
    """Cho gửi lại thư không rõ đã đến chưa, hoặc không gửi được; chỉ làm khi đã hỏi người nhận."""
    count = house.store.outbox.resend(numbers, at=house.clock.now())
    say(f"{number(count)} thư sẽ gửi lại. Gửi ngay: doisoat alerts send", markup=False)


@alerts.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.option("--reason", metavar="LÝ-DO", required=True, help="Vì sao giữ thư lại.")
def freeze(house: House, reason: str) -> None:
    """Giữ mọi thư lại cho đến khi có người cho gửi."""
    house.store.outbox.freeze(reason, by=actor(), at=house.clock.now())
    say("Đã giữ thư lại. Cho gửi: doisoat alerts unfreeze")


@alerts.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.option(
    "--resend",
    is_flag=True,
    help="Gửi cả các thư đang chờ lúc giữ lại; bỏ trống: coi là không rõ đã đến chưa.",
)
def unfreeze(house: House, resend: bool) -> None:
    """Cho gửi thư trở lại, sau khi khôi phục dữ liệu chẳng hạn; kể các thư đang được giữ."""
    outbox = house.store.outbox
    switch = outbox.switch()
    if switch.frozen and switch.unsure and not _has_run_since(house, switch.at):
        say(
            "Chưa chạy lượt nào từ khi khôi phục nên chưa biết thư nào có thể đã gửi. "
            "Chạy trước: doisoat run",
            markup=False,
        )
        raise click.exceptions.Exit(COULD_NOT_RUN)
    held = outbox.mails(MailState.PENDING, MailState.SENDING) if switch.frozen else []
    for one in held:
        subject = one.body.subject
        say(f"  {one.id} · {day(one.day)} · {_who(one.recipient)} · {subject}", markup=False)
        say(f"      Message-ID {one.message_id}", markup=False)
    count = house.store.outbox.unfreeze(by=actor(), at=house.clock.now(), resend=resend)
    what = "sẽ được gửi" if resend else "được ghi là không rõ đã đến chưa"
    say(f"Đã cho gửi thư trở lại; {number(count)} thư đang chờ {what}.", markup=False)


def _has_run_since(house: House, at: datetime | None) -> bool:
    return any(
        run.state is RunState.DONE and at is not None and run.started >= at
        for run in house.store.runs()
    )


def _who(recipient: str) -> str:
    return recipient.replace("unit:", "đơn vị ")
