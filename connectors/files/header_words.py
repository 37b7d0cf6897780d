"""The words by which a column is known: lower case, without accents, single spaces.

The longest contiguous match of words wins, so every phrase here is also a shield: "so luong ho
so" is listed (as nothing) because "so ho so" must not match inside it. A phrase of people and a
phrase of what is said about them are kept apart, for "Ngày sinh mẹ", "Mẹ / Năm sinh" and "Năm
sinh của mẹ" are one column.
"""

from __future__ import annotations

from enum import StrEnum


class Attribute(StrEnum):
    """What is said of a person; whose it is, another word tells."""

    NAME = "name"
    BORN = "born"
    ID = "id"
    SEX = "sex"


class Person(StrEnum):
    """Whose column it is."""

    SUBJECT = "subject"
    MOTHER = "mother"
    FATHER = "father"
    APPLICANT = "applicant"
    OTHER = "other"  # an official, both parents: no field of ours


NOTHING = ""  # a known column that is no field: it shields its words

#: Field → phrases, the usual one first; that order breaks ties between two columns.
FIELDS: dict[str, tuple[str, ...]] = {
    "own_code": (
        "ma ho so", "so ho so", "ma hs", "so hs", "ma so ho so", "ma so hs", "so bien nhan",
        "ma bien nhan", "so phieu tiep nhan",
    ),
    "national_code": (
        "ma ho so quoc gia", "so ho so quoc gia", "ma ho so dvcqg", "ma ho so cong dvcqg",
        "ma hs lien thong", "ma ho so lien thong", "so ho so lien thong", "ma hs quoc gia",
        "ma hs dvcqg", "ma ho so dich vu cong quoc gia", "ma dvcqg", "ma quoc gia",
        "ma ho so dvclt", "so ho so lt", "ma hs lt",
    ),
    "procedure_code": (
        "ma tthc", "ma thu tuc", "ma thu tuc hanh chinh", "ma so tthc", "ma so thu tuc",
    ),
    "procedure_name": (
        "ten tthc", "ten thu tuc hanh chinh", "ten thu tuc", "thu tuc hanh chinh", "thu tuc",
        "noi dung ho so", "ten thu tuc hanh chinh linh vuc", "tthc", "loai thu tuc",
        "noi dung giai quyet", "noi dung yeu cau giai quyet", "loai viec",
    ),
    "unit": (
        "don vi xu ly", "don vi giai quyet", "don vi thu ly", "co quan giai quyet",
        "co quan xu ly", "co quan chu tri giai quyet", "co quan chu tri", "co quan thuc hien",
        "don vi thuc hien", "don vi", "ten don vi", "xa thi tran", "xa phuong thi tran",
        "xa phuong", "phuong xa", "ubnd xa", "ubnd cap xa", "dia ban", "don vi dang ky",
        "noi dang ky", "co quan dang ky",
    ),
    "receiving_unit": (
        "don vi tiep nhan", "co quan tiep nhan", "noi tiep nhan", "don vi tiep nhan ho so",
        "co quan tiep nhan ho so", "noi tiep nhan ho so",
    ),
    "channel": (
        "hinh thuc nop", "hinh thuc tiep nhan", "hinh thuc nop ho so",
        "hinh thuc tiep nhan ho so", "phuong thuc nop", "phuong thuc tiep nhan",
        "phuong thuc nop ho so", "cach thuc nop", "cach thuc nop ho so", "kenh tiep nhan",
        "kenh nop", "kenh thuc hien", "kenh nop ho so", "hinh thuc",
    ),
    "submitted_on": (
        "ngay nop", "ngay nop ho so", "ngay gio nop", "thoi gian nop", "thoi gian nop ho so",
        "thoi diem nop",
    ),
    "received_on": (
        "ngay tiep nhan", "ngay nhan ho so", "nhan ho so", "ngay nhan", "ngay tiep nhan ho so",
        "tiep nhan ho so", "tiep nhan", "thoi gian tiep nhan", "thoi diem tiep nhan",
        "ngay gio tiep nhan", "thoi gian nhan", "thoi gian nhan ho so", "thoi gian tiep nhan ho so",
        "ngay gio nhan ho so", "ngay thang nhan", "ngay thang nam nhan ho so",
    ),
    "due_on": (
        "ngay hen tra", "ngay hen tra ket qua", "hen tra ket qua", "hen tra", "ngay hen tra kq",
        "hen tra kq", "han tra ket qua", "han tra", "ngay hen", "thoi gian hen tra",
        "thoi gian hen tra ket qua", "han giai quyet", "han xu ly", "ngay den han", "ngay het han",
        "thoi han tra ket qua", "ngay gio hen tra", "ngay thang hen tra",
    ),
    "finished_on": (
        "ngay ket thuc xu ly", "ngay ket thuc", "ket thuc xu ly", "ngay hoan thanh",
        "ngay xu ly xong", "ngay giai quyet xong", "ngay co ket qua", "thoi gian ket thuc xu ly",
        "thoi gian ket thuc", "ngay hoan thanh xu ly", "ngay ket thuc giai quyet",
        "ngay ket thuc ho so", "thoi diem ket thuc xu ly",
    ),
    "returned_on": (
        "ngay tra ket qua", "tra ket qua", "ngay tra", "ngay nhan ket qua", "nhan ket qua",
        "ngay tra kq", "tra kq", "ngay nhan kq", "nhan kq", "ngay giao ket qua", "ngay da tra",
        "thoi gian tra ket qua", "thoi gian nhan ket qua", "thoi diem tra ket qua", "ngay giao tra",
        "ngay tra ho so", "ngay tra ket qua ho so", "ngay thang tra ket qua",
        "ngay gio tra ket qua", "ngay da tra ket qua", "ngay tra thuc te",
        "ngay tra ket qua thuc te", "ngay giao giay", "giao giay", "ngay giao", "ngay giao kq",
        "giao ket qua", "giao kq", "ngay phat", "ngay phat giay", "ngay cap phat",
        "ngay lay ket qua", "lay ket qua", "ngay lay", "ngay lay giay", "ngay nhan giay",
        "ngay tra giay", "tra giay",
    ),
    "registered_on": (
        "ngay dang ky", "ngay dang ky khai sinh", "ngay dang ky khai tu", "ngay vao so",
        "ngay thang nam dang ky", "thoi gian dang ky", "ngay dang ky ho tich",
    ),
    "status": (
        "trang thai", "tinh trang", "trang thai ho so", "tinh trang ho so", "trang thai xu ly",
        "tinh trang xu ly", "tinh trang giai quyet", "trang thai giai quyet",
    ),
    "signed": (
        "ky nhan", "ben nhan", "nguoi nhan ky", "ky nhan ket qua", "nguoi nhan ky ten",
        "chu ky nguoi nhan", "chu ky ben nhan", "nguoi nhan ket qua ky", "nguoi nhan ky nhan",
        "ky nhan ho so",
    ),
    "taken_by": (
        "phuong thuc nhan ket qua", "hinh thuc nhan ket qua", "hinh thuc tra ket qua",
        "phuong thuc tra ket qua", "cach thuc nhan ket qua", "phuong thuc nhan kq",
        "hinh thuc nhan kq", "hinh thuc tra kq",
    ),
    "book": ("quyen so", "so quyen", "quyen"),
    "page": ("trang so", "so trang"),
    "registration_kind": ("loai dang ky", "hinh thuc dang ky", "loai khai sinh", "loai khai tu"),
    "number": (
        "so thu tu", "so dang ky", "so thu tu trong so", "so vao so", "so khai sinh",
        "so khai tu", "so giay khai sinh", "so trich luc", "so trich luc khai tu",
        "so dang ky khai sinh", "so dang ky khai tu", "so thu tu vao so",
    ),
    "death_date": (
        "ngay chet", "ngay mat", "ngay thang nam chet", "ngay thang nam mat", "ngay qua doi",
        "ngay tu vong", "thoi gian chet", "thoi diem chet", "da chet vao luc", "chet ngay",
        "ngay gio chet",
    ),
    "supplement_asked_on": ("ngay yeu cau bo sung", "ngay yeu cau bo sung ho so"),
    "supplement_given_on": ("ngay bo sung", "ngay bo sung ho so", "ngay nop bo sung"),
    "apology": ("van ban xin loi", "thu xin loi", "phieu xin loi", "cong van xin loi", "xin loi"),
    "new_due_on": (
        "ngay hen lai", "ngay hen tra lai", "hen lai", "hen tra lai", "ngay hen tra moi",
        "ngay hen lai tra ket qua", "ngay gia han",
    ),
    "note": (
        "ghi chu", "chu thich", "luu y", "trich yeu", "trich yeu ho so", "ghi chu trich yeu",
        "trich yeu noi dung",
    ),
}  # fmt: skip

