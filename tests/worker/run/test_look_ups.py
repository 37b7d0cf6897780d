"""Which dossiers a source without a list is asked for."""

from datetime import date

from config.sources import ExportSource, IgateSource
from connectors.connector import Codes
from reconcile.claims import Claim, Procedure, Role, Status
from tests.connectors.sites import DvcqgSite
from tests.worker.making import dossier
from worker.run.look_ups import lists_first, to_ask

PORTAL = "cong"


def portal(of: Claim, status: Status) -> Claim:
    code = of.national_code or of.own_code
    return Claim(f"{PORTAL}:{code}", PORTAL, Role.PORTAL, own_code=code, status=status)


def settled(ours: Status, theirs: Status | None) -> bool:
    one = dossier(1, status=ours, national_code="G22.99.09-240114-0001")
    claims = [one] if theirs is None else [one, portal(one, theirs)]
    (asked,) = to_ask(claims, PORTAL, None)
    return asked.settled


def test_both_codes_and_the_class_come_along():
    one = dossier(1, national_code="G22.99.09-240114-0001", procedure=Procedure.BIRTH_LINKED)
    (asked,) = to_ask([one], PORTAL, None)
    assert asked == Codes(one.own_code, one.national_code, procedure=Procedure.BIRTH_LINKED)


def test_settled_is_closed_on_both_sides_alike():
    assert settled(Status.RETURNED, Status.RETURNED)
    assert settled(Status.WITHDRAWN, Status.WITHDRAWN)
    assert not settled(Status.RETURNED, Status.DONE)  # the portal is behind
    assert not settled(Status.PROCESSING, Status.PROCESSING)
    assert not settled(Status.RETURNED, None)  # the portal never knew it
    assert not settled(Status.STOPPED, Status.STOPPED)  # it may go on


def test_a_dossier_of_two_systems_is_asked_for_once():
    one = dossier(1)
    hub = Claim(f"hub:{one.own_code}", "hub", Role.HUB, own_code=one.own_code)
    assert len(to_ask([one, hub], PORTAL, None)) == 1


def test_only_dossiers_since_the_source_began():
    early, late = dossier(1, received_on=date(2023, 1, 1)), dossier(2)
    asked = to_ask([early, late], PORTAL, date(2024, 1, 1))
    assert [one.own for one in asked] == [late.own_code]


def test_a_dossier_known_by_its_national_code_alone():
    (asked,) = to_ask([dossier(1, own_code="", national_code="G22.1-240114-0001")], PORTAL, None)
    assert (asked.own, asked.national) == ("G22.1-240114-0001", "")


def test_lists_are_read_before_what_is_asked_by_code():
    class Served:
        url = "http://127.0.0.1:1"

    portal_source = DvcqgSite().source(Served())
    export = ExportSource(name="motcua", role=Role.ONE_STOP, kind="export", path="*.xlsx")
    assert lists_first([portal_source, export]) == ["motcua", "cong"]
    assert IgateSource.HAS_LIST


def test_what_is_counted_and_never_judged_is_not_asked_for():
    birth, copy = dossier(1), dossier(2, procedure=Procedure.OTHER)
    unknown = dossier(3, procedure=Procedure.UNKNOWN)
    asked = to_ask([birth, copy, unknown], PORTAL, None)
    assert [one.own for one in asked] == [birth.own_code, unknown.own_code]
