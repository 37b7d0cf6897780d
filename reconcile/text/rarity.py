"""How rare Vietnamese names are: a frozen, versioned table of the linking policy.

Values are bits: -log2 of the share of people who bear the word in that place of the name. One
bit is half of the people, seven bits are one in 128. ``docs/linking.md`` tells how they were
estimated and how to do it again. The table never looks at the data at hand, so that new rows
change no other pair.
"""

from __future__ import annotations

from functools import lru_cache
from math import log2

from reconcile.text.syllables import apart, fold

#: Change it whenever a number below changes: stored scores are then computed anew.
VERSION = "2026-12"

#: Words that the tables do not name are taken for this rare, in bits.
RARE_FAMILY, RARE_MIDDLE, RARE_GIVEN = 10.0, 7.0, 9.5
#: A middle name of several words is never worth more than this, in bits.
MOST_MIDDLE = 10.0

#: Family names (họ): people in a thousand.
_FAMILIES = """
20 niê êban mlô ksor siu kpă byă kbuôr ayun rcom nay rmah|
350 nguyễn| 110 trần| 92 lê| 65 phạm| 35 hoàng huỳnh phan| 28 vũ võ| 21 đặng| 20 bùi| 16 đỗ|
13 hồ ngô trương| 12 dương| 9 đinh| 8 lý đoàn đào| 7 trịnh mai lâm lương| 6 cao hà| 5 tạ thái|
4 châu lưu tô phùng vương| 3 quách tống kiều chu văn tăng| 2 la hứa thạch diệp lò lữ từ triệu nông
giang kim sơn cù vi lô viên| 1 nghiêm quang bạch khuất tôn thiều mạc ông đậu âu bành thân tiêu ứng
danh thị thông đàm khổng mẫn ninh lại bế lục hàn cái phí trang doãn thẩm khúc tưởng ung hoa đồng
bá thành qua quảng hán miêu đàng não dụng trượng đạo
"""
#: Middle names (tên đệm), men and women together: people in a thousand.
_MIDDLES = """
500 h y k|
300 thị| 180 văn| 40 ngọc| 35 thanh minh| 25 gia bảo kim hữu đức| 20 quốc hoàng anh xuân thu phương|
15 khánh quỳnh tuấn công đình thùy hồng mỹ| 12 duy thành quang nhật như hải thảo| 8 trọng trung bá
tiến tấn phúc hà tường trúc yến an chí mai huyền diệu tuyết ánh thế viết mạnh thúy bích cẩm diễm
lan vân tú hoài| 5 đăng khắc trường thiên hùng phước việt tùng huy cao sỹ danh phú long linh nam
"""
#: Given names (tên): people in a thousand. Both accents and their lack are looked up.
_GIVENS = """
30 anh| 18 linh hương hùng| 15 minh huy hà lan thảo ngọc| 12 hằng hoa mai nam thủy dũng tuấn bảo
trang phương sơn đức long yến| 9 hải thành hồng hạnh cường nga bình tâm phúc khang khoa vy nhi ngân
my thư trâm dung| 7 hiền hòa hưng khánh kiên lâm liên loan nguyên nhung phong quân quang tài tú
thắng thanh trung tùng vân việt vinh xuân trân châu chi duy đạt an đông giang hân hiếu hoàng huyền
quỳnh như uyên tiên thúy tuyết thu thơm thơ bích bé| 4 khôi kiệt phát thịnh trí nhân phú lộc nghĩa
tiến thiện hào đăng nhật sang thái vũ toàn ân thuận trường danh phước thiên tân khải tín dương quý
hậu trọng luân quốc thông khiêm tường kha bách khanh mạnh lợi đại hiệp kỳ phi tấn văn vương hai ba
tư năm sáu bảy tám chín mười út gái sen cúc đào lý mỹ nhàn lành nguyệt ánh hường huệ diệu kim thoa
nghi thy trúc ý quyên duyên trinh tuyền lam vi ly thùy phụng thi oanh mẫn khuê diệp thương nhiên
băng mi nhã trà diễm gia cát di hảo điệp thọ cảnh quyết chiến chung chương công cương đoàn định
hiển hợp hùng huấn huân hữu huynh khương lập liêm lực lượng lưu mẫn năng ngà ngọ ngũ nhàn nhâm
ninh oai phấn phượng quế quyền sáng sinh sửu tấn thạch thắm thân thế thìn thoại thống thục thực
tịnh tình tỉnh tính toán tốt trạch triều triết triển trực trưởng tuân tuệ tuyến tỵ tý uy vượng
vĩnh vỹ xoan xuyến dậu dần mão mùi thân tuất hợi chắt con cả bền bông bưởi bí bính bốn bút bửu
can cẩm cẩn chánh chiêu chính chức cơ dân danh dậu diện dinh dư dự đàn đàm đan đính độ đồng đường
gấm gương hiên hoài hoan hoạt hội hợi khai khâm khuyên kiều lai lãm lài lãng lân lê liễu lựu lụa
mạn mậu miên mơ mùa mừng mận na nghiêm ngoan ngoạn nhị nhiệm nho nhị nhớ nhựt nương nữ phẩm phận
quí rạng rin sâm sỹ tài tạo tăng tần tảo thạnh thao thêm thép thể thiệp thiết thoan thới thường
tiếp tiệp tòng trầm tri trịnh trụ truyền tụ tươi tường úc vàng viên vịnh vui yên én chanh lượm
nuôi rớt đẹt kỉnh kiểm nhơn nhẫn nhường ẩn hoàn hồ hàn hán quách bắc tây đoan thiều thủ|
2 ái bạch biên biển chất châm chinh chuyên
cung cừ dịu doanh du dụng đắc đằng điểm điền đỉnh giao giáp hạ hạc hiến hiệu hoạch huế kế khiết kỷ
lạc lãnh lệ liệu lư lương muội nghị nghiệp nhài phán phiên phổ quan quảng quy sa san sao song sử
sương tấm thập thuần thuật thụy thứ tiệm tố trác trình tuyển từ tứ viễn vị võ xinh xứng lễ lục thất
bộ tho cò nhớn cháu thụ thêu thoảng thuyên thắng toản vọng vi xuyên trầm trà quyến quảng dần đệ
"""


