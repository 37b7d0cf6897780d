"""``find``: a code or a name → one answer: what is wrong, in which software, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import click

from reconcile import codes
from reconcile.claims import Claim
from reconcile.findings import Kind, finding_id
from reconcile.labels import PROCEDURES, ROLES
from reconcile.links import Decision, Link
from reconcile.proof import book_text
from reconcile.vietnamese import initials, name_key, plain, plain_key
from worker.cli.discrepancies import last_contents
from worker.cli.heads import with_house
from worker.cli.speech import COULD_NOT_RUN, answer, day, json_option, number, put_json, say, table
from worker.house import House
from worker.reports.words import STATUSES
from worker.reports.work import WorkRow

#: Dossiers that one answer shows; more than these, and the text says too little.
SHOWN = 10
#: Never more than is known: what was not judged may still be wrong.
NOTHING_WRONG = "Lượt đối soát gần nhất không thấy gì lệch trong phần đã xét."
NO_DOSSIER = "Chưa ghép được với hồ sơ nào trên phần mềm; chưa kết luận là thiếu."


@dataclass(frozen=True, slots=True)
class Found:
    """One dossier, or one register row without a dossier, with what is wrong with it."""

    claims: tuple[Claim, ...]
    doubtful: bool  # a register row waits for a person's answer
    work: tuple[WorkRow, ...]


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
    found = _found(house, text)
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
        answer(f"… và {number(len(found) - SHOWN)} hồ sơ khác; gõ rõ hơn.")


def _found(house: House, text: str) -> list[Found]:
    """Every dossier that bears the code or the name, with its register rows."""
    claims = {claim.key: claim for claim in house.store.claims()}
    links = {link.row: link for link in house.store.links()}
    rows: dict[str, list[str]] = {}
    for link in links.values():
        if link.dossier and link.decision is not Decision.NONE:
            rows.setdefault(link.dossier, []).append(link.row)
    groups: dict[str, set[str]] = {}
    for claim in claims.values():
        if _is_meant(claim, text):
            anchor = _anchor(claim, claims, links)
            groups.setdefault(anchor, {anchor}).update((claim.key, *rows.get(anchor, ())))
    work = last_contents(house)
    known = {row.id: row for row in work.work} if work else {}
    return [_one(keys, claims, links, known) for _, keys in sorted(groups.items())]


def _one(
    keys: Iterable[str],
    claims: Mapping[str, Claim],
    links: Mapping[str, Link],
    known: Mapping[str, WorkRow],
) -> Found:
    there = sorted(keys)
    ids = (finding_id(kind, key) for kind in Kind for key in there)
    return Found(
        claims=tuple(claims[key] for key in there if key in claims),
        doubtful=any(links[key].decision is Decision.REVIEW for key in there if key in links),
        work=tuple(known[one] for one in ids if one in known),
    )


def _anchor(claim: Claim, claims: Mapping[str, Claim], links: Mapping[str, Link]) -> str:
    """The dossier of a row; the one-stop's dossier of a national code; else the claim itself."""
    link = links.get(claim.key)
    if link and link.dossier and link.decision is Decision.AUTO:
        return link.dossier
    return claim.key


def _is_meant(claim: Claim, text: str) -> bool:
    wanted = codes.normal(text)
    if wanted and any(char.isdigit() for char in text):
        return wanted in (codes.normal(claim.own_code), codes.normal(claim.national_code))
    # Who types without accents means them all; who types them means those.
    has_accents = plain(text) != " ".join(text.casefold().split())
    wanted = name_key(text) if has_accents else plain_key(name_key(text))
    names = (name_key(one) for one in (claim.subject, claim.applicant, claim.mother) if one)
    return bool(wanted) and any(
        f" {wanted} " in f" {key if has_accents else plain_key(key)} " for key in names
    )


def _tell(house: House, one: Found) -> None:
    first = next((claim for claim in one.claims if not claim.is_row), one.claims[0])
    unit = house.tables.units.name(first.unit) or first.unit
    code = first.own_code or "chưa có mã"
    who = initials(first.subject or first.applicant)
    answer(f"[bold]{code}[/] · {PROCEDURES[first.procedure]} · {who} · {unit}")
    for claim in one.claims:
        said = book_text(claim) if claim.is_row else claim.raw_status or STATUSES[claim.status]
        on = claim.registered_on or claim.returned_on or claim.finished_on
        when = f", ngày {day(on)}" if on else ""
        answer(f"  {ROLES[claim.role]}: {said}{when}", markup=False)
    if one.doubtful:
        answer("  Dòng sổ còn chờ xác nhận ghép: doisoat review list", markup=False)
    if not one.work:
        alone = all(claim.is_row for claim in one.claims)
        answer(f"  {NO_DOSSIER if alone else NOTHING_WRONG}\n", markup=False)
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


def _as_json(one: Found) -> dict[str, object]:
    return {
        "codes": sorted({claim.own_code for claim in one.claims if claim.own_code}),
        "sources": [
            {"role": claim.role.value, "status": int(claim.status), "raw": claim.raw_status}
            for claim in one.claims
        ],
        "doubtful": one.doubtful,
        "findings": [
            {"id": row.id, "kind": row.kind, "stuck": row.stuck, "remedy": row.remedy}
            for row in one.work
        ],
    }
