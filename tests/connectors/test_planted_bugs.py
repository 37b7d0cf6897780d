"""The contract must be red for a connector that is wrong: each bug is planted, and found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from config.sources import KINDS
from connectors import cells
from connectors import igate as igate_module
from connectors.dvcqg import DvcqgConnector
from connectors.igate import IgateConnector
from connectors.said import Said
from tests.connectors import contract
from tests.connectors.file_sites import FILE_SITES
from tests.connectors.sites import SITES, DvcqgSite, IgateSite
from tests.connectors.test_fifth_vendor import AbcSite


class DropsAPage(IgateConnector):
    """It forgets every third page."""

    def _page(self, *asked: Any) -> Any:
        page = super()._page(*asked)
        return replace(page, items={}, stamps={}) if asked[3] % 3 == 2 and asked[4] > 1 else page


class DoublesARow(IgateConnector):
    """Snapshots hold one dossier twice."""

    def fetch(self, memory: Any) -> Any:
        for snapshot in super().fetch(memory):
            again = tuple(replace(one, key=f"{one.key}~2") for one in snapshot.claims[:1])
            yield replace(snapshot, claims=snapshot.claims + again)


class ShiftsDays(IgateConnector):
    """It takes the date of a moment in UTC for the day in Viet Nam."""

    def fetch(self, memory: Any) -> Any:
        for snapshot in super().fetch(memory):
            yield replace(snapshot, claims=tuple(map(_a_day_early, snapshot.claims)))


class TrustsAnything(IgateConnector):
    """A list that breaks is what there is."""

    def fetch(self, memory: Any) -> Any:
        try:
            yield from super().fetch(memory)
        except contract.SourceError:
            yield contract.Snapshot(self.source.name, self.source.role)


class Guesses(IgateConnector):
    """An unknown status is taken for the one most common."""

    def fetch(self, memory: Any) -> Any:
        for snapshot in super().fetch(memory):
            said = tuple(replace(one, status=contract.Status.PROCESSING) for one in snapshot.claims)
            yield replace(snapshot, claims=said)


class ForgetsNational(DvcqgConnector):
    """Every seventh dossier is not asked for."""

    def _ask(self, transport: Any, session: Any, one: Any) -> Said | None:
        return None if one.own.endswith("7") else super()._ask(transport, session, one)


class Greedy(DvcqgConnector):
    """More at once than the office allows."""

    def __init__(self, source: Any, *more: Any) -> None:
        super().__init__(source.model_copy(update={"max_parallel": 16}), *more)


class Writes(DvcqgConnector):
    """It tells the portal what it thinks."""

    def _look_up(self, transport: Any, session: Any, code: str) -> Any:
        body = {"service": "DongBoHoSoMC", "mahoso": code, "madonvi": self.source.madonvi}
        ticket = session.ticket()
        question = self._post(self.source.share_endpoint, body | {"session": ticket.token})
        transport.answer(question, dict[str, Any])
        return super()._look_up(transport, session, code)


class Extravagant(DvcqgConnector):
    """It does not look at what it may ask."""

    def fetch(self, memory: Any) -> Any:
        yield from super().fetch(replace(memory, budget=None))


class ExtravagantList(IgateConnector):
    """The same, for a list."""

    def fetch(self, memory: Any) -> Any:
        yield from super().fetch(replace(memory, budget=None))


def _a_day_early(claim: Any) -> Any:
    days = {
        name: getattr(claim, name) - timedelta(days=1)
        for name in ("received_on", "due_on", "finished_on", "returned_on")
        if getattr(claim, name)
    }
    return replace(claim, **days)


def site(connector: type[Any]) -> Any:
    made = DvcqgSite() if issubclass(connector, DvcqgConnector) else IgateSite()
    made.connector_class = connector
    return made


@pytest.mark.parametrize(
    ("connector", "check"),
    [
        (DropsAPage, contract.fetches_the_world_exactly),
        (DoublesARow, contract.fetches_the_world_exactly),
        (ShiftsDays, contract.fetches_the_world_exactly),
        (TrustsAnything, contract.half_a_list_is_never_complete),
        (TrustsAnything, contract.errors_are_of_three_families),
        (Guesses, contract.an_unknown_status_stays_unknown),
        (ForgetsNational, contract.fetches_the_world_exactly),
        (Greedy, contract.a_source_is_asked_politely),
        pytest.param(
            Writes, contract.a_source_is_asked_politely, marks=pytest.mark.writes, id="Writes"
        ),
        (Extravagant, contract.a_budget_is_kept),
        (ExtravagantList, contract.a_budget_is_kept),
    ],
    ids=lambda one: one.__name__,
)
def test_the_contract_is_red(connector: Any, check: contract.Check):
    with pytest.raises((AssertionError, contract.SourceError)):
        check(site(connector))


def test_the_contract_is_red_when_the_wire_loses_the_zone(monkeypatch):
    """The same bug where it would really be made: cutting the date off the text."""
    said = igate_module._said

    def cut_off(item: Any) -> Said:
        whole = said(item)
        return replace(whole, received_on=whole.received_on[:10])

    monkeypatch.setattr(igate_module, "_said", cut_off)
    with pytest.raises(AssertionError, match="received_on"):
        contract.fetches_the_world_exactly(IgateSite())


# The three bugs of every kind: a page is lost, a row is doubled, days are those of UTC.


class Bugged:
    """Any connector, with what it says spoilt on its way out."""

    def __init__(self, connector: Any, spoil: Callable[[Any], Any]) -> None:
        self._connector = connector
        self._spoil = spoil
        self.source = connector.source

    def fetch(self, memory: Any) -> Any:
        for snapshot in self._connector.fetch(memory):
            yield replace(snapshot, claims=self._spoil(snapshot.claims))


def loses_a_page(said: Any) -> Any:
    return said[:10] + said[20:]


def doubles_a_row(said: Any) -> Any:
    return said + tuple(replace(one, key=f"{one.key}~2") for one in said[:1])


def shifts_days(said: Any) -> Any:
    return tuple(map(_a_day_early, said))


EVERY_SITE = (*SITES, *FILE_SITES, AbcSite())


@pytest.mark.parametrize("spoil", [loses_a_page, doubles_a_row, shifts_days])
@pytest.mark.parametrize("healthy", EVERY_SITE, ids=lambda site: site.kind)
def test_the_contract_is_red_for_every_kind(
    healthy: Any, spoil: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
):
    connector = healthy.connector
    monkeypatch.setattr(
        healthy, "connector", lambda *where, **how: Bugged(connector(*where, **how), spoil)
    )
    with pytest.raises(AssertionError):
        contract.fetches_the_world_exactly(healthy)


def test_every_kind_was_spoilt():
    assert {site.kind for site in EVERY_SITE} >= set(KINDS) - {"register"}


@pytest.mark.parametrize("healthy", SITES, ids=lambda site: site.kind)
def test_the_contract_is_red_when_days_are_read_in_another_zone(
    healthy: Any, monkeypatch: pytest.MonkeyPatch
):
    """The same bug where it would really be made, under all polled kinds."""
    right = cells.day

    def early(typed: Any) -> Any:
        found, reason = right(typed)
        return (found - timedelta(days=1) if found else found), reason

    monkeypatch.setattr(cells, "day", early)
    with pytest.raises(AssertionError, match="_on of"):
        contract.fetches_the_world_exactly(healthy)
