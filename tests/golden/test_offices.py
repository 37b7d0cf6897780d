"""The approved reports of whole offices, from their files: the demo's district, the published
quarter. Cells, page and mails; ``approving.py`` says how to write the approved files anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from reconcile.scope import Scope
from tests.golden.approving import HEAD, approve, as_text, cells
from tests.simulators import district, quarter, quarter_files
from tests.worker import alerts_house
from worker.clock import StoppedClock
from worker.house import House
from worker.run import story
from worker.run.requests import Outcome, Request

STARTS, ENDS = date(2024, 1, 1), date(2024, 3, 31)
MONDAY = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)  # eight o'clock at the office
QUARTER = """\
[office]
name = "UBND huyện Hàm Tân"

[[sources]]
name = "motcua"
role = "one_stop"
kind = "export"
path = "motcua/*.xlsx"

[[sources]]
name = "so-giay"
role = "register"
kind = "register"
path = "so-giay/*.xlsx"
"""
#: As the district published it; early and on time were one number there.
SUBMITTED = """\
period,unit,received_total,received_online,received_direct_post,received_carried,resolved_total,\
resolved_late,in_progress_total,in_progress_in_time,in_progress_overdue
2024-Q1,,4917,246,2180,2491,3503,1733,1414,827,587
"""


@dataclass(frozen=True)
class Told:
    """One run, and what differs from run to run taken out of its texts."""

    house: House
    outcome: Outcome

    def page(self) -> str:
        return self.still((self.outcome.folder / "doi-soat.html").read_text("utf-8"))

    def cells(self) -> dict[str, list[str]]:
        found = cells(self.outcome.contents)
        return {name: [self.still(line) for line in lines] for name, lines in found.items()}

    def still(self, text: str) -> str:
        return text.replace(self.outcome.run_id, "LƯỢT-NÀY")


def at(house: House, moment: datetime) -> House:
    return replace(house, clock=StoppedClock(house.clock.zone_name, moment))


def ran(house: House, as_of: date) -> Told:
    return Told(house, story.run(house, Request(Scope(as_of, STARTS, ENDS))))


@pytest.fixture(scope="module")
def of_district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Told, Told]]:
    """The first run, with the file that was cut; the third one, with everything repaired."""
    folder = tmp_path_factory.mktemp("huyen")
    truth = district.build(folder, size=150)
    with truth.config.open("a", encoding="utf-8") as file:
        file.write('\n[mail]\nit = ["cntt@huyen.example"]\n')
    house = alerts_house.opened(truth.config)
    first = ran(at(house, MONDAY - timedelta(days=31)), date(2024, 2, 29))
    truth.repair()
    ran(at(house, MONDAY - timedelta(days=17)), date(2024, 3, 15))
    yield first, ran(at(house, MONDAY), ENDS)
    house.store.close()


@pytest.fixture(scope="module")
def of_quarter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("quy")
    quarter_files.write(quarter.build(), folder)
    (folder / "tables").mkdir()
    (folder / "tables/submitted.csv").write_text(SUBMITTED, "utf-8")
    (folder / "doisoat.toml").write_text(QUARTER, "utf-8")
    house = alerts_house.opened(folder / "doisoat.toml")
    yield ran(at(house, MONDAY), ENDS)
    house.store.close()


def test_the_district_s_workbook_has_the_approved_cells(of_district) -> None:
    approve("offices/district.cells.tsv", as_text(of_district[1].cells(), head=HEAD))


def test_the_district_s_page_is_the_approved_one(of_district) -> None:
    approve("offices/district.html", of_district[1].page())


def test_the_page_of_a_run_with_a_cut_file_is_the_approved_one(of_district) -> None:
    page, _, rest = of_district[0].page().partition('<section aria-labelledby="chua-khop">')
    assert "CHƯA ĐỌC ĐỦ" in page
    digest = hashlib.sha256(rest.encode()).hexdigest()
    approve("offices/district-cut.html", f"{page}\n<!-- {len(rest)} nữa, sha256 {digest} -->\n")


def test_the_district_s_mails_are_the_approved_ones(of_district) -> None:
    """To the heads of three communes, as they go out on that Monday."""
    mails = of_district[1].house.store.outbox.mails()
    digests = [one for one in mails if one.kind == "digest" and one.day == MONDAY.date()]
    assert len(digests) == 10  # ten communes, ten mails
    bodies = [one.body for one in sorted(digests, key=lambda one: one.recipient)[:3]]
    approve("offices/mails.txt", "\n\n".join(f"{b.subject}\n\n{b.text}" for b in bodies))
    approve("offices/mails.html", "\n".join(b.html for b in bodies))


def test_the_quarter_s_workbook_has_the_approved_cells(of_quarter) -> None:
    found = of_quarter.cells()
    approve("offices/quarter.cells.tsv", as_text(found, head=HEAD))
    (published,) = [line for line in found["Tổng hợp"] if "A. Đã báo cáo" in line][:1]
    row = published.split("\t")[0].removeprefix("Tổng hợp!A")
    figures = {line.split("\t")[0]: line.split("\t")[1] for line in found["Tổng hợp"]}
    assert [figures[f"Tổng hợp!{column}{row}"] for column in "BCDEFIJKL"] == [
        *("4917", "246", "2180", "2491", "3503"),
        *("1733", "1414", "827", "587"),
    ]
    assert figures[f"Tổng hợp!N{row}"] == "47,18%"


def test_the_quarter_s_page_is_the_approved_one(of_quarter) -> None:
    page, _, rest = of_quarter.page().partition('<section aria-labelledby="chua-khop">')
    digest = hashlib.sha256(rest.encode()).hexdigest()
    approve("offices/quarter.html", f"{page}\n<!-- {len(rest)} nữa, sha256 {digest} -->\n")