ATTRIBUTES: dict[Attribute, tuple[str, ...]] = {
    Attribute.NAME: ("ho ten", "ho va ten", "ho chu dem ten", "ho chu dem va ten", "ho ten day du"),
    Attribute.BORN: (
        "ngay sinh", "nam sinh", "ngay thang nam sinh", "ngay sinh nam sinh", "sinh ngay",
        "ngay thang sinh", "sinh nam",
    ),
    Attribute.ID: (
        "so dinh danh", "so cccd", "cmnd cccd", "cccd cmnd", "cccd", "cmnd", "so cmnd", "can cuoc",
        "so can cuoc", "so cmnd cccd", "so cccd cmnd", "giay to tuy than", "so giay to tuy than",
        "so giay to", "so dinh danh ca nhan", "ma dinh danh ca nhan", "so ddcn", "ma dinh danh",
        "so can cuoc cong dan", "can cuoc cong dan",
    ),
    Attribute.SEX: ("gioi tinh",),
}  # fmt: skip

#: "Số định danh cá nhân" alone is the child's; every other id alone is the applicant's.
SUBJECT_IDS = ("so dinh danh ca nhan", "ma dinh danh ca nhan", "so ddcn")

PERSONS: dict[Person, tuple[str, ...]] = {
    Person.SUBJECT: (
        "nguoi duoc dang ky", "nguoi duoc khai sinh", "nguoi duoc khai tu", "ho ten tre",
        "ho ten con", "nguoi chet", "nguoi da chet", "nguoi mat", "nguoi duoc dang ky khai sinh",
        "nguoi duoc dang ky khai tu", "nguoi duoc khai sinh khai tu", "tre", "tre em", "chau be",
        "ten tre", "nguoi qua doi", "nguoi duoc cap", "nguoi duoc cap giay khai sinh",
    ),
    Person.MOTHER: ("me", "nguoi me", "me de"),
    Person.FATHER: ("cha", "nguoi cha"),
    Person.APPLICANT: (
        "chu ho so", "nguoi nop", "nguoi yeu cau", "ten ca nhan to chuc", "ca nhan to chuc",
        "to chuc ca nhan", "ten to chuc ca nhan", "nguoi nop ho so", "nguoi khai", "nguoi di khai",
        "nguoi di dang ky", "nguoi di khai sinh", "nguoi di khai tu", "nguoi dang ky",
        "nguoi dung ten", "cong dan", "nguoi dan", "khach hang", "nguoi yeu cau dang ky",
    ),
    Person.OTHER: (
        "cha me", "me cha", "nguoi nhan", "nguoi tiep nhan", "nguoi xu ly", "nguoi giai quyet",
        "nguoi nhan ho so", "nguoi tra", "nguoi tra ket qua", "nguoi giao", "nguoi ky",
        "nguoi thuc hien", "nguoi nhan ket qua", "nguoi dang xu ly", "nguoi thu ly", "can bo",
        "can bo tiep nhan", "can bo xu ly", "can bo tra ket qua", "can bo giai quyet", "cong chuc",
        "cong chuc tiep nhan", "cong chuc xu ly", "chuyen vien", "lanh dao", "nguoi uy quyen",
        "nguoi duoc uy quyen", "vo", "chong", "nguoi giam ho", "nguoi lam chung",
    ),
}  # fmt: skip

