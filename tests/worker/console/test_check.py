"""The page of the risk-limiting check: the ceremony as an inspector holds it, in a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx
import pytest
from playwright.sync_api import Browser

from tests.worker.console.matrix import Sample
from tests.worker.console.served import OWN, Served, looked_at, printed
from worker.cli import doisoat as commands
from worker.desk import check_page, samples
from worker.desk.actor import OfficeRole, at_the_shell

PERIOD, SEED = "2024-Q1", "31415926535897932384"
ANSWERS = (200, 303, 409)


def frozen(console: Served) -> None:
    """The quarter is frozen, once."""
    from click.testing import CliRunner

    with console.house() as house:
        if house.store.periods.all():
            return
    words = ["periods", "freeze", PERIOD, "--reason", "Báo cáo số 45", "--yes"]
    done = CliRunner().invoke(commands, [*words, "--config", str(console.config)])
    assert done.exit_code == 0, done.output


def planned(console: Served, *, margin: str = "10") -> None:
    frozen(console)
    with console.house() as house:
        if not house.store.checks.of(PERIOD):
            asked = {"late_rate": margin, "moved": "20"}
            check_page.begin(house, at_the_shell("t"), PERIOD, "", asked=asked, risk="5")


def thrown(console: Served) -> None:
    planned(console)
    with console.house() as house:
        if samples.held(house, PERIOD).check.seed is None:
            samples.throw(house, PERIOD, SEED, by="t", witnesses="Bà An")


def a_check(console: Served) -> Mapping[str, str]:
    thrown(console)
    return {"name": PERIOD}


def of_list(console: Served) -> Mapping[str, str]:
    return {**a_check(console), "file": samples.MANIFEST}


def of_sheet(console: Served) -> Mapping[str, str]:
    return {**a_check(console), "number": "0"}


ROUTES = {
    "GET /kiem-tra": Sample(),
    "POST /kiem-tra": Sample(data={"ky": PERIOD}, answers=ANSWERS),
    "GET /kiem-tra/{name}": Sample(own=a_check),
    "POST /kiem-tra/{name}/gieo": Sample(own=a_check, answers=ANSWERS),
    "POST /kiem-tra/{name}/rut": Sample(
        own=a_check, data={"ket_luan": "late_rate", "them": "1"}, answers=ANSWERS
    ),
    "POST /kiem-tra/{name}/ket-qua": Sample(
        own=a_check, data={"khoa": "x", "vao_so": "", "tra": "", "tim": ""}, answers=ANSWERS
    ),
    "POST /kiem-tra/{name}/nap-phieu": Sample(
        own=a_check, files={"phieu": ("a.xlsx", b"no workbook")}, answers=ANSWERS
    ),
    "POST /kiem-tra/{name}/ket-thuc": Sample(own=a_check, answers=ANSWERS),
    "GET /kiem-tra/{name}/phieu/{number}": Sample(own=of_sheet),
    "GET /kiem-tra/{name}/tep/{file}": Sample(own=of_list),
}


def page_of(client: httpx.Client) -> str:
    return client.get(f"/kiem-tra/{PERIOD}").text


def test_without_a_frozen_period_the_page_says_what_to_do(console: Served) -> None:
    assert "Chưa chốt kỳ nào" in console.client(OfficeRole.INSPECTOR).get("/kiem-tra").text


def test_seed_before_plan_a_second_seed_and_a_short_one_are_refused_in_words(
    console: Served,
) -> None:
    frozen(console)
    client = console.client(OfficeRole.INSPECTOR)
    seed = {"so": SEED, "chung_kien": "Bà An"}
    early = console.post(client, f"/kiem-tra/{PERIOD}/gieo", seed)
    assert early.status_code == 409
    for answer in (early, client.get(f"/kiem-tra/{PERIOD}")):  # what to do stands on the page
        assert f"<b>{PERIOD} chưa có kế hoạch.</b>" in answer.text
        assert "doisoat " not in answer.text
        assert "Lập kế hoạch, lấy mã băm" in answer.text
    assert client.get("/kiem-tra/2019-Q1").status_code == 404
    planned(console)
    twice = console.post(client, "/kiem-tra", {"ky": PERIOD})
    assert (twice.status_code, "doisoat " in twice.text) == (409, False)
    short = console.post(client, f"/kiem-tra/{PERIOD}/gieo", {**seed, "so": "123"})
    assert (short.status_code, "đúng 20 chữ số" in short.text) == (409, True)
    alone = console.post(client, f"/kiem-tra/{PERIOD}/gieo", {**seed, "chung_kien": ""})
    assert "người chứng kiến" in alone.text
    spaced = {**seed, "so": " ".join(SEED[at : at + 5] for at in range(0, 20, 5))}
    assert console.post(client, f"/kiem-tra/{PERIOD}/gieo", spaced).status_code == 303
    again = console.post(client, f"/kiem-tra/{PERIOD}/gieo", {**seed, "so": SEED[::-1]})
    assert (again.status_code, "chỉ gieo một lần" in again.text) == (409, True)
    assert SEED[:5] in page_of(client)


def test_a_plan_without_a_seed_is_dropped_with_a_reason_and_made_anew(console: Served) -> None:
    planned(console)
    client = console.client(OfficeRole.INSPECTOR)
    assert "Hủy kế hoạch này" in page_of(client)
    bare = console.post(client, f"/kiem-tra/{PERIOD}/ket-thuc")
    assert (bare.status_code, "--reason" in bare.text) == (409, False)
    dropped = console.post(client, f"/kiem-tra/{PERIOD}/ket-thuc", {"ly_do": "sai mức"})
    assert dropped.status_code == 303
    assert "sai mức" in page_of(client)
    assert console.post(client, "/kiem-tra", {"ky": PERIOD}).status_code == 303
    assert "Ghi số gieo và rút hồ sơ" in page_of(client)


def keys_on(text: str) -> list[str]:
    return re.findall(r'name="khoa" value="([^"]+)"', text)


def type_rows(
    console: Served, client: httpx.Client, *, second: str = "Phạm Soát"
) -> httpx.Response:
    keys = keys_on(page_of(client))
    rows = {"khoa": keys, "vao_so": [""] * len(keys), "tra": [""] * len(keys)}
    rows |= {"tim": ["pending"] * len(keys)}
    names = {"nguoi_1": "Lê Tra", "nguoi_2": second}
    return console.post(client, f"/kiem-tra/{PERIOD}/ket-qua", {**rows, **names})


def test_answers_are_typed_row_by_row_by_two_different_people(console: Served) -> None:
    thrown(console)
    client = console.client(OfficeRole.INSPECTOR)
    same = type_rows(console, client, second="Lê Tra")
    assert (same.status_code, "hai người kiểm tra khác nhau" in same.text) == (409, True)
    early = console.post(client, f"/kiem-tra/{PERIOD}/ket-thuc")
    assert "chưa có kết quả" in early.text
    for _ in range(40):
        if not keys_on(page_of(client)):
            break
        assert type_rows(console, client).status_code == 303
    text = page_of(client)
    assert "chưa đủ kết quả để kết luận" not in text
    assert "<svg" in text
    assert "Kết thúc cuộc kiểm tra" in text
    done = console.post(client, f"/kiem-tra/{PERIOD}/ket-thuc", follow_redirects=True)
    assert "Đã kết thúc ngày" in done.text


def test_a_bad_day_is_told_with_its_dossier_and_what_was_typed_stays(console: Served) -> None:
    thrown(console)
    client = console.client(OfficeRole.INSPECTOR)
    key = keys_on(page_of(client))[0]
    data = {"khoa": key, "vao_so": "hôm qua", "tra": "", "tim": "", "nguoi_1": "A", "nguoi_2": "B"}
    answer = console.post(client, f"/kiem-tra/{PERIOD}/ket-qua", data)
    assert answer.status_code == 409
    assert "hôm qua không phải một ngày" in answer.text
    assert 'value="hôm qua"' in answer.text
    assert 'value="A"' in answer.text


def test_the_page_shows_the_papers_and_nothing_that_we_found(console: Served) -> None:
    thrown(console)
    text = page_of(console.client(OfficeRole.INSPECTOR))
    rows = text[text.index("gõ từng dòng") :]
    assert keys_on(rows)
    for word in ("quá hạn", "đúng hạn", "2024</td>"):
        assert word not in rows


def test_the_files_of_the_page_are_those_that_verify(console: Served, tmp_path) -> None:
    thrown(console)
    client = console.client(OfficeRole.INSPECTOR)
    for file in (samples.MANIFEST, samples.RECORD):
        got = client.get(f"/kiem-tra/{PERIOD}/tep/{file}")
        (tmp_path / file).write_bytes(got.content)
    assert all(holds for _, holds in samples.verify(tmp_path))
    assert client.get(f"/kiem-tra/{PERIOD}/tep/doisoat.toml").status_code == 404
    sheet = client.get(f"/kiem-tra/{PERIOD}/phieu/0")
    assert sheet.content[:2] == b"PK"
    assert client.get(f"/kiem-tra/{PERIOD}/phieu/99").status_code == 404


def test_an_inspector_of_one_unit_checks_that_unit_alone(console: Served) -> None:
    thrown(console)
    client = console.client(OfficeRole.INSPECTOR, [OWN])
    assert client.get(f"/kiem-tra/{PERIOD}").status_code == 404
    plan = {"ky": PERIOD, "don_vi": OWN, "sai_so": "20", "chuyen": "0"}
    made = console.post(client, "/kiem-tra", plan)
    assert made.status_code == 303
    assert client.get(made.headers["location"]).status_code == 200
    assert f"{PERIOD}@{OWN}" in made.headers["location"].replace("%40", "@")
    whole = console.post(client, "/kiem-tra", {"ky": PERIOD})
    assert whole.status_code == 404


@pytest.mark.browser
def test_the_ceremony_in_a_browser(console: Served, browser: Browser) -> None:
    frozen(console)
    page = console.page(browser, OfficeRole.INSPECTOR)
    page.goto("/kiem-tra")
    looked_at(page, "kiem-tra")
    page.get_by_label("Sai số tỷ lệ quá hạn (± điểm)").fill("10")
    page.get_by_label("Hồ sơ đã chuyển: sai nhiều nhất (%)").fill("0")
    page.get_by_role("button", name="Lập kế hoạch, lấy mã băm").click()
    page.locator("main").filter(has_text="Mã băm của danh sách").wait_for()
    looked_at(page, "kiem-tra-ke-hoach")
    page.get_by_label("20 chữ số: gieo 20 xúc xắc mười mặt, đọc to từng số").fill(SEED)
    page.get_by_label("Người chứng kiến").fill("Bà Nguyễn Thanh Tra")
    page.get_by_role("button", name="Ghi số gieo và rút hồ sơ").click()
    page.locator("main").filter(has_text="31415 92653").wait_for()
    looked_at(page, "kiem-tra-phieu")
    client = console.client(OfficeRole.INSPECTOR)
    while keys_on(page_of(client)):
        assert type_rows(console, client).status_code == 303
    page.goto(f"/kiem-tra/{PERIOD}")
    looked_at(page, "kiem-tra-ket-qua")
    printed(page, "kiem-tra-ket-qua")
