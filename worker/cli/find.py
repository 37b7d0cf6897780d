"""``find``: a code or a name → one answer: what is wrong, in which software, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import click
from rich.markup import escape

from reconcile.cases import Case, LinkedRow
from reconcile.claims import Claim
from reconcile.findings import Kind, finding_id
from reconcile.judging.proof import blocks, book_text
from reconcile.labels import PROCEDURES, ROLES
from reconcile.lifecycle import State
from reconcile.links import Link, LinkState, Method
from reconcile.scope import Scope, in_scope
from reconcile.text import codes
from reconcile.text.vietnamese import initials, name_key, plain, plain_key
from worker.cli.options import with_house
from worker.cli.output import COULD_NOT_RUN, answer, day, json_option, number, put_json, say, table
from worker.desk.discrepancies import RUN_ONCE, known_of, undecided_of
from worker.desk.dossiers import around
from worker.house import House
from worker.reports.undecided import UndecidedRow
from worker.reports.work import WorkRow
from worker.store.keys import searched
from worker.store.search import Search
from worker.words import status_text

#: Dossiers that one answer shows; more than these, and the text says too little.
SHOWN = 10
#: Claims that a name leads to; one that more bear is no name to look for.
MOST_CLAIMS = 500
#: Never more than is known: what was not judged may still be wrong.
NOTHING_WRONG = "Lượt đối soát gần nhất không thấy gì lệch trong phần đã xét."
NOT_LOOKED_AT = "Chưa xét trong lượt gần nhất (lượt đó chỉ xét đơn vị, thủ tục hoặc kỳ khác)."
NEVER_RUN = "Chưa có lượt đối soát nào. Chạy: doisoat run"
NO_DOSSIER = "Chưa ghép được với hồ sơ nào trên phần mềm; chưa kết luận là thiếu."


#: Whoever knows one of these knows whether the dossier is done: a run that read less, and could
#: not tell, takes nothing back.
ANSWERED = frozenset({Kind.RETURNED_STILL_PENDING, Kind.TRULY_OVERDUE})


@dataclass(frozen=True, slots=True)
class Hit:
    """One dossier, or one register row without a dossier, with what is wrong with it."""

    claims: tuple[Claim, ...]
    doubtful: bool  # a register row waits for a person's answer
    work: tuple[WorkRow, ...]
    untold: tuple[str, ...] = ()  # discrepancies that no recent report tells of
    undecided: UndecidedRow | None = None  # past due, and the last run could not tell
    looked_at: bool | None = True  # by the last run; None: there was none
    written: bool = True  # what the last run found stands in rows


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
    hits = _found(house, text)
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


@dataclass(frozen=True, slots=True)
class Hits:
    """What bears a code or a name; ``more``: so many claims bear it that not all were looked at."""

    found: list[Hit]
    more: bool


def _found(house: House, text: str) -> Hits:
    """Every dossier that bears the code or the name, in all software, with its register rows."""
    store = house.store
    keys, more = _keys(store.search, text)
    near = around(store.search, keys)
    claims, links, anchors = near.claims, near.links, near.anchors
    meant = {_anchor(claim, anchors, links) for claim in claims.values() if _is_meant(claim, text)}
    groups: dict[str, list[str]] = {anchor: [anchor] for anchor in sorted(meant)}
    for key in sorted(claims):
        if key not in groups and (anchor := anchors.get(key)) in groups:
            groups[anchor].append(key)
    every = store.search.discrepancies([one for keys in groups.values() for one in _ids(keys)])
    unsettled = {one.id for one in every if one.state is not State.RESOLVED}
    ids = {
        anchor: [one for one in _ids(keys) if one in unsettled] for anchor, keys in groups.items()
    }
    told = known_of(store, unsettled)
    last = store.search.newest_run()
    undecided = undecided_of(store, chain.from_iterable(groups.values())) if last else {}
    work = {anchor: tuple(told[one].row for one in ids[anchor] if one in told) for anchor in groups}
    hits = [
        Hit(
            claims=tuple(claims[key] for key in keys if key in claims),
            doubtful=any(links[key].decision is LinkState.REVIEW for key in keys if key in links),
            work=work[anchor],
            untold=tuple(one for one in ids[anchor] if one not in told),
            undecided=None
            if any(row.kind in ANSWERED for row in work[anchor])
            else next((undecided[key] for key in keys if key in undecided), None),
            looked_at=_looked_at(keys, claims, last.scope) if last else None,
            written=last is None or last.kept_rows,
        )
        for anchor, keys in groups.items()
    ]
    return Hits(hits, more)


def _keys(search: Search, text: str) -> tuple[list[str], bool]:
    """The keys of the claims that may be meant, and whether there are more of them."""
    if code := _code(text):
        return sorted(search.bearing([code])), False
    name = searched(text)
    keys = search.named(name, MOST_CLAIMS + 1) if name else []
    return keys[:MOST_CLAIMS], len(keys) > MOST_CLAIMS


def _code(text: str) -> str:
    """The comparable code that the text is; empty for a name."""
    return codes.normal(text) if any(char.isdigit() for char in text) else ""


#: Whether a dossier lies in a scope does not depend on how its rows were joined to it.
_NO_LINK = Link("", None, Method.NONE, 0.0, LinkState.NONE)


def _looked_at(keys: Iterable[str], claims: Mapping[str, Claim], scope: Scope) -> bool:
    """Whether the dossier of these claims lies in the scope of the last run."""
    found = [claims[key] for key in keys if key in claims]
    software = {claim.role: claim for claim in found if not claim.is_row}
    rows = tuple(LinkedRow(claim, _NO_LINK) for claim in found if claim.is_row)
    return not found or in_scope(Case(found[0].key, software, rows), scope)


def _ids(keys: Iterable[str]) -> Iterator[str]:
    """Of every discrepancy that these claims may have, the gravest kind first."""
    return (finding_id(kind, key) for kind in Kind for key in keys)


def _anchor(claim: Claim, anchors: Mapping[str, str], links: Mapping[str, Link]) -> str:
    """The dossier that the claim is of; a row that waits for an answer stands alone."""
    link = links.get(claim.key)
    if claim.is_row and (link is None or link.decision is not LinkState.AUTO):
        return claim.key
    return anchors.get(claim.key, claim.key)


def _is_meant(claim: Claim, text: str) -> bool:
    if wanted := _code(text):
        return wanted in (codes.normal(claim.own_code), codes.normal(claim.national_code))
    # Who types without accents means them all; who types them means those.
    has_accents = plain(text) != " ".join(text.casefold().split())
    wanted = name_key(text) if has_accents else plain_key(name_key(text))
    names = (name_key(one) for one in (claim.subject, claim.applicant, claim.mother) if one)
    return bool(wanted) and any(
        f" {wanted} " in f" {key if has_accents else plain_key(key)} " for key in names
    )


def _tell(house: House, one: Hit) -> None:
    first = next((claim for claim in one.claims if not claim.is_row), one.claims[0])
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
            answer(f"  {_nothing(one)}", markup=False)
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


def _nothing(one: Hit) -> str:
    """Why nothing is said to be wrong: never more than was looked at."""
    if one.looked_at is None:
        return NEVER_RUN
    if not one.looked_at:
        return NOT_LOOKED_AT
    if not one.written:
        return RUN_ONCE
    return NO_DOSSIER if all(claim.is_row for claim in one.claims) else NOTHING_WRONG


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
