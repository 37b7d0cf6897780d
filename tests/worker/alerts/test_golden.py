"""The approved mails: subject, text and HTML.

``DOISOAT_GOLDEN=update pytest tests/worker/alerts/test_golden.py`` writes the approved files anew;
look at the difference before it is committed.
"""

import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from reconcile.claims import Procedure
from reconcile.findings import Kind
from reconcile.lifecycle import State
from tests.worker.alerts_sample import (
    HEAD,
    MONDAY,
    PORTAL_DOWN,
    SOURCES,
    ZONE,
    held,
    office,
    situation,
    told,
    twelve,
)
from worker.alerts.digest import DIGEST, ESCALATION, FULL_RUN_DIFFERS, SOURCES_DOWN, compose
from worker.alerts.letters import Templates

GOLDEN = Path(__file__).parents[2] / "golden" / "alerts"
PORTAL_SILENT = (SOURCES[0], PORTAL_DOWN, SOURCES[2])
LAST_MONDAY = date(2026, 11, 16)
NIGHT = datetime(2026, 11, 23, 1, 0, 7, tzinfo=ZONE)


def _ordinary():
    known = twelve()
    theirs = (
        held(13, Kind.LOCAL_DONE_PORTAL_PENDING, open_in=()),
        held(
            14,
            Kind.RETURNED_LATE,
            waits_for="cư trú (Công an), BHYT (Bảo hiểm xã hội)",
            procedure=Procedure.BIRTH_LINKED,
        ),
        held(15, state=State.WAIVED),
    )
    gone = held(16)
    return situation(
        *known,
        *theirs,
        told=told(*known[3:], gone),
        last={HEAD: LAST_MONDAY},
        resolved=frozenset({gone.discrepancy.id}),
    )


def _first():
    known = [held(number, backlog=True) for number in range(1, 59)]
    return situation(*known, held(60, Kind.TRULY_OVERDUE, backlog=True))


def _reminder():
    known = (held(1), held(2, state=State.ACKNOWLEDGED))
    return situation(*known, told=told(*known), last={HEAD: LAST_MONDAY})


def _cleared():
    gone = held(1)
    return situation(
        told=told(gone), last={HEAD: LAST_MONDAY}, resolved=frozenset({gone.discrepancy.id})
    )


def _escalated():
    known = (held(1, opened_on=date(2026, 11, 2)), held(2, Kind.TRULY_OVERDUE,
             opened_on=date(2026, 11, 4)))  # fmt: skip
    return situation(*known, told=told(*known), last={HEAD: date(2026, 11, 20)})


CASES = {
    "thu-tuan": (DIGEST, _ordinary()),
    "thu-dau-tien": (DIGEST, _first()),
    "thu-nhac-lai": (DIGEST, _reminder()),
    "thu-het-viec": (DIGEST, _cleared()),
    "thu-thieu-nguon": (DIGEST, replace(_ordinary(), sources=PORTAL_SILENT)),
    "thu-chua-ket-luan": (DIGEST, replace(_cleared(), sources=PORTAL_SILENT)),
    "thu-nguon-hong": (SOURCES_DOWN, situation(sources=PORTAL_SILENT, as_of=MONDAY)),
    "thu-doi-chieu-khac": (FULL_RUN_DIFFERS, situation(differs_at=NIGHT)),
    "thu-van-phong": (ESCALATION, _escalated()),
}


def mail_of(name):
    kind, at = CASES[name]
    sent = compose(at, office(escalation=True, escalation_to=("vanphong@huyen.example",)))
    [message] = [one for one in sent if one.kind == kind]
    return Templates().body(message)


def approve(name, text):
    path = GOLDEN / name
    if os.environ.get("DOISOAT_GOLDEN") == "update":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{name} is not what was approved"


@pytest.mark.parametrize("name", CASES)
def test_the_mail_is_the_approved_one(name):
    body = mail_of(name)
    approve(f"{name}.txt", f"{body.subject}\n\n{body.text}")
    approve(f"{name}.html", body.html)


@pytest.mark.parametrize("name", CASES)
def test_the_text_has_no_loose_ends(name):
    text = mail_of(name).text
    assert "\n\n\n" not in text
    assert not any(line != line.rstrip() for line in text.splitlines())
    assert "None" not in text
    assert "{{" not in text


@pytest.mark.parametrize("name", CASES)
def test_the_html_needs_nothing_from_outside(name):
    html = mail_of(name).html
    for outside in ("<script", "<img", "<link", "url(", "http://d", "https://", "@import"):
        assert outside not in html
    assert "max-width:600px" in html
