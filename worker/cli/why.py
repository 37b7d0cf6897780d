"""``why``: why nothing is said of a dossier, a unit, a run; with what would change it."""

from __future__ import annotations

import click

from reconcile.judging.why import KindAnswer, KindVerdict
from worker.cli.options import account, with_house
from worker.cli.output import COULD_NOT_RUN, answer, say, table
from worker.desk import naming, search
from worker.desk import why as reasons
from worker.desk.actor import Actor, at_the_shell
from worker.house import House
from worker.words import inner

SAID = {
    KindAnswer.FOUND: "có",
    KindAnswer.UNJUDGED: "chưa xét được",
    KindAnswer.NOT_SO: "không",
}


@click.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("text", metavar="MÃ-HỒ-SƠ|ĐƠN-VỊ|MÃ-LƯỢT")
def why(house: House, text: str) -> None:
    """Vì sao không? Từng loại lệch: điều kiện đầu tiên chưa đạt, và điều gì sẽ làm đổi.

    \b
    Ví dụ:  doisoat why 000.15.H11-240102-0001
            doisoat why "Xã Sơn Mỹ"
    """
    actor = at_the_shell(account())
    if (told := reasons.of_run_named(house, actor, text)) is not None:
        for said in told or ("Lượt này đọc đủ và có tin mới.",):
            answer(f"• {said}", markup=False)
        return
    hits = search.bearing(house, actor, text).found if any(map(str.isdigit, text)) else []
    if not hits and _told_of_unit(house, actor, text):
        return
    hits = hits or search.bearing(house, actor, text).found
    if not hits:
        say(f"Không thấy hồ sơ, đơn vị hoặc lượt “{text}” trong dữ liệu đã đọc.", markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN)
    for hit in hits[:3]:
        answer(f"[bold]{hit.main.own_code or 'chưa có mã'}[/]")
        found = reasons.of_dossier(house, actor, hit)
        for said in filter(None, (found.outside, *found.linking)):
            answer(f"  {said}", markup=False)
        _told(found.verdicts)


def _told(verdicts: tuple[KindVerdict, ...]) -> None:
    lines = table("Loại", "", "Điều kiện đầu tiên chưa đạt", "Sẽ đổi khi")
    for one in verdicts:
        lines.add_row(one.label, SAID[one.verdict], one.unmet, one.change)
    if verdicts:
        answer(lines)


def _told_of_unit(house: House, actor: Actor, text: str) -> bool:
    """Whether the text is a unit; then what is not judged there was told."""
    units = reasons.units_named(house, actor, text)
    for unit in units:
        answer(f"[bold]{naming.unit_name(house, unit)}[/]")
        gaps = reasons.of_unit(house, actor, unit)
        lines = table("Chưa xét", "Vì sao", "Sẽ xét khi")
        for gap in gaps:
            lines.add_row(inner(gap.label), gap.reason, gap.change)
        answer(lines if gaps else "  Mọi loại đều xét được ở đơn vị này.")
    return bool(units)