#: Clans (họ) of the Ê Đê and their neighbours, without accents: they stand last, after the given
#: name, and before it a particle tells men (Y) from women (H').
CLANS = frozenset(
    (
        *("nie", "eban", "mlo", "kbuor", "bya", "ayun", "hwing", "hdok", "hmok", "ktla", "ktul"),
        *("kdam", "knul", "enuol", "adrong", "bkrong", "krieng", "nie kdam", "buon ya"),
        *("buon krong", "duon du", "mlo duon du", "rcam", "kbin", "kmlo"),
    )
)
PARTICLES = frozenset(("h", "i", "k", "ka"))


def _table(text: str) -> dict[str, float]:
    """Bits by syllable key, accents kept."""
    bits: dict[str, float] = {}
    for line in text.split("|"):
        share, *words = line.split()
        for word in words:
            letters, tone = apart(word)
            bits.setdefault(_key(letters, tone), -log2(float(share) / 1000))
    return bits


def _key(letters: str, tone: int) -> str:
    if letters.endswith("y") and (len(letters) == 1 or letters[-2] not in "aăâeêioôơuưy"):
        letters = letters[:-1] + "i"
    elif letters == "quy":
        letters = "qui"
    return f"{letters}{tone}" if tone else letters


def syllable_key(word: str) -> str:
    """Letters and tone of a word, lower case, y read as i where both are written."""
    return _key(*apart(word))


@lru_cache(maxsize=65_536)
def plain_word(key: str) -> str:
    """A syllable's key without accents."""
    return fold(key.rstrip("12345"))


def _plain(table: dict[str, float]) -> dict[str, float]:
    """The same without accents: those who bear Hùng, Hưng and Hứng together are Hung."""
    shares: dict[str, float] = {}
    for key, bits in table.items():
        word = plain_word(key)
        shares[word] = shares.get(word, 0.0) + 2.0**-bits
    return {word: -log2(share) for word, share in shares.items()}


GIVEN_FORMS = frozenset(_table(_GIVENS))
NAME_FORMS = GIVEN_FORMS | frozenset(_table(_FAMILIES)) | frozenset(_table(_MIDDLES))
_FAMILY_BITS = _plain(_table(_FAMILIES))
_MIDDLE_BITS = _plain(_table(_MIDDLES))
_GIVEN_BITS = _plain(_table(_GIVENS))

FAMILY_NAMES = frozenset(_FAMILY_BITS)
MIDDLE_NAMES = frozenset(_MIDDLE_BITS)
GIVEN_NAMES = frozenset(_GIVEN_BITS)


def family_bits(word: str) -> float:
    """Rarity of a family name without accents."""
    return _FAMILY_BITS.get(word, RARE_FAMILY)


def given_bits(word: str) -> float:
    """Rarity of a given name without accents."""
    return _GIVEN_BITS.get(word, RARE_GIVEN)


@lru_cache(maxsize=16_384)
def middle_bits(words: str) -> float:
    """Rarity of a middle name of none, one or several words without accents."""
    found = sum(_MIDDLE_BITS.get(word, RARE_MIDDLE) for word in words.split())
    return min(found, MOST_MIDDLE)


def is_given(key: str) -> bool:
    """Whether the syllable, with its accents, is borne as a given name by more than a few."""
    return key in GIVEN_FORMS
