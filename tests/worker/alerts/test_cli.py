"""``doisoat alerts``, and the templates that an office may change."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.worker import alerts_house
from tests.worker.alerts_house import fill, post
from tests.worker.alerts_sample import held, office, situation
from tests.worker.servers import free_port
from worker.alerts.digest import compose
from worker.alerts.letters import Templates
from worker.cli import doisoat
from worker.store import MailState

LONG_AGO = datetime(2024, 4, 1, 0, 30, tzinfo=UTC)


@pytest.fixture
def office_folder(tmp_path: Path) -> Path:
    made = alerts_house.house(tmp_path, free_port(), at=LONG_AGO)
    fill(made, [post()])
    made.store.close()
    return tmp_path


def ran(folder: Path, *words: str, code: int = 0):
    result = CliRunner().invoke(
        doisoat, ["alerts", *words, "--config", str(folder / "doisoat.toml")]
    )
    assert result.exit_code == code, result.output
    return result


def test_a_preview_is_files_to_look_at(office_folder: Path):
    told = json.loads(ran(office_folder, "preview", "--json").stdout)
    assert [one["recipient"] for one in told] == ["xa1@x.example"]
    assert all(Path(file).is_file() for file in told[0]["files"])


def test_an_unreachable_server_is_exit_2_and_says_why(office_folder: Path):
    result = ran(office_folder, "send", "--json", code=2)
    told = json.loads(result.stdout)
    assert told["states"] == {"failed": 1}  # prepared more than a day ago: given up
    assert "không nối được máy chủ thư" in told["problem"]


def test_frozen_mails_stay(office_folder: Path):
    ran(office_folder, "freeze", "--reason", "khôi phục dữ liệu")
    assert json.loads(ran(office_folder, "send", "--json", code=2).stdout)["frozen"] is True
    ran(office_folder, "unfreeze")
    [mail] = json.loads(ran(office_folder, "list", "--json").stdout)
    assert mail["state"] == MailState.UNCERTAIN.value
    ran(office_folder, "resend", str(mail["id"]))
    [mail] = json.loads(ran(office_folder, "list", "--json").stdout)
    assert mail["state"] == MailState.PENDING.value


def digest_of(words: Templates):
    [message] = compose(situation(held(1)), office())
    return words, message


def test_an_office_may_use_its_own_words(tmp_path: Path):
    (tmp_path / "digest.subject.j2").write_text("Số liệu của {{ m.unit }}", encoding="utf-8")
    words, message = digest_of(Templates(tmp_path))
    assert words.body(message).subject == "Số liệu của UBND xã Tân Minh"
    assert words.body(message).text.startswith("Kính gửi: ")
    assert words.problems([message]) == []


@pytest.mark.parametrize(
    "broken", ["{{ m.khong_co }}", "{% if %}", "{{ ''.__class__.__mro__ }}", "{{ 1 / 0 }}"]
)
def test_a_broken_template_gives_way_to_the_shipped_one(tmp_path: Path, broken: str):
    (tmp_path / "digest.subject.j2").write_text(broken, encoding="utf-8")
    words, message = digest_of(Templates(tmp_path))
    assert words.body(message).subject.startswith("[Đối soát hồ sơ] UBND xã Tân Minh")
    assert len(words.problems([message])) == 1


def test_what_a_source_calls_a_unit_is_text_in_the_html(tmp_path: Path):
    evil = held(1, codes=(), book="<script>alert(1)</script>")
    [message] = compose(situation(evil), office())
    html = Templates().body(message).html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
