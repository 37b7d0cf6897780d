"""The risk-limiting check of a frozen period: plan, seed, draw, answers, result, verification.

The order is the promise: the list is frozen and its hash published, then the seed is thrown in
public, then papers are drawn. Every step is kept and sealed in the audit; a new version of the
period ends its check.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from reconcile import checking, sampling
from reconcile.checking import Claimed, Outcome, Paper, Planned, Seen, Window
from reconcile.freezing import Placed
from worker import freezing
from worker.desk.refused import Refused
from worker.house import House
from worker.store import Frozen, Overtaken
from worker.store.checks import Answers, Check, ClaimPlan, Draw, End, PaperAnswer, Plan, Seed

#: Twenty ten-sided dice.
DIGITS = 20
#: What a plan proves where nothing else is asked: the rate to a point, few wrong among the moved.
USUAL = {Claimed.LATE_RATE: Fraction(1, 100), Claimed.MOVED: Fraction(5, 100)}
USUAL_RISK = Fraction(5, 100)
#: The files that hold all that ``verify`` needs.
MANIFEST, RECORD = "danh-sach-chot.tsv", "kiem-tra.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One claim of a check: what was planned, which papers speak for it, what they prove by now.

    ``outcome`` is None before the first paper that was drawn for it is answered.
    """

    planned: Planned
    drawn: tuple[str, ...]
    unanswered: tuple[str, ...]
    outcome: Outcome | None
    against: tuple[tuple[str, int], ...] = ()  # keys that contradict, +1 too kind, -1 too harsh


@dataclass(frozen=True, slots=True)
class Held:
    """A check as it stands now, with the frozen list that it speaks of."""

    check: Check
    frozen: Frozen
    placed: tuple[Placed, ...]
    window: Window
    parts: tuple[Part, ...]

    @property
    def drawn(self) -> tuple[Placed, ...]:
        """Every dossier that was drawn for any claim, in the order of the list."""
        keys = {key for part in self.parts for key in part.drawn}
        return tuple(one for one in self.placed if one.key in keys)

    @property
    def unanswered(self) -> tuple[Placed, ...]:
        return tuple(one for one in self.drawn if one.key not in self.check.papers)


def plan(
    house: House,
    name: str,
    *,
    by: str,
    claims: Mapping[Claimed, Fraction] = USUAL,
    risk: Fraction = USUAL_RISK,
) -> Held:
    """Begin a check of the newest version of a frozen period.

    Raises Refused where it is not frozen, was frozen by a version that kept too little, or has a
    check that goes on; and where a claim speaks of no dossier.
    """
    version, placed = _version(house, name)
    if not all(0 < one < 1 for one in (risk, *claims.values())):
        raise Refused("Rủi ro và sai số phải lớn hơn 0 % và nhỏ hơn 100 %.")
    known = house.store.checks.of(name)
    if known and known[-1].end is None and known[-1].plan.version == version.number:
        raise Refused(
            f"Kỳ {name} đang có một cuộc kiểm tra chưa kết thúc.",
            f"Xem: doisoat sample show {name}; kết thúc: doisoat sample close {name}",
        )
    chosen = [
        ClaimPlan(claimed.value, str(risk), str(margin))
        for claimed, margin in claims.items()
        if claimed is Claimed.LATE_RATE or checking.population(claimed, placed)
    ]
    if not placed or not chosen:
        raise Refused(f"Kỳ {name} không có hồ sơ nào để kiểm tra.")
    act = Plan(
        starts=version.starts,
        ends=version.ends,
        version=version.number,
        manifest_hash=checking.manifest_hash(checking.manifest(placed)),
        claims=tuple(chosen),
    )
    number = sum(one.plan.version == version.number for one in known) + 1
    _keep(house, f"{name}#{version.number}.{number}", 0, act, by)
    return held(house, name)


