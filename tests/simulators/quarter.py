"""The published quarter of Hàm Tân as files: an invented district with exactly its figures.

Only the totals are real (administrative-reform report, Q1/2024). Every dossier, person
and date is drawn from a seeded generator: the software's list of dossiers with the published
4,917 in it, and the paper registers of the ten communes, which help, hurt, agree or prove nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

FROM, TO = date(2024, 1, 1), date(2024, 3, 31)
#: What the software still wrote before the list was taken.
TAKEN_ON = date(2024, 4, 5)
#: Carried-over dossiers were received from here on.
OLDEST = date(2023, 4, 3)

ORIGINS = {"online": 246, "direct": 1900, "post": 280, "carried": 2491}
#: The report gives early and on time as one number, 1,770.
OUTCOMES = {"early": 1180, "on_time": 590, "late": 1733, "in_time": 827, "overdue": 587}
#: Births and deaths are a part of the 4,917; the rest is land and other fields.
CIVIL = {"birth": 290, "birth_linked": 130, "death": 170, "death_linked": 60}

COMMUNES = (
    "UBND thị trấn Tân Minh",
    "UBND thị trấn Tân Nghĩa",
    "UBND xã Sông Phan",
    "UBND xã Tân Phúc",
    "UBND xã Tân Đức",
    "UBND xã Tân Hà",
    "UBND xã Tân Xuân",
    "UBND xã Tân Thắng",
    "UBND xã Thắng Hải",
    "UBND xã Sơn Mỹ",
)
#: Other fields: unit, procedure, weight. Most of the quarter is land.
OTHERS = (
    ("Phòng Tài nguyên và Môi trường", "Đăng ký biến động quyền sử dụng đất", 45),
    ("Phòng Tài nguyên và Môi trường", "Cấp đổi giấy chứng nhận quyền sử dụng đất", 25),
    ("Phòng Kinh tế và Hạ tầng", "Cấp giấy phép xây dựng nhà ở riêng lẻ", 8),
    ("Phòng Tài chính - Kế hoạch", "Đăng ký thành lập hộ kinh doanh", 12),
    ("Phòng Tư pháp", "Cấp bản sao trích lục hộ tịch", 10),
)
PROCEDURES = {
    "birth": ("1.001193", "Đăng ký khai sinh"),
    "birth_linked": (
        "2.000986",
        "Liên thông các thủ tục hành chính về đăng ký khai sinh, đăng ký thường trú, "
        "cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi",
    ),
    "death": ("1.000656", "Đăng ký khai tử"),
    "death_linked": (
        "1.011733",
        "Liên thông các thủ tục hành chính về đăng ký khai tử, xóa đăng ký thường trú, "
        "hưởng mai táng phí",
    ),
}
STATUS_NAMES = {
    1: "Mới đăng ký",
    2: "Được tiếp nhận",
    4: "Đang xử lý",
    5: "Yêu cầu bổ sung giấy tờ",
    6: "Yêu cầu thực hiện nghĩa vụ tài chính",
    7: "Công dân yêu cầu rút hồ sơ",
    8: "Dừng xử lý",
    9: "Đã xử lý xong",
    10: "Đã trả kết quả",
}
CHANNEL_NAMES = {"online": "Trực tuyến", "direct": "Trực tiếp", "post": "Bưu chính công ích"}
SENT_BACK = "Trả lại hồ sơ, đề nghị bổ sung giấy chứng sinh"

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Đỗ", "Ngô")
_MIDDLES = ("Văn", "Thị", "Ngọc", "Minh", "Gia", "Bảo", "Thanh", "Hữu", "Khánh", "Tuấn", "Kim")
_GIVENS = ("An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Khoa", "Lan", "Mai", "Nam", "Phúc", "Vy")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a paper register."""

    book: str
    number: int
    page: int | None
    on: date  # registered, or handed over
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """One dossier with what the software says of it, and what stands on paper."""

    code: str
    kind: str  # a key of CIVIL, or "other"
    procedure: str
    unit: str
    applicant: str
    subject: str
    event_on: date | None  # birth or death
    channel: str
    received: date
    due: date | None = None
    finished: date | None = None
    returned: date | None = None
    status: int = 1
    published: bool = True  # one of the 4,917
    registered: Entry | None = None  # sổ đăng ký khai sinh, khai tử
    tracked: Entry | None = None  # sổ theo dõi hồ sơ

    @property
    def national_code(self) -> str:
        if not self.kind.endswith("_linked"):
            return ""
        return f"G22.99.09-{self.received:%y%m%d}-{self.code[-4:]}"

    @property
    def is_civil(self) -> bool:
        return self.kind in CIVIL


