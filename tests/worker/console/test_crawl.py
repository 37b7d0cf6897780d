"""Every link leads somewhere, every number to a list of its length, for everybody."""

from __future__ import annotations

import pytest

from tests.worker.console.crawl import crawl
from tests.worker.console.served import OWN, Served
from tests.worker.counting import carried_out
from worker.desk.actor import OfficeRole

#: Every role, and those who work both of the whole office and of one unit: of whom a page is
#: decides its numbers, the role only whether it is there.
READERS = (
    (OfficeRole.OFFICER, None),
    (OfficeRole.OFFICER, [OWN]),
    (OfficeRole.INSPECTOR, None),
    (OfficeRole.INSPECTOR, [OWN]),
    (OfficeRole.APPROVER, [OWN]),
    (OfficeRole.VIEWER, None),
    (OfficeRole.ADMIN, None),
)
PERIOD = "2024-Q1"


@pytest.fixture(scope="module")
def counted(shared_console: Served) -> Served:
    """The office after somebody counted the period, so that its page has numbers."""
    chief = shared_console.client(OfficeRole.APPROVER)
    assert shared_console.post(chief, "/bao-cao/tinh", {"ky": PERIOD}).status_code == 303
    with shared_console.house() as house:
        carried_out(house)
    return shared_console


@pytest.mark.parametrize(("role", "units"), READERS)
def test_every_link_answers_and_every_number_is_as_long_as_its_list(
    counted: Served, role: OfficeRole, units: list[str] | None
) -> None:
    with counted.house() as house:
        names = [source.name for source in house.settings.sources]
    found = crawl(counted.client(role, units), sources=names)
    assert found.pages > 10
    assert (found.wrong, found.unequal, found.raw) == ([], [], [])
