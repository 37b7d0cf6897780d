"""One dossier, one next step: what a finding asks for depends on where it is open."""

from dataclasses import replace

import pytest

from reconcile import labels
from reconcile.claims import ENDED_WELL, Procedure, Role, Status
from reconcile.findings import Finding, Kind, Recorded, Strength, finding_id, pair_anchor
from reconcile.steps import CLOSING, ORDER, Step, dossiers_of, step_of, usual_step

FINDING = Finding(
    id=finding_id(Kind.RETURNED_STILL_PENDING, "a"),
    kind=Kind.RETURNED_STILL_PENDING,
    anchor="a",
    unit="Tân Minh",
    procedure=Procedure.BIRTH,
    open_in=(Role.ONE_STOP, Role.PORTAL),
    codes=((Role.ONE_STOP, "a"), (Role.PORTAL, "b")),
)


def said(status: Status) -> tuple[tuple[Role, Recorded], ...]:
    return ((Role.ONE_STOP, Recorded(status, "", None)),)


def test_what_the_one_stop_has_not_ended_is_ended_there():
    pending = replace(FINDING, recorded=said(Status.PROCESSING))
    assert step_of(pending) is Step.END
    assert labels.remedy(pending).startswith("Kết thúc trên phần mềm một cửa")


@pytest.mark.parametrize("status", sorted(ENDED_WELL))
@pytest.mark.parametrize("role", [Role.PORTAL, Role.HUB])
def test_what_the_one_stop_has_ended_is_sent_again_by_it(status, role):
    behind = replace(FINDING, open_in=(role,), recorded=said(status))
    assert step_of(behind) is Step.RESEND
    assert labels.remedy(behind).startswith(f"Gửi lại trạng thái lên {labels.ROLES[role]}")
    assert labels.label(behind) == labels.KINDS[Kind.LOCAL_DONE_PORTAL_PENDING]


@pytest.mark.parametrize("kind", [Kind.RETURNED_STILL_PENDING, Kind.DONE_NOT_HANDED_OVER])
def test_what_the_one_stop_does_not_have_is_looked_for_and_entered(kind):
    portal = replace(FINDING, kind=kind, open_in=(Role.PORTAL,), codes=((Role.PORTAL, "b"),))
    assert step_of(portal) is Step.ENTER
    assert "kết thúc" not in labels.remedy(portal).lower()


def test_a_state_that_is_neither_pending_nor_done_is_checked():
    odd = replace(FINDING, open_in=(Role.PORTAL,), recorded=said(Status.UNKNOWN))
    assert step_of(odd) is Step.CHECK


@pytest.mark.parametrize("kind", [kind for kind in Kind if usual_step(kind) in CLOSING])
def test_a_clerk_s_own_statement_closes_nothing(kind):
    stated = replace(FINDING, kind=kind, strength=Strength.STATEMENT)
    assert step_of(stated) is Step.APPROVE
    assert step_of(stated) not in CLOSING


def test_every_step_has_its_words_and_a_place():
    for words in (labels.STEPS, labels.BRIEF_STEPS, ORDER):
        assert set(words) == set(Step)
    for kind in Kind:
        assert usual_step(kind) in ORDER


def test_a_linked_dossier_is_asked_for_the_steps_that_it_has():
    birth = replace(FINDING, procedure=Procedure.BIRTH_LINKED)
    death = replace(FINDING, procedure=Procedure.DEATH_LINKED)
    assert "BHYT" in labels.remedy(birth)
    assert "mai táng phí" not in labels.remedy(birth)
    assert "mai táng phí" in labels.remedy(death)
    assert "BHYT" not in labels.remedy(death)
    assert "xem bước nào" not in labels.remedy(replace(birth, stuck="bước 3 chưa gửi"))


def test_a_duplicate_is_found_at_the_dossier_that_is_not_the_other_one():
    twice = replace(
        FINDING, kind=Kind.DUPLICATE_DOSSIER, anchor=pair_anchor("x:1", "x:2"), other="x:1"
    )
    assert dossiers_of(twice) == ("x:2",)
    assert dossiers_of(replace(FINDING, members=("x:1", "x:2"))) == ("x:1", "x:2")