def build(seed: int = 2024) -> list[Dossier]:
    """The district of the quarter: the published dossiers, and some that it must not count."""
    random = Random(seed)
    kinds = _spread(random, CIVIL | {"other": sum(OUTCOMES.values()) - sum(CIVIL.values())})
    slots = zip(_spread(random, ORIGINS), _spread(random, OUTCOMES), kinds, strict=True)
    drawn = [_dossier(random, at, *slot) for at, slot in enumerate(slots, start=1)]
    drawn += _outside(random, len(drawn) + 1)
    numbers = _Numbers()
    return [_on_paper(random, one, numbers) if one.is_civil else one for one in drawn]


def _spread(random: Random, counts: dict[str, int]) -> list[str]:
    slots = [name for name, count in counts.items() for _ in range(count)]
    random.shuffle(slots)
    return slots


# --- What the software says ----------------------------------------------------------------


def _dossier(random: Random, at: int, origin: str, outcome: str, kind: str) -> Dossier:
    if origin == "carried":
        received = _workday(random, OLDEST, date(2023, 12, 28))
        channel = random.choice(("online", "direct", "post"))
    else:
        received = _workday(random, FROM, date(2024, 3, 20))
        channel = origin
    status, due, finished = _course(random, received, outcome, carried=origin == "carried")
    returned = None
    if finished is not None and status == 10:
        returned = _workday(random, finished, finished + timedelta(days=9))
    one = _describe(random, at, kind, channel, received)
    return replace(one, status=status, due=due, finished=finished, returned=returned)


def _describe(random: Random, at: int, kind: str, channel: str, received: date) -> Dossier:
    applicant, subject, event_on = _name(random), "", None
    if kind in CIVIL:
        unit = random.choice(COMMUNES)
        procedure = PROCEDURES[kind][1]
        subject, event_on = _name(random), received - timedelta(days=random.randint(1, 50))
        office = f"H11.{60 + COMMUNES.index(unit)}"
    else:
        unit, procedure, _ = random.choices(OTHERS, [weight for *_, weight in OTHERS])[0]
        office = "H11.60"
    code = f"{office}-{received:%y%m%d}-{at:04}"
    return Dossier(code, kind, procedure, unit, applicant, subject, event_on, channel, received)


def _course(
    random: Random, received: date, outcome: str, *, carried: bool
) -> tuple[int, date | None, date | None]:
    """Status, due date and end of processing that the software counts as this outcome."""
    rare = random.random()
    if outcome == "in_time":
        due: date | None = _workday(random, TO, TO + timedelta(days=60))
        if rare < 0.06:
            return random.choice((5, 6, 8)), _workday(random, received, TO), None
        if rare < 0.08:
            return 4, None, None
        return _open(random, due)
    if outcome == "overdue":
        return _open(random, _workday(random, received, TO - timedelta(days=1)))
    first = max(received + timedelta(days=1), FROM)
    finished = _workday(random, first, TO)
    if outcome == "early":
        due = _workday(random, finished + timedelta(days=1), finished + timedelta(days=12))
        return _ended(random), due, finished
    if outcome == "late":
        return _ended(random), _workday(random, received, finished - timedelta(days=1)), finished
    if rare < 0.03:
        return 7, received, finished  # withdrawn: on time whatever the due date
    if rare < 0.05 and not carried:
        return random.choice((9, 10)), received, None  # done, "không rõ ngày"
    return _ended(random), random.choice((finished, finished, None)), finished


