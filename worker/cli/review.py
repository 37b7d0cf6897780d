"""``review``: the doubtful pairs, and the answers of people, kept for ever."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import date

import click

from reconcile.claims import Claim
from reconcile.linking import judges
from reconcile.links import Answer, Link, LinkState
from worker.cli.options import all_option, by_option, with_house
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
    waiting = house.store.search.waiting_rows()
    if not waiting and not as_json:
        say("Không có cặp nào chờ xác nhận.")
        return
    shown = _links(house, waiting if everything or as_json else waiting[:SHOWN])
    claims = _claims(house, shown)
    if as_json:
        put_json([_as_json(link, claims) for link in shown])
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
    if len(waiting) > len(shown):
        say(f"… và {number(len(waiting) - len(shown))} cặp khác; thêm --all để xem hết.")
    answer("Xem một cặp: doisoat review show KHÓA", markup=False)


@review.command("show", options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("key", metavar="KHÓA")
def show_one(house: House, key: str) -> None:
    """Một cặp, đặt cạnh nhau: mẹ, ngày sinh, quyển, trang trước."""
    link = _one(house, key)
    claims = _claims(house, [link])
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
        link = _one(house, key, any_state=True)
        dossier = _dossier(house, code)
        gone = house.store.take_back_answer(link.row, dossier, by=by, on=house.clock.today())
        say("Đã rút lại câu trả lời." if gone else "Chưa có câu trả lời nào cho cặp này.")
        return
    _answer(house, key, code, by, same=False)


@review.command(options_metavar="[TÙY CHỌN]")
@with_house
@json_option
def quality(house: House, as_json: bool) -> None:
    """Các câu trả lời có trái nhau không; chỉ nêu để xem lại, không tự sửa gì."""
    given = house.store.answers()
    found = judges.clashes(given)
    differ = judges.otherwise(house.store.answer_history())
    if as_json:
        put_json(
            {
                "answers": len(given),
                "people": len({one.by for one in given}),
                "clashes": [
                    {
                        "refused": _said_json(one.refused) if one.refused else None,
                        "confirmed": [_said_json(said) for said in one.confirmed],
                    }
                    for one in found
                ],
                "differ": [[_said_json(said) for said in pair] for pair in differ],
            }
        )
        return
    claims = {claim.key: claim for claim in house.store.claims()}
    answer(
        f"{number(len(given))} câu trả lời của {number(len({one.by for one in given}))} người; "
        f"{number(len(found))} chỗ trái nhau; {number(len(differ))} cặp hai người trả lời khác "
        "nhau."
    )
    for clash in found:
        every = (*clash.confirmed, *((clash.refused,) if clash.refused else ()))
        why = "không thể cùng đúng" if clash.refused else "một dòng sổ được ghép hai hồ sơ"
        answer(f"Trái nhau ({why}):", markup=False)
        for said in every:
            answer(f"  {_said(said, claims)}", markup=False)
    for pair in differ:
        answer("Hai người trả lời khác nhau:", markup=False)
        for said in pair:
            answer(f"  {_said(said, claims)}", markup=False)
    if found or differ:
        say("Xem lại rồi rút câu sai: doisoat review reject KHÓA MÃ-HỒ-SƠ --undo", markup=False)


def _said(said: Answer, claims: Mapping[str, Claim]) -> str:
    row = claims.get(said.row)
    what = "cùng một hồ sơ" if said.same else "khác hồ sơ"
    code = _code(claims.get(said.dossier)) or said.dossier
    on = date.fromisoformat(said.on)
    return f"{_place(row) if row else said.row} – {code}: {what} ({said.by}, {day(on)})"


def _said_json(said: Answer) -> dict[str, object]:
    return {"row": said.row, "dossier": said.dossier, "same": said.same, "on": said.on}


def _answer(house: House, key: str, code: str, by: str, *, same: bool) -> None:
    link = _one(house, key, any_state=True)
    said = Answer(
        row=link.row,
        dossier=_dossier(house, code),
        same=same,
        by=by,
        on=house.clock.today().isoformat(),
    )
    if house.store.add_answer(said):
        say("Đã ghi: " + ("cùng một hồ sơ." if same else "khác hồ sơ."))
        say("Có hiệu lực từ lượt đối soát tới: doisoat run", markup=False)
    else:
        say("Câu trả lời này đã có từ trước.")


def _links(house: House, rows: Sequence[str]) -> list[Link]:
    """The links of these rows alone."""
    wanted = set(rows)
    return [link for link in house.store.search.links(wanted) if link.row in wanted]


def _claims(house: House, links: Sequence[Link]) -> dict[str, Claim]:
    """The claims that these pairs are of, by key."""
    keys = {link.row for link in links} | {link.dossier for link in links if link.dossier}
    keys |= {link.rival.dossier for link in links if link.rival}
    return {claim.key: claim for claim in house.store.search.claims(keys)}


def _one(house: House, key: str, *, any_state: bool = False) -> Link:
    found = [
        link
        for link in _links(house, house.store.search.rows_ending(key))
        if any_state or link.decision is LinkState.REVIEW
    ]
    if len(found) != 1:
        say(f"Không có cặp “{key}”. Xem: doisoat review list", markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN)
    return found[0]


def _dossier(house: House, code: str) -> str:
    """The claim key of the dossier that bears this code, in whatever form it is written."""
    from reconcile.text import codes
    from worker.desk.dossiers import around

    search, wanted = house.store.search, codes.normal(code)
    near = around(search, {code} | (search.bearing([wanted]) if wanted else set()))
    found = sorted(
        {
            near.anchors[claim.key]
            for claim in near.claims.values()
            if not claim.is_row
            and claim.key in near.anchors
            and (
                code == claim.key
                or (
                    wanted
                    and wanted in (codes.normal(claim.own_code), codes.normal(claim.national_code))
                )
            )
        }
    )
    if len(found) != 1:
        say(f"Không tìm thấy đúng một hồ sơ mang mã “{code}”.", markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN)
    return found[0]


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
