"""Which pairs a run leaves for people: its doubts, and controls that stand among them."""

from __future__ import annotations

from reconcile.cases import Link, LinkState, Method
from reconcile.linking import controls
from reconcile.linking.controls import AskedPair, WhyAsked
from worker.house import House
from worker.run.decision import Decision
from worker.store.pairs import AskedRows, WaitingPair


def asked_rows(house: House, decision: Decision) -> AskedRows:
    """The doubts of a decision, and new controls for them."""
    doubts = decision.doubts()
    unread, read = house.store.pairs.controls()
    links = {link.row: link for link in decision.links_of({one.link.row for one in unread})}
    void = {one.pair for one in unread if not _holds(one, links)}
    standing = [one.pair for one in unread if one.pair not in void]
    one_in = house.settings.policy.control_pairs
    drawn: tuple[AskedPair, ...] = ()
    if controls.wanted(doubts, one_in, len(standing)) > 0:
        seen = {*(one.row for one in doubts), *(row for row, _ in standing)}
        drawn = controls.draw(
            doubts,
            decision.sure_pairs(),
            decision.links_of,
            decision.claims_by_key(seen),
            one_in=one_in,
            standing=standing,
            asked={*standing, *(one.pair for one in read)},
        )
    asked = [*doubts, *(one.link for one in drawn)]
    named = {key for link in asked for key in (link.dossier, link.row) if key}
    claims = {claim.key: claim for claim in decision.claims_of(named)}
    units = {
        link.row: claim.unit
        for link in asked
        for key in (link.dossier, link.row)  # the row's own unit where it names one
        if (claim := claims.get(key or "")) and claim.unit
    }
    second = house.settings.policy.second_readers
    return AskedRows(doubts, drawn, units, void, second)


def as_doubts(house: House, asked: AskedRows) -> tuple[Link, ...]:
    """The controls that wait for an answer once this run is applied: lists show them as doubts."""
    unread, _ = house.store.pairs.controls()
    standing = [one.link for one in unread if one.pair not in asked.void]
    return (*standing, *(one.link for one in asked.controls))


def _holds(control: WaitingPair, links: dict[str, Link]) -> bool:
    """Whether what made its answer known is still so: nothing else is to be asked of its row."""
    now = links.get(control.link.row)
    if now is None or now.decision is not LinkState.AUTO or now.dossier is None:
        return False
    if control.why is WhyAsked.LINKED:
        return now.dossier == control.link.dossier
    return now.method is Method.CODE and now.dossier != control.link.dossier
