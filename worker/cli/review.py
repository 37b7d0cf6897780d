"""``review``: the doubtful pairs, and the answers of people, kept for ever."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import NoReturn

import click

from reconcile.claims import Claim
from reconcile.links import Answer, Link
from worker.cli.options import account, all_option, by_option, with_house
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
from worker.desk import pairs as desk
from worker.desk import quality as judged
from worker.desk.actor import Unseen, at_the_shell
from worker.desk.quality import PairQuality
from worker.desk.refused import Refused
from worker.house import House
from worker.reports.lists import doubts, short_key

SHOWN = 50


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def review() -> None:
    """Cặp nghi ngờ: dòng sổ và hồ sơ có thể là một, cần người xác nhận."""


@review.command("list", options_metavar="[TÙY CHỌN]")
@with_house
@all_option
@json_option
def show_all(house: House, everything: bool, as_json: bool) -> None:
    """Các cặp đang chờ xác nhận."""
    who = at_the_shell(account())
    count = desk.left(house, who)
    if not count and not as_json:
        say("Không có cặp nào chờ xác nhận.")
        return
    limit = None if everything or as_json else SHOWN
    shown = [one.link for one in desk.waiting(house, who, limit=limit)]
    claims = desk.claims_of(house, shown)
    shown = [link for link in shown if link.row in claims]
    if as_json:
        put_json([_as_json(link, claims) for link in sorted(shown, key=lambda link: link.row)])
        return
    lines = table(
        "Khóa", "Dòng sổ", "Hồ sơ gần nhất", "Hồ sơ gần nhì", "Vì sao hỏi", whole=(0, 2, 3)
    )
    for link in shown:
        rival = claims.get(link.rival.dossier) if link.rival else None
        lines.add_row(
            short_key(link),
            _place(claims[link.row]),
            _code(claims.get(link.dossier or "")),
            _code(rival),
            doubts(link, rival),
        )
    answer(lines)
    if count > len(shown):
        say(f"… và {number(count - len(shown))} cặp khác; thêm --all để xem hết.")
    answer("Xem một cặp: doisoat review show KHÓA", markup=False)


@review.command("show", options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("key", metavar="KHÓA")
def show_one(house: House, key: str) -> None:
    """Một cặp, đặt cạnh nhau: mẹ, ngày sinh, quyển, trang trước."""
    link = _asked(house, key)
    claims = desk.claims_of(house, [link])
    row = claims[link.row]
    rival = claims.get(link.rival.dossier) if link.rival else None
    dossier = claims.get(link.dossier or "")
    answer(f"Vì sao hỏi: {doubts(link, rival)}.", markup=False)
    lines = table("", "Dòng sổ", "Hồ sơ gần nhất", "Hồ sơ gần nhì")
    for title, field in (
        ("Mẹ", "mother"),
        ("Ngày sinh", "birth_date"),
        ("Ngày mất", "death_date"),
        ("Quyển", "book"),
        ("Trang", "page"),
        ("Số", "number"),
        ("Người được đăng ký", "subject"),
        ("Người nộp", "applicant"),
        ("Cha", "father"),
        ("Tiếp nhận", "received_on"),
        ("Trả kết quả", "returned_on"),
        ("Đơn vị", "unit"),
        ("Mã hồ sơ", "own_code"),
    ):
        shown = [_shown(house, claim, field) for claim in (row, dossier, rival)]
        if any(shown):
            lines.add_row(title, *shown)
    answer(lines)
    say()
    for claim in filter(None, (dossier, rival)):
        code = shlex.quote(claim.own_code or claim.key)
        say(f"Cùng một hồ sơ:  doisoat review confirm {short_key(link)} {code}", markup=False)
        say(f"Khác hồ sơ:      doisoat review reject {short_key(link)} {code}", markup=False)


@review.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("key", metavar="KHÓA")
@click.argument("code", metavar="MÃ-HỒ-SƠ")
@by_option("Người xác nhận")
def confirm(house: House, key: str, code: str, by: str) -> None:
    """Cùng một hồ sơ: ghép từ nay và mãi về sau."""
    _answer(house, key, code, by, same=True)


@review.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("key", metavar="KHÓA")
@click.argument("code", metavar="MÃ-HỒ-SƠ")
@by_option("Người xác nhận")
@click.option("--undo", is_flag=True, help="Rút lại câu trả lời đã cho cặp này.")
def reject(house: House, key: str, code: str, by: str, undo: bool) -> None:
    """Khác hồ sơ: không bao giờ ghép cặp này."""
    if undo:
        row, dossier = _row(house, key), _dossier(house, code)
        gone = desk.take_back(house, at_the_shell(by), row, dossier)
        say("Đã rút lại câu trả lời." if gone else "Chưa có câu trả lời nào cho cặp này.")
        return
    _answer(house, key, code, by, same=False)


@review.command(options_metavar="[TÙY CHỌN]")
@with_house
@json_option
def quality(house: House, as_json: bool) -> None:
    """Các câu trả lời có trái nhau không, ngưỡng ghép tự động xuống được đến đâu; chỉ nêu ra."""
    known = judged.quality(house, at_the_shell(account()))
    if as_json:
        put_json(_quality_json(known))
        return
    answer(
        f"{number(known.answers)} câu trả lời của {number(known.people)} người; "
        f"{number(len(known.clashes))} chỗ trái nhau; {number(len(known.differ))} cặp hai người "
        "trả lời khác nhau."
    )
    said = [*known.differ, *known.refused, *(one.confirmed for one in known.clashes)]
    said += [(one.refused,) for one in known.clashes if one.refused]
    claims = judged.claims_of(house, [one for group in said for one in group])
    for clash in known.clashes:
        every = (*clash.confirmed, *((clash.refused,) if clash.refused else ()))
        why = "không thể cùng đúng" if clash.refused else "một dòng sổ được ghép hai hồ sơ"
        _list(f"Trái nhau ({why}):", every, claims)
    for pair in known.differ:
        _list("Hai người trả lời khác nhau:", pair, claims)
    for refused in known.refused:
        _list("Dòng sổ bị trả lời “khác” với mọi hồ sơ gần nó:", refused, claims)
    if known.clashes or known.differ:
        say("Xem lại rồi rút câu sai: doisoat review reject KHÓA MÃ-HỒ-SƠ --undo", markup=False)
    _show_judges(known)
    _show_ladder(known)


def _list(title: str, said: Iterable[Answer], claims: Mapping[str, Claim]) -> None:
    answer(title, markup=False)
    for one in said:
        answer(f"  {_said(one, claims)}", markup=False)


def _show_judges(known: PairQuality) -> None:
    if known.read_twice:
        answer(
            f"{number(known.read_twice)} cặp có hai người trả lời, "
            f"{number(known.agreed)} cặp giống nhau."
        )
    if not known.judges:
        return
    lines = table("Người trả lời", "Cặp cài đã trả lời", "Trả lời sai", right=(1, 2))
    for one in known.judges:
        lines.add_row(one.by, number(one.answered), number(one.wrong))
    answer(lines)


def _show_ladder(known: PairQuality) -> None:
    if not known.rungs[-1].threshold.controls:
        return
    lines = table("Ngưỡng ghép tự động", "Đã trả lời", "Sai", "p", "", right=(1, 2, 3))
    for rung in known.rungs:
        told = (number(rung.threshold.controls), number(rung.threshold.wrong))
        chance = f"{float(rung.chance):.3f}".replace(".", ",")
        lines.add_row(_part(rung.threshold.value), *told, chance, "đạt" if rung.passed else "")
    answer(lines)
    if known.proposed is not None:
        answer(
            f"Đề nghị: auto có thể xuống {_part(known.proposed)} (nay {_part(known.now)}); muốn "
            f"nhận thì ghi link_auto = {float(known.proposed)} vào [policy], chương trình không tự "
            "đổi.",
            markup=False,
        )
    elif known.certified is None:
        answer("Chưa đủ cặp đã trả lời để xác nhận ngưỡng nào (rủi ro 5%, sai không quá 1%).")
    else:
        answer(f"Ngưỡng nay {_part(known.now)}: không đề nghị hạ.")


def _part(value: Fraction) -> str:
    return str(float(value)).replace(".", ",")


def _quality_json(known: PairQuality) -> dict[str, object]:
    return {
        "answers": known.answers,
        "people": known.people,
        "clashes": [
            {
                "refused": _said_json(one.refused) if one.refused else None,
                "confirmed": [_said_json(said) for said in one.confirmed],
            }
            for one in known.clashes
        ],
        "differ": [[_said_json(said) for said in pair] for pair in known.differ],
        "refused": [[_said_json(said) for said in group] for group in known.refused],
        "read_twice": known.read_twice,
        "agreed": known.agreed,
        "planted": [
            {"by": one.by, "answered": one.answered, "wrong": one.wrong} for one in known.judges
        ],
        "thresholds": [
            {
                "threshold": float(rung.threshold.value),
                "controls": rung.threshold.controls,
                "wrong": rung.threshold.wrong,
                "p": round(float(rung.chance), 6),
                "passed": rung.passed,
            }
            for rung in known.rungs
        ],
        "auto": float(known.now),
        "proposed": float(known.proposed) if known.proposed is not None else None,
    }


def _said(said: Answer, claims: Mapping[str, Claim]) -> str:
    row = claims.get(said.row)
    what = "cùng một hồ sơ" if said.same else "khác hồ sơ"
    code = _code(claims.get(said.dossier)) or said.dossier
    on = date.fromisoformat(said.on)
    return f"{_place(row) if row else said.row} – {code}: {what} ({said.by}, {day(on)})"


def _said_json(said: Answer) -> dict[str, object]:
    return {"row": said.row, "dossier": said.dossier, "same": said.same, "on": said.on}


def _answer(house: House, key: str, code: str, by: str, *, same: bool) -> None:
    row, dossier = _row(house, key), _dossier(house, code)
    done = desk.answer_of(house, at_the_shell(by), row, dossier, same=same)
    if done.fresh:
        say("Đã ghi: " + ("cùng một hồ sơ." if same else "khác hồ sơ."))
        say("Có hiệu lực từ lượt đối soát tới: doisoat run", markup=False)
    else:
        say("Câu trả lời này đã có từ trước.")


def _asked(house: House, key: str) -> Link:
    try:
        return desk.of_row(house, at_the_shell(account()), key).link
    except Unseen:
        return _none(key)


def _row(house: House, key: str) -> str:
    """The register row that people name so; it has a link, whatever was decided of it."""
    try:
        return desk.register_row(house, at_the_shell(account()), key)
    except Unseen:
        return _none(key)


def _none(key: str) -> NoReturn:
    say(f"Không có cặp “{key}”. Xem: doisoat review list", markup=False)
    raise click.exceptions.Exit(COULD_NOT_RUN)


def _dossier(house: House, code: str) -> str:
    try:
        return desk.dossier_bearing(house, code)
    except Refused as refused:
        say(refused.text, markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN) from None


def _place(claim: Claim) -> str:
    if not claim.places:
        return claim.key
    place = claim.places[0]
    return f"{place.file}, {place.sheet}, dòng {place.row}"


def _code(claim: Claim | None) -> str:
    return claim.own_code if claim else ""


def _shown(house: House, claim: Claim | None, field: str) -> str:
    """A fact as people write it: ``09/05/1951``, ``05/1951``, the name of the unit."""
    value = getattr(claim, field) if claim else None
    if value is None or value == "":
        return ""
    if field == "unit":
        return house.tables.units.name(value) or value
    if field in ("birth_date", "death_date"):
        return "/".join(reversed(value.split("-")))
    return value if isinstance(value, str) else day(value)


def _as_json(link: Link, claims: Mapping[str, Claim]) -> dict[str, object]:
    place = claims[link.row].places[0] if claims[link.row].places else None
    return {
        "key": link.row,
        "register": {"file": place.file, "sheet": place.sheet, "row": place.row} if place else None,
        "dossier": _code(claims.get(link.dossier or "")),
        "rival": _code(claims.get(link.rival.dossier)) if link.rival else None,
        "reasons": [{"field": r.field, "level": r.level} for r in link.reasons],
    }
