"""Every kind of source under the one contract."""

import pytest

from config.sources import KINDS
from tests.connectors.contract import Check, Site, checks
from tests.connectors.file_sites import FILE_SITES
from tests.connectors.sites import SITES


@pytest.mark.parametrize(("site", "check"), list(checks((*SITES, *FILE_SITES))))
def test_the_contract(site: Site, check: Check):
    check(site)


def test_every_kind_stands_under_it():
    """A register has no statuses and no codes of its own: ``files/test_registers.py``."""
    assert {site.kind for site in (*SITES, *FILE_SITES)} == set(KINDS) - {"register"}
