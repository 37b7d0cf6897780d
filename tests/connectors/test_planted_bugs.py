"""The contract must be red for a connector that is wrong: each bug is planted, and found."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors import igate as igate_module
from connectors.dvcqg import DvcqgConnector
from connectors.igate import IgateConnector
from connectors.wire import Said
from tests.connectors import contract
from tests.connectors.sites import DvcqgSite, IgateSite


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
        (Writes, contract.a_source_is_asked_politely),
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
