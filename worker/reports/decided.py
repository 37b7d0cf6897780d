"""How a run came to its links: by what changed, or by linking everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """``changed`` rows and dossiers since the run before, ``again`` rows linked anew, ``judged``
    dossiers and rows looked at anew.

    ``whole``: all were. ``whole_at`` is the newest linking of everything, in the office's time
    zone, and ``whole_same`` whether it came to what had been decided by change (None: there was
    nothing to compare with).
    """

    whole: bool
    changed: int
    again: int
    whole_at: datetime | None
    whole_same: bool | None
    judged: int = 0


def told(one: Decided) -> str:
    """One line for page one and the terminal; empty where there is nothing to tell."""
    if one.whole_at is None or (one.whole and one.whole_same is None):
        return ""
    at = f"{one.whole_at:%H:%M ngày %d/%m/%Y}"
    if one.whole_same is None:
        at = f"ghép toàn bộ lần gần nhất lúc {at}"
    else:
        same = "khớp" if one.whole_same else "KHÁC: báo nhóm kỹ thuật"
        at = f"đối chiếu toàn bộ lúc {at}, {same}"
    if one.whole:
        return f"{_number(one.changed)} thay đổi; {at}"
    again = f"ghép lại {_number(one.again)} dòng sổ, xét lại {_number(one.judged)} hồ sơ"
    return f"{_number(one.changed)} thay đổi, {again}; {at}"


def as_json(one: Decided) -> dict[str, object]:
    """For run.json."""
    return {
        "by": "all" if one.whole else "change",
        "changed": one.changed,
        "again": one.again,
        "judged": one.judged,
        "whole_at": one.whole_at.isoformat() if one.whole_at else None,
        "whole_same": one.whole_same,
    }


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")
