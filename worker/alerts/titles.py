"""How units and their heads are addressed in the words of the administration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from reconcile.claims import Role

_LEVEL = re.compile(
    r"^(?:UBND\s+|Ủy ban nhân dân\s+|Uỷ ban nhân dân\s+)?"
    r"(?P<level>xã|phường|thị trấn|thị xã|thành phố|đặc khu|huyện|quận|tỉnh)\s+(?P<name>.+)$",
    re.IGNORECASE,
)
_COMMITTEE = re.compile(r"\bUBND\b|\bU[ỷỶ] ban nhân dân\b", re.IGNORECASE)
COMMITTEE = "Ủy ban nhân dân"

#: As in a sentence; the first letter is large where the name begins so.
SOURCES = {
    Role.PORTAL: "Cổng Dịch vụ công quốc gia",
    Role.HUB: "phần mềm liên thông",
    Role.ONE_STOP: "phần mềm một cửa",
    Role.CIVIL_STATUS: "phần mềm hộ tịch",
    Role.REGISTER: "sổ giấy",
}
_COMPARED = (Role.ONE_STOP, Role.HUB, Role.CIVIL_STATUS, Role.PORTAL)


def short(unit: str) -> str:
    """``UBND xã Tân Minh``; a division keeps its own name."""
    found = _LEVEL.match(unit)
    return f"UBND {found['level'].lower()} {found['name']}" if found else unit


def addressee(role: str, unit: str) -> str:
    """``Chủ tịch Ủy ban nhân dân xã Tân Minh``."""
    found = _LEVEL.match(unit)
    place = f"{found['level'].lower()} {found['name']}" if found else unit
    if not role:
        return f"{COMMITTEE} {place}" if found else unit
    full = _COMMITTEE.sub(COMMITTEE, role)
    if place.lower() in full.lower():
        return full
    if not found and full.lower().split()[-1] == place.lower().split()[0]:
        return f"{full.rsplit(' ', 1)[0]} {place}"  # "Trưởng phòng" of "Phòng Tư pháp"
    return f"{full} {place}"


def asked(role: str, unit: str) -> str:
    """``Chủ tịch UBND xã``: who is asked to see to it."""
    found = _LEVEL.match(unit)
    if not role:
        return short(unit)
    brief = role.replace(COMMITTEE, "UBND")
    return f"{brief} {found['level'].lower()}" if found and brief.endswith("UBND") else brief


def compared(roles: Iterable[Role]) -> str:
    """``sổ với phần mềm một cửa và Cổng Dịch vụ công quốc gia``: what the office really has."""
    there = set(roles)
    software = [SOURCES[role] for role in _COMPARED if role in there]
    if Role.REGISTER in there:
        return f"sổ với {joined(software)}" if software else "sổ"
    if len(software) > 1:
        return f"{software[0]} với {joined(software[1:])}"
    return joined(software)


def joined(parts: Sequence[str]) -> str:
    """``a, b và c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} và {parts[-1]}"


def two(number: int | None) -> str:
    """``03``, ``12``, ``1.204``: counts of dossiers as letters write them; nothing is ``0``.

    A dash where nobody judged.
    """
    if number is None:
        return "–"
    return f"{number:02,}".replace(",", ".") if number else "0"


def of_dossiers(number: int) -> str:
    """``03 hồ sơ``, or that there is none."""
    return f"{two(number)} hồ sơ" if number else "không có hồ sơ"


def moment(value: date | datetime) -> str:
    """``07 giờ 30 phút ngày 23/11/2026``, or the day alone."""
    if isinstance(value, datetime):
        return f"{value:%H} giờ {value:%M} phút ngày {value:%d/%m/%Y}"
    return f"ngày {value:%d/%m/%Y}"


def brief_moment(value: date | datetime) -> str:
    """``07h30 ngày 23/11/2026``: for a subject."""
    if isinstance(value, datetime):
        return f"{value:%H}h{value:%M} ngày {value:%d/%m/%Y}"
    return f"ngày {value:%d/%m/%Y}"
