"""What the last random sample found when it was held against the original books."""

from __future__ import annotations

import msgspec

from reconcile import labels
from reconcile.links import Method
from worker import words
from worker.reports.facts import Checked, RunFacts

#: Links that a person or a comparison of people made.
_WEAKER = frozenset(labels.METHODS[method] for method in (Method.PEOPLE, Method.OPERATOR))


class CheckedRow(msgspec.Struct, frozen=True):
    """How many rows were looked up, how many did not agree, and the share of these."""

    title: str
    checked: int
    wrong: int
    rate: float | None


class CheckedBlock(msgspec.Struct, frozen=True):
    """The result of the newest sample that was typed back, in all, by link and by unit."""

    said: str
    rows: tuple[CheckedRow, ...]


def checked_block(facts: RunFacts) -> CheckedBlock | None:
    """None where nobody typed anything back."""
    if not facts.checked:
        return None
    newest = max(facts.checked, key=lambda one: (one.on, one.seed))
    found = [one for one in facts.checked if one.seed == newest.seed]
    whole = _row("Tất cả các dòng đã kiểm tra", found)
    by_people = [one for one in found if one.method in _WEAKER]
    by_code = [one for one in found if one.method not in _WEAKER]
    units: dict[str, list[Checked]] = {}
    for one in found:
        units.setdefault(words.clean(facts.unit_names.get(one.unit, one.unit)), []).append(one)
    return CheckedBlock(
        said=(
            f"Kết quả kiểm tra mẫu với sổ gốc (mã mẫu ngẫu nhiên {newest.seed}, nhập lại đến ngày "
            f"{words.day(newest.on)}): {words.number(whole.checked)} dòng đã kiểm tra, "
            f"{words.number(whole.wrong)} dòng không khớp, tỷ lệ sai {words.rate(whole.rate)}."
        ),
        rows=(
            whole,
            _row("Ghép theo mã, theo số sổ", by_code),
            _row("Ghép theo nhân thân, do người xác nhận", by_people),
            *(_row(unit, units[unit]) for unit in sorted(units)),
        ),
    )


def _row(title: str, found: list[Checked]) -> CheckedRow:
    wrong = sum(not one.matches for one in found)
    return CheckedRow(title, len(found), wrong, wrong / len(found) if found else None)
