"""F13 to F15 of the fault matrix, against a real SMTP server: nothing lost, nothing doubled."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from config.errors import ConfigError
from tests.worker import alerts_house
from tests.worker.alerts_house import NOW, fill, later, only, post, states
from tests.worker.certificates import Authority
from tests.worker.servers import free_port
from tests.worker.smtp_server import ACCEPTED, DROP, HANG, Sink, serving
from worker.alerts import delivery, letters
from worker.alerts.delivery import deliver
from worker.alerts.smtp import Waits
from worker.store import Body, MailState, Store

#: For a server that never answers; what it is asked before, it may answer slowly.
QUICK = Waits(after_data=0.5)


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture
def house(store: Store, sink: Sink, tmp_path: Path):
    """An office with a mail server on loopback, on SQLite and on PostgreSQL in turn."""
    with serving(sink) as port:
        yield alerts_house.house(tmp_path, port, store)


@pytest.fixture
def quiet_house(sink: Sink, tmp_path: Path):
    """The same on SQLite alone."""
    with serving(sink) as port:
        made = alerts_house.house(tmp_path, port)
        yield made
        made.store.close()


def nothing_doubled(sink: Sink) -> bool:
    """The invariant: mails accepted per key are at most one."""
    return all(count == 1 for count in sink.ids.values())


def test_a_mail_goes_out_once(house, sink: Sink):
    fill(house, [post()])
    assert deliver(house).counts == {MailState.SENT: 1}
    assert deliver(house).counts == {}
    fill(house, [post()])  # prepared again: the key is known
    assert deliver(later(house, days=1)).counts == {}
    [mail] = sink.ledger
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["To"] == "xa1@x.example"
    assert mail.message["Subject"] == "[Đối soát hồ sơ] Xã Thử"
    assert ".một dòng bắt đầu bằng dấu chấm" in mail.message.get_body(("plain",)).get_content()
    assert only(house).state is MailState.SENT


def test_the_same_mail_is_the_same_bytes(quiet_house, sink: Sink):
    fill(quiet_house, [post()])
    sink.data = lambda _to: "451 later"
    seen: list[str] = []
    deliver(quiet_house)
    sink.data = lambda _to: ACCEPTED
    deliver(later(quiet_house, minutes=2))
    seen = [sink.ledger[0].message["Date"], sink.ledger[0].message_id]
    assert seen == ["Mon, 23 Nov 2026 07:30:00 +0700", f"<{1:032x}@huyen.example>"]


# F13


@pytest.mark.parametrize("fault", [HANG, DROP])
def test_f13_an_answer_that_never_came_is_uncertain_and_never_sent_again(house, sink, fault):
    sink.data = lambda _to: fault
    fill(house, [post()])
    assert deliver(house, patience=QUICK).counts == {MailState.UNCERTAIN: 1}
    sink.data = lambda _to: ACCEPTED
    for hours in (1, 2, 24, 72):
        assert deliver(later(house, hours=hours), asked_for=True).counts == {}
    assert only(house).state is MailState.UNCERTAIN
    assert len(sink.ledger) == 1


def test_f13_the_mails_behind_it_go_out(quiet_house, sink: Sink):
    sink.data = lambda to: DROP if to == "xa2@x.example" else ACCEPTED
    fill(quiet_house, [post(number) for number in range(1, 6)])
    done = deliver(quiet_house)
    assert done.counts == {MailState.SENT: 4, MailState.UNCERTAIN: 1}
    assert nothing_doubled(sink)


def test_f13_a_person_may_send_it_again(quiet_house, sink: Sink):
    sink.data = lambda _to: DROP
    fill(quiet_house, [post()])
    deliver(quiet_house)
    sink.data = lambda _to: ACCEPTED
    assert quiet_house.store.outbox.resend([only(quiet_house).id], at=NOW, by="cli:it") == 1
    assert deliver(quiet_house).counts == {MailState.SENT: 1}
    assert len(sink.ids) == 1  # the same Message-ID, so that a mail program may fold them


# F14


def dying(house, point: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.worker.dying_sender", house.settings.file, point],
        cwd=Path(__file__).parents[3],
        check=False,
    )
    return ran.returncode


@pytest.mark.parametrize(("point", "arrived"), [("sent", 1), ("claimed", 0)])
def test_f14_a_sender_killed_in_between_leaves_it_uncertain(quiet_house, sink, point, arrived):
    fill(quiet_house, [post()])
    assert dying(quiet_house, point) == -signal.SIGKILL
    assert len(sink.ledger) == arrived
    assert only(quiet_house).state is MailState.SENDING
    time.sleep(1.1)  # its lease runs out
    for hours in (0, 1, 24):
        assert deliver(later(quiet_house, hours=hours), asked_for=True).counts == {}
    assert only(quiet_house).state is MailState.UNCERTAIN
    assert len(sink.ledger) == arrived


def test_f14_while_the_lease_lasts_it_is_left_alone(quiet_house, sink: Sink):
    fill(quiet_house, [post()])
    outbox = quiet_house.store.outbox
    taken = outbox.claim(only(quiet_house), seconds=60)
    assert taken is not None
    assert deliver(quiet_house).counts == {}
    assert only(quiet_house).state is MailState.SENDING
    assert outbox.settle(taken, MailState.SENT, at=NOW)
    assert sink.ledger == []


# F15


@pytest.mark.parametrize(
    ("step", "reply", "state"),
    [
        ("rcpt", "451 4.7.1 greylisted", MailState.PENDING),
        ("rcpt", "550 5.1.1 no such mailbox", MailState.FAILED),
        ("data", "452 4.3.1 out of storage", MailState.PENDING),
        ("data", "554 5.7.1 refused", MailState.FAILED),
        ("data", "421 4.3.0 closing", MailState.PENDING),
    ],
)
def test_f15_what_the_server_says_decides(house, sink: Sink, step, reply, state):
    setattr(sink, step, lambda _to: reply)
    fill(house, [post()])
    assert deliver(house).counts == {state: 1}
    assert only(house).reply.startswith(reply[:3])
    assert sink.ledger == []
    setattr(sink, step, lambda _to: "250 OK")
    deliver(later(house, minutes=2))
    assert len(sink.ledger) == (1 if state is MailState.PENDING else 0)


def test_f15_one_refused_recipient_keeps_no_other_from_his_mail(house, sink: Sink):
    sink.rcpt = lambda to: "550 no" if to.startswith("xa1@") else "250 OK"
    fill(house, [post(1), post(2), post(3)])
    deliver(house)
    assert states(house) == {
        "xa1@x.example": MailState.FAILED,
        "xa2@x.example": MailState.SENT,
        "xa3@x.example": MailState.SENT,
    }


def test_f15_what_surely_failed_was_not_told(house, sink: Sink):
    sink.rcpt = lambda to: "550 no" if to.startswith("xa1@") else "250 OK"
    fill(house, [post(1), post(2)])
    deliver(house)
    assert house.store.outbox.told() == {"xa2@x.example": {"phát-hiện-2": 1}}
    assert set(house.store.outbox.last_days("digest", date(2026, 11, 30))) == {"xa2@x.example"}


def test_f15_the_pauses_grow_and_end_after_a_day(quiet_house, sink: Sink):
    sink.rcpt = lambda _to: "451 later"
    fill(quiet_house, [post()])
    waits: list[timedelta] = []
    at = quiet_house
    while only(at).state is MailState.PENDING:
        deliver(at)
        waits.append(only(at).next_at - at.clock.now())
        at = later(at, seconds=max(waits[-1].total_seconds(), 1))
    minutes = [wait.total_seconds() / 60 for wait in waits]
    assert minutes[:5] == [1, 5, 15, 60, 60]
    assert only(at).state is MailState.FAILED
    assert timedelta(hours=22) < only(at).settled_at - NOW <= timedelta(hours=24)
    assert sink.ledger == []


def test_f15_nobody_is_there(tmp_path: Path):
    made = alerts_house.house(tmp_path, free_port())
    fill(made, [post(1), post(2)])
    done = deliver(made)
    assert done.counts == {MailState.PENDING: 2}
    assert "không nối được máy chủ thư" in done.problem
    made.store.close()


@pytest.fixture(scope="module")
def authority():
    return Authority.new()


def encrypted(folder: Path, port: int, authority: Authority, password: str = "mat-khau-thu"):
    trusted = folder / "ca.pem"
    trusted.write_text(authority.pem)
    more = f'ca_file = "{trusted}"\nusername = "doisoat"'
    environ = {"DOISOAT_MAIL__PASSWORD": password}
    return alerts_house.house(folder, port, security="starttls", more=more, environ=environ)


def test_f15_encrypted_and_signed_in(tmp_path: Path, sink: Sink, authority: Authority):
    with serving(sink, authority.issue(tmp_path), auth=True) as port:
        made = encrypted(tmp_path, port, authority)
        fill(made, [post(1), post(2)])
        assert deliver(made).counts == {MailState.SENT: 2}
    assert sink.logins == 1
    made.store.close()


@pytest.mark.parametrize(
    ("host", "days", "known"),
    [("mail.khac.example", 30, True), ("127.0.0.1", -2, True), ("127.0.0.1", 30, False)],
    ids=["wrong host", "expired", "unknown authority"],
)
def test_f15_a_bad_certificate_gets_no_mail_and_no_password(
    tmp_path: Path, sink: Sink, authority: Authority, host, days, known
):
    issuer = authority if known else Authority.new("Another")
    with serving(sink, issuer.issue(tmp_path, host, days=days), auth=True) as port:
        made = encrypted(tmp_path, port, authority)
        fill(made, [post()])
        done = deliver(made)
    assert done.counts == {MailState.PENDING: 1}
    assert "chứng thư" in done.problem
    assert (sink.logins, sink.ledger, sum(sink.asked.values())) == (0, [], 0)
    made.store.close()


def test_f15_without_starttls_nothing_is_sent(tmp_path: Path, sink: Sink, authority: Authority):
    with serving(sink) as port:
        made = encrypted(tmp_path, port, authority)
        fill(made, [post()])
        assert deliver(made).counts == {MailState.PENDING: 1}
    assert sink.asked == {}
    made.store.close()


def test_f15_a_refused_password_is_not_tried_again_for_an_hour(
    tmp_path: Path, sink: Sink, authority: Authority
):
    with serving(sink, authority.issue(tmp_path), auth=True) as port:
        made = encrypted(tmp_path, port, authority, password="sai")
        fill(made, [post(number) for number in range(1, 6)])
        first = deliver(made)
        tries = sink.logins
        for minutes in (1, 6, 21, 59):
            assert "từ chối đăng nhập" in deliver(later(made, minutes=minutes)).problem
        assert sink.logins == tries
        deliver(later(made, minutes=61))
        assert sink.logins > tries
        asked = sink.logins
        deliver(later(made, minutes=70), asked_for=True)
        assert sink.logins > asked
    assert "từ chối đăng nhập" in first.problem
    assert set(states(made).values()) == {MailState.PENDING}
    made.store.close()


# Many at once


def test_two_senders_at_once_send_each_mail_once(house, sink: Sink):
    fill(house, [post(number) for number in range(1, 41)])
    together = [threading.Thread(target=deliver, args=(house,)) for _ in range(3)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert Counter(states(house).values()) == {MailState.SENT: 40}
    assert len(sink.ids) == 40
    assert nothing_doubled(sink)


def test_the_invariant_sees_a_doubled_mail(quiet_house, sink: Sink):
    """The checker itself is checked: a mail that is sent twice is seen."""
    fill(quiet_house, [post()])
    deliver(quiet_house)
    fill(quiet_house, [post(2, message_id=f"<{1:032x}@huyen.example>")])
    deliver(quiet_house)
    assert not nothing_doubled(sink)


# Held back


def test_after_a_restore_nothing_goes_until_a_person_says_so(house, sink: Sink):
    fill(house, [post()])
    outbox = house.store.outbox
    outbox.freeze("khôi phục từ bản sao lưu", by="cli:thu", at=NOW)
    assert deliver(house, asked_for=True).frozen
    assert sink.ledger == []
    assert outbox.unfreeze(by="cli:thu", at=NOW) == 1
    assert deliver(house, asked_for=True).counts == {}
    assert only(house).state is MailState.UNCERTAIN
    assert sink.ledger == []


def test_a_person_may_let_the_waiting_ones_go(quiet_house, sink: Sink):
    fill(quiet_house, [post()])
    outbox = quiet_house.store.outbox
    outbox.freeze("khôi phục", by="cli:thu", at=NOW)
    outbox.unfreeze(by="cli:thu", at=NOW, resend=True)
    assert deliver(quiet_house).counts == {MailState.SENT: 1}


# Headers and files


def test_a_line_break_in_a_subject_makes_no_header(quiet_house, sink: Sink):
    evil = post(body=Body("Xã\r\nBcc: kẻ-lạ@x.example", "a\n", "<p>a</p>"))
    fill(quiet_house, [evil])
    assert deliver(quiet_house).counts == {MailState.SENT: 1}
    [mail] = sink.ledger
    assert mail.message["Bcc"] is None
    assert mail.message["Subject"] == "Xã Bcc: kẻ-lạ@x.example"


@pytest.mark.parametrize("length", range(1, 60, 7))
def test_a_long_vietnamese_subject_arrives_whole(quiet_house, sink: Sink, length):
    subject = " ".join(["[Đối soát hồ sơ]", *["UBND xã Tân Hà: 08 hồ sơ"] * 4])[: 40 + length]
    fill(quiet_house, [post(body=Body(subject, "a\n", "<p>a</p>"))])
    deliver(quiet_house)
    assert sink.ledger[0].message["Subject"] == " ".join(subject.split())


def test_an_address_beyond_ascii_is_refused_at_once(quiet_house, sink: Sink):
    fill(quiet_house, [post(recipient="chủtịch@x.example")])
    assert deliver(quiet_house).counts == {MailState.FAILED: 1}
    assert sink.ledger == []


def test_without_a_mail_server_digests_become_files(tmp_path: Path):
    made = alerts_house.house(tmp_path, 587)
    text = made.settings.file.read_text("utf-8").replace('host = "127.0.0.1"', 'host = ""')
    made.settings.file.write_text(text, encoding="utf-8")
    bare = alerts_house.opened(made.settings.file, made.store)
    fill(bare, [post(1), post(2, recipient="unit:90101")])
    done = deliver(bare)
    assert done.counts == {MailState.WRITTEN: 2}
    names = sorted(path.name for path in (tmp_path / "data/alerts/2026-11-23").iterdir())
    assert [name.rpartition("-")[0] for name in names] == [
        *["2026-11-23-digest-90101"] * 2, *["2026-11-23-digest-xa1"] * 2,
    ]  # fmt: skip
    assert deliver(later(bare, days=1)).counts == {}
    bare.store.close()


def test_a_sender_with_its_name_as_mail_programs_write_it(tmp_path: Path, sink: Sink):
    with serving(sink) as port:
        made = alerts_house.house(tmp_path, port)
        made.store.close()
        file = tmp_path / "doisoat.toml"
        usual = 'sender = "Bộ phận một cửa <mot-cua@huyen.example>"'
        text = re.sub(r'sender = ".*"', usual, file.read_text("utf-8"))
        file.write_text(text.replace('sender_name = "Đối soát hồ sơ"\n', ""), "utf-8")
        named = alerts_house.opened(file)
        fill(named, [post()])
        assert deliver(named).counts == {MailState.SENT: 1}
        named.store.close()
    [mail] = sink.ledger
    assert mail.message["From"] == "Bộ phận một cửa <mot-cua@huyen.example>"
    assert named.settings.mail.sender == "mot-cua@huyen.example"


@pytest.mark.parametrize("wrong", ["a@b@c.vn", "a b@c.vn", "a@", "Tên <a@b.vn", "chu-tich"])
def test_an_address_that_is_none_is_told_at_the_start(tmp_path: Path, wrong: str):
    made = alerts_house.house(tmp_path, 2525)
    made.store.close()
    file = tmp_path / "doisoat.toml"
    file.write_text(
        re.sub(r'sender = ".*"', f'sender = "{wrong}"', file.read_text("utf-8")), "utf-8"
    )
    with pytest.raises(ConfigError, match="địa chỉ thư"):
        alerts_house.opened(file)


def test_a_mail_that_cannot_be_composed_never_left_and_holds_up_no_other(
    quiet_house, sink: Sink, monkeypatch: pytest.MonkeyPatch
):
    fill(quiet_house, [post(1), post(2, recipient="xa2@x.example")])
    compose = letters.envelope

    def fails_for_one(mail, sent, settings):
        if mail.recipient == "xa1@x.example":
            raise UnicodeEncodeError("ascii", "đ", 0, 1, "")
        return compose(mail, sent, settings)

    monkeypatch.setattr(letters, "envelope", fails_for_one)
    assert deliver(quiet_house).counts == {MailState.FAILED: 1, MailState.SENT: 1}
    assert deliver(later(quiet_house, days=2)).counts == {}  # neither is uncertain
    assert [mail.recipient for mail in sink.ledger] == ["xa2@x.example"]


def test_files_that_could_not_be_written_are_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = alerts_house.house(tmp_path, 587)
    file = tmp_path / "doisoat.toml"
    made.store.close()
    file.write_text(file.read_text("utf-8").replace('host = "127.0.0.1"', 'host = ""'), "utf-8")
    plain = alerts_house.opened(file)
    fill(plain, [post()])

    def full(*_args: object) -> list[Path]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(delivery, "write", full)
        assert deliver(plain).counts == {MailState.PENDING: 1}
    assert deliver(later(plain, minutes=2)).counts == {MailState.WRITTEN: 1}
    plain.store.close()
