"""Invented people: a seeded generator with names as frequent as names are in Viet Nam.

Nobody here exists. The ids begin with 099, which is no province.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

_FAMILIES = (
    ("Nguyễn", 38), ("Trần", 12), ("Lê", 9), ("Phạm", 7), ("Huỳnh", 5), ("Phan", 4),
    ("Võ", 4), ("Đặng", 3), ("Bùi", 2), ("Đỗ", 2), ("Hồ", 2), ("Ngô", 2), ("Dương", 2),
    ("Lý", 1), ("Trương", 1), ("Mai", 1), ("Thái", 1), ("Tạ", 1), ("Châu", 1), ("Lương", 1),
)  # fmt: skip
#: The family names that an invented person may bear.
FAMILIES = tuple(name for name, _ in _FAMILIES)
_MALE_MIDDLE = (
    ("Văn", 22), ("Hữu", 6), ("Đức", 7), ("Minh", 9), ("Quốc", 6), ("Gia", 6), ("Thanh", 5),
    ("Hoàng", 6), ("Ngọc", 4), ("Công", 3), ("Đình", 3), ("Xuân", 3), ("Bảo", 4), ("", 3),
)  # fmt: skip
_FEMALE_MIDDLE = (
    ("Thị", 26), ("Thị Ngọc", 5), ("Thị Thanh", 5), ("Ngọc", 9), ("Thị Kim", 4), ("Bảo", 6),
    ("Khánh", 5), ("Thùy", 4), ("Phương", 4), ("Minh", 5), ("Thị Mỹ", 3), ("Gia", 4), ("", 2),
)  # fmt: skip
_MALE_GIVEN = (
    ("Hùng", 5), ("Dũng", 5), ("Tuấn", 6), ("Minh", 6), ("Khang", 6), ("Khôi", 5), ("Phúc", 6),
    ("An", 5), ("Bảo", 4), ("Đạt", 4), ("Huy", 6), ("Khánh", 3), ("Long", 5), ("Nam", 5),
    ("Nghĩa", 3), ("Phong", 4), ("Quân", 4), ("Sơn", 4), ("Tài", 4), ("Thành", 5), ("Thắng", 4),
    ("Thịnh", 4), ("Tiến", 3), ("Toàn", 3), ("Trung", 4), ("Vinh", 3), ("Hòa", 3), ("Quý", 2),
    ("Lộc", 3), ("Đức", 3), ("Cường", 3), ("Bình", 3), ("Hải", 3), ("Kiệt", 3), ("Nguyên", 3),
)  # fmt: skip
_FEMALE_GIVEN = (
    ("Anh", 7), ("Hà", 4), ("Hương", 4), ("Lan", 5), ("Linh", 7), ("Mai", 4), ("My", 4),
    ("Ngân", 5), ("Ngọc", 5), ("Nhi", 6), ("Như", 4), ("Oanh", 2), ("Phương", 5), ("Quyên", 3),
    ("Thảo", 5), ("Thư", 5), ("Thúy", 4), ("Trâm", 4), ("Trang", 5), ("Trinh", 3), ("Tuyết", 3),
    ("Uyên", 3), ("Vy", 6), ("Yến", 4), ("Hoa", 4), ("Hiền", 3), ("Hạnh", 3), ("Hồng", 3),
    ("Liên", 3), ("Loan", 3), ("Chi", 3), ("Châu", 3), ("Diễm", 2), ("Giang", 2), ("Ánh", 2),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    name: str
    sex: str  # "nam" | "nữ"
    born: date
    id: str  # 12 digits; empty for a newborn


class People:
    """Makes people, the same ones for the same seed."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._serial = 0

    def adult(self, sex: str, on: date, family: str = "") -> Person:
        """Somebody old enough to have a child on that day."""
        return self._person(sex, on - timedelta(days=self._rng.randint(19 * 365, 42 * 365)), family)

    def elder(self, on: date) -> Person:
        """Somebody who died on that day, mostly old."""
        years = min(98, max(1, round(self._rng.gauss(72, 15))))
        sex = self._rng.choice(("nam", "nữ"))
        return self._person(sex, on - timedelta(days=years * 365 + self._rng.randint(0, 364)), "")

    def newborn(self, born: date, father: Person | None, mother: Person) -> Person:
        """A child: the father's family name if there is a father."""
        family = (father or mother).name.split()[0]
        sex = self._rng.choice(("nam", "nữ"))
        return replace(self._person(sex, born, family), id="")

    def twin_of(self, child: Person) -> Person:
        """A brother or sister of one birth: another given name, nothing else."""
        while True:
            twin = self.newborn(child.born, child, child)
            if twin.name != child.name:
                words = child.name.split()
                same_sex = twin.sex == child.sex
                name = " ".join([*words[:-1], twin.name.split()[-1]]) if same_sex else twin.name
                if name != child.name:
                    return replace(twin, name=name)

    def namesake_of(self, person: Person, born: date) -> Person:
        """Somebody else with the same name."""
        other = self._person(person.sex, born, "")
        return replace(other, name=person.name, id=other.id if person.id else "")

    def _person(self, sex: str, born: date, family: str) -> Person:
        family = family or self._one_of(_FAMILIES)
        middle = self._one_of(_MALE_MIDDLE if sex == "nam" else _FEMALE_MIDDLE)
        given = self._one_of(_MALE_GIVEN if sex == "nam" else _FEMALE_GIVEN)
        name = " ".join(part for part in (family, middle, given) if part)
        return Person(name, sex, born, self._id(sex, born))

    def _id(self, sex: str, born: date) -> str:
        """099, century and sex, year of birth, six digits."""
        self._serial += 1
        century = (2 if born.year >= 2000 else 0) + (sex == "nữ")
        return f"099{century}{born.year % 100:02d}{self._serial * 7919 % 1_000_000:06d}"

    def _one_of(self, weighted: tuple[tuple[str, int], ...]) -> str:
        words, weights = _cumulated(weighted)
        return self._rng.choices(words, cum_weights=weights)[0]


@lru_cache
def _cumulated(weighted: tuple[tuple[str, int], ...]) -> tuple[list[str], list[int]]:
    words = [word for word, _ in weighted]
    return words, list(accumulate(weight for _, weight in weighted))
