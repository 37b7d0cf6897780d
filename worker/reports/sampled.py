"""How the result of a risk-limiting check is said: on the screen, in a report, to machines."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import msgspec

from reconcile.figures.checking import Claimed, ClaimOutcome, PlannedClaim, Seen, SeenPaper, is_late
from reconcile.figures.standing import Column
from worker import words
from worker.reports.facts import CheckFacts, ClaimProof, PaperAgainst, RunFacts
from worker.reports.freezes import title

CLAIMS = {
    Claimed.LATE_RATE: "Tỷ lệ quá hạn sau đối chiếu",
    Claimed.MOVED: "Hồ sơ thay đổi chỉ tiêu bị xếp sai",
    Claimed.STILL_OPEN: "Hồ sơ còn đang giải quyết nhưng giấy đã xong",
}


def span(outcome: ClaimOutcome) -> str:
    """``[43,50%; 45,50%]``."""
    return f"[{_rate(outcome.interval.low)}; {_rate(outcome.interval.high)}]"


def verdict(planned: PlannedClaim, outcome: ClaimOutcome) -> str:
    """Whether the margin is reached, and what else it would take."""
    if outcome.proven:
        return "đạt"
    if outcome.count_all:
        return "chưa đạt; nên kiểm đếm toàn bộ"
    more = words.number(outcome.needed - outcome.drawn)
    return f"chưa đạt mức {margin(planned)}; cần thêm {more} phiếu nếu không có phiếu nào trái nữa"


def margin(planned: PlannedClaim) -> str:
    """``±1 điểm`` of a rate, ``5%`` of a list."""
    value = f"{float(planned.margin * 100):g}".replace(".", ",")
    return f"±{value} điểm" if planned.claimed is Claimed.LATE_RATE else f"{value}%"


def promise(planned: PlannedClaim) -> str:
    """What the papers of a plan prove if none contradicts: printed on the sheets."""
    risk = f"{float(planned.risk * 100):g}".replace(".", ",")
    papers, size = words.number(planned.papers[0]), words.number(planned.size)
    if planned.claimed is Claimed.LATE_RATE:
        what = f"tỷ lệ sau đối chiếu đúng đến {margin(planned)}"  # no word of lateness
    else:
        what = f"{words.inner(CLAIMS[planned.claimed])} không quá {margin(planned)}"
    return (
        f"Tra đủ {papers}/{size} hồ sơ mà không hồ sơ nào khác sổ gốc thì kết luận được: {what}, "
        f"với rủi ro không quá {risk}%."
    )


def sentence(planned: PlannedClaim, outcome: ClaimOutcome, *, seed: str, manifest_hash: str) -> str:
    """What page one says of a claim, with its population, its seed, its list and its risk."""
    wrong = outcome.too_kind + outcome.too_harsh
    drawn = f"{words.number(outcome.drawn)}/{words.number(planned.size)}"
    missing = f", {words.number(outcome.missing)} không tìm thấy giấy" if outcome.missing else ""
    risk = f"{float(planned.risk * 100):g}".replace(".", ",")
    head = (
        f"Đã rút ngẫu nhiên {drawn} hồ sơ theo số gieo công khai {seed} (danh sách chốt trước, "
        f"mã băm {manifest_hash[:16]}…); {words.number(wrong)} hồ sơ khác sổ gốc{missing}. "
    )
    if planned.claimed is Claimed.LATE_RATE:
        low, high = _rate(outcome.interval.low), _rate(outcome.interval.high)
        said = (
            f"Với rủi ro không quá {risk}%, tỷ lệ quá hạn sau đối chiếu nằm trong khoảng "
            f"{low} – {high}."
        )
    else:
        most = words.number(int(outcome.interval.high * planned.size))
        said = (
            f"Với rủi ro không quá {risk}%, {words.inner(CLAIMS[planned.claimed])} nhiều nhất "
            f"{most}/{words.number(planned.size)}."
        )
    reached = "" if outcome.proven else f" {verdict(planned, outcome).capitalize()}."
    return f"{head}{said}{reached} Kết luận này không thay số liệu đã báo cáo."


def as_json(
    planned: PlannedClaim, drawn: int, unanswered: int, outcome: ClaimOutcome | None
) -> dict[str, Any]:
    """A claim for machines: what was planned, and what its papers prove by now."""
    found: dict[str, Any] = {
        "claim": planned.claimed.value,
        "dossiers": planned.size,
        "reported_late": planned.reported if planned.claimed is Claimed.LATE_RATE else None,
        "risk": _decimal(planned.risk),
        "margin": _decimal(planned.margin),
        "papers_planned": list(planned.papers),
        "drawn": drawn,
        "unanswered": unanswered,
    }
    if outcome is None:
        return found | {"interval": None, "proven": None}
    return found | {
        "too_kind": outcome.too_kind,
        "too_harsh": outcome.too_harsh,
        "missing": outcome.missing,
        "interval": [_decimal(outcome.interval.low), _decimal(outcome.interval.high)],
        "proven": outcome.proven,
        "papers_needed": outcome.needed,
        "count_all": outcome.count_all,
    }


def check_as_json(check: CheckFacts) -> dict[str, Any]:
    """The check of a report for machines; no names of people, and no code of a dossier."""
    return {
        "check": check.name,
        "version": check.version,
        "manifest_sha256": check.manifest_hash,
        "seed": check.seed,
        "program": check.program,
        "ended_on": check.ended_on.isoformat() if check.ended_on else None,
        "earlier_checks": check.earlier,
        "claims": [
            as_json(one.planned, one.drawn, one.unanswered, one.outcome) for one in check.claims
        ],
    }


class ProofRow(msgspec.Struct, frozen=True):
    """One claim, as a line of the table."""

    claim: str
    margin: str
    risk: str
    size: int
    drawn: int
    too_kind: int | None  # None while papers are not answered
    too_harsh: int | None
    missing: int | None
    span: str
    verdict: str


class AgainstRow(msgspec.Struct, frozen=True):
    """One drawn dossier whose paper contradicts, or was not found."""

    code: str
    unit: str
    ours: str
    paper: str
    cause: str


class CheckBlock(msgspec.Struct, frozen=True):
    """What a report says of its check: sentences for page one, two tables, where all comes from."""

    said: tuple[str, ...]
    claims: tuple[ProofRow, ...]
    against: tuple[AgainstRow, ...]
    notes: tuple[str, ...]


TITLE = "KIỂM TRA CHỌN MẪU VỚI SỔ GỐC"
AGAINST_TITLE = "Hồ sơ giấy khác số liệu hoặc không tìm thấy giấy"
CLAIM_HEADS = (
    *("Kết luận", "Mức sai số", "Rủi ro", "Số hồ sơ", "Đã rút", "Giấy bất lợi hơn"),
    *("Giấy có lợi hơn", "Không tìm thấy", "Khoảng", "Đạt hay chưa"),
)
AGAINST_HEADS = ("Mã hồ sơ", "Đơn vị", "Số liệu đã chốt", "Giấy ghi", "Vì sao khác")


def check_block(facts: RunFacts) -> CheckBlock | None:
    """None where no paper was drawn for the figures of this report."""
    check = facts.check
    if check is None:
        return None
    return CheckBlock(
        said=tuple(_said(check)),
        claims=tuple(map(_proof_row, check.claims)),
        against=tuple(_against_row(one, facts) for one in check.against),
        notes=tuple(_notes(check, facts)),
    )


def claim_cells(row: ProofRow) -> tuple[str, ...]:
    """A line of the table of claims, as it is printed."""
    counts = (row.size, row.drawn, row.too_kind, row.too_harsh, row.missing)
    return (row.claim, row.margin, row.risk, *map(words.number, counts), row.span, row.verdict)


def against_cells(row: AgainstRow) -> tuple[str, ...]:
    """A line of the list of contradictions, as it is printed."""
    return (row.code, row.unit, row.ours, row.paper, row.cause)


def _said(check: CheckFacts) -> Iterator[str]:
    """A sentence a claim; of a claim with unanswered papers, that nothing is concluded."""
    for one in check.claims:
        if one.outcome is not None:
            yield sentence(
                one.planned, one.outcome, seed=check.seed, manifest_hash=check.manifest_hash
            )
        elif one.drawn:
            yield (
                f"{CLAIMS[one.planned.claimed]}: đã rút {words.number(one.drawn)}/"
                f"{words.number(one.planned.size)} hồ sơ để tra sổ gốc, còn "
                f"{words.number(one.unanswered)} hồ sơ chưa có kết quả nên chưa kết luận."
            )


def _proof_row(one: ClaimProof) -> ProofRow:
    known = one.outcome
    risk = f"{float(one.planned.risk * 100):g}%".replace(".", ",")
    return ProofRow(
        claim=CLAIMS[one.planned.claimed],
        margin=margin(one.planned),
        risk=risk,
        size=one.planned.size,
        drawn=one.drawn,
        too_kind=known.too_kind if known else None,
        too_harsh=known.too_harsh if known else None,
        missing=known.missing if known else None,
        span=span(known) if known else "–",
        verdict=verdict(one.planned, known) if known else "chưa đủ kết quả để kết luận",
    )


def _against_row(one: PaperAgainst, facts: RunFacts) -> AgainstRow:
    unit = facts.unit_names.get(one.placed.unit, one.placed.unit)
    return AgainstRow(
        code=words.clean(one.placed.code),
        unit=words.clean(unit) or "Chưa rõ đơn vị",
        ours=words.COLUMNS[one.placed.after],
        paper=paper_says(one.paper, one.says),
        cause=cause(one.placed.after, one.says),
    )


def paper_says(paper: SeenPaper, says: Column | None) -> str:
    """What the checkers wrote, and in which column that puts the dossier."""
    if says is None:
        return "không tìm thấy, rách hoặc không có ngày"
    days = [
        f"{what} {words.day(day)}"
        for what, day in (("vào sổ", paper.registered_on), ("trả", paper.returned_on))
        if day
    ]
    seen = "chưa trả" if paper.seen is Seen.PENDING else ", ".join(days)
    return f"{seen}: {words.inner(words.COLUMNS[says])}"


def cause(ours: Column, says: Column | None) -> str:
    """Why the paper and the frozen column do not agree, as far as the two columns tell."""
    if says is None:
        return "không có giấy để đối chiếu: tính là khác, cả hai chiều"
    if says.is_open and not ours.is_open:
        return "số liệu tính đã giải quyết, giấy cho thấy chưa xong đến ngày chốt"
    if ours.is_open and not says.is_open:
        return "số liệu tính đang giải quyết, giấy cho thấy đã xong"
    if says is Column.ENDED_BEFORE or ours is Column.ENDED_BEFORE:
        return "ngày xong trên giấy thuộc kỳ khác với số liệu"
    if is_late(says) and not is_late(ours):
        return "ngày trên giấy sau hạn trả, số liệu tính trong hạn"
    if is_late(ours) and not is_late(says):
        return "ngày trên giấy trong hạn trả, số liệu tính quá hạn"
    return "ngày trên giấy khác ngày đã dùng"


def _notes(check: CheckFacts, facts: RunFacts) -> Iterator[str]:
    """Of which list, by which seed and program, and what the result does not say."""
    ended = f"kết thúc ngày {words.day(check.ended_on)}" if check.ended_on else "chưa kết thúc"
    yield (
        f"Cuộc kiểm tra {check.name}, {ended}, của {title(check.version)}. Số gieo {check.seed}, "
        f"chứng kiến: {words.clean(check.witnesses)}. Mã băm SHA-256 của danh sách chốt: "
        f"{check.manifest_hash}. Phiên bản chương trình: {check.program}."
    )
    if check.earlier:
        yield (
            f"Cùng số liệu này trước đó đã có {words.number(check.earlier)} cuộc kiểm tra khác "
            "(doisoat db verify xác nhận không cuộc nào bị xóa); mỗi cuộc có rủi ro riêng."
        )
    if facts.freeze and facts.freeze.since:
        yield (
            f"Dữ liệu hiện nay khác bản đã chốt ở {words.number(len(facts.freeze.since))} hồ sơ; "
            "kết luận chỉ nói về bản đã chốt."
        )
    yield (
        "Mỗi kết luận có một mức rủi ro riêng, chỉ nói về các hồ sơ trong danh sách đã chốt và về "
        "giấy tờ như đang có. Ai cũng tính lại được: doisoat sample verify."
    )


def _rate(value: Fraction) -> str:
    return words.rate(float(value))


def _decimal(value: Fraction) -> float:
    return round(float(value), 6)
