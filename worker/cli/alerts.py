"""``alerts``: look at the mails, send them, hold them back."""

from __future__ import annotations

import click

from worker.cli.options import actor, all_option, with_house
from worker.cli.output import (
    COULD_NOT_RUN,
    answer,
    day,
    json_option,
    number,
    put_json,
    refusals,
    say,
    table,
)
from worker.desk import mails as desk
from worker.desk.actor import at_the_shell
from worker.desk.mails import STATES, Delivery, Mail, MailState
from worker.house import House


@click.group("alerts", subcommand_metavar="LỆNH …", options_metavar="")
def alerts() -> None:
    """Thư cho thủ trưởng đơn vị và bộ phận công nghệ thông tin."""


@alerts.command(options_metavar="[TÙY CHỌN]")
@with_house
@json_option
def preview(house: House, as_json: bool) -> None:
    """Ghi các thư sẽ gửi thành tệp để xem; không gửi và không ghi nhớ gì."""
    previews = desk.preview(house, at_the_shell(actor()))
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
        say(desk.nobody(house) or "Không có gì mới: không có thư nào phải gửi.")
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
    prepared, done = desk.send(house, at_the_shell(actor()), asked_for=not scheduled)
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
    switch = desk.hold(house)
    if switch.frozen:
        say(f"Thư đang được giữ lại ({switch.reason}). Cho gửi: doisoat alerts unfreeze")


@alerts.command("list", options_metavar="[TÙY CHỌN]")
@with_house
@all_option
@json_option
def listed(house: House, everything: bool, as_json: bool) -> None:
    """Các thư đã soạn và tình trạng của từng thư."""
    who = at_the_shell(actor())
    shown = [*(desk.every(house, who) if everything else desk.page(house, who).mails)][::-1]
    if as_json:
        put_json([_as_json(one) for one in shown])
        return
    _hold(house)
    lines = table("Số", "Ngày", "Người nhận", "Tình trạng", "Lần thử", "Trả lời", right=(0, 4))
    for one in shown:
        to, state = _who(one.recipient), STATES[one.state]
        lines.add_row(str(one.id), day(one.day), to, state, str(one.attempts), one.reply)
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
    count = desk.resend(house, at_the_shell(actor()), numbers)
    say(f"{number(count)} thư sẽ gửi lại. Gửi ngay: doisoat alerts send", markup=False)


@alerts.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.option("--reason", metavar="LÝ-DO", required=True, help="Vì sao giữ thư lại.")
def freeze(house: House, reason: str) -> None:
    """Giữ mọi thư lại cho đến khi có người cho gửi."""
    with refusals():
        desk.freeze(house, at_the_shell(actor()), reason)
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
    who = at_the_shell(actor())
    with refusals():
        held = desk.held(house, who)
    for one in held:
        subject = one.body.subject
        say(f"  {one.id} · {day(one.day)} · {_who(one.recipient)} · {subject}", markup=False)
        say(f"      Message-ID {one.message_id}", markup=False)
    count = desk.unfreeze(house, who, resend=resend)
    what = "sẽ được gửi" if resend else "được ghi là không rõ đã đến chưa"
    say(f"Đã cho gửi thư trở lại; {number(count)} thư đang chờ {what}.", markup=False)


def _who(recipient: str) -> str:
    return recipient.replace("unit:", "đơn vị ")
