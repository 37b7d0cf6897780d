"""Names as families of four peoples give them: Kinh, Ê Đê, K'Ho and Chăm.

Shares nothing with ``bench.names``. A Kinh or Chăm child bears the father's family name, brothers
often one middle name. An Ê Đê name begins with H' or Y and ends with the mother's clan; a K'Ho name
is K' or Ka and one word, in some families before it the clan.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

KINH, EDE, KHO, CHAM = "kinh", "ê đê", "k'ho", "chăm"
_FAMILIES = {
    KINH: """Nguyễn 32 Trần 12 Lê 9 Phạm 7 Huỳnh 5 Phan 5 Võ 4 Hoàng 3 Đặng 3 Bùi 2 Vũ 2 Đỗ 2
    Hồ 2 Ngô 1 Dương 1 Đinh 1 Trương 1 Đoàn 1 Lương 1 Mai 1 Cao 1 Tạ 1 Thái 1 Châu 1 Lâm 1""",
    CHAM: "Thành 5 Bá 5 Đàng 4 Lưu 4 Quảng 3 Thiên 3 Kinh 2 Dụng 2 Hán 2 Đổng 2 Thập 2 Phú 2 Từ 2",
    EDE: """Niê 6 Mlô 5 Êban 4 Ayun 3 Kbuôr 3 Kpă 2 Byă 2 Ktla 2 Adrơng 2 Hđơk 2 Hmŏk 1 Knul 1
    Kđoh 1 Ênuôl 1 Niê_Kđăm 2 Buôn_Yă 1 Mlô_Duôn_Du 1""",
    KHO: "Kơ_Să 4 Cil 3 Lơ_Mu 3 Bon_Niêng 1 Dagout 2 Rơ_Ông 2 Păng_Ting 1",
}
_SONS = {
    "old": """Hùng Dũng Sơn Hải Minh Tâm Bình Hòa Thắng Cường Đức Phúc Lâm Hiền Lợi Phước Lộc Thọ
    Nghĩa Nhân Trung Tài Cảnh Chánh Mẫn Thuận Tấn Vinh Sang Lý Ba Tư Năm Bảy Tám Út Nam Thành""",
    "young": """Anh Bảo Khang Huy Phúc Khoa Đạt Khôi Long Nam Duy Quân Kiệt Thịnh Tuấn Hưng Hoàng
    Hiếu Nhân Trí Tài Phong Nguyên An Phú Đức Lộc Khánh Vinh Tiến Thiện Hào Hải Đăng Quang Lâm Nhật
    Trung Thắng Tú Tâm Sang Sơn Thái Vũ Toàn Ân Thiên Tân Tín Dương Tùng Quý Trọng Kha Vỹ Bách""",
}
_DAUGHTERS = {
    "old": """Lan Hoa Hương Mai Hồng Nga Hạnh Liên Loan Phượng Thủy Thúy Tuyết Yến Bé Gái Hai Ba Tư
    Sáu Chín Mười Mỹ Quý Nhàn Lành Hiền Thảo Thơm Sen Cúc Đào Lựu Mận Nhung Gấm Xuân Thu Nguyệt""",
    "young": """Anh Vy Ngọc Nhi Hân Thư Linh Như Ngân Phương Thảo My Trân Quỳnh Nghi Trang Trâm An
    Thy Châu Trúc Uyên Yến Ý Tiên Mai Hà Vân Hương Quyên Duyên Kim Trinh Tuyền Hằng Chi Giang Lam
    Hiền Khánh Huyền Thùy Ly Dung Lan Phụng Khanh Nga Thúy Hoa Đan Hạnh Xuân Oanh Mẫn Khuê Diệp""",
}
_MIDDLES = {
    ("nam", "old"): "Văn Văn Văn Hữu Đình Công Ngọc Xuân Quang Thanh Minh Tấn Bá",
    ("nam", "young"): """Gia Minh Bảo Anh Quốc Hoàng Đức Tuấn Thiên Nhật Khánh Thành Duy Hữu Văn
    Tấn Đăng Phúc""",
    ("nữ", "old"): "Thị Thị Thị Thị_Thu Thị_Kim Thị_Ngọc Ngọc Kim Thị_Mỹ",
    ("nữ", "young"): """Ngọc Bảo Thị Khánh Gia Thanh Quỳnh Phương Thảo Minh Như Kim Thị_Ngọc
    Thị_Thu Tường Hà""",
}
_EDE_GIVEN = {
    "nữ": """Lan Blă Yăm Nguôn Mai Bliă Đêm Ngơn Zin Rơi Hoa Yim Duyên Loan Mrao Wên Nhi Thảo Juin
    Bluê Ngan Luin Riêng Nga Hrê Krih Phi Trang Bič Sương""",
    "nam": """Thân Blô Kuin Wê Ngông Djuin Hiu Bhông Suin Tuân Khiêm Mut Jut Noen Brơm Đam Krông
    Phôn Sam Grông Lem Quyên Thiên Nhân Lợi Hoàng Čuôr Rin Kơn Siu""",
}
_KHO_GIVEN = {
    "nữ": "Nhiên Dịu Rim Mhem Thủy Lin Hương Jui Nhim Loan Yến Bích Giang Nhung Hà Trang Mai Đào",
    "nam": "Brèo Tèo Brôi Sáu Nhàn Diệp Bảo Lộc Long Hải Tuấn Minh Phúc Thuận Điệp Krang Jiêng Đức",
}


def _weighted(text: str) -> tuple[list[str], list[float]]:
    parts = text.split()
    return [word.replace("_", " ") for word in parts[::2]], [float(part) for part in parts[1::2]]


_DRAWN = {people: _weighted(text) for people, text in _FAMILIES.items()}


@dataclass(frozen=True)
class Name:
    """A name in its parts; ``text`` puts them in the order of the people that bears it."""

    people: str
    sex: str
    family: str  # the clan, where there is one; empty for many K'Ho
    middle: str
    given: str

    @property
    def text(self) -> str:
        if self.people == EDE:
            head = f"H'{self.given}" if self.sex == "nữ" else f"Y {self.given}"
            return f"{head} {self.family}"
        if self.people == KHO:
            head = f"Ka {self.given}" if self.sex == "nữ" else f"K'{self.given}"
            return f"{self.family} {head}".strip()
        return " ".join(filter(None, (self.family, self.middle, self.given)))


def family(random: Random, people: str) -> str:
    """A family name or clan; half of the K'Ho write none."""
    if people == KHO and random.random() < 0.5:
        return ""
    return random.choices(*_DRAWN[people])[0]


def named(random: Random, people: str, sex: str, born: int, family_name: str, middle: str) -> Name:
    """A new name; ``middle`` is the one that the brothers or sisters bear, or empty."""
    if people == EDE:
        return Name(people, sex, family_name, "", random.choice(_EDE_GIVEN[sex].split()))
    if people == KHO:
        return Name(people, sex, family_name, "", random.choice(_KHO_GIVEN[sex].split()))
    era = "young" if born > 1990 or (born > 1970 and random.random() < 0.3) else "old"
    words = (_SONS if sex == "nam" else _DAUGHTERS)[era].split()
    weights = [1 / (rank + 8) for rank in range(len(words))]
    given = random.choices(words, weights)[0]
    chosen = middle or middle_name(random, sex, born)
    if chosen == given:
        chosen = middle_name(random, sex, born)
    return Name(people, sex, family_name, chosen, given)


def middle_name(random: Random, sex: str, born: int) -> str:
    era = "young" if born > 1990 else "old"
    return random.choice(_MIDDLES[sex, era].split()).replace("_", " ")
