"""What every maker of claims shares, whether a dossier came in a file or over the network."""

from __future__ import annotations

from rapidfuzz import fuzz

from connectors.files.headers import words
from reconcile.claims import Claim

#: The fields that hold a whole day.
DAYS = (
    "submitted_on",
    "received_on",
    "due_on",
    "finished_on",
    "returned_on",
    "registered_on",
    "supplement_asked_on",
    "supplement_given_on",
    "new_due_on",
)
#: Names less alike than this (of 100) are two people.
ANOTHER_PERSON = 70.0


def another_person(one: Claim, other: Claim) -> bool:
    """True where two claims with one code clearly speak of two people."""
    names = (one.subject, other.subject)
    if not all(names):
        names = (one.applicant, other.applicant)
    return all(names) and fuzz.token_sort_ratio(*map(words, names)) < ANOTHER_PERSON
