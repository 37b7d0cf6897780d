"""Every kind of source under the one contract."""

import pytest

from tests.connectors.contract import Check, Site, checks
from tests.connectors.sites import SITES


@pytest.mark.parametrize(("site", "check"), list(checks(SITES)))
def test_the_contract(site: Site, check: Check):
    check(site)
