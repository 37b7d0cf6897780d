"""Thông báo and the lists for all communes: each head's mail, each commune's own files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.simulators.dossiers import COMMUNES
from tests.worker.console.matrix import Sample
from tests.worker.console.served import Served, looked_at
from tests.worker.office import Office
from tests.worker.smtp_server import Sink, serving
from worker.alerts import delivery
from worker.desk import mails
from worker.desk.actor import OfficeRole, at_the_shell
from worker.store import MailState

BUSY, BUSY_NAME = COMMUNES[3][0], COMMUNES[3][1]
IT = at_the_shell("cli:it")

ROUTES = {
    "GET /thong-bao": Sample(),
    "GET /thu": Sample(),
    "POST /thu/gui-lai": Sample(data={"so": "999999"}),
    "POST /quan-tri/don-vi/thu-thu": Sample(data={"khac": "toi@vi-du.vn"}, answers=(303, 409)),
    "GET /gui-xa": Sample(),
    "GET /gui-xa/danh-sach.zip": Sample(answers=(200, 409)),
}


def test_a_head_sees_the_mail_as_it_will_look_and_nobody_elses(console: Served, browser: Browser):
    page = console.page(browser, OfficeRole.APPROVER, [BUSY])
    page.goto("/thong-bao")
    text = page.locator("main").inner_text()
    assert "trước ngày" in text
    assert f"Chủ tịch Ủy ban nhân dân {BUSY_NAME[0].lower()}{BUSY_NAME[1:]}" in text
    assert "Chưa gửi thư nào" in text
    assert [name for code, name, *_ in COMMUNES if code != BUSY and name in text] == []
    looked_at(page, "thong-bao")


def test_after_it_went_out_it_stands_beside_and_says_why_there_is_no_new_one(console: Served):
    with console.house() as house:
        mails.send(house, IT)
    page = console.client(OfficeRole.APPROVER, [BUSY]).get("/thong-bao").text
    assert "Thư lần trước, ngày" in page
    assert "Hôm nay đã có thư" in page


def test_it_resends_an_uncertain_mail_and_is_named(console: Served, browser: Browser):
    with console.house() as house:
        mails.send(house, IT)
        one = house.store.outbox.mails()[0]
        taken = _again(house, one.id)
        house.store.outbox.claim(taken, seconds=60)
        house.store.outbox.settle(
            house.store.outbox.mails(MailState.SENDING)[0],
            MailState.UNCERTAIN, at=house.clock.now(), reply="mất kết nối",
        )  # fmt: skip
    page = console.page(browser, OfficeRole.ADMIN)
    page.goto("/thu")
    looked_at(page, "thu")
    page.locator("input[name=so]").check()
    page.get_by_role("button", name="Gửi lại thư đã chọn").click()
    page.get_by_text("1 thư sẽ gửi lại").wait_for()
    with console.house() as house:
        (act,) = [one for one in house.store.audit.acts() if one.act == "mail.resent"][-1:]
        assert "admin" in act.actor
        assert delivery.deliver(house).counts[MailState.WRITTEN] == 1


def _again(house, number: int):
    """The mail as one that waits: so it stands in the outbox of an office that sends."""
    from sqlalchemy import update

    from worker.store.mail_tables import outbox

    again = update(outbox).where(outbox.c.id == number).values(state="pending")
    house.store.database.write(lambda connection: connection.execute(again).rowcount)
    return house.store.outbox.mails(MailState.PENDING)[0]


def test_each_commune_gets_files_with_its_own_letterhead(shared_console: Served, browser: Browser):
    page = shared_console.page(browser, OfficeRole.APPROVER)
    page.goto("/gui-xa")
    looked_at(page, "gui-xa")
    with page.expect_download() as getting:
        page.get_by_role("link", name="Tải danh sách của").click()
    with zipfile.ZipFile(getting.value.path()) as archive:
        names = archive.namelist()
        units = {name.rpartition(".")[0] for name in names}
        assert len(units) >= 10
        assert BUSY_NAME in units
        others = [name for _, name, *_ in COMMUNES if name != BUSY_NAME]
        for ending in ("xlsx", "docx"):
            text = _text(archive.read(f"{BUSY_NAME}.{ending}"))
            assert f"UBND {BUSY_NAME[0].lower()}{BUSY_NAME[1:]}" in text, ending
            assert [name for name in others if name in text] == [], ending


def _text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if "xml" in name)


def test_who_sees_one_unit_gets_that_units_files(shared_console: Served):
    got = shared_console.client(OfficeRole.VIEWER, [BUSY]).get("/gui-xa/danh-sach.zip")
    with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
        assert {name.rpartition(".")[0] for name in archive.namelist()} == {BUSY_NAME}


def test_the_command_writes_the_same_files(console: Served, tmp_path: Path):
    got = console.client(OfficeRole.VIEWER).get("/gui-xa/danh-sach.zip")
    ran = Office(console.folder).command("report", "--each-unit", "--out", str(tmp_path / "ds"))
    assert ran.exit_code == 0, ran.output
    with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
        for name in archive.namelist():
            if name.endswith("docx"):
                assert (tmp_path / "ds" / name).read_bytes()[:2] == b"PK"
        assert {path.name for path in (tmp_path / "ds").iterdir()} == set(archive.namelist())
    refused = Office(console.folder).command("report", "--each-unit", "--period", "2024-Q1")
    assert refused.exit_code == 2


def with_server(console: Served, port: int) -> None:
    """The office's mails go to a server on this machine."""
    config = console.folder / "doisoat.toml"
    said = config.read_text("utf-8")
    keys = f'host = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "doisoat@vi-du.vn"\n'
    there = "[mail]\n" in said
    text = said.replace("[mail]\n", f"[mail]\n{keys}") if there else f"{said}\n[mail]\n{keys}"
    config.write_text(text, "utf-8")


def test_a_test_mail_goes_out_at_once_and_tells_nothing(console: Served):
    client = console.client(OfficeRole.ADMIN)
    refused = console.post(client, "/quan-tri/don-vi/thu-thu", {"khac": "toi@vi-du.vn"})
    assert "Chưa khai máy chủ thư" in refused.text
    sink = Sink()
    with serving(sink) as port:
        with_server(console, port)
        assert console.post(client, "/quan-tri/don-vi/thu-thu", {"khac": "toi"}).status_code == 409
        console.post(client, "/quan-tri/don-vi/thu-thu", {"khac": "toi@vi-du.vn"})
        assert "Máy chủ thư đã nhận thư thử gửi toi@vi-du.vn" in client.get("/quan-tri/don-vi").text
    console.post(client, "/quan-tri/don-vi/thu-thu", {"khac": "toi@vi-du.vn"})
    assert "Chưa gửi được thư thử" in client.get("/quan-tri/don-vi").text
    assert [one.recipient for one in sink.ledger] == ["toi@vi-du.vn"]
    with console.house() as house:
        assert house.store.outbox.mails() == []
        tested = [one.reason for one in house.store.audit.acts() if one.act == mails.TESTED]
    assert tested == ["sent", "retry"]
