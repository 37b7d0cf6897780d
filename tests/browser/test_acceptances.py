"""The ten acceptances of the console, each as the stranger walks it whom it names, in a browser.

Nothing is timed here: keys, clicks, pages and requests are counted.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
import xlsxwriter
from playwright.sync_api import Browser, Page

from tests.simulators import undeclared
from tests.simulators.dossiers import COMMUNES
from tests.worker.console.served import OTHER, OWN, PHONE, Served, looked_at, serving
from tests.worker.counting import carried_out
from tests.worker.desk.doubts import doubtful_office
from tests.worker.office import Office
from worker.desk.actor import OfficeRole
from worker.service import queue

pytestmark = pytest.mark.browser
PERIOD, UNREAD = "2024-Q1", "2024-Q2"
#: A commune that has work, its books declared.
BUSY = COMMUNES[3][0]
NO_OVERDUE = re.compile(
    r"\b0+ (hồ sơ )?(đang giải quyết )?quá hạn|quá hạn( thật|, có kết luận)?:?\s+0+(?![\d.,/])",
    re.IGNORECASE,
)


def text_of(page: Page, path: str) -> str:
    """The words of a page, as they are seen."""
    page.goto(path)
    return page.locator("main").inner_text()


def counted(served: Served) -> None:
    """The quarter as the service counts it for whoever asked."""
    client = served.client(OfficeRole.APPROVER)
    served.post(client, "/bao-cao/tinh", {"ky": PERIOD})
    with served.house() as house:
        carried_out(house)


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An office on its first day: reconciled once, no book declared."""
    truth = undeclared.build(tmp_path_factory.mktemp("first") / "huyen", size=150)
    assert Office(truth.folder).command("run", "--period", PERIOD).exit_code == 0
    with serving(truth.folder) as served:
        yield served


def test_acceptance_1_nowhere_zero_overdue_where_nobody_declared(
    first_day: Served, browser: Browser
) -> None:
    """Chairs and the district, on every page that speaks of what is overdue, and in the mail."""
    paths = ("/tong-quan", "/viec", "/chua-ket-luan", f"/bao-cao?ky={PERIOD}", "/thong-bao")
    inspected = f"/soi-xet?ky={PERIOD}"
    counted(first_day)
    chief = first_day.page(browser, OfficeRole.APPROVER)
    chair = first_day.page(browser, OfficeRole.APPROVER, [BUSY], size=PHONE)
    inspector = first_day.page(browser, OfficeRole.INSPECTOR)
    seen = {path: text_of(page, path) for page in (chief, chair) for path in paths}
    seen[inspected] = text_of(inspector, inspected)
    assert {path: NO_OVERDUE.search(text) for path, text in seen.items()} == dict.fromkeys(seen)
    assert "khai sổ" in text_of(chair, "/tong-quan")
    assert NO_OVERDUE.search("Quá hạn thật\n0"), "a planted zero is seen"
    assert NO_OVERDUE.search("00 hồ sơ đang giải quyết quá hạn")


@pytest.mark.parametrize("units", [None, [BUSY]], ids=["district", "commune"])
def test_acceptance_2_each_number_opens_a_list_of_its_length(
    shared_console: Served, browser: Browser, units: list[str] | None
) -> None:
    """A chair clicks every number of the two pages that they open; ``test_crawl.py`` all others."""
    page = shared_console.page(browser, OfficeRole.OFFICER, units)
    numbers: dict[str, int] = {}
    for path in ("/tong-quan", "/viec"):
        page.goto(path)
        for link in page.locator("main a.n").all():
            href = link.get_attribute("href")
            assert href
            numbers[href] = int(re.sub(r"\D", "", link.inner_text()))
    assert len(numbers) >= 8
    assert {href: lines(page, href) for href in numbers} == numbers


def lines(page: Page, href: str) -> int:
    """The lines of a list over all its pages; of pairs, how many it says are left."""
    page.goto(href)
    if "/ghep" in href:
        return int(re.sub(r"\D", "", page.get_by_text(re.compile(r"^còn \d+$")).inner_text()))
    count = page.locator("main tbody tr").count()
    while (further := page.locator("main a[rel=next]")).count():
        further.click()
        count += page.locator("main tbody tr").count()
    return count