#: Columns that are known to be none of ours, and shields for their words.
IGNORED = (
    "stt", "tt", "so luong ho so", "tong so ho so", "so luong", "thanh phan ho so", "so bo ho so",
    "ben giao", "ben giao ky ten", "so ngay", "so ngay tre", "so ngay qua han", "so ngay con lai",
    "trang thai tra ket qua", "ly do", "ly do qua han", "ly do tre han", "thoi han giai quyet",
    "thoi gian giai quyet", "so ngay giai quyet", "so ngay xu ly", "dia chi", "noi cu tru",
    "noi o", "noi thuong tru", "dan toc", "quoc tich", "que quan", "noi sinh", "nghe nghiep",
    "so dien thoai", "dien thoai", "sdt", "email", "quan he", "chuc vu", "linh vuc", "ngay cap",
    "noi cap", "noi chet", "nguyen nhan chet", "tuoi", "dia diem", "noi tra ket qua",
    "dia diem tra ket qua", "bo phan", "phong ban", "le phi", "phi", "tinh trang hon nhan",
    "ket qua xu ly", "don vi tinh", "don vi phoi hop", "co quan phoi hop", "dia chi chu ho so",
    "dia ban phat sinh", "ngay thang nam", "so giay bao tu", "ten tep", "file", "muc do",
    "ket qua giai quyet", "noi dung xu ly", "y kien", "tinh trang suc khoe", "cap thuc hien",
    "ngay giao ho so", "giao ho so", "ngay giao viec", "nguoi giao ho so",
    "ngay yeu cau", "ngay thanh toan", "so tien", "loai ho so", "ten ho so", "danh gia",
)  # fmt: skip

