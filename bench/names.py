"""Vietnamese names and how often they are borne: two samplers that share no code path.

``coast``: a name is put together from family name, middle name and given name, each drawn for
itself from a weighted list (south-central coast: many Huỳnh, Võ, Phan; Văn and Thị for the old).
``clans``: whole names come from households. A hamlet has a few clans, a clan its own middle
names, and the given part of a young person is a fixed pair such as "Gia Bảo" (north-central).

Family name shares: the published estimates (Nguyễn 38 %, Trần 11 %, Lê 9.5 %, Phạm 7.1 %,
Hoàng/Huỳnh 5.1 %, Phan 4.5 %, Vũ/Võ 3.9 %, Đặng 2.1 %, Bùi 2 %, Đỗ 1.4 %, Hồ and Ngô 1.3 %,
Dương 1 %, Lý 0.5 %). Given names: ranks by generation, weights falling as 1/rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FAMILY_SHARES = """
Nguyễn 38.4 Trần 11 Lê 9.5 Phạm 7.1 Phan 4.5 Đặng 2.1 Bùi 2 Đỗ 1.4 Hồ 1.3 Ngô 1.3 Dương 1
Lý 0.5 Đinh 0.9 Trương 1.6 Đoàn 0.8 Mai 0.7 Trịnh 0.6 Đào 0.7 Lương 0.7 Cao 0.6 Hà 0.7 Tạ 0.3
Tô 0.3 Châu 0.3 Thái 0.4 Lâm 0.5 Phùng 0.4 Lưu 0.4 Vương 0.3 Từ 0.2 Quách 0.2 Kiều 0.2 Tống 0.2
La 0.2 Văn 0.2 Thạch 0.1 Nghiêm 0.1 Chu 0.3 Hứa 0.15 Giang 0.1 Triệu 0.2 Diệp 0.1 Bạch 0.1
"""
COAST_FAMILIES = FAMILY_SHARES + "Huỳnh 4.1 Hoàng 1 Võ 3.2 Vũ 0.7 Thông 0.2 Qua 0.1 Mang 0.2"
CLAN_FAMILIES = FAMILY_SHARES + "Hoàng 4.9 Huỳnh 0.2 Vũ 2.4 Võ 1.5 Lò 0.3 Vi 0.3 Lô 0.2 Cù 0.1"

OLD_MEN = """Hùng Dũng Minh Sơn Thành Hải Long Tuấn Bình Hòa Thắng Cường Đức Phúc Lâm Tâm Hai Ba
Tư Năm Sáu Bảy Tám Chín Mười Út Lợi Phước Lộc Thọ Khánh Quý Hiền Nghĩa Nhân Trung Tài Danh Xuân
Thu Đông Cảnh Bửu Chánh Kiệt Mẫn Nhơn Thuận Tấn Vinh Ẩn Đạt Rớt Đẹt Kỉnh Sang Nuôi Lý Mỹ"""
OLD_WOMEN = """Lan Hoa Hương Mai Hồng Nga Hạnh Liên Loan Phượng Thủy Thúy Tuyết Yến Bé Gái Hai Ba Tư
Năm Sáu Bảy Tám Chín Mười Út Lý Mỹ Quý Nhàn Lành Hiền Thảo Thơm Sen Cúc Đào Lựu Lê Mận Nhung Gấm
Lụa Lài Xuân Thu Đông Nguyệt Ánh Hường Hoàng Huệ Tho Rớt Lượm Én Phụng Chanh Diệu Kim Ngọc Bích"""
MEN = """Huy Anh Khang Bảo Minh Phúc Khoa Phát Đạt Khôi Long Nam Duy Quân Kiệt Thịnh Tuấn Hưng
Hoàng Hiếu Nhân Trí Tài Phong Nguyên An Phú Thành Đức Dũng Lộc Khánh Vinh Tiến Nghĩa Thiện Hào
Hải Đăng Quang Lâm Nhật Trung Thắng Tú Hùng Tâm Sang Sơn Thái Cường Vũ Toàn Ân Thuận Bình Trường
Danh Kiên Phước Thiên Tân Việt Khải Tín Dương Tùng Quý Hậu Trọng Triết Luân Phương Quốc Thông
Khiêm Hòa Thanh Tường Kha Vỹ Bách Khanh Mạnh Lợi Đại Hiệp Đông Nhựt Giang Kỳ Phi Tấn Văn Vương"""
WOMEN = """Anh Vy Ngọc Nhi Hân Thư Linh Như Ngân Phương Thảo My Trân Quỳnh Nghi Trang Trâm An
Thy Châu Trúc Uyên Yến Ý Tiên Mai Hà Vân Nguyên Hương Quyên Duyên Kim Trinh Thanh Tuyền Hằng
Dương Chi Giang Tâm Lam Tú Ánh Hiền Khánh Minh Huyền Thùy Vi Ly Dung Nhung Phúc Lan Phụng Ân Thi
Khanh Kỳ Nga Tường Thúy Mỹ Hoa Tuyết Lâm Thủy Đan Hạnh Xuân Oanh Mẫn Khuê Diệp Thương Nhiên Băng
Hồng Bình Loan Thơ Phượng Mi Nhã Trà Bích Diễm Diệu Hoàng Hòa Quý Thoa Gia Nguyệt Cát Tường Di"""
COAST_MEN_MIDDLES = """Văn 20 Minh 9 Gia 8 Thanh 6 Quốc 6 Hoàng 6 Đức 5 Ngọc 5 Hữu 5 Tuấn 4 Anh 4
Duy 3 Nhật 3 Thành 3 Trọng 2 Xuân 2 Công 2 Tấn 2 Bảo 3 Phúc 2 Đình 2 Chí 2 Trung 2 Thiên 2 Khánh 1
Quang 2 Trường 1 Hải 1 Đăng 1 Việt 1 Tiến 1 Phước 1"""
COAST_WOMEN_MIDDLES = """Thị 22 Ngọc 14 Thanh 5 Kim 5 Bảo 5 Thị_Thu 2 Thị_Ngọc 3 Thị_Kim 2 Gia 3
Minh 3 Phương 4 Quỳnh 3 Khánh 4 Mỹ 3 Thảo 2 Hoàng 3 Như 2 Trúc 2 Thùy 2 Tường 2 Yến 2 Cẩm 1
Hồng 2 Diễm 1 Tuyết 1 Mai 1 Thị_Thanh 2 Thị_Mỹ 1 Ánh 1 Hoài 1 Thị_Bích 1"""

CLAN_MIDDLES = """Đình Bá Sỹ Trọng Viết Hữu Đăng Cảnh Thế Danh Khắc Duy Xuân Văn Công Doãn Quang
Ngọc Huy Mạnh Phúc Tiến Quốc Như Tất Đức Thanh Minh Hồng Phi Nhật Cao Tuấn Sĩ Đắc"""
BOYS_PAIRS = """Gia Bảo|Minh Quân|Tuấn Kiệt|Bảo Minh|Gia Huy|Minh Khang|Anh Tuấn|Nhật Minh|Đức Anh
Hoàng Nam|Minh Đức|Quang Huy|Tuấn Anh|Gia Khánh|Minh Khôi|Bảo Long|Thành Đạt|Đăng Khôi|Hải Đăng
Bảo Nam|Minh Trí|Thiên Phúc|Việt Anh|Hoàng Long|Quốc Bảo|Minh Hiếu|Tiến Đạt|Đức Minh|Phúc Lâm
Bảo An|Trung Kiên|Hữu Phước|Duy Anh|Gia Phúc|Quang Minh|Nhật Nam|Minh Nhật|Tấn Phát|Khánh An
Mạnh Hùng|Thế Anh|Hoàng Bách|Tùng Lâm|Đình Phong|Nam Khánh|Hoàng Hải|Minh Hoàng|Công Vinh|Anh Khoa
Xuân Trường|Ngọc Sơn|Anh Quân|Chí Thanh|Bình Minh|An Khang|Duy Khánh|Đức Thịnh|Khôi Nguyên|Hùng Anh
Tường Vy|Thái Sơn|Quốc Khánh|Minh Tiến|Trọng Nghĩa|Vũ Phong|Hà Anh|Tuệ Minh|Phú Quý|Bá Lộc"""
GIRLS_PAIRS = """Bảo Ngọc|Khánh Linh|Minh Anh|Bảo An|Ngọc Diệp|Quỳnh Anh|Hà My|Phương Anh|Thảo Vy
Bảo Châu|Gia Hân|Khánh An|Ngọc Anh|Tuệ Nhi|Diệu Linh|Thùy Linh|Phương Linh|Hải Yến|Thảo My|Hà Anh
An Nhiên|Tú Anh|Mai Anh|Ngọc Hân|Khánh Chi|Thùy Dương|Như Quỳnh|Trâm Anh|Bảo Hân|Hồng Nhung
Kim Ngân|Huyền Trang|Ngọc Mai|Quỳnh Chi|Phương Thảo|Thu Hà|Minh Châu|Hoài An|Yến Nhi|Linh Đan
Bích Ngọc|Thanh Thảo|Cẩm Tú|Lan Anh|Kiều Trang|Tuyết Anh|Ánh Dương|Thanh Hà|Thiên Kim|Nhã Uyên
Anh Thư|Tâm Đan|Ngọc Khuê|Cát Tường|Bảo Trâm|Diễm Quỳnh|Vân Anh|Mỹ Duyên|Uyển Nhi|Hương Giang"""
ELDERS = """Thìn Tỵ Ngọ Mùi Thân Dậu Tuất Hợi Tý Sửu Dần Mão Lan Huệ Cúc Hồng Đào Mận Sen Nhài Hường
Vinh Quang Tâm Đức Nhân Nghĩa Lễ Trí Tín Hòa Bình Thắng Lợi Tiến Bộ Dũng Hùng Cường Kiên Quyết
Châu Loan Nga Yên Thái Hà Nam Bắc Đông Tây Thanh Xuân Thu Liên Hiền Khuyên Tuyết Ngân Vân Chắt
Cháu Nhớn Con Cò Ngoan Lành Vượng Thịnh Phú Quý Tài Lộc Thọ Khương Ninh Hảo Tứ Ngũ Lục Thất"""


@dataclass(frozen=True)
class Weighted:
    """Something drawn with weights."""

    words: tuple[str, ...]
    weights: tuple[float, ...]

    def draw(self, random: Random) -> str:
        return random.choices(self.words, self.weights)[0]


def shares(text: str) -> Weighted:
    """``"Nguyễn 38.4 Trần 11 …"``; an underscore stands for a space."""
    parts = text.split()
    words = tuple(word.replace("_", " ") for word in parts[::2])
    return Weighted(words, tuple(float(part) for part in parts[1::2]))


def ranked(words: list[str], slope: float = 1.0) -> Weighted:
    """Weights that fall with the rank, as given names do."""
    weights = tuple(1.0 / (rank + 6) ** slope for rank in range(len(words)))
    return Weighted(tuple(words), weights)


def _pairs(text: str) -> list[str]:
    return [pair.strip() for line in text.splitlines() for pair in line.split("|") if pair.strip()]


class CoastNames:
    """Family, middle and given name drawn one by one."""

    def __init__(self) -> None:
        self.families = shares(COAST_FAMILIES)
        self._middles = {"nam": shares(COAST_MEN_MIDDLES), "nữ": shares(COAST_WOMEN_MIDDLES)}
        self._young = {"nam": ranked(MEN.split(), 0.9), "nữ": ranked(WOMEN.split(), 0.9)}
        self._old = {"nam": ranked(OLD_MEN.split()), "nữ": ranked(OLD_WOMEN.split())}

    def given(self, random: Random, sex: str, born: int) -> str:
        young = random.random() < (0.95 if born > 1985 else 0.2)
        return (self._young if young else self._old)[sex].draw(random)

    def middle(self, random: Random, sex: str, born: int) -> str:
        if born < 1985 and random.random() < 0.7:
            return "Văn" if sex == "nam" else "Thị"
        if random.random() < 0.03:
            return ""
        return self._middles[sex].draw(random)

    def name(self, random: Random, sex: str, born: int, family: str = "") -> str:
        family = family or self.families.draw(random)
        middle = self.middle(random, sex, born)
        return " ".join(filter(None, (family, middle, self.given(random, sex, born))))


class ClanNames:
    """Names as a hamlet of clans bears them."""

    def __init__(self) -> None:
        self._families = shares(CLAN_FAMILIES)
        self._pairs = {
            "nam": ranked(_pairs(BOYS_PAIRS), 0.8),
            "nữ": ranked(_pairs(GIRLS_PAIRS), 0.8),
        }
        self._elders = ranked(ELDERS.split(), 0.6)
        self._middles = CLAN_MIDDLES.split()

    def clan(self, random: Random) -> tuple[str, str]:
        """A family name and the middle name that the clan's men bear."""
        return self._families.draw(random), random.choice(self._middles)

    def adult(self, random: Random, clan: tuple[str, str], sex: str, born: int) -> str:
        family, middle = clan
        if born > 1978 and random.random() < 0.6:
            pair = self._pairs[sex].draw(random)
            return f"{family} {'Thị ' if sex == 'nữ' and random.random() < 0.5 else ''}{pair}"
        if sex == "nữ":
            middle = "Thị"
        return f"{family} {middle} {self._elders.draw(random)}"

    def child(self, random: Random, father: tuple[str, str], mother_family: str, sex: str) -> str:
        family, middle = father
        pair = self._pairs[sex].draw(random)
        habit = random.random()
        if habit < 0.12:  # the mother's family name becomes a middle name
            return f"{family} {mother_family} {pair}"
        if habit < 0.45 and sex == "nam":
            return f"{family} {middle} {pair if habit < 0.3 else pair.split()[-1]}"
        return f"{family} {pair}"