def test_acceptance_3_a_stranger_closes_five_dossiers(console: Served, browser: Browser) -> None:
    """A clerk on her first morning: five codes are pasted into the software, then ticked."""
    page = console.page(browser, OfficeRole.OFFICER, [BUSY])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    known = codes(console)
    page.goto("/viec")
    page.get_by_text("Làm được ngay").wait_for()
    page.locator("dl.piles a.n").first.click()
    assert page.get_by_text("Việc cần làm: Kết thúc trên phần mềm một cửa").is_visible()
    looked_at(page, "nghiem-thu-3-phan-viec")
    pasted = []
    clicks = 1
    for at in range(5):
        page.locator("button.copy").nth(at).click()
        page.locator("input[name=ids]").nth(at).check()
        pasted.append(page.evaluate("navigator.clipboard.readText()"))
        clicks += 2
    assert len(set(pasted)) == 5
    assert set(pasted) <= known, "a code is pasted whole, as the software writes it"
    page.get_by_role("button", name="Tôi đã làm", exact=True).click()
    page.get_by_role("button", name="Đánh dấu đã làm 5 hồ sơ").click()
    page.locator(".note").filter(has_text="Đánh dấu đã làm: 5 hồ sơ").wait_for()
    assert clicks + 2 == 13
    page.goto("/viec")
    ticked = page.locator(".figure", has_text="chờ lần đọc tới").first
    assert "5" in ticked.inner_text(), "they wait for the next reading, and move no figure"


def codes(served: Served) -> set[str]:
    """What the one-stop software of the office shows."""
    with served.house() as house:
        return {one.own_code for one in house.store.readings.claims() if not one.is_row}


REGISTER_HEADS = (
    ("STT", "Mã hồ sơ", "Người được khai sinh", "Thời gian", "", "Ký nhận", "GC"),
    ("", "", "", "Ngày nhận", "Ngày giao giấy", "", ""),
    ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"),
)
ODD_DAYS = ("9/1/24", "ngày 9 tháng 1 năm 2024", "09.01.2024", "09-01-2024", "31/02/2024")


def messy_register(path: Path) -> Path:
    """25 entries as a clerk keeps them: titles, a header of two lines, odd dates, a total."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Khai sinh")
        sheet.merge_range("A1:G1", "ỦY BAN NHÂN DÂN XÃ")
        sheet.merge_range("A2:G2", "SỔ THEO DÕI TRẢ KẾT QUẢ, Quyển số 02/2024")
        for row, heads in enumerate(REGISTER_HEADS, start=3):
            sheet.write_row(row, 0, heads)
        sheet.merge_range("D4:E4", "Thời gian")
        for at in range(25):
            day = ODD_DAYS[at % 5] if at < 10 else f"{at % 27 + 1:02}/01/2024"
            code, name = f"H11.38.20-240105-{at:04}", f"Trần Thị {chr(65 + at)}n"
            sheet.write_row(6 + at, 0, (at + 1, code, name, "05/01/2024", day, "x", ""))
        sheet.write_row(31, 0, ("", "Tổng cộng: 25"))
    return path


def test_acceptance_4_a_messy_register_is_in_without_a_key_in_a_file(
    console: Served, browser: Browser, tmp_path: Path
) -> None:
    """A clerk drops her register and answers what is asked, with the mouse alone."""
    file = messy_register(tmp_path / "So tra ket qua.xlsx")
    before = file.read_bytes()
    page = console.page(browser, OfficeRole.OFFICER, [OWN])
    keys: list[str] = []
    page.expose_function("pressed", lambda *key: keys.extend(key))
    page.add_init_script("addEventListener('keydown', (one) => window.pressed(one.key), true)")
    page.goto("/nap-so")
    page.set_input_files("#tep", file)
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_text("Từng cột được hiểu là gì").wait_for()
    looked_at(page, "nghiem-thu-4-xem-truoc")
    for choice in page.locator("select[aria-label^='Cột Ngày giao giấy']").all():
        choice.select_option("returned_on")
        page.get_by_role("button", name="Nhớ các cột đã chọn").click()
    page.get_by_role("button", name="Nạp 25 dòng").click()
    page.get_by_text("Bước cuối").wait_for()
    looked_at(page, "nghiem-thu-4-da-nap")
    assert keys == []
    assert file.read_bytes() == before
    with console.house() as house:
        rows = [one for one in house.store.readings.claims() if "H11.38.20-" in one.own_code]
    assert len(rows) == 25
    assert sum(one.returned_on is not None for one in rows) == 23, "31/02 twice, and nothing else"


#: So many that there are twenty pairs to answer.
TWINS = tuple(
    f"{family} {middle} {given}"
    for family, middle in (("Lò", "Văn"), ("Vi", "Thị"), ("Bế", "Đức"), ("Nông", "Ngọc"))
    for given in ("Sáng", "Hạnh", "Tài", "Thành", "Kiên")
)


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An office with twenty doubts, and controls among them."""
    folder = tmp_path_factory.mktemp("twenty") / "co-quan"
    folder.mkdir()
    doubtful_office(folder, twins=TWINS)
    with serving(folder) as served:
        yield served


