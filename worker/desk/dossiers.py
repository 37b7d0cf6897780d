"""The dossiers around a few claims: who shares their codes, which rows are linked to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import reconcile
from reconcile.cases import Link, LinkState
from reconcile.claims import Claim
from reconcile.linking.dossiers import codes_of
from worker.store.search import Search

#: Claims that one answer looks at. A code that thousands bear names no dossier.
MOST = 5000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Claims with all that they may be joined to; ``anchors`` is the dossier of each key."""

    claims: Mapping[str, Claim]
    links: Mapping[str, Link]  # by row
    anchors: Mapping[str, str]


def around(search: Search, keys: Collection[str]) -> Surroundings:
    """The claims of these keys, those of their dossiers, and the rows that are linked to them."""
    claims: dict[str, Claim] = {}
    links: dict[str, Link] = {}
    asked: set[str] = set()  # codes
    looked_for: set[str] = set()  # keys
    wanted = set(keys)
    while wanted and len(claims) < MOST:
        looked_for |= wanted
        new = search.claims(wanted)
        claims |= {claim.key: claim for claim in new}
        near = search.links(wanted)
        links |= {link.row: link for link in near}
        codes = {code for claim in new if not claim.is_row for code in codes_of(claim)} - asked
        asked |= codes
        found = search.bearing(codes) if codes else set()
        found |= {key for link in near for key in (link.row, link.dossier) if key}
        wanted = found - looked_for
    anchors = {
        claim.key: dossier.anchor
        for dossier in reconcile.dossiers(claims.values())
        for claim in dossier.claims
    } | {
        link.row: link.dossier
        for link in links.values()
        if link.dossier and link.decision is not LinkState.NONE
    }
    return Surroundings(claims, links, anchors)
