"""Chạy đối soát: started, followed, cancelled; what it changed; its documents, by name and unit."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest
from playwright.sync_api import Browser

from reconcile.scope import Scope
from tests.simulators.dossiers import COMMUNES
from tests.worker.console.matrix import Sample
from tests.worker.console.served import DESK, OTHER, OWN, Served, looked_at
from worker.desk.actor import OfficeRole
from worker.service import queue

#: A commune that has work on its list.
BUSY = COMMUNES[3][0]


def newest(console: Served) -> str:
    """The run that is done: other tests ask for more."""
    with console.house() as house:
        found = house.store.runs.newest_done()
        assert found is not None
        return found.id


def of_unit(unit: str):
    """A run of one unit, as somebody asked for it."""

    def find(console: Served) -> dict[str, str]:
        run_id = f"2026-01-01-0000-{unit}"
        with console.house() as house:
            scope = Scope(as_of=date(2024, 3, 31), units=frozenset({unit}))
            house.store.runs.begin(run_id, "console", scope, at=house.clock.now())
        return {"run_id": run_id}

    return find


def queued(unit: str):
    """A run of one unit that waits for the service."""

    def find(console: Served) -> dict[str, str]:
        with console.house() as house:
            scope = Scope(as_of=date(2024, 3, 31), units=frozenset({unit}))
            asked = queue.ask(house, queue.Request(scope=scope), by="x")
        return {"run_id": asked.run_id}

    return find


def document(console: Served) -> dict[str, str]:
    return {"run_id": newest(console), "name": "danh-sach.xlsx"}


ROUTES = {
    "GET /chay": Sample(),
    "POST /chay": Sample(),
    "GET /chay/{run_id}": Sample(own=of_unit(OWN), other=of_unit(OTHER)),
    "GET /chay/{run_id}/tien-do": Sample(
        own=lambda console: {"run_id": newest(console)}, other=of_unit(OTHER)
    ),
    "POST /chay/{run_id}/huy": Sample(own=queued(OWN), other=queued(OTHER), answers=(303, 404)),
    "GET /chay/{run_id}/thay-doi/{change}": Sample(
        own=lambda console: {"run_id": newest(console), "change": "moi"},
        other=lambda console: {**of_unit(OTHER)(console), "change": "moi"},
    ),
    "GET /chay/{run_id}/van-ban/{name}": Sample(
        own=document,
        other=lambda console: {**of_unit(OTHER)(console), "name": "danh-sach.xlsx"},
        answers=(200, 404, 409),
    ),
}


def carried_out(console: Served) -> None:
    """What the service does with the run that waits."""
    with console.house() as house:
        due = house.store.queue.due()
        assert due is not None
        queue.carry_out(house, due)


def test_an_operator_starts_a_run_and_sees_how_it_goes_and_what_it_changed(
    console: Served, browser: Browser
):
    page = console.page(browser, OfficeRole.OFFICER, None)
    page.goto("/chay")
    looked_at(page, "chay")
    page.get_by_role("button", name="Chạy đối soát").click()
    page.wait_for_url("**/chay/2*")
    page.get_by_text("Đang chờ bắt đầu").wait_for()
    assert page.get_by_text(
        "Dịch vụ nền chưa chạy: lượt sẽ"
    ).is_visible()  # who will carry it out is told
    looked_at(page, "chay-tien-do")
    carried_out(console)
    page.get_by_text("Còn như trước").wait_for()  # the stream ended, the page came anew
    looked_at(page, "chay-xong")
    assert page.get_by_text("Vì sao không có gì mới").is_visible()


def test_without_script_the_page_is_whole(console: Served, browser: Browser):
    page = console.page(browser, OfficeRole.OFFICER, [BUSY], script=False)
    page.goto("/chay")
    page.get_by_role("button", name="Chạy đối soát").click()
    page.get_by_text("Đang chờ bắt đầu").wait_for()
    with console.house() as house:
        (run,) = house.store.runs.newest(1)
        assert run.scope.units == frozenset({BUSY}), "who sees one unit runs for that unit alone"
    page.get_by_role("button", name="Hủy lượt này").click()
    page.get_by_text("Lượt này đã hủy").wait_for()


def test_the_stream_of_a_run_ends_with_it(console: Served):
    client = console.client(OfficeRole.VIEWER)
    with client.stream("GET", f"/chay/{newest(console)}/tien-do") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "event: xong" in "".join(answer.iter_text())


def test_before_a_run_it_says_what_the_sources_have_of_the_period(shared_console: Served):
    client = shared_console.client(OfficeRole.OFFICER)
    page = client.get("/chay", params={"ky": "2024-Q2"}).text
    assert "kỳ này chưa có dữ liệu: nạp tệp trước" in page
    assert "kỳ này chưa có dữ liệu" not in client.get("/chay", params={"ky": "2024-Q1"}).text
    refused = client.get("/chay", params={"ky": "quý hai"})
    assert refused.status_code == 409
    assert "Không hiểu kỳ" in refused.text


@pytest.mark.parametrize("name", ["doi-soat.xlsx", "trinh-ky.docx", "giai-trinh.docx"])
def test_the_documents_of_a_run_are_the_files_that_it_wrote(shared_console: Served, name: str):
    client = shared_console.client(OfficeRole.VIEWER)
    run_id = newest(shared_console)
    got = client.get(f"/chay/{run_id}/van-ban/{name}")
    written = shared_console.folder / "data" / "reports" / run_id / name
    assert got.content == written.read_bytes()
    assert client.get(f"/chay/moi-nhat/van-ban/{name}").content == got.content


def test_whoever_sees_one_unit_gets_the_lists_of_that_unit_alone(shared_console: Served):
    client = shared_console.client(OfficeRole.VIEWER, [BUSY])
    run_id = newest(shared_console)
    assert client.get(f"/chay/{run_id}/van-ban/doi-soat.xlsx").status_code == 404
    got = client.get(f"/chay/{run_id}/van-ban/danh-sach.xlsx")
    assert got.status_code == 200
    names = {name for code, name in ((one[0], one[1]) for one in COMMUNES) if code != BUSY}
    with zipfile.ZipFile(io.BytesIO(got.content)) as book:
        text = "".join(book.read(name).decode() for name in book.namelist() if "xml" in name)
    assert COMMUNES[3][1] in text
    assert [name for name in names if name in text] == []


def test_a_run_that_wrote_whole_names_gives_initials_here(console: Served):
    with console.house() as house:
        run_id = newest(console)
        house.store.audit.append(
            actor="cli:x", act="report.full_names", object=run_id, reason="x", at=house.clock.now()
        )
    folder = console.folder / "data" / "reports" / run_id
    (folder / "trinh-ky.docx").write_bytes(b"whole names")
    client = console.client(OfficeRole.VIEWER)
    got = client.get(f"/chay/{run_id}/van-ban/trinh-ky.docx").content
    assert got.startswith(b"PK")


def test_what_a_run_changed_is_a_list_of_that_length(shared_console: Served):
    client = shared_console.client(OfficeRole.VIEWER)
    page = client.get(f"/chay/{newest(shared_console)}").text
    path, count = re.search(r'href="(/chay/[^"]+/thay-doi/moi)">([\d.]+)</a>', page).groups()
    there = 0
    while path:
        listed = client.get(path).text
        there += listed.count('<th scope="row"')
        more = re.search(r'rel="next" href="([^"]+)"', listed)
        path = more[1].replace("&amp;", "&") if more else ""
    assert there == int(count.replace(".", ""))


def test_a_phone_shows_the_page_too(shared_console: Served, browser: Browser):
    page = shared_console.page(browser, OfficeRole.OFFICER, [BUSY], size=DESK)
    page.goto("/chay")
    looked_at(page, "chay-xa")