def throw(house: House, name: str, digits: str, *, by: str, witnesses: str) -> Held:
    """Keep the seed that was thrown after the plan, and draw what the plan asks for.

    Raises Refused for anything but twenty digits, without a witness, and a second time.
    """
    now = _going_on(house, name)
    thrown = "".join(digits.split())
    if now.check.seed is not None:
        raise Refused("Số gieo của cuộc kiểm tra này đã có, chỉ gieo một lần.")
    if len(thrown) != DIGITS or not (thrown.isascii() and thrown.isdigit()):
        raise Refused(f"Số gieo phải gồm đúng {DIGITS} chữ số, là kết quả gieo {DIGITS} xúc xắc.")
    if not witnesses.strip():
        raise Refused("Phải ghi tên người chứng kiến việc gieo số.", "Thêm: --witness “Họ tên”")
    _keep(house, now.check.name, len(now.check.steps), Seed(thrown, witnesses.strip()), by)
    counts = {part.planned.claimed.value: part.planned.papers[0] for part in now.parts}
    _keep(house, now.check.name, len(now.check.steps) + 1, Draw(counts), by)
    return held(house, name)


def draw(house: House, name: str, more: Mapping[Claimed, int], *, by: str) -> Held:
    """Draw further papers of the same seed. Raises Refused before the seed, and beyond the list."""
    now = _going_on(house, name)
    if now.check.seed is None:
        raise Refused("Chưa có số gieo.", f"Nhập: doisoat sample seed {name} …")
    counts = dict(now.check.counts)
    for claimed, further in more.items():
        size = next((p.planned.size for p in now.parts if p.planned.claimed is claimed), 0)
        wanted = counts.get(claimed.value, 0) + further
        if further < 1 or wanted > size:
            raise Refused(f"Không rút được {wanted} hồ sơ: danh sách có {size}.")
        counts[claimed.value] = wanted
    _keep(house, now.check.name, len(now.check.steps), Draw(counts), by)
    return held(house, name)


def answer(house: House, name: str, papers: Sequence[Paper], *, by: str, second: str) -> int:
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
        act = Answers(fresh, second.strip())
        _keep(house, now.check.name, len(now.check.steps), act, by.strip())
    return len(fresh)


def close(house: House, name: str, *, by: str, reason: str = "") -> Held:
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
    act = End(reason.strip() or "đủ kết quả", json.dumps(result(now), ensure_ascii=False))
    _keep(house, now.check.name, len(now.check.steps), act, by)
    return held(house, name)


def held(house: House, name: str) -> Held:
    """The newest check of a period as it stands now. Raises Refused where there is none."""
    known = house.store.checks.of(name)
    if not known:
        raise Refused(
            f"Kỳ {name} chưa có cuộc kiểm tra nào.", f"Bắt đầu: doisoat sample plan {name}"
        )
    check = known[-1]
    frozen = _frozen(house, check)
    placed = freezing.unpack(frozen.payload).placed
    window = Window(check.plan.starts, frozen.as_of)
    return Held(check, frozen, placed, window, _parts(check, placed, window))


def result(now: Held) -> dict[str, object]:
    """A check for machines: plan, seed, counts, and what each claim proves by now."""
    check = now.check
    return {
        "check": check.name,
        "period": {"from": check.plan.starts.isoformat(), "to": check.plan.ends.isoformat()},
        "version": check.plan.version,
        "manifest_sha256": check.plan.manifest_hash,
        "dossiers": len(now.placed),
        "seed": check.seed.digits if check.seed else None,
        "claims": [_part_as_json(part) for part in now.parts],
    }


def folder(house: House, now: Held) -> Path:
    """Where the files of a check lie."""
    safe = now.check.name.replace("#", "-")
    return house.settings.office.data_dir / "reports" / "kiem-tra" / safe


