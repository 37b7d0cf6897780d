"""Every link leads somewhere, every number to a list of its length, for everybody."""

from __future__ import annotations

import pytest

from tests.worker.console.crawl import crawl
from tests.worker.console.served import OWN, Served
from worker.desk.actor import OfficeRole

READERS = (OfficeRole.VIEWER, OfficeRole.OFFICER, OfficeRole.APPROVER, OfficeRole.INSPECTOR)


PERIOD = "2024-Q1"


@pytest.fixture(scope="module")
def counted(shared_console: Served) -> Served:
    """The office after somebody counted the period, so that its page has numbers."""
    chief = shared_console.client(OfficeRole.APPROVER)
    assert shared_console.post(chief, "/bao-cao/tinh", {"ky": PERIOD}).status_code == 303
    return shared_console


@pytest.mark.parametrize("units", [None, [OWN]], ids=["all", "one"])
@pytest.mark.parametrize("role", [*READERS, OfficeRole.ADMIN])
def test_every_link_answers_and_every_number_is_as_long_as_its_list(
    counted: Served, role: OfficeRole, units: list[str] | None
) -> None:
    found = crawl(counted.client(role, units))
    assert found.pages > 10
    assert (found.wrong, found.unequal) == ([], [])
