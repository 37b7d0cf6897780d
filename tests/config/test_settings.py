"""The configuration file, its overrides, its secrets, and how its mistakes are told."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from config.fields import with_password
from config.office_tables import Tables
from config.office_tables import policy as office_policy
from config.sources import COLUMN_FIELDS, KINDS, DvcqgSource, FileSource, IgateSource, SqlSource
from reconcile.claims import Claim, Origin, RegisterType, Role
from reconcile.coverage import Declaration
from tests.config.offices import SMALL, load, problems

IGATE = """
[[sources]]
name = "igate"
role = "one_stop"
kind = "igate"
base_url = "https://apiigate.tinh.example.vn"
token_url = "https://sso.tinh.example.vn/token"
client_id = "doisoat"
username = "may"
"""


def test_the_smallest_file_has_every_default(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.folder == tmp_path
    assert settings.data_dir == tmp_path / "data"
    assert settings.database.connect_url == f"sqlite:///{tmp_path}/data/doisoat.db"
    assert settings.office.timezone == "Asia/Ho_Chi_Minh"
    assert settings.office.period_rule == "calendar"
    assert settings.broker.url == ""
    assert settings.schedule.every == timedelta(minutes=15)
    assert settings.schedule.at == time(7, 30)
    assert settings.schedule.days == "working"
    assert settings.warnings == ()


def test_the_contracts_file_is_read_word_by_word(tmp_path: Path) -> None:
    contract = (
        SMALL
        + """
[[sources]]
name = "so-giay"
role = "register"
kind = "register"
path = "inbox/so-giay/*.xlsx"
origin = "so_giay"
since = 2023-07-10

[database]
url = "sqlite:///data/doisoat.db"

[broker]
url = ""
"""
    )
    register = load(tmp_path, contract).source("so-giay")
    assert isinstance(register, FileSource)
    assert register.role is Role.REGISTER
    assert register.origin is Origin.PAPER
    assert register.path == "inbox/so-giay/*.xlsx"
    assert register.since == date(2023, 7, 10)


def test_five_mistakes_are_five_problems_with_their_lines(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        """\
[office]
name = "UBND huyện thử"
timezon = "Asia/Ho_Chi_Minh"
since = "2024-31-12"

[databse]
url = "sqlite:///x.db"

[[sources]]
name = "motcua"
role = "one_stop"
kind = "export"
path = "inbox/*.xlsx"
header_row = "bốn"