def publish(now: Held, where: Path) -> None:
    """Write the two files from which everybody can verify the check: the list, and the record."""
    where.mkdir(parents=True, exist_ok=True)
    (where / MANIFEST).write_text(checking.manifest(now.placed), encoding="utf-8", newline="\n")
    papers = sorted(now.check.papers.values(), key=lambda one: one.key)
    record = {
        **result(now),
        "as_of": now.window.as_of.isoformat(),
        "plan": [
            {"claim": one.claimed, "risk": one.risk, "margin": one.margin}
            for one in now.check.plan.claims
        ],
        "drawn": dict(sorted(now.check.counts.items())),
        "papers": [
            {
                "key": one.key,
                "seen": one.seen,
                "registered_on": one.registered_on.isoformat() if one.registered_on else None,
                "returned_on": one.returned_on.isoformat() if one.returned_on else None,
            }
            for one in papers
        ],
    }
    text = json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True)
    (where / RECORD).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _part_as_json(part: Part) -> dict[str, object]:
    planned, known = part.planned, part.outcome
    found = {
        "claim": planned.claimed.value,
        "dossiers": planned.size,
        "reported_late": planned.reported if planned.claimed is Claimed.LATE_RATE else None,
        "risk": _decimal(planned.risk),
        "margin": _decimal(planned.margin),
        "papers_planned": list(planned.papers),
        "drawn": len(part.drawn),
        "unanswered": len(part.unanswered),
    }
    if known is None:
        return found | {"interval": None, "proven": None}
    return found | {
        "too_kind": known.too_kind,
        "too_harsh": known.too_harsh,
        "missing": known.missing,
        "interval": [_decimal(known.interval.low), _decimal(known.interval.high)],
        "proven": known.proven,
        "papers_needed": known.needed,
        "count_all": known.count_all,
    }


def _decimal(value: Fraction) -> float:
    return round(float(value), 6)


def _parts(check: Check, placed: Sequence[Placed], window: Window) -> tuple[Part, ...]:
    papers = {one.key: _paper(one) for one in check.papers.values()}
    return parts(check.plan.claims, placed, check.seed, check.counts, papers, window)


def parts(
    claims: Iterable[ClaimPlan],
    placed: Sequence[Placed],
    seed: Seed | None,
    counts: Mapping[str, int],
    papers: Mapping[str, Paper],
    window: Window,
) -> tuple[Part, ...]:
    """Each claim with its papers and what they prove; nothing is proven while one is unanswered."""
    found = []
    planned = [
        checking.plan(
            placed,
            Claimed(one.claimed),
            risk=Fraction(one.risk),
            margin=Fraction(one.margin),
        )
        for one in claims
    ]
    chosen = {one.claimed: checking.population(one.claimed, placed) for one in planned}
    drawn: frozenset[str] = frozenset()
    if seed is not None:
        drawn = frozenset(
            key
            for one in planned
            for key in sampling.draw(
                chosen[one.claimed], seed.digits, counts.get(one.claimed.value, 0)
            )
        )
    for one in planned:
        whole = chosen[one.claimed]
        mine = checking.prefix(whole, seed.digits, drawn) if seed is not None else ()
        open_ = tuple(key for key in mine if key not in papers)
        outcome = None
        against: list[tuple[str, int]] = []
        if mine and not open_:
            outcome = checking.outcome(one, whole, mine, papers, window)
            against = list(checking.against(one.claimed, whole, mine, papers, window))
        found.append(Part(one, mine, open_, outcome, tuple(against)))
    return tuple(found)


def _version(house: House, name: str) -> tuple[Frozen, tuple[Placed, ...]]:
    versions = [one for one in house.store.periods.all() if one.name == name]
    if not versions:
        raise Refused(f"Kỳ {name} chưa chốt.", f"Chốt trước: doisoat periods freeze {name}")
    kept = freezing.unpack(versions[-1].payload)
    if not kept.checkable:
        raise Refused(
            f"Kỳ {name} được chốt khi phần mềm chưa giữ hạn trả của từng hồ sơ.",
            f"Lập bản mới để kiểm tra: doisoat periods correct {name} --reason …",
        )
    return versions[-1], kept.placed


def _frozen(house: House, check: Check) -> Frozen:
    name = check.name.rpartition("#")[0]
    return next(
        one
        for one in house.store.periods.all()
        if one.name == name and one.number == check.plan.version
    )


