"""What happens to a dossier: one small function a story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

from reconcile.claims import Status
from tests.simulators.dossiers import AS_OF, CALENDAR, PERIOD_STARTS, Dossier, Story

#: How often each story is told, in a thousand births and deaths.
OFTEN: dict[Story, int] = {
    Story.AGREED: 690,
    Story.AGREED_LATE: 30,
    Story.STUCK: 95,
    Story.STUCK_LATE: 25,
    Story.FRESH: 4,
    Story.NOT_ACCEPTED: 7,
    Story.WAITING: 7,
    Story.REGISTERED_ONLY: 15,
    Story.HIDDEN_LATE: 12,
    Story.REFUSED_RETURNED: 5,
    Story.REFUSED: 6,
    Story.WITHDRAWN: 8,
    Story.DONE_NOT_HANDED: 25,
    Story.OVERDUE: 20,
    Story.PORTAL_PENDING: 20,
    Story.PORTAL_AHEAD: 6,
    Story.MISSING_IN_PORTAL: 7,
    Story.MISSING_IN_ONE_STOP: 4,
    Story.MISSING_IN_SOFTWARE: 10,
    Story.NOT_IN_REGISTER: 4,
}


def tell(rng: Random, dossier: Dossier) -> Dossier:
    """The dossier after its story happened to it."""
    story = dossier.story
    if story is Story.REGISTERED_ONLY and dossier.procedure.is_group:
        story = Story.GROUP_WAITING
    if story is Story.FRESH:
        received = rng.choice((date(2024, 3, 27), date(2024, 3, 28)))
        dossier = replace(dossier, received_on=received, due_on=CALENDAR.add(received, 3))
    if story is Story.OVERDUE and dossier.due_on >= AS_OF:
        story = Story.OPEN
    dossier = replace(dossier, story=story)
    return _TELLING.get(story, _agreed)(rng, dossier)


def _agreed(rng: Random, dossier: Dossier) -> Dossier:
    span = max(0, CALENDAR.between(dossier.received_on, dossier.due_on) - rng.randint(0, 1))
    registered = CALENDAR.add(dossier.received_on, rng.randint(0, span))
    if registered > date(2024, 3, 29):
        return open_still(rng, replace(dossier, story=Story.OPEN))
    return _closed(rng, dossier, registered)


def _closed(rng: Random, dossier: Dossier, registered: date) -> Dossier:
    returned = CALENDAR.add(registered, rng.choice((0, 0, 0, 0, 1, 1, 2)))
    handed = returned if returned <= AS_OF else None
    status = Status.RETURNED if handed else Status.DONE
    return replace(
        dossier,
        registered_on=registered,
        returned_on=handed,
        status=status,
        finished_on=registered,
        software_returned_on=handed,
        portal_status=status,
    )


def _late(rng: Random, dossier: Dossier) -> Dossier:
    end = CALENDAR.add(dossier.due_on, rng.randint(1, 8))
    if end > date(2024, 3, 26):
        return _agreed(rng, replace(dossier, story=Story.AGREED))
    return _closed(rng, dossier, end)


def open_still(_: Random, dossier: Dossier) -> Dossier:
    return replace(dossier, status=Status.PROCESSING, portal_status=Status.PROCESSING)


def _pending(status: Status) -> Callable[[Random, Dossier], Dossier]:
    """Finished on paper some days ago, the software left at a status."""

    def told(rng: Random, dossier: Dossier) -> Dossier:
        late = dossier.story is Story.STUCK_LATE
        done = _late(rng, dossier) if late else _agreed(rng, dossier)
        if done.returned_on is None or done.returned_on > date(2024, 3, 26):
            return done if done.story is Story.OPEN else replace(done, story=Story.AGREED)
        story = done.story
        if done.returned_on < PERIOD_STARTS and status is Status.PROCESSING:
            story = Story.ENDED_BEFORE
        return _not_told(replace(done, story=story), status) if story is not Story.AGREED else done

    return told


def _not_told(dossier: Dossier, status: Status) -> Dossier:
    return replace(
        dossier,
        status=status,
        finished_on=None,
        software_returned_on=None,
        portal_status=status,
    )


def _fresh(_: Random, dossier: Dossier) -> Dossier:
    today = date(2024, 3, 29)
    told = _not_told(dossier, Status.PROCESSING)
    return replace(told, registered_on=today, returned_on=today)


def _registered_only(rng: Random, dossier: Dossier) -> Dossier:
    done = _agreed(rng, dossier)
    if done.story is Story.OPEN:
        return done
    return replace(_not_told(done, Status.PROCESSING), returned_on=None)


def _hidden_late(rng: Random, dossier: Dossier) -> Dossier:
    done = _late(rng, dossier)
    if done.story is Story.AGREED:
        return done
    return replace(done, finished_on=dossier.due_on)


def _refused_returned(rng: Random, dossier: Dossier) -> Dossier:
    done = _agreed(rng, dossier)
    if done.story is Story.OPEN:
        return done
    refused = _not_told(done, Status.NOT_ACCEPTED)
    return replace(refused, finished_on=dossier.received_on)


def _refused(_: Random, dossier: Dossier) -> Dossier:
    told = _not_told(dossier, Status.NOT_ACCEPTED)
    return replace(told, finished_on=dossier.received_on)


def _withdrawn(_: Random, dossier: Dossier) -> Dossier:
    return replace(_not_told(dossier, Status.WITHDRAWN), finished_on=dossier.received_on)


def _done_not_handed(rng: Random, dossier: Dossier) -> Dossier:
    done = _agreed(rng, dossier)
    if done.story is Story.OPEN or done.returned_on is None:
        return replace(done, story=Story.AGREED) if done.story is not Story.OPEN else done
    return replace(done, status=Status.DONE, software_returned_on=None, portal_status=Status.DONE)


def _portal_pending(rng: Random, dossier: Dossier) -> Dossier:
    done = _agreed(rng, dossier)
    return done if done.story is Story.OPEN else replace(done, portal_status=Status.PROCESSING)


def _portal_ahead(_: Random, dossier: Dossier) -> Dossier:
    # Some software pushes 5, 6 and 8 to the portal as 9.
    return replace(dossier, status=Status.SUPPLEMENT_ASKED, portal_status=Status.DONE)


def _missing_in_portal(rng: Random, dossier: Dossier) -> Dossier:
    return replace(_agreed(rng, dossier), portal_status=None, story=Story.MISSING_IN_PORTAL)


def _missing_in_one_stop(rng: Random, dossier: Dossier) -> Dossier:
    done = _agreed(rng, dossier)
    return replace(done, story=Story.MISSING_IN_ONE_STOP, portal_status=Status.ACCEPTED)


def _missing_in_software(rng: Random, dossier: Dossier) -> Dossier:
    done = _agreed(rng, dossier)
    return replace(done, story=Story.MISSING_IN_SOFTWARE, portal_status=None)


_TELLING: dict[Story, Callable[[Random, Dossier], Dossier]] = {
    Story.AGREED_LATE: _late,
    Story.OPEN: open_still,
    Story.OVERDUE: open_still,
    Story.STUCK: _pending(Status.PROCESSING),
    Story.STUCK_LATE: _pending(Status.PROCESSING),
    Story.NOT_ACCEPTED: _pending(Status.SUBMITTED),
    Story.WAITING: _pending(Status.SUPPLEMENT_ASKED),
    Story.FRESH: _fresh,
    Story.REGISTERED_ONLY: _registered_only,
    Story.GROUP_WAITING: _registered_only,
    Story.HIDDEN_LATE: _hidden_late,
    Story.REFUSED_RETURNED: _refused_returned,
    Story.REFUSED: _refused,
    Story.WITHDRAWN: _withdrawn,
    Story.DONE_NOT_HANDED: _done_not_handed,
    Story.PORTAL_PENDING: _portal_pending,
    Story.PORTAL_AHEAD: _portal_ahead,
    Story.MISSING_IN_PORTAL: _missing_in_portal,
    Story.MISSING_IN_ONE_STOP: _missing_in_one_stop,
    Story.MISSING_IN_SOFTWARE: _missing_in_software,
}
