"""Whether what a kind of finding needs was read: asked here, once, for every rule.

A rule whose need is not met says nothing of the case, whatever it would have said: nothing opens
and nothing resolves. What of a need depends on the case alone is left to the rule (``Grade.CASE``;
of ``Grade.COMPLETE`` the unit and the window).
"""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.claims import Role
from reconcile.judging import proof as proofs
from reconcile.judging.case_view import SOFTWARE, Bench, Unjudged, View, not_read
from reconcile.kinds import Grade, Need


def unmet(needs: Iterable[Need], view: View) -> Unjudged | None:
    """The first need that the case does not meet, as a reason; None where all are met."""
    if not view.unheard and view.row_unheard is None:
        return None  # the usual case: all that speaks of it was read
    return next((why for need in needs if (why := _unmet(need, view))), None)


def unopened(needs: Iterable[Need], on: Bench) -> Unjudged | None:
    """Why absence is no evidence whatever a rule found: no source that must be whole was read.

    A source that could be read in part counts here; which part is the rule's to ask.
    """
    for need in needs:
        if need.grade is not Grade.COMPLETE:
            continue
        sources = [source for role in need.roles for source in on.coverage.by_role(role)]
        if sources and not any(source.answered or source.silent_files for source in sources):
            return not_read(sources[0])
    return None


def _unmet(need: Need, view: View) -> Unjudged | None:
    if Role.REGISTER in need.roles:
        return _paper_unmet(need.grade, view)
    base = view.base.role if view.base else None
    match need.grade:
        case Grade.BASE:
            return view.unheard.get(base) if base else None
        case Grade.COMPLETE:
            return view.unheard.get(base) if base in need.roles else None
        case Grade.EVERY:
            return view.any_unheard
        case Grade.HEARD:
            return _none_heard(need, view)
        case _:
            return None


def _paper_unmet(grade: Grade, view: View) -> Unjudged | None:
    """The rows were not read, and nothing that was read is proof enough of what is needed."""
    enough = {
        Grade.HEARD: view.proof is not None,
        Grade.RESULT: view.proof is not None and not view.waits,
        Grade.HAND_OVER: view.proof is not None and proofs.handed_over(view.proof),
        Grade.BASE: view.base is not None,
        Grade.EVERY: False,
    }
    return None if enough.get(grade, True) else view.row_unheard


def _none_heard(need: Need, view: View) -> Unjudged | None:
    """No software of these roles was heard of the case, though it stands in one of them.

    Where any software will do, a hub that was heard will do too.
    """
    any_will_do = {Role.ONE_STOP, Role.PORTAL} <= set(need.roles)
    known = [role for role in SOFTWARE if role in view.states]
    known = known if any_will_do else [role for role in known if role in need.roles]
    if any(role not in view.unheard for role in known):
        return None
    return view.unheard[known[0]] if known else None