def _ended(random: Random) -> int:
    return 10 if random.random() < 0.9 else 9


def _open(random: Random, due: date | None) -> tuple[int, date | None, date | None]:
    if random.random() < 0.04:
        return 9, due, _workday(random, TO + timedelta(days=1), TAKEN_ON)  # after the cut-off
    return random.choice((2, 4, 4, 4)), due, None


def _outside(random: Random, first: int) -> list[Dossier]:
    """What the list also holds and the quarter must not count."""
    dossiers = []
    for at in range(first, first + 60):
        kind, days = random.choice((*CIVIL, "other")), timedelta(days=3)
        if at % 3 == 0:  # received after the quarter
            received = _workday(random, TO + timedelta(days=1), TAKEN_ON)
            facts = {"status": 2, "due": received + days}
        elif at % 3 == 1:  # ended before it
            received = _workday(random, OLDEST, date(2023, 12, 1))
            facts = {"status": 10, "due": received + days, "finished": received + days}
        else:  # never accepted
            received = _workday(random, FROM, TO)
            facts = {"status": 1}
        one = _describe(random, at, kind, "online", received)
        dossiers.append(replace(one, published=False, **facts))
    return dossiers


# --- What stands on paper ------------------------------------------------------------------


class _Numbers:
    """The next free line of each book."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], int] = {}

    def entry(self, unit: str, register: str, on: date, note: str = "") -> Entry:
        book = f"01/{on.year}"
        number = self._last[unit, register + book] = self._last.get((unit, register + book), 0) + 1
        return Entry(book, number, (number + 4) // 5, on, note)


def _on_paper(random: Random, one: Dossier, numbers: _Numbers) -> Dossier:
    """Give four in five births and deaths a line in a register, each with its own story."""
    if random.random() < 0.2:
        return one
    story = random.choice(("registered", "registered", "handed", "handed", "both", "sent_back"))
    end = _paper_end(random, one)
    registered = tracked = None
    if story in ("registered", "both"):
        register = "births" if one.kind.startswith("birth") else "deaths"
        registered = numbers.entry(one.unit, register, end)
    if story in ("handed", "both"):
        on = _workday(random, end, end + timedelta(days=6)) if story == "both" else end
        tracked = numbers.entry(one.unit, "tracking", on)
        if random.random() < 0.3:  # written down without book and page
            tracked = replace(tracked, book="", page=None)
    if story == "sent_back":
        tracked = numbers.entry(one.unit, "tracking", end, SENT_BACK)
    return replace(one, registered=registered, tracked=tracked)


def _paper_end(random: Random, one: Dossier) -> date:
    """The day on paper: as the software says, by the due date, soon after it, or any day."""
    choice = random.random()
    if one.finished is not None and choice < 0.4:
        return one.finished
    if one.due is not None and choice < 0.6:
        return _workday(random, one.received, max(min(one.due, TAKEN_ON), one.received))
    if one.due is not None and choice < 0.8:
        late = one.due + timedelta(days=1)
        return min(_workday(random, late, late + timedelta(days=9)), TAKEN_ON)
    return _workday(random, one.received, TAKEN_ON)


# --- Small draws ---------------------------------------------------------------------------


def _workday(random: Random, first: date, last: date) -> date:
    """A Monday to Friday between the two days; the first of them where there is none."""
    for _ in range(20):
        day = first + timedelta(days=random.randint(0, max((last - first).days, 0)))
        if day.weekday() < 5:
            return day
    return first


def _name(random: Random) -> str:
    return " ".join(random.choice(part) for part in (_FAMILIES, _MIDDLES, _GIVENS))
