"""The risk-limiting check of a frozen period: plan, seed, draw, answers, result, verification.

The order is the promise: the list is frozen and its hash published, then the seed is thrown in
public, then papers are drawn. Every step is kept and sealed in the audit; a new version of the
period ends its check.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from reconcile.cases import LinkState
from reconcile.figures import checking
from reconcile.figures.checking import Claimed, SeenPaper, Window
from reconcile.figures.frozen import Placed
from reconcile.judging.proof import book_text
from worker.desk.refused import Refused
from worker.house import House
from worker.reports import check_sheets, sampled
from worker.reports.check_sheets import BlindSheet
from worker.reports.sampled import CLAIMS
from worker.run import periods
from worker.run.sample_checks import (
    CheckNow,
    ClaimNow,
    as_it_stands,
    claim_as_json,
    contradicting,
    listed,
    paper_of,
    parts,
    result,
)
from worker.store import Frozen, Overtaken
from worker.store.checks import (
    CheckEnd,
    ClaimPlan,
    Draw,
    PaperAnswer,
    PaperAnswers,
    Plan,
    Seed,
)
from worker.words import span

__all__ = ["CheckNow", "ClaimNow", "contradicting", "result"]

#: Twenty ten-sided dice.
DIGITS = 20
#: What a plan proves where nothing else is asked: the rate to a point, few wrong among the moved.
USUAL = {Claimed.LATE_RATE: Fraction(1, 100), Claimed.MOVED: Fraction(5, 100)}
USUAL_RISK = Fraction(5, 100)
#: The files that hold all that ``verify`` needs.
MANIFEST, RECORD = "danh-sach-chot.tsv", "kiem-tra.json"


def plan(
    house: House,
    name: str,
    *,
    by: str,
    claims: Mapping[Claimed, Fraction] = USUAL,
    risk: Fraction = USUAL_RISK,
    units: Sequence[str] = (),
) -> CheckNow:
    """Begin a check of the newest version of a frozen period, or of some units of it.

    ``name`` is the period's, for units as ``of_unit`` gives it. Raises Refused where it is not
    frozen, was frozen by a version that kept too little, or has a check that goes on; and where a
    claim speaks of no dossier.
    """
    version, whole = _version(house, name)
    placed = listed(whole, units)
    if not all(0 < one < 1 for one in (risk, *claims.values())):
        raise Refused("Rủi ro và sai số phải lớn hơn 0% và nhỏ hơn 100%.")
    known = house.store.checks.of(name)
    if known and known[-1].end is None and known[-1].plan.version == version.number:
        raise Refused(
            f"Kỳ {said(name)} đang có một cuộc kiểm tra chưa kết thúc.",
            f"Xem: doisoat sample show {said(name)}; kết thúc: doisoat sample close {said(name)}",
        )
    chosen = [
        ClaimPlan(claimed.value, str(risk), str(margin))
        for claimed, margin in claims.items()
        if claimed is Claimed.LATE_RATE or checking.population(claimed, placed)
    ]
    if not placed or not chosen:
        raise Refused(f"Kỳ {said(name)} không có hồ sơ nào để kiểm tra.")
    act = Plan(
        starts=version.starts,
        ends=version.ends,
        version=version.number,
        manifest_hash=checking.manifest_hash(checking.manifest(placed)),
        claims=tuple(chosen),
        units=tuple(sorted(units)),
    )
    number = sum(one.plan.version == version.number for one in known) + 1
    _keep(house, f"{name}#{version.number}.{number}", 0, act, by)
    return held(house, name)


def throw(house: House, name: str, digits: str, *, by: str, witnesses: str) -> CheckNow:
    """Keep the seed that was thrown after the plan, and draw what the plan asks for.

    Raises Refused for anything but twenty digits, without a witness, and a second time.
    """
    now = _going_on(house, name)
    thrown = "".join(digits.split())
    if now.check.seed is not None:
        raise Refused("Số gieo của cuộc kiểm tra này đã có, chỉ gieo một lần.")
    if not _is_seed(thrown):
        raise Refused(f"Số gieo phải gồm đúng {DIGITS} chữ số, là kết quả gieo {DIGITS} xúc xắc.")
    if not witnesses.strip():
        raise Refused("Phải ghi tên người chứng kiến việc gieo số.", "Thêm: --witness “Họ tên”")
    _keep(house, now.check.name, len(now.check.steps), Seed(thrown, witnesses.strip()), by)
    counts = {part.planned.claimed.value: part.planned.papers[0] for part in now.parts}
    _keep(house, now.check.name, len(now.check.steps) + 1, Draw(counts), by)
    return held(house, name)


def draw(house: House, name: str, more: Mapping[Claimed, int], *, by: str) -> CheckNow:
    """Draw further papers of the same seed. Raises Refused before the seed, and beyond the list."""
    now = _going_on(house, name)
    if now.check.seed is None:
        raise Refused("Chưa có số gieo.", f"Nhập: doisoat sample seed {said(name)} …")
    counts = dict(now.check.counts)
    for claimed, further in more.items():
        size = next((p.planned.size for p in now.parts if p.planned.claimed is claimed), 0)
        wanted = counts.get(claimed.value, 0) + further
        if further < 1 or wanted > size:
            raise Refused(f"Không rút được {wanted} hồ sơ: danh sách có {size}.")
        counts[claimed.value] = wanted
    _keep(house, now.check.name, len(now.check.steps), Draw(counts), by)
    return held(house, name)


def answer(house: House, name: str, papers: Sequence[SeenPaper], *, by: str, second: str) -> int:
    """Keep what two checkers found; how many answers are new or changed.

    Raises Refused where a second name is missing or the same, and for dossiers that were not drawn.
    """
    now = _going_on(house, name)
    if not by.strip() or not second.strip() or by.strip().casefold() == second.strip().casefold():
        raise Refused("Phiếu phải có tên hai người kiểm tra khác nhau.")
    drawn = {one.key for one in now.drawn}
    strange = sum(paper.key not in drawn for paper in papers)
    if strange:
        raise Refused(f"{strange} dòng không thuộc các hồ sơ đã rút; hãy dùng đúng phiếu đã in.")
    known = now.check.papers
    given = [_kept(paper) for paper in papers]
    fresh = tuple(one for one in given if known.get(one.key) != one)
    if fresh:
        act = PaperAnswers(fresh, second.strip())
        _keep(house, now.check.name, len(now.check.steps), act, by.strip())
    return len(fresh)


def close(house: House, name: str, *, by: str, reason: str = "") -> CheckNow:
    """End the check by what its papers prove now.

    Raises Refused while papers that were drawn have no answer.
    """
    now = _going_on(house, name)
    if now.check.seed is not None and now.unanswered:
        raise Refused(
            f"Còn {len(now.unanswered)} hồ sơ đã rút chưa có kết quả.",
            "Giấy không tìm thấy thì ghi “Không tìm thấy”, không được bỏ qua hoặc thay hồ sơ khác.",
        )
    if now.check.seed is None and not reason.strip():
        raise Refused("Cuộc kiểm tra chưa gieo số; muốn hủy phải ghi lý do.", "Thêm: --reason …")
    act = CheckEnd(reason.strip() or "đủ kết quả", json.dumps(result(now), ensure_ascii=False))
    _keep(house, now.check.name, len(now.check.steps), act, by)
    return held(house, name)


def held(house: House, name: str) -> CheckNow:
    """The newest check of a period as it stands now. Raises Refused where there is none."""
    known = house.store.checks.of(name)
    if not known:
        raise Refused(
            f"Kỳ {said(name)} chưa có cuộc kiểm tra nào.",
            f"Bắt đầu: doisoat sample plan {said(name)}",
        )
    return as_it_stands(house, known[-1])


@dataclass(frozen=True, slots=True)
class OldSample:
    """What the papers of a sample said that was drawn before there were checks."""

    seed: int
    checked: int
    wrong: int


def old_samples(house: House) -> list[OldSample]:
    """The samples that were answered, by their seed."""
    by_seed: dict[int, list[bool]] = {}
    for one in house.store.papers.sample_answers():
        by_seed.setdefault(one.seed, []).append(one.matches)
    return [
        OldSample(seed, len(matches), len(matches) - sum(matches))
        for seed, matches in sorted(by_seed.items())
    ]


def of_unit(name: str, unit: str) -> str:
    """The name of the checks of one unit of a period."""
    return f"{name}@{unit}"


def said(name: str) -> str:
    """The words of a command that name the period, and the unit where it is of one."""
    period, _, unit = name.partition("@")
    return f"{period} --unit {shlex.quote(unit)}" if unit else period


def sheets(house: House, now: CheckNow) -> tuple[BlindSheet, ...]:
    """A blind sheet a unit of what is not answered yet; none before the seed was thrown."""
    if now.check.seed is None:
        return ()
    return check_sheets.sheets(
        on_shelves(house, now.unanswered),
        {one.unit: house.tables.units.name(one.unit) or one.unit for one in now.unanswered},
        period=f"{now.frozen.name} ({span(now.frozen.starts, now.frozen.ends)})",
        check=now.check.name,
        seed=now.check.seed.digits,
        manifest_hash=now.check.plan.manifest_hash,
        proves=tuple(sampled.promise(part.planned) for part in now.parts),
    )


def on_shelves(house: House, drawn: Sequence[Placed]) -> tuple[Placed, ...]:
    """The dossiers with every book line that is linked to them now, whether it moved them or not.

    Had only the moved ones a place in a book, the sheet would tell the checkers which they are.
    """
    keys = {one.key for one in drawn}
    rows = {
        link.row: link.dossier
        for link in house.store.search.links(keys)
        if link.decision is LinkState.AUTO and link.dossier in keys
    }
    books: dict[str, set[str]] = {}
    for claim in house.store.search.claims(rows):
        if claim.book or claim.number or claim.page:
            books.setdefault(rows[claim.key] or "", set()).add(book_text(claim))
    return tuple(
        replace(one, proof="; ".join(sorted(books.get(one.key, ()))) or one.proof) for one in drawn
    )


class CheckRecord(msgspec.Struct, frozen=True):
    """All of a check that can be recomputed from the list: the file ``kiem-tra.json``."""

    check: str
    starts: date
    as_of: date
    version: int
    manifest_sha256: str
    plan: tuple[ClaimPlan, ...]
    seed: Seed | None
    drawn: dict[str, int]
    papers: tuple[PaperAnswer, ...]
    claims: tuple[dict[str, Any], ...]  # what each claim proved, as ``result`` says it


def publish(now: CheckNow, where: Path) -> None:
    """Write the two files from which everybody can verify the check: the list, and the record."""
    check = now.check
    record = CheckRecord(
        check=check.name,
        starts=check.plan.starts,
        as_of=now.window.as_of,
        version=check.plan.version,
        manifest_sha256=check.plan.manifest_hash,
        plan=check.plan.claims,
        seed=check.seed,
        drawn=dict(sorted(check.counts.items())),
        papers=tuple(sorted(check.papers.values(), key=lambda one: one.key)),
        claims=tuple(map(claim_as_json, now.parts)),
    )
    where.mkdir(parents=True, exist_ok=True)
    (where / MANIFEST).write_bytes(checking.manifest(now.placed).encode())
    (where / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record)) + b"\n")


def _version(house: House, name: str) -> tuple[Frozen, tuple[Placed, ...]]:
    name = name.partition("@")[0]
    versions = [one for one in house.store.periods.all() if one.name == name]
    if not versions:
        raise Refused(f"Kỳ {name} chưa chốt.", f"Chốt trước: doisoat periods freeze {name}")
    kept = periods.unpack(versions[-1].payload)
    if not kept.checkable:
        raise Refused(
            f"Kỳ {name} được chốt khi phần mềm chưa giữ hạn trả của từng hồ sơ.",
            f"Lập bản mới để kiểm tra: doisoat periods correct {name} --reason …",
        )
    return versions[-1], kept.placed


def _going_on(house: House, name: str) -> CheckNow:
    """The check of a period that has not ended. Raises Refused."""
    now = held(house, name)
    if now.check.end is not None:
        raise Refused(
            f"Cuộc kiểm tra của kỳ {said(name)} đã kết thúc.",
            f"Bắt đầu mới: doisoat sample plan {said(name)}",
        )
    period = now.check.period
    newest = max(one.number for one in house.store.periods.all() if one.name == period)
    if newest != now.check.plan.version:
        raise Refused(
            f"Kỳ {said(name)} đã có bản số liệu mới nên cuộc kiểm tra này không còn hiệu lực.",
            f"Bắt đầu mới: doisoat sample plan {said(name)}",
        )
    if checking.manifest_hash(checking.manifest(now.placed)) != now.check.plan.manifest_hash:
        raise Refused(
            "Danh sách chốt đã bị thay đổi sau khi công bố mã băm; xem doisoat db verify."
        )
    return now


def _keep(
    house: House, name: str, number: int, act: Plan | Seed | Draw | PaperAnswers | CheckEnd, by: str
) -> None:
    try:
        house.store.checks.add(name, number, act, by=by, at=house.clock.now())
    except Overtaken:
        raise Refused("Có người vừa ghi một bước khác của cuộc kiểm tra này; xem lại.") from None


def _kept(paper: SeenPaper) -> PaperAnswer:
    return PaperAnswer(paper.key, paper.seen.value, paper.registered_on, paper.returned_on)


# --- From the files alone --------------------------------------------------------------------


def verify(where: Path) -> list[tuple[str, bool]]:
    """Each thing that was recomputed from the published files, and whether it holds.

    Raises Refused where a file is missing or cannot be read.
    """
    try:
        text = (where / MANIFEST).read_bytes().decode()
        record = msgspec.json.decode((where / RECORD).read_bytes(), type=CheckRecord)
        placed = checking.listed(text)
        papers = {one.key: paper_of(one) for one in record.papers}
        window = Window(record.starts, record.as_of)
        again = parts(record.plan, placed, record.seed, record.drawn, papers, window)
    except (OSError, ValueError) as error:
        raise Refused(
            f"Không đọc được {MANIFEST} hoặc {RECORD} trong {where}.",
            "Cần đúng hai tệp mà doisoat sample show --out đã ghi.",
        ) from error
    found = [
        (
            f"Mã băm của danh sách chốt ({len(placed)} hồ sơ)",
            checking.manifest_hash(text) == record.manifest_sha256,
        ),
        (f"Số gieo gồm {DIGITS} chữ số", record.seed is None or _is_seed(record.seed.digits)),
        ("Số kết luận", len(record.claims) == len(again)),
    ]
    return found + [
        (
            f"{CLAIMS[part.planned.claimed]}: phiếu đã rút, khoảng, kết luận",
            claim_as_json(part) == said,
        )
        for part, said in zip(again, record.claims, strict=False)
    ]


def _is_seed(text: str) -> bool:
    return len(text) == DIGITS and text.isascii() and text.isdigit()