[schedule]
every = "15 phút"
""",
    )
    assert len(told) == 5
    assert told[0].startswith("doisoat.toml, dòng 3:")
    assert "«timezon»" in told[0]
    assert "«timezone»" in told[0]
    assert told[1].startswith("doisoat.toml, dòng 4:")
    assert "không phải là ngày" in told[1]
    assert told[2].startswith("doisoat.toml, dòng 6:")
    assert "«database»" in told[2]
    assert told[3] == "doisoat.toml, dòng 14: nguồn «motcua»: header_row phải là số nguyên"
    assert told[4].startswith("doisoat.toml, dòng 17: [schedule]: every")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("page = foo", "phải đặt trong ngoặc kép"),
        ('path2 = "x', "thiếu dấu ngoặc kép đóng"),
        ("path2 'x'", "thiếu dấu ="),
        ('path = "y"', "đã khai ở trên"),
    ],
)
def test_broken_toml_is_told_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    told = problems(tmp_path, SMALL + line + "\n")
    assert told[0].startswith("doisoat.toml, dòng 9:")
    assert words in told[0]


def test_a_broken_line_does_not_hide_the_other_mistakes(tmp_path: Path) -> None:
    told = problems(tmp_path, SMALL + "since = hôm qua\n[mail]\nprot = 25\n")
    assert len(told) == 2
    assert "dòng 9" in told[0]
    assert "«port»" in told[1]


def test_a_missing_file_says_what_to_type(tmp_path: Path) -> None:
    from config.errors import ConfigError
    from config.settings import load as load_file

    with pytest.raises(ConfigError, match="doisoat init"):
        load_file(tmp_path / "doisoat.toml", {})


def test_a_misspelt_needed_key_is_one_problem(tmp_path: Path) -> None:
    told = problems(tmp_path, SMALL.replace("path =", "pth ="))
    assert told == ["doisoat.toml, dòng 8: nguồn «motcua»: không có khóa «pth»; gần nhất là «path»"]


def test_a_key_in_the_wrong_place_names_its_section(tmp_path: Path) -> None:
    told = problems(tmp_path, 'data_dir = "x"\n' + SMALL)
    assert "khóa này thuộc [office]" in told[0]


@pytest.mark.parametrize("key", ["password", "client_secret", "api_key", "token"])
def test_a_secret_in_the_file_is_an_error_that_does_not_repeat_it(tmp_path: Path, key: str) -> None:
    told = problems(tmp_path, SMALL + IGATE + f'{key} = "sesame-77"\n')
    assert any("không ghi bí mật" in one for one in told)
    assert not any("sesame-77" in one for one in told)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://a:sesame-77@h/db",
        "postgresql://a:sesame-77@h/db",
        "postgresql://h/db?password=sesame-77",
    ],
)
def test_a_password_inside_a_url_is_an_error_wherever_it_stands(tmp_path: Path, url: str) -> None:
    told = problems(tmp_path, SMALL + f'[database]\nurl = "{url}"\n')
    assert "không ghi mật khẩu trong URL" in told[0]
    told += problems(tmp_path, SMALL, {"DOISOAT_DATABASE__URL": url})
    told += problems(tmp_path, SMALL + '[broker]\nurl = "redis://:sesame-77@h:6379/0"\n')
    assert len(told) == 3
    assert not any("sesame-77" in one for one in told)


def test_secrets_come_from_a_file_or_the_environment_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / "igate.txt").write_text("sesame-77\n")
    text = SMALL + IGATE + 'password_file = "igate.txt"\n'
    source = load(tmp_path, text).source("igate")
    assert isinstance(source, IgateSource)
    assert source.password is not None
    assert source.password.get_secret_value() == "sesame-77"
    assert "sesame-77" not in repr(source) + str(source.model_dump()) + source.model_dump_json()
    given = {"DOISOAT_SOURCES__IGATE__PASSWORD": "of-the-environment"}
    source = load(tmp_path, text, given).source("igate")
    assert isinstance(source, IgateSource)
    assert source.password is not None
    assert source.password.get_secret_value() == "of-the-environment"


def test_a_user_without_a_password_says_which_variable_to_set(tmp_path: Path) -> None:
    told = problems(tmp_path, SMALL + IGATE)
    assert len(told) == 1
    assert "DOISOAT_SOURCES__IGATE__PASSWORD" in told[0]


def test_a_missing_password_file_is_one_problem(tmp_path: Path) -> None:
    told = problems(tmp_path, SMALL + IGATE + 'password_file = "khong-co"\n')
    assert told == ["doisoat.toml, dòng 18: không thấy tệp mật khẩu «khong-co»"]


def test_the_environment_overrides_by_section_and_by_source_name(tmp_path: Path) -> None:
    text = SMALL.replace('name = "motcua"', 'name = "một-cửa"')
    settings = load(
        tmp_path,
        text,
        {
            "DOISOAT_DATABASE__URL": "sqlite:///khac.db",
            "DOISOAT_SOURCES__MOT_CUA__PATH": "x/*.csv",
            "DOISOAT_MAIL__IT": "cntt@x.example.vn, truc@x.example.vn",
            "DOISOAT_CONSOLE__PORT": "9000",
            "DOISOAT_CONSOLE__HOST": "",
            "DOISOAT_RETENTION__LOGS_DAYS": "",
            "DOISOAT_REQUIRE": "browser",
        },
    )
    source = settings.sources[0]
    assert isinstance(source, FileSource)
    assert settings.database.url == f"sqlite:///{tmp_path}/khac.db"
    assert source.path == "x/*.csv"
    assert settings.mail.it == ("cntt@x.example.vn", "truc@x.example.vn")
    assert settings.console.port == 9000
    assert settings.retention.logs_days == 90


def test_an_unknown_variable_names_the_nearest(tmp_path: Path) -> None:
    told = problems(tmp_path, SMALL, {"DOISOAT_DATABASE__ULR": "x"})
    assert told[0].endswith("gần nhất là DOISOAT_DATABASE__URL")
    told = problems(tmp_path, SMALL, {"DOISOAT_SOURCES__MOTCUAA__PATH": "x"})
    assert told[0].endswith("gần nhất là DOISOAT_SOURCES__MOTCUA__PATH")


def test_a_wrong_value_of_the_environment_names_the_variable(tmp_path: Path) -> None:
    told = problems(tmp_path, SMALL, {"DOISOAT_CONSOLE__PORT": "cổng"})
    assert told == ["biến môi trường DOISOAT_CONSOLE__PORT: [console]: port phải là số nguyên"]


def test_sources_with_one_name_are_an_error(tmp_path: Path) -> None:
    again = SMALL[SMALL.index("[[sources]]") :].replace("motcua", "MOTCUA", 1)
    assert "trùng hoặc quá giống" in problems(tmp_path, SMALL + again)[0]


def test_kind_and_role_must_fit(tmp_path: Path) -> None:
    assert "chỉ đi với role" in problems(tmp_path, SMALL.replace("one_stop", "register"))[0]
    assert "«export»" in problems(tmp_path, SMALL.replace('"export"', '"exprt"'))[0]
    told = problems(tmp_path, SMALL.replace("one_stop", "one-stop"))
    assert "phải là một trong" in told[0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-03-31", Declaration(date(2024, 3, 31), "")),
        ('"31/03/2024"', Declaration(date(2024, 3, 31), "")),
        (
            '{ until = 2024-03-31, by = "Công chức", unit = "Xã A", '
            'register_type = "so_khai_sinh", from_number = 1, to_number = 9 }',
            Declaration(date(2024, 3, 31), "Công chức", "Xã A", RegisterType.BIRTHS, 1, 9),
        ),
    ],
)
def test_a_register_is_declared_complete(
    tmp_path: Path, written: str, expected: Declaration
) -> None:
    text = SMALL.replace("one_stop", "register").replace('"export"', '"register"')
    source = load(tmp_path, text + f"complete_to = {written}\n").sources[0]
    assert source.declared == (expected,)


def test_only_a_register_has_an_origin_and_is_declared(tmp_path: Path) -> None:
    assert "chỉ dùng cho" in problems(tmp_path, SMALL + 'origin = "xuat_tu_mot_cua"\n')[0]


def test_columns_name_fields_of_a_claim(tmp_path: Path) -> None:
    text = SMALL + 'columns = { own_code = "Mã biên nhận", status = ["A", "B"] }\n'
    source = load(tmp_path, text).sources[0]
    assert isinstance(source, FileSource)
    assert source.columns == {"own_code": ("Mã biên nhận",), "status": ("A", "B")}
    told = problems(tmp_path, SMALL + 'columns = { own_cod = "Mã" }\n')
    assert told[0].startswith("doisoat.toml, dòng 9:")
    assert "«own_code»" in told[0]


def test_every_column_field_is_one_of_the_claim() -> None:
    claim = set(Claim.__dataclass_fields__)
    assert set(COLUMN_FIELDS) <= claim


def test_plain_addresses_are_allowed_and_warned_of(tmp_path: Path) -> None:
    text = (
        SMALL
        + """