def test_acceptance_5_twenty_pairs_by_keys_only(twenty: Served, browser: Browser) -> None:
    """A clerk: one key and two requests a pair, and the way back."""
    page = twenty.page(browser, OfficeRole.OFFICER)
    page.goto("/ghep")
    looked_at(page, "nghiem-thu-5-cap")
    asked: list[str] = []
    page.on("request", lambda one: one.is_navigation_request() and asked.append(one.method))
    shown = set()
    for at in range(20):
        shown.add(page.locator("table.pair").inner_text())
        with page.expect_navigation():
            page.keyboard.press("123"[at % 3])
    assert len(shown) == 20
    assert asked.count("POST") == 20
    assert len(asked) == 40, "an answer and the next pair"
    with page.expect_navigation():
        page.keyboard.press("z")
    page.locator("main").filter(has_text="Đã rút câu trả lời").wait_for()
    with twenty.house() as house:
        assert len(house.store.pairs.readings()) == 13, "14 were answered, one was taken back"


def test_acceptance_6_a_chair_reads_four_answers_on_a_phone(
    shared_console: Served, browser: Browser
) -> None:
    """How many, whose fault, who acts, until when: on the first screen, without a scroll."""
    page = shared_console.page(browser, OfficeRole.APPROVER, [BUSY], size=PHONE)
    page.goto("/")
    assert page.url.endswith("/tong-quan"), "it is the page that they are led to"
    front = page.locator("dl.front")
    answers = {
        "how many": front.locator("a.n").first,
        "whose": front.get_by_text(re.compile(r"do đơn vị \d+ · do Cổng \d+")),
        "who": page.get_by_text("Ai làm, trước ngày nào"),
        "until when": page.locator("table.slim td.n").filter(has_text=re.compile(r"\d\d/\d\d/")),
    }
    for name, answer in answers.items():
        box = answer.first.bounding_box()
        assert box is not None, name
        assert box["y"] + box["height"] <= PHONE["height"], name
    looked_at(page, "nghiem-thu-6-tong-quan")


