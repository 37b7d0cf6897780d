"""link(): every register row with its dossier, or with nobody, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconcile.claims import Claim
from reconcile.linking.by_code import CERTAIN, CodeIndex, by_code
from reconcile.linking.dossiers import dossiers
from reconcile.links import Answer, Decision, Link, Method, Reason
from reconcile.policy import Policy


def link(claims: Iterable[Claim], answers: Sequence[Answer], policy: Policy) -> list[Link]:
    """Decide for every register row which dossier it speaks of, sorted by row.

    The whole office at once; the order of what is given never matters.
    """
    known = list(claims)
    rows = sorted((claim for claim in known if claim.is_row), key=lambda claim: claim.key)
    index = CodeIndex.of(dossiers(known))
    said = {answer.row: answer for answer in answers if answer.same}
    links = []
    for row in rows:
        answer = said.get(row.key)
        if answer is not None:
            links.append(_answered(answer))
            continue
        links.append(by_code(row, index) or Link(row.key, None, Method.NONE, 0.0, Decision.NONE))
    return links


def _answered(answer: Answer) -> Link:
    reasons = (Reason("người trả lời", "xác nhận là một hồ sơ", 0.0),)
    return Link(answer.row, answer.dossier, Method.OPERATOR, CERTAIN, Decision.AUTO, None, reasons)