[[sources]]
name = "dvcqg"
role = "portal"
kind = "dvcqg"
adapter_url = "http://127.0.0.1:8080/"
madonvi = "000.00.00.H11"
"""
    )
    settings = load(tmp_path, text)
    source = settings.source("dvcqg")
    assert isinstance(source, DvcqgSource)
    assert source.base_url == "http://127.0.0.1:8080"
    assert source.auth_endpoint == "/XrdAdapter/RestService/forward/mapi/login"
    assert len(settings.warnings) == 1
    assert settings.warnings[0].line == 14


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "metadata.google.internal"])
def test_link_local_addresses_are_refused(tmp_path: Path, host: str) -> None:
    text = SMALL + IGATE.replace("apiigate.tinh.example.vn", host)
    assert any("không được phép" in one for one in problems(tmp_path, text))


def test_a_view_is_read_through_a_relative_sqlite_file(tmp_path: Path) -> None:
    text = (
        SMALL
        + """
[[sources]]
name = "csdl"
role = "one_stop"
kind = "sql"
url = "sqlite:///motcua.db"
view = "v_ho_so"
"""
    )
    source = load(tmp_path, text).source("csdl")
    assert isinstance(source, SqlSource)
    assert source.connect_url == f"sqlite:///{tmp_path}/motcua.db"
    assert "đúng một" in problems(tmp_path, text + 'query = "select 1"\n')[0]


def test_the_password_is_put_into_the_url_for_the_driver_only(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        SMALL + '[database]\nurl = "postgresql://doisoat@h:5433/db"\n',
        {"DOISOAT_DATABASE__PASSWORD": "p@ss/1"},
    )
    assert settings.database.url == "postgresql+psycopg://doisoat@h:5433/db"
    assert settings.database.connect_url == "postgresql+psycopg://doisoat:p%40ss%2F1@h:5433/db"
    assert "p@ss" not in repr(settings)
    assert with_password("redis://h:6379/0", settings.database.password).startswith("redis://:p%40")


def test_a_change_of_reading_changes_the_fingerprint_and_a_change_of_place_does_not(
    tmp_path: Path,
) -> None:
    plain = load(tmp_path).sources[0].reading
    assert load(tmp_path, SMALL + "header_row = 4\n").sources[0].reading != plain
    assert load(tmp_path, SMALL + "since = 2024-01-01\n").sources[0].reading == plain
    assert load(tmp_path, SMALL.replace("inbox/", "khac/")).sources[0].reading == plain


def test_the_fingerprint_of_a_source_is_the_one_of_the_versions_before(tmp_path: Path) -> None:
    """Another one makes every office read all its files anew."""
    pinned = "dcf2e6e0ae8f11428dda1e901edc52cf4fdfcf58462299bd324b23a48076d6bd"
    assert load(tmp_path).sources[0].reading == pinned


def test_the_policy_carries_the_offices_numbers(tmp_path: Path) -> None:
    text = SMALL + '[policy]\ngrace_workdays = 2\nlink_auto = 0.99\nsame_day_until = "14:30"\n'
    policy = office_policy(load(tmp_path, text), Tables())
    assert policy.grace_workdays == 2
    assert policy.linking.auto == 0.99
    assert policy.same_day_until == time(14, 30)
    assert "link_review" in problems(tmp_path, SMALL + "[policy]\nlink_review = 0.9999\n")[0]


def test_every_kind_of_the_contract_is_there() -> None:
    assert set(KINDS) == {
        *("export", "igate", "opencps", "sql"),
        *("dvcqg", "dvclt", "hotich", "register"),
    }


def test_the_name_of_scanned_papers_is_nobody_elses(tmp_path: Path) -> None:
    taken = SMALL.replace('name = "motcua"', 'name = "quet-giay"')
    assert taken != SMALL
    assert any("dành cho giấy quét" in one for one in problems(tmp_path, taken))
