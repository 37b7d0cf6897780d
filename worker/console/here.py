"""Who asks, of which units, in which house: what every handler of a page is given."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.params import Depends as Needed
from starlette.datastructures import FormData

from worker.desk import accounts, standing_data
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.desk.standing_data import DataReach
from worker.house import House

#: Methods that change nothing.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Where the token of a form stands, and where a script puts it.
FIELD, HEADER = "csrf", "X-CSRF"
#: Where the password stands that is asked for again before an act of weight.
PROOF = "mat_khau_xac_nhan"
#: Where an administrator has a code asked beside the password.
CODE_PAGE = "/quan-tri/ma-xac-thuc"


class SignedOut(Exception):
    """Nobody is signed in, or the session has ended."""


class Unproven(Exception):
    """An act of weight: the password is asked for again. ``error``: it was, and was wrong."""

    def __init__(self, error: Refused | None = None) -> None:
        self.error = error


class Uncoded(Exception):
    """The office wants a code beside an administrator's password, and none is asked for yet."""


class ForgedForm(Exception):
    """A form that this console did not hand out, or handed to another session."""


@dataclass(frozen=True)
class Visit:
    """One request of somebody who is signed in.

    ``units`` are those that the page is of, children included; None: all that the actor sees.
    """

    request: Request
    house: House
    actor: Actor
    token: str = field(repr=False)
    unit: str = ""
    units: frozenset[str] | None = None
    form: FormData = field(default_factory=FormData, repr=False)

    @property
    def fields(self) -> dict[str, str]:
        """The form's last text of each name."""
        return {name: text for name, text in self.form.multi_items() if isinstance(text, str)}

    @property
    def now(self) -> datetime:
        """This moment on the office's wall clock."""
        return self.house.clock.local()

    @property
    def today(self) -> date:
        return self.house.clock.today()

    @cached_property
    def csrf(self) -> str:
        """What a form of this session must bring back."""
        return _derived(self.token, "form")

    @property
    def place(self) -> str:
        """The name of what the page is of: a unit, several, or the whole office."""
        name = self.house.tables.units.name
        if self.unit:
            return name(self.unit)
        own = self.actor.units
        if own is None:
            return self.house.settings.office.name
        tops = [code for code in sorted(own) if not own & _above(self.house, code)]
        return name(tops[0]) if len(tops) == 1 else f"{len(tops)} đơn vị"

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        """Code and name of the units that the actor may look at one by one; none: only one is."""
        if not self.actor.may(Right.VIEW):
            return []
        seen = {
            unit.code: unit.name
            for unit in self.house.tables.units.all
            if unit.is_valid(self.today) and self.actor.sees(unit.code)
        }
        return sorted(seen.items(), key=lambda one: one[1]) if len(seen) > 1 else []

    @cached_property
    def reach(self) -> DataReach:
        """How far the data go: the line at the head."""
        return standing_data.reach(self.house, self.actor, self.units)

    def called(self, source: str) -> str:
        """What officials call a source."""
        return standing_data.called(self.house, source)

    def only(self, unit: str | None) -> frozenset[str] | None:
        """The units of a list: this one alone ("": of no known unit), None: those of the page.

        Raises Unseen where it is not there for the actor.
        """
        if unit is None:
            return self.units
        found = self.actor.within({unit})
        if not found:
            raise Unseen(unit)
        return found

    def signed(self, text: str) -> str:
        """A seal of this session under a text that the browser keeps for a moment."""
        return _derived(self.token, text)


async def visit(request: Request) -> Visit:
    """The visit of a request; raises SignedOut, ForgedForm, Unseen."""
    found = await run_in_threadpool(_arrive, request)
    if request.method not in SAFE:
        form = FormData() if HEADER in request.headers else await request.form()
        given = request.headers.get(HEADER) or form.get(FIELD)
        found = replace(found, form=form)
        request.state.visit = found
        if not isinstance(given, str) or not hmac.compare_digest(given, found.csrf):
            raise ForgedForm
    return found


def _arrive(request: Request) -> Visit:
    token = request.cookies.get(cookie_of(request), "")
    house: House = request.app.state.kept.house()
    actor = accounts.actor_of(house, token) if token else None
    if actor is None:
        raise SignedOut
    unit = request.query_params.get("don_vi", "")
    if unit and not (actor.sees(unit) and house.tables.units.at(unit)):
        raise Unseen(unit)
    wanted = accounts.covered(house.tables.units, frozenset({unit})) if unit else None
    units = actor.within(wanted)
    found = Visit(request, house, actor, token, unit, units)
    request.state.visit = found
    return found


def cookie_of(request: Request) -> str:
    """The name of the session's cookie: over https no other page can have set it."""
    return "__Host-phien" if request.url.scheme == "https" else "phien"


def _derived(token: str, purpose: str) -> str:
    return hmac.new(token.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _above(house: House, code: str) -> frozenset[str]:
    """The units over a unit, itself not among them."""
    found: set[str] = set()
    unit = house.tables.units.at(code)
    while unit and unit.parent and unit.parent not in found:
        found.add(unit.parent)
        unit = house.tables.units.at(unit.parent)
    return frozenset(found - {code})


Here = Annotated[Visit, Depends(visit)]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a route needs; ``right`` None: to be signed in; ``weighty``: and the password again."""

    right: Right | None
    weighty: bool = False

    def __call__(self, here: Here) -> None:
        if self.right is not None:
            here.actor.need(self.right)
        elsewhere = here.request.url.path != CODE_PAGE
        if self.right is Right.ACCOUNTS and elsewhere and _lacks_code(here):
            raise Uncoded
        if self.weighty and not accounts.lately_proven(here.house, here.token):
            _prove(here)


def _lacks_code(here: Visit) -> bool:
    return accounts.lacks_code(here.house, here.actor, here.token)


def _prove(here: Visit) -> None:
    """Nothing where the form brings the password along; raises Unproven."""
    typed = here.fields.get(PROOF)
    if not typed:
        raise Unproven
    try:
        client = here.request.client
        accounts.prove_again(here.house, here.token, typed, client.host if client else "")
    except Refused as error:
        raise Unproven(error) from None


def needs(right: Right) -> Needed:
    """Of a route: only for roles with this right. Others get the page 403."""
    return Depends(Requirement(right))  # type: ignore[no-any-return]


def weighty(right: Right) -> Needed:
    """Of a route: as ``needs``, and who did not sign in lately gives the password again."""
    return Depends(Requirement(right, weighty=True))  # type: ignore[no-any-return]


#: Of a route: whoever is signed in.
for_everybody: Needed = Depends(Requirement(None))


class OpenDoor:
    """What a route declares that needs nobody."""

    def __call__(self) -> None:
        """Whoever it is may come in."""


#: Of a route: for people who are not signed in, too.
open_to_all: Needed = Depends(OpenDoor())