@pytest.fixture(scope="module")
def cheated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An office whose only register is made up: each dossier returned on its due day."""
    truth = undeclared.build(tmp_path_factory.mktemp("cheated") / "huyen", size=200)
    undeclared.falsify(truth)
    assert Office(truth.folder).command("run", "--period", PERIOD).exit_code in (0, 3)
    with serving(truth.folder) as served:
        yield served


def test_acceptance_7_the_cheat_shows_without_being_asked_for(
    cheated: Served, browser: Browser
) -> None:
    """Overview, figures and inspection, each as its menu entry opens it."""
    chief = cheated.page(browser, OfficeRole.APPROVER)
    inspector = cheated.page(browser, OfficeRole.INSPECTOR)
    places = ((chief, "/tong-quan"), (chief, f"/bao-cao?ky={PERIOD}"), (inspector, "/soi-xet"))
    for page, path in places:
        page.goto(path)
        assert page.get_by_role("heading", name="Dấu hiệu cần kiểm tra").is_visible(), path
        assert page.get_by_text("Ngày trả trên sổ trùng đúng ngày hẹn").first.is_visible(), path
    looked_at(inspector, "nghiem-thu-7-soi-xet")


def test_acceptance_8_a_period_without_data_is_not_frozen_signed_or_mailed(
    console: Served, browser: Browser
) -> None:
    """Home affairs try the second quarter with the export of the first."""
    page = console.page(browser, OfficeRole.APPROVER)
    mail = text_of(page, "/thong-bao")
    text = text_of(page, f"/bao-cao?ky={UNREAD}")
    assert "chưa có dữ liệu" in text
    for act in ("Tính số liệu", "Đề nghị chốt", "Duyệt"):
        assert page.get_by_role("button", name=act).count() == 0
    looked_at(page, "nghiem-thu-8-ky-chua-co-du-lieu")
    client = console.client(OfficeRole.APPROVER)
    for path in ("/bao-cao/tinh", "/bao-cao/de-nghi", "/bao-cao/duyet"):
        answer = console.post(client, path, {"ky": UNREAD, "can_cu": "Báo cáo số 45"})
        assert answer.status_code == 409, path
    page.goto(f"/chay?ky={UNREAD}")
    assert page.get_by_text("kỳ này chưa có dữ liệu: nạp tệp trước").first.is_visible()
    page.get_by_role("button", name="Chạy đối soát").click()
    page.wait_for_url("**/chay/2*")
    with console.house() as house:
        due = house.store.queue.due()
        assert due
        queue.carry_out(house, due)
    text = text_of(page, f"/chay/{due}")
    assert "Chưa đọc đủ" in text
    assert page.locator("a[href$='.docx']").count() == 0, "nothing to sign"
    assert text_of(page, "/thong-bao") == mail
    with console.house() as house:
        assert house.store.periods.all() == house.store.periods.drafts() == []


def test_acceptance_9_another_communes_code_is_not_of_the_unit(
    shared_console: Served, browser: Browser
) -> None:
    """A clerk at the counter is handed a paper of the neighbours."""
    with shared_console.house() as house:
        claims = house.store.readings.claims()
        foreign = next(one.own_code for one in claims if one.own_code and one.unit == OTHER)
    page = shared_console.page(browser, OfficeRole.OFFICER, [OWN])
    page.goto("/viec")
    page.keyboard.press("/")
    page.keyboard.type(foreign)
    page.keyboard.press("Enter")
    page.get_by_text("không thuộc đơn vị").wait_for()


def test_acceptance_10_the_sheet_to_sign_is_two_pages_and_one_total(
    shared_console: Served, browser: Browser
) -> None:
    """A chair takes the sheet from the newest run: what stands before its list, on paper."""
    page = shared_console.page(browser, OfficeRole.APPROVER)
    page.goto("/chay")
    with page.expect_download() as got:
        page.get_by_role("link", name=re.compile("ký")).first.click()
    document = docx.Document(io.BytesIO(got.value.path().read_bytes()))
    sheet, rest = parts(document)
    assert pages(page, sheet) <= 2
    listed = sum(bool(re.match(r"<tr><td>\d+</td><td>H\d", line)) for line in rest)
    totals = {int(n) for n in re.findall(r"(\d+) hồ sơ: \d+ kết thúc", "".join(sheet + rest))}
    assert totals == {listed}


def parts(document: docx.document.Document) -> tuple[list[str], list[str]]:
    """The document as HTML, cut where its first section (what is read and signed) ends."""
    before: list[str] = []
    after: list[str] = []
    into = before
    for one in document.iter_inner_content():
        if isinstance(one, docx.text.paragraph.Paragraph):
            size = next((run.font.size.pt for run in one.runs if run.font.size), 12)
            into.append(f"<p style='font-size:{size}pt'>{one.text}</p>")
            if one._p.find(".//{*}sectPr") is not None:
                into = after
            continue
        into.append("<table>")
        for row in one.rows:
            cells = "".join(f"<td>{cell.text}</td>" for cell in dict.fromkeys(row.cells))
            into.append(f"<tr>{cells}</tr>")
        into.append("</table>")
    return before, after


def pages(page: Page, html: list[str]) -> int:
    """On how many sheets of A4 with the margins of an office these lines stand."""
    style = (
        "@page{size:A4;margin:20mm 15mm 20mm 30mm}body{font:12pt 'Times New Roman',serif;margin:0}"
        "p{margin:0 0 6pt}table{border-collapse:collapse;width:100%;font-size:9.5pt}"
        "td{border:1px solid;padding:0 1.9mm}"
    )
    page.set_content(f"<style>{style}</style>{''.join(html)}")
    printed = page.pdf(prefer_css_page_size=True)
    return len(re.findall(rb"/Type\s*/Page\b", printed))