def _going_on(house: House, name: str) -> Held:
    """The check of a period that has not ended. Raises Refused."""
    now = held(house, name)
    if now.check.end is not None:
        raise Refused(
            f"Cuộc kiểm tra của kỳ {name} đã kết thúc.", f"Bắt đầu mới: doisoat sample plan {name}"
        )
    newest = max(one.number for one in house.store.periods.all() if one.name == name)
    if newest != now.check.plan.version:
        raise Refused(
            f"Kỳ {name} đã có bản số liệu mới nên cuộc kiểm tra này không còn hiệu lực.",
            f"Bắt đầu mới: doisoat sample plan {name}",
        )
    if checking.manifest_hash(checking.manifest(now.placed)) != now.check.plan.manifest_hash:
        raise Refused(
            "Danh sách chốt đã bị thay đổi sau khi công bố mã băm; xem doisoat db verify."
        )
    return now


def _keep(
    house: House, name: str, number: int, act: Plan | Seed | Draw | Answers | End, by: str
) -> None:
    try:
        house.store.checks.add(name, number, act, by=by, at=house.clock.now())
    except Overtaken:
        raise Refused("Có người vừa ghi một bước khác của cuộc kiểm tra này; xem lại.") from None


def _kept(paper: Paper) -> PaperAnswer:
    return PaperAnswer(paper.key, paper.seen.value, paper.registered_on, paper.returned_on)


def _paper(kept: PaperAnswer) -> Paper:
    return Paper(kept.key, Seen(kept.seen), kept.registered_on, kept.returned_on)


# --- From the files alone --------------------------------------------------------------------


def verify(where: Path) -> list[tuple[str, bool]]:
    """Each thing that was recomputed from the published files, and whether it holds.

    Raises Refused where a file is missing or cannot be read.
    """
    try:
        text = (where / MANIFEST).read_text(encoding="utf-8")
        record = json.loads((where / RECORD).read_text(encoding="utf-8"))
        placed = checking.listed(text)
        now = _from_record(record, placed)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"Không đọc được {MANIFEST} hoặc {RECORD} trong {where}.",
            "Cần đúng hai tệp do doisoat sample show --out ghi ra.",
        ) from error
    same_hash = checking.manifest_hash(text) == record["manifest_sha256"]
    told = {one["claim"]: one for one in record["claims"]}
    found = [
        (f"Mã băm của danh sách chốt ({len(placed)} hồ sơ)", same_hash),
        ("Số gieo gồm 20 chữ số", record["seed"] is None or len(record["seed"]) == DIGITS),
    ]
    for part in now:
        name = part.planned.claimed.value
        found += [
            (
                f"{name}: số phiếu theo kế hoạch",
                told[name]["papers_planned"] == list(part.planned.papers),
            ),
            (
                f"{name}: {len(part.drawn)} hồ sơ được rút theo số gieo",
                told[name]["drawn"] == len(part.drawn),
            ),
            (f"{name}: kết quả", _part_as_json(part) == told[name]),
        ]
    return found


def _from_record(record: Mapping[str, object], placed: Sequence[Placed]) -> tuple[Part, ...]:
    import datetime

    def day(value: object) -> datetime.date | None:
        return datetime.date.fromisoformat(str(value)) if value else None

    period = record["period"]
    claims = [ClaimPlan(one["claim"], one["risk"], one["margin"]) for one in record["plan"]]  # type: ignore[attr-defined]
    papers = {
        one["key"]: Paper(
            one["key"], Seen(one["seen"]), day(one["registered_on"]), day(one["returned_on"])
        )
        for one in record["papers"]  # type: ignore[attr-defined]
    }
    seed = Seed(str(record["seed"]), "") if record["seed"] else None
    starts, as_of = day(period["from"]), day(record["as_of"])  # type: ignore[index]
    if starts is None or as_of is None:
        raise ValueError("days")
    return parts(claims, placed, seed, record["drawn"], papers, Window(starts, as_of))  # type: ignore[arg-type]
