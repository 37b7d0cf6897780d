"""``find``: a code or a name → one answer: what is wrong, in which software, what to do."""

from __future__ import annotations

import click
from rich.markup import escape

from reconcile.claims import Claim
from reconcile.judging.proof import blocks, book_text
from reconcile.labels import PROCEDURES, ROLES
from reconcile.text.vietnamese import initials
from worker.cli.options import account, with_house
from worker.cli.output import COULD_NOT_RUN, answer, day, json_option, number, put_json, say, table
from worker.desk import search
from worker.desk.actor import at_the_shell
from worker.desk.search import Hit
from worker.house import House
from worker.words import status_text

#: Dossiers that one answer shows; more than these, and the text says too little.
SHOWN = 10


@click.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("text", metavar="MÃ-HOẶC-TÊN")
@json_option
def find(house: House, text: str, as_json: bool) -> None:
    """Gõ mã hồ sơ hoặc họ tên: hồ sơ lệch ở đâu, trên phần mềm nào, phải làm gì.

    \b
    Ví dụ:  doisoat find 000.15.H11-240102-0001
            doisoat find "Nguyễn Thị Mẫu"
    """
    hits = search.bearing(house, at_the_shell(account()), text)
    found = hits.found
    if as_json:
        put_json([_as_json(one) for one in found])
        return
    if not found:
        say(
            f"Không thấy “{text}” trong dữ liệu đã đọc. Gõ cả mã, hoặc họ tên như trên hồ sơ; "
            "nguồn nào đọc đến ngày nào xem bằng: doisoat status",
            markup=False,
        )
        raise click.exceptions.Exit(COULD_NOT_RUN)
    for one in found[:SHOWN]:
        _tell(house, one)
    if len(found) > SHOWN:
        many = "hơn " if hits.more else ""
        answer(f"… và {many}{number(len(found) - SHOWN)} hồ sơ khác; gõ rõ hơn.")


def _tell(house: House, one: Hit) -> None:
    first = one.main
    unit = house.tables.units.name(first.unit) or first.unit
    code = first.own_code or "chưa có mã"
    who = initials(first.subject or first.applicant)
    answer(f"[bold]{code}[/] · {PROCEDURES[first.procedure]} · {who} · {unit}")
    if first.received_on or first.due_on:
        answer(f"  Tiếp nhận {day(first.received_on)} · hẹn trả {day(first.due_on)}", markup=False)
    for claim in one.claims:
        said = book_text(claim) if claim.is_row else status_text(claim.status, claim.raw_status)
        answer(f"  {ROLES[claim.role]}: {said}{_when(claim)}", markup=False)
    if one.doubtful:
        answer("  Dòng sổ còn chờ xác nhận ghép: doisoat review list", markup=False)
    for name in one.untold:
        answer(f"  Còn việc chưa xử lý, xem: doisoat findings show {name}", markup=False)
    if one.undecided is not None:
        left = one.undecided
        answer(
            f"  [bold]Quá hạn {number(left.days)} ngày, chưa kết luận:[/] {escape(left.short)} "
            f"(tiếp nhận {day(left.received_on)}, hẹn trả {day(left.due_on)})"
        )
        answer(f"  Cần để kết luận: {left.decides}", markup=False)
    if not one.work and not one.untold:
        if one.undecided is None:
            answer(f"  {search.nothing_wrong(one)}", markup=False)
        answer()
        return
    for row in one.work:
        lines = table("", "")
        lines.show_header = False
        for title, text in (
            ("Lệch", row.label),
            ("Vướng tại", row.stuck),
            ("Căn cứ", row.evidence),
            ("Việc cần làm", row.remedy or "đơn vị chưa phải làm gì"),
            ("Tình trạng", row.state),
            ("Mã việc", row.id),
        ):
            if text:
                lines.add_row(f"  {title}", text)
        answer(lines)
    answer()


def _when(claim: Claim) -> str:
    """The day that the claim proves, or why its day is not used."""
    returned, received = claim.returned_on, claim.received_on
    if claim.is_row and returned and received and returned < received:
        used = f", đăng ký ngày {day(claim.registered_on)}" if claim.registered_on else ""
        return (
            f"{used}; ngày trả {day(returned)} trước ngày tiếp nhận {day(received)} nên không dùng"
        )
    if claim.is_row and blocks(claim):
        return "; ghi chú cho thấy chưa phải trả kết quả nên không dùng ngày trả"
    on = claim.registered_on or returned or claim.finished_on
    return f", ngày {day(on)}" if on else (", chưa ghi ngày trả" if claim.is_row else "")


def _as_json(one: Hit) -> dict[str, object]:
    return {
        "codes": sorted({claim.own_code for claim in one.claims if claim.own_code}),
        "sources": [
            {"role": claim.role.value, "status": int(claim.status), "raw": claim.raw_status}
            for claim in one.claims
        ],
        "doubtful": one.doubtful,
        "looked_at": one.looked_at,
        "undetermined": None
        if one.undecided is None
        else {
            "days_overdue": one.undecided.days,
            "received_on": one.undecided.received_on,
            "due_on": one.undecided.due_on,
            "reason": one.undecided.why,
            "decides": one.undecided.decides,
        },
        "findings": [
            {"id": row.id, "kind": row.kind, "stuck": row.stuck, "remedy": row.remedy}
            for row in one.work
        ],
    }
