"""``doisoat check`` at the door of the mail server: greeted, encrypted, signed in, nothing sent."""

import json
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.worker import alerts_house
from tests.worker.certificates import Authority
from tests.worker.servers import free_port
from tests.worker.smtp_server import Sink, serving
from worker.alerts import smtp
from worker.cli import doisoat

PASSWORD = "mat-khau-thu"


@pytest.fixture
def authority() -> Authority:
    return Authority.new()


def settings(folder: Path, port: int, authority: Authority, password: str = PASSWORD):
    (folder / "ca.pem").write_text(authority.pem)
    (folder / "password").write_text(password)
    more = 'ca_file = "ca.pem"\nusername = "doisoat"\npassword_file = "password"'
    made = alerts_house.house(folder, port, security="starttls", more=more)
    made.store.close()
    return made.settings.mail


def checked(folder: Path) -> dict[str, object]:
    """What ``check`` says of the mail server."""
    config = str(folder / "doisoat.toml")
    ran = CliRunner().invoke(doisoat, ["check", "--json", "--config", config])
    assert PASSWORD not in ran.output
    [line] = [one for one in json.loads(ran.stdout) if one["what"] == "Máy chủ thư"]
    return dict(line)


def test_it_signs_in_and_sends_nothing(tmp_path: Path, authority: Authority):
    sink = Sink()
    with serving(sink, authority.issue(tmp_path), auth=True) as port:
        assert smtp.knock(settings(tmp_path, port, authority)) == ""
        line = checked(tmp_path)
    assert line["well"]
    assert "cho đăng nhập; không gửi thư nào" in str(line["said"])
    assert (sink.logins, sink.ledger, sum(sink.asked.values())) == (2, [], 0)


def test_a_wrong_password_is_told_and_not_shown(tmp_path: Path, authority: Authority):
    with serving(Sink(), authority.issue(tmp_path), auth=True) as port:
        settings(tmp_path, port, authority, password="sai-mat-khau")
        line = checked(tmp_path)
    assert not line["well"]
    assert "từ chối đăng nhập" in str(line["said"])
    assert "password_file" in str(line["to_do"])
    assert "sai-mat-khau" not in str(line)


def test_a_certificate_of_another_gets_no_password(tmp_path: Path, authority: Authority):
    sink = Sink()
    with serving(sink, Authority.new("Another").issue(tmp_path), auth=True) as port:
        assert "chứng thư" in smtp.knock(settings(tmp_path, port, authority))
    assert sink.logins == 0


def test_a_server_without_encryption_gets_no_password(tmp_path: Path, authority: Authority):
    sink = Sink()
    with serving(sink) as port:
        assert "không hỗ trợ" in smtp.knock(settings(tmp_path, port, authority))
    assert sink.logins == 0


def test_nobody_at_home(tmp_path: Path, authority: Authority):
    settings(tmp_path, free_port(), authority)
    line = checked(tmp_path)
    assert not line["well"]
    assert "không nhận kết nối ở cổng này" in str(line["said"])


def test_a_server_that_drips_its_greeting_is_given_up(tmp_path: Path):
    """Each byte comes in time, the line never ends: only a bound for the whole helps."""
    made = alerts_house.house(tmp_path, free_port(), security="none")
    made.store.close()
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        line, _ = server.accept()
        with line, suppress(OSError):
            while not over.wait(0.05):
                line.sendall(b"2")

    with socket.create_server(("127.0.0.1", made.settings.mail.port)) as server:
        dripping = threading.Thread(target=drip, args=(server,))
        dripping.start()
        said = smtp.knock(made.settings.mail, smtp.Waits(30.0, 30.0, 0.5))
        over.set()
        dripping.join()
    assert said == "không nối được máy chủ thư: máy chủ thư không trả lời kịp"
