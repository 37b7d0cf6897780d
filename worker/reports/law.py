"""The law of a dossier's date, as far as it is known for certain; the rest is for the office.

Sources: the project's notes on law and forms. A text whose days of force are not certain is not
named here: the note leaves a line for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from worker import words


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A legal text and the days of reception of the dossiers that it is named for."""

    text: str
    starts: date
    ends: date | None = None  # the last day; None: still in force as far as known


#: What lies before is not asserted.
KNOWN_FROM = date(2024, 1, 1)
#: The one-stop mechanism of Decree 118/2025 begins.
NEW_ONE_STOP = date(2025, 7, 1)
#: Circular 03/2025/TT-VPCP with its new forms.
NEW_FORMS = date(2025, 9, 15)
#: The Civil Status Law of 2026; dossiers received earlier stay under the old one.
NEW_CIVIL_STATUS_LAW = date(2027, 3, 1)

GROUNDS = (
    LegalBasis(
        "Luật Hộ tịch số 60/2014/QH13",
        KNOWN_FROM,
        NEW_CIVIL_STATUS_LAW - timedelta(days=1),
    ),
    LegalBasis("Luật Hộ tịch số 03/2026/QH16", NEW_CIVIL_STATUS_LAW),
    LegalBasis(
        "Nghị định số 61/2018/NĐ-CP về thực hiện cơ chế một cửa, một cửa liên thông trong giải "
        "quyết thủ tục hành chính, được sửa đổi, bổ sung tại Nghị định số 107/2021/NĐ-CP",
        KNOWN_FROM,
        NEW_ONE_STOP - timedelta(days=1),
    ),
    LegalBasis(
        "Thông tư số 01/2018/TT-VPCP hướng dẫn thi hành Nghị định số 61/2018/NĐ-CP",
        KNOWN_FROM,
        NEW_ONE_STOP - timedelta(days=1),
    ),
    LegalBasis("Nghị định số 118/2025/NĐ-CP ngày 09/06/2025 của Chính phủ", NEW_ONE_STOP),
    LegalBasis("Thông tư số 03/2025/TT-VPCP ngày 15/09/2025", NEW_FORMS),
    LegalBasis("Biểu II.06a ban hành kèm theo Thông tư số 01/2020/TT-VPCP", KNOWN_FROM),
)


def grounds(first: date | None, last: date) -> tuple[str, ...]:
    """The texts for dossiers received from ``first`` to ``last``, each with whom it is for.

    ``first`` None: nobody knows how old the oldest is, so nothing is left out at that end.
    """
    return tuple(
        _line(ground, first, last)
        for ground in GROUNDS
        if ground.starts <= last and (first is None or ground.ends is None or first <= ground.ends)
    )


def _line(ground: LegalBasis, first: date | None, last: date) -> str:
    """The text, and for which dossiers where not for all of them."""
    after = first is None or first < ground.starts
    if ground.starts > KNOWN_FROM and after:
        return f"{ground.text} (hồ sơ tiếp nhận từ ngày {words.day(ground.starts)})"
    if ground.ends is not None and last > ground.ends:
        return f"{ground.text} (hồ sơ tiếp nhận đến hết ngày {words.day(ground.ends)})"
    return ground.text