#: Headers that count only when they are the whole text: too short to be found inside others.
WHOLE: dict[str, str] = {
    "so": "number",
    "trang": "page",
    "noi dung": "procedure_name",
    "xa": "unit",
    "phuong": "unit",
    "ma so": "own_code",
    "ma": "own_code",
    "con": "subject",
    "ten": "name",
    "khai sinh": NOTHING,
    "giao": "returned_on",
    "ky ten": "signed",
    "gc": "note",
}

#: With one of these a hand-over is only expected: the column says when it is due.
EXPECTED_WORDS = (
    "du kien", "du tinh", "theo phieu hen", "theo giay hen", "theo lich", "theo quy dinh",
    "theo phieu tiep nhan", "theo bien nhan", "theo ke hoach", "hen", "phai tra", "can tra",
    "se tra",
    "phai giao", "can giao", "han", "thoi han", "den han", "cham nhat", "muon nhat", "toi da",
)  # fmt: skip
#: With one of these what goes back is no result, or the column tells how, not when.
NO_HAND_OVER = (
    "tra lai", "hoan tra", "tra ve", "chuyen tra", "bi tra", "tu choi", "khong tra", "chua tra",
    "dung han", "qua han", "tre han", "truoc han", "som han", "bo sung",
)  # fmt: skip
#: With one of these it did happen, whatever else the header says.
HAPPENED_WORDS = ("thuc te", "thuc tra", "da tra", "da giao", "da nhan")
#: Who gives, or keeps the list: a signature under it is not the receiver's.
GIVERS = ("giao", "tra", "can bo", "cong chuc", "lanh dao", "nguoi lap", "tiep nhan", "phu trach")

#: Words that make an own code a national one wherever they stand in the header.
NATIONAL_WORDS = ("quoc gia", "dvcqg", "lien thong", "dvclt", "dvc quoc gia")

#: Fields that a register does not have, and fields that only a register has.
NOT_IN_REGISTER = frozenset({"submitted_on", "finished_on", "status"})
ONLY_IN_REGISTER = frozenset(
    {"signed", "book", "number", "page", "registration_kind", "registered_on", "taken_by"}
)

#: Fields in the words of an office, for messages.
LABELS = {
    "own_code": "mã hồ sơ",
    "national_code": "mã hồ sơ quốc gia",
    "procedure_code": "mã TTHC",
    "procedure_name": "tên TTHC",
    "unit": "đơn vị",
    "receiving_unit": "đơn vị tiếp nhận",
    "applicant": "người nộp hồ sơ",
    "applicant_id": "số định danh người nộp",
    "subject": "họ tên người được đăng ký",
    "subject_id": "số định danh cá nhân",
    "birth_date": "ngày sinh",
    "death_date": "ngày chết",
    "mother": "họ tên mẹ",
    "mother_birth_year": "năm sinh mẹ",
    "father": "họ tên cha",
    "sex": "giới tính",
    "channel": "hình thức nộp",
    "submitted_on": "ngày nộp",
    "received_on": "ngày tiếp nhận",
    "due_on": "ngày hẹn trả",
    "finished_on": "ngày kết thúc xử lý",
    "returned_on": "ngày trả kết quả",
    "registered_on": "ngày đăng ký",
    "status": "trạng thái",
    "signed": "ký nhận",
    "taken_by": "phương thức nhận kết quả",
    "book": "quyển số",
    "number": "số",
    "page": "trang số",
    "registration_kind": "loại đăng ký",
    "supplement_asked_on": "ngày yêu cầu bổ sung",
    "supplement_given_on": "ngày bổ sung",
    "apology": "văn bản xin lỗi",
    "new_due_on": "ngày hẹn lại",
    "note": "ghi chú",
}
