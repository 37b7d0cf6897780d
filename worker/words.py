"""How figures, days and codes are written for a Vietnamese official."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from reconcile import labels
from reconcile.claims import Origin, Status
from reconcile.coverage import Uncovered
from reconcile.figures.standing import Column

STATUSES = {
    Status.UNKNOWN: "Chưa rõ",
    Status.SUBMITTED: "Mới đăng ký",
    Status.ACCEPTED: "Được tiếp nhận",
    Status.NOT_ACCEPTED: "Không được tiếp nhận",
    Status.PROCESSING: "Đang xử lý",
    Status.SUPPLEMENT_ASKED: "Yêu cầu bổ sung giấy tờ",
    Status.PAYMENT_ASKED: "Yêu cầu thực hiện nghĩa vụ tài chính",
    Status.WITHDRAWN: "Công dân yêu cầu rút hồ sơ",
    Status.STOPPED: "Dừng xử lý",
    Status.DONE: "Đã xử lý xong",
    Status.RETURNED: "Đã trả kết quả",
}

ORIGINS = {
    Origin.PAPER: "sổ giấy do đơn vị nhập",
    Origin.CIVIL_STATUS_SOFTWARE: "xuất từ phần mềm hộ tịch của Bộ Tư pháp",
    Origin.PRINTED_FROM_ONE_STOP: "in từ phần mềm một cửa, không dùng làm căn cứ",
    Origin.SCANNED: "giấy tiếp nhận do bộ phận một cửa quét, có người thứ hai duyệt",
}

#: The columns of form II.06a that a dossier can move between.
COLUMNS = {
    Column.EARLY: "Đã giải quyết – trước hạn",
    Column.ON_TIME: "Đã giải quyết – đúng hạn",
    Column.LATE: "Đã giải quyết – quá hạn",
    Column.IN_TIME: "Đang giải quyết – trong hạn",
    Column.OVERDUE: "Đang giải quyết – quá hạn",
    Column.ENDED_BEFORE: "Đã kết thúc từ kỳ trước",
}

EFFECTS = {"helps": "Có lợi", "hurts": "Bất lợi"}

#: What a register is called that is not typed from paper.
REGISTERS = {
    Origin.CIVIL_STATUS_SOFTWARE: "Sổ hộ tịch trên phần mềm",
    Origin.PRINTED_FROM_ONE_STOP: "Sổ in từ phần mềm một cửa",
    Origin.SCANNED: "Giấy tiếp nhận đã quét",
}

TRIGGERS = {
    "cli": "chạy theo yêu cầu",
    "console": "chạy theo yêu cầu trên trang điều hành",
    "schedule": "chạy theo lịch",
    "report": "lập từ dữ liệu đã lưu",
}

#: Papers that a person notes on a discrepancy; they explain, and move no figure.
PAPERS = {
    "xin-loi": "văn bản xin lỗi",
    "bo-sung": "phiếu yêu cầu bổ sung",
    "rut": "đơn rút hồ sơ",
    "ky-thuat": "phiếu báo kỹ thuật",
}

#: A dossier that stands in another column after reconciliation.
MOVED = "Hồ sơ thay đổi chỉ tiêu sau đối chiếu"
RECONCILED_TITLE = "Sau đối chiếu (đề nghị điều chỉnh – chưa thay số liệu đã báo cáo)"


def about(left: timedelta) -> str:
    """``45 giây``, ``12 phút``, ``2 giờ 05``: about how long something still takes."""
    seconds = int(left.total_seconds())
    if seconds < 120:
        return f"{number(seconds)} giây"
    minutes = round(seconds / 60)
    return f"{minutes} phút" if minutes < 120 else f"{minutes // 60} giờ {minutes % 60:02}"


def inner(text: str) -> str:
    """A label inside a sentence: its first letter small."""
    return text[:1].lower() + text[1:]


def day_from(text: str) -> date | None:
    """The day that a person typed: ``31/01/2024``, ``1-2-2024`` or ISO; None: it is none."""
    parts = re.split(r"[/.\s-]+", text.strip())
    if len(parts) != len(("day", "month", "year")) or not all(map(str.isdecimal, parts)):
        return None
    year, month, on = parts if len(parts[0]) == len("2024") else parts[::-1]
    try:
        return date(int(year), int(month), int(on)) if len(year) == len("2024") else None
    except ValueError:
        return None


def day(value: date | None) -> str:
    """``05/03/2024``; nothing for an unknown day."""
    return value.strftime("%d/%m/%Y") if value else ""


def moment(value: date | datetime | None) -> str:
    """``07 giờ 30 phút ngày 23/11/2026``, or the day alone."""
    if isinstance(value, datetime):
        return f"{value:%H} giờ {value:%M} phút ngày {value:%d/%m/%Y}"
    return f"ngày {day(value)}" if value else ""


def hour(value: date | datetime | None, zone: tzinfo) -> str:
    """``07:30 ngày 31/03/2024`` on the wall clock of the zone, or the day alone; else a dash."""
    if isinstance(value, datetime):
        local = value.astimezone(zone)
        return f"{local:%H:%M} ngày {day(local)}"
    return f"ngày {day(value)}" if value else "–"


def paper(kind: str, number: str, on: date) -> str:
    """``văn bản xin lỗi số 12 ngày 05/03/2024``."""
    return f"{PAPERS.get(kind, kind)} số {clean(number)} ngày {day(on)}"


#: A register's place in few letters, and what they mean.
_BRIEF_BOOK = (
    ("Sổ theo dõi hồ sơ", "Sổ TD"),
    ("Sổ đăng ký khai sinh", "Sổ KS"),
    ("Sổ đăng ký khai tử", "Sổ KT"),
    (" – quyển ", " q."),
    (" – số ", ", số "),
    (" – trang ", ", tr."),
)
EVIDENCE_LEGEND = (
    "KS: khai sinh; KT: khai tử; Sổ TD: sổ theo dõi hồ sơ; q.: quyển; tr.: trang; "
    "dấu *: ghép không theo mã hồ sơ."
)


def brief_book(text: str) -> str:
    """``Sổ KS q.01/2024, số 15, tr.8``."""
    for long, brief in _BRIEF_BOOK:
        text = text.replace(long, brief)
    return text


_COMMUNE = re.compile(r"^(?:xã|phường|thị trấn|đặc khu|huyện|quận|thị xã|thành phố|tỉnh)\s", re.I)


def committee(unit: str) -> str:
    """``UBND xã Sơn Mỹ``: a place signs by its people's committee, a division by its own name."""
    return f"UBND {inner(unit)}" if _COMMUNE.match(unit) else unit


