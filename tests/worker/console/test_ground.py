"""What holds on every page: who is let in, the head, the headers, what goes wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import Response
from playwright.sync_api import Browser

from tests import canary
from tests.worker.console.served import OTHER, OWN, Served, csrf, looked_at, serving
from tests.worker.making import NOW
from worker.console import live, pages
from worker.console.drawing import redirect
from worker.console.here import Here, for_everybody, needs, open_to_all
from worker.console.pages import entrance
from worker.desk.actor import OfficeRole, Right, Unseen
from worker.desk.refused import Refused
from worker.house import KeptHouse
from worker.store import LearnedColumn

#: Nobody: a name that must never stand where it does not belong.
SOMEBODY = "Quàng Thị Mẩy"


class Planted:
    """Pages that do what goes wrong, for these tests alone."""

    router = APIRouter(prefix="/thu")

    @router.get("/loi", dependencies=[for_everybody])
    @staticmethod
    def failing(here: Here) -> Response:
        raise ValueError(f"{SOMEBODY} {here.actor.who}")

    @router.get("/tu-choi", dependencies=[for_everybody])
    @staticmethod
    def refusing(here: Here) -> Response:
        raise Refused("Sổ này đã khai.", "Xem trang Nạp sổ.")

    @router.get("/khong-thay", dependencies=[for_everybody])
    @staticmethod
    def unseen(here: Here) -> Response:
        raise Unseen(SOMEBODY)

    @router.get("/quyen", dependencies=[needs(Right.FREEZE)])
    @staticmethod
    def needing(here: Here) -> Response:
        return Response("ok")

    @router.get("/so/{number}", dependencies=[open_to_all])
    @staticmethod
    def counting(number: int) -> Response:
        return Response(str(number))

    @router.post("/tep", dependencies=[for_everybody])
    @staticmethod
    def taking(here: Here, tep: UploadFile) -> Response:
        return redirect(
            here, "/mat-khau", f"Đã nhận {tep.size} byte.", undo=("/thu/tep", {"a": "1"})
        )

    @router.get("/dang-chay", dependencies=[for_everybody])
    @staticmethod
    def going_on(request: Request, here: Here) -> Response:
        pieces = iter(["<b>1</b>", "<b>1</b>", "<b>2</b>", None])
        return live.stream(request, lambda: next(pieces), every=0.01)


@pytest.fixture(scope="module")
def planted(decided: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("planted") / "huyen"
    shutil.copytree(decided, folder)
    with (folder / "doisoat.toml").open("a") as file:
        file.write("\n[intake]\nmax_file_mb = 1\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "PAGES", (entrance, Planted))
        patch.setattr("worker.console.application.PAGES", (entrance, Planted))
        with serving(folder) as served:
            yield served


def test_whoever_is_not_signed_in_is_sent_to_the_door_and_back(shared_console: Served):
    answer = shared_console.client(None).get("/", params={"don_vi": OWN})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/dang-nhap?ve=%2F%3Fdon_vi%3D{OWN}"


def test_the_head_names_the_unit_the_days_and_the_hour(shared_console: Served):
    text = shared_console.client(OfficeRole.OFFICER, [OWN]).get("/mat-khau").text
    for words in ("Thị trấn Tân Lộc", "Dữ liệu đến ngày", "Phần mềm một cửa", "Đọc lúc"):
        assert words in text
    assert "Chưa đọc đủ" not in text


def test_a_page_may_be_of_one_of_the_own_units_alone(shared_console: Served):
    officer = shared_console.client(OfficeRole.OFFICER, [OWN])
    assert officer.get("/nowhere").status_code == 404
    assert officer.get("/mat-khau", params={"don_vi": OWN}).status_code == 200
    assert officer.get("/mat-khau", params={"don_vi": OTHER}).status_code == 404
    assert officer.get("/mat-khau", params={"don_vi": "không-có"}).status_code == 404
    district = shared_console.client(OfficeRole.INSPECTOR)
    chosen = district.get("/mat-khau", params={"don_vi": OTHER, "loc": "x"}).text
    assert "<b>Xã Sông Trà</b>" in chosen
    assert '<input type="hidden" name="loc" value="x">' in chosen  # a choice keeps the rest


def test_every_answer_tells_the_browser_what_it_may_not_do(shared_console: Served):
    client = shared_console.client(OfficeRole.OFFICER, [OWN])
    for path in ("/mat-khau", "/nowhere", "/dang-nhap", "/static/console.css"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
        stored = headers["cache-control"]
        assert stored == "no-store" if "static" not in path else "max-age" in stored
    for closed in ("/docs", "/openapi.json", "/redoc"):
        assert client.get(closed).status_code == 404


def test_what_goes_wrong_leaves_a_number_and_nobodys_name(
    planted: Served, caplog: pytest.LogCaptureFixture
):
    client = planted.client(OfficeRole.OFFICER, [OWN])
    failed = client.get("/thu/loi")
    assert failed.status_code == 500
    assert failed.headers["x-request-id"] in failed.text
    unseen = client.get("/thu/khong-thay")
    assert unseen.status_code == 404
    told = failed.text + unseen.text + caplog.text
    assert failed.headers["x-request-id"] in caplog.text
    assert "ValueError" in told
    assert SOMEBODY not in told
    canary.keep("console-errors", told)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/thu/tu-choi", 409, "Sổ này đã khai."),
        ("/thu/quyen", 403, "không được làm việc này"),
        ("/thu/so/nam", 422, "không đúng"),
        ("/thu/khong-thay", 404, "không thuộc đơn vị của bạn"),
    ],
)
def test_what_cannot_be_is_a_page(planted: Served, path: str, status: int, words: str):
    answer = planted.client(OfficeRole.OFFICER, [OWN]).get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert '<html lang="vi">' in answer.text


def test_a_note_is_shown_once_with_the_way_back_and_cannot_be_forged(planted: Served):
    client = planted.client(OfficeRole.OFFICER, [OWN])
    done = planted.post(client, "/thu/tep", files={"tep": ("a.txt", b"abc")})
    assert done.status_code == 303
    page = client.get(done.headers["location"]).text
    assert "Đã nhận 3 byte." in page
    assert 'action="/thu/tep"' in page
    assert "Đã nhận" not in client.get(done.headers["location"]).text
    client.cookies.set("ghi-nho", "eyJ0ZXh0IjogIlRSSUNLIn0=.00", domain="127.0.0.1")
    assert "TRICK" not in client.get("/mat-khau").text


def test_a_file_that_is_too_large_is_refused_as_such(planted: Served):
    client = planted.client(OfficeRole.OFFICER, [OWN])
    large = b"x" * 3_000_000
    answer = planted.post(client, "/thu/tep", files={"tep": ("a.bin", large)})
    assert answer.status_code == 413
    assert "Tệp quá lớn" in answer.text


def test_progress_comes_in_pieces_only_when_it_changed(planted: Served):
    client = planted.client(OfficeRole.OFFICER, [OWN])
    text = client.get("/thu/dang-chay").text
    assert text == "data: <b>1</b>\n\ndata: <b>2</b>\n\nevent: xong\ndata:\n\n"


def test_a_form_of_another_site_is_refused_before_anything_else(planted: Served):
    client = planted.client(OfficeRole.OFFICER, [OWN])
    token = csrf(client)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": planted.url},
        {"Origin": "null"},
        {"Origin": planted.url.replace("http", "https")},
    ):
        sent = {"data": {"csrf": token}, "headers": headers}
        assert client.post("/thu/tep", files={"tep": ("a", b"a")}, **sent).status_code == 403
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    sent = {"data": {"csrf": token}, "headers": ours}
    assert client.post("/thu/tep", files={"tep": ("a", b"a")}, **sent).status_code == 303


def test_a_house_is_kept_until_something_it_was_read_from_changes(decided: Path, tmp_path: Path):
    folder = tmp_path / "huyen"
    shutil.copytree(decided, folder)
    kept = KeptHouse(folder / "doisoat.toml", os.environ)
    try:
        first = kept.house()
        assert kept.house() is first
        units = folder / "tables/units.csv"
        units.write_text(units.read_text("utf-8-sig").replace("Xã Tân Hòa", "Xã Tân Hoà"), "utf-8")
        second = kept.house()
        assert second is not first
        assert second.tables.units.name("90103") == "Xã Tân Hoà"
        # Another database under the same name, as after a restore.
        database = folder / "data/doisoat.db"
        shutil.copy(database, folder / "data/copy.db")
        (folder / "data/copy.db").replace(database)
        third = kept.house()
        assert third is not second
        assert third.store.runs.newest(1)
        config = folder / "doisoat.toml"
        config.write_text(config.read_text("utf-8").replace("UBND huyện", "UBND Huyện"), "utf-8")
        fourth = kept.house()
        assert fourth.settings.office.name.startswith("UBND Huyện")
        # Somebody explained a column, in whichever process: the connectors know it at once.
        told = LearnedColumn("so-giay", "", "ngay giao giay", "returned_on", "x", "q", NOW)
        fourth.store.learned.learn(told)
        fifth = kept.house()
        assert fifth.connectors != fourth.connectors
        assert fifth.store is fourth.store
        assert kept.house() is fifth
    finally:
        kept.close()


def test_a_mistake_in_the_configuration_closes_the_pages_until_it_is_mended(console: Served):
    client = console.client(OfficeRole.OFFICER, [OWN])
    before = console.config.read_text("utf-8")
    console.config.write_text(before + "\n[office]\n", "utf-8")
    for path in ("/mat-khau", "/dang-nhap"):
        closed = client.get(path)
        assert closed.status_code == 503
        assert "doisoat check" in closed.text
    console.config.write_text(before, "utf-8")
    assert client.get("/mat-khau").status_code == 200


@pytest.mark.browser
def test_keys_alone_reach_everything_and_script_is_not_needed(
    shared_console: Served, browser: Browser
):
    page = shared_console.page(browser, OfficeRole.OFFICER, [OWN])
    page.goto("/mat-khau")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "noi-dung"
    looked_at(page, "ground")
    plain = shared_console.page(browser, OfficeRole.OFFICER, [OWN], script=False)
    plain.goto("/mat-khau")
    assert plain.get_by_role("button", name="Đăng xuất").is_visible()


def test_a_name_in_the_address_is_in_no_log(planted: Served, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    client = planted.client(OfficeRole.OFFICER, [OWN])
    answer: httpx.Response = client.get("/ho-so", params={"tim": SOMEBODY})
    assert answer.status_code == 404
    assert SOMEBODY not in answer.text + "".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("http")
    )