def span(start: date | None, end: date | None) -> str:
    """``từ 01/01/2024 đến 31/03/2024``."""
    if start and end:
        return f"từ {day(start)} đến {day(end)}"
    if start:
        return f"từ {day(start)}"
    return f"đến {day(end)}" if end else ""


def stretch(first: date, last: date) -> str:
    """``01/04–30/06/2024``; both years where they differ."""
    if first == last:
        return day(first)
    start = f"{first:%d/%m}" if first.year == last.year else day(first)
    return f"{start}–{day(last)}"


def uncovered(missing: Uncovered) -> str:
    """Of which days of the period the counted software says nothing, and of which it does."""
    first, last = missing.known
    before = missing.days[0][0] < first
    after = missing.days[-1][1] > last
    known = f"từ {day(first)} " if before else ""
    known += f"đến {day(last)}" if after or not before else ""
    days = "; ".join(stretch(*one) for one in missing.days)
    what = "kỳ" if missing.whole else "phần"
    return f"{labels.ROLES[missing.role]} chỉ có {known.strip()}; {what} {days} chưa có dữ liệu"


def number(value: int | None) -> str:
    """``4.917``; a dash for a figure that nobody gave."""
    return "–" if value is None else f"{value:,}".replace(",", ".")


def signed(value: int) -> str:
    """``+12``, ``−3``, ``0``."""
    if not value:
        return "0"
    return ("+" if value > 0 else "−") + number(abs(value))


def course(points: Iterable[tuple[date, int]]) -> str:
    """``31/01/2024: 21 → 14/02/2024: 18``: how a number went from day to day."""
    return " → ".join(f"{day(on)}: {number(count)}" for on, count in points)


def rate(value: float | None) -> str:
    """``47,18%``; a dash over nothing."""
    return "–" if value is None else f"{value * 100:.2f}%".replace(".", ",")


def rate_span(low: float | None, high: float | None) -> str:
    """``41,02% – 47,18%``, or the point where both ends are equal."""
    if low is None or high is None or rate(low) == rate(high):
        return rate(high)
    return f"{rate(low)} – {rate(high)}"


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts book 2 before book 10, and an empty book last."""
    if not text:
        return ((2, 0, ""),)
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part.casefold())
        for part in re.findall(r"[0-9]+|[^0-9]+", text)
    )


#: What no XML 1.0 document may hold, and lone halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def status_text(status: Status, raw: str) -> str:
    """The software's own word; where it gives a bare number, the word for it."""
    return STATUSES[status] if raw.strip().isdigit() else raw or STATUSES[status]


def clean(text: str) -> str:
    """Data as one line that every file format can hold; spelling and signs stay as they are."""
    if text.isprintable():
        return text
    return _UNPRINTABLE.sub("", text.replace("\t", " ").replace("\n", " ").replace("\r", " "))
