"""Which days of a period the counted software speaks of, and which it does not."""

from datetime import date

import pytest

from reconcile.claims import Role
from reconcile.coverage import Coverage, SourceCoverage, Stretch, silenced, uncovered
from reconcile.scope import Scope

Q1 = (date(2024, 1, 1), date(2024, 3, 31))
Q2 = (date(2024, 4, 1), date(2024, 6, 30))
HALF = (date(2024, 1, 1), date(2024, 6, 30))


def covered_by(*windows: Stretch, role: Role = Role.ONE_STOP) -> Coverage:
    source = SourceCoverage("motcua", role, "export", answered=True, windows=windows)
    paper = SourceCoverage("so-giay", Role.REGISTER, "register", answered=True)
    return Coverage((source, paper))


def told(first: str, last: str) -> Stretch:
    """A list that announces its period."""
    return Stretch(date.fromisoformat(first), date.fromisoformat(last), True, True)


def seen(first: str, last: str) -> Stretch:
    """A list that announces none: its first and its last dossier."""
    return Stretch(date.fromisoformat(first), date.fromisoformat(last))


def missing(coverage: Coverage, period: tuple[date, date] | None, as_of: date | None = None):
    starts, ends = period or (None, None)
    scope = Scope(as_of=as_of or ends or date(2024, 6, 30), starts=starts, ends=ends)
    return uncovered(coverage, scope, edge_days=3, untold_days=90)


@pytest.mark.parametrize(
    ("windows", "period"),
    [
        ([told("2024-01-01", "2024-03-31")], Q1),
        ([told("2024-01-01", "2024-03-29")], Q1),  # the rest is a weekend, nearer than the edge
        ([seen("2024-01-02", "2024-01-20")], Q1),  # a small commune: quiet is not unread
        ([told("2024-01-01", "2024-03-31"), told("2024-04-01", "2024-06-30")], HALF),
        ([seen("2024-01-02", "2024-03-28")], None),  # no period was asked for
        ([], Q1),  # nothing was read at all: that is another matter
    ],
)
def test_what_is_covered(windows, period) -> None:
    assert missing(covered_by(*windows), period) is None


@pytest.mark.parametrize("window", [told, seen])
def test_a_period_outside_of_every_list_is_not_covered_at_all(window) -> None:
    found = missing(covered_by(window("2024-01-01", "2024-03-31")), Q2)
    assert found is not None
    assert (found.whole, found.days, found.known) == (True, (Q2,), Q1)


def test_a_part_that_an_announced_list_leaves_out_is_not_covered() -> None:
    found = missing(covered_by(told("2024-01-01", "2024-02-15")), Q1)
    assert found is not None
    assert (found.whole, found.days) == (False, ((date(2024, 2, 16), date(2024, 3, 31)),))


def test_a_month_between_two_announced_lists_is_not_covered() -> None:
    lists = (told("2024-01-01", "2024-01-31"), told("2024-03-01", "2024-03-31"))
    found = missing(covered_by(*lists), Q1)
    assert found is not None
    assert found.days == ((date(2024, 2, 1), date(2024, 2, 29)),)


def test_a_whole_quarter_of_silence_is_no_quiet_stretch() -> None:
    found = missing(covered_by(seen("2024-01-02", "2024-03-28")), HALF)
    assert found is not None
    assert found.days == ((date(2024, 3, 29), date(2024, 6, 30)),)


def test_days_after_the_cut_off_are_asked_of_nobody() -> None:
    assert missing(covered_by(told("2024-01-01", "2024-03-31")), HALF, date(2024, 3, 31)) is None


def test_software_that_speaks_of_no_day_of_the_period_has_not_answered() -> None:
    coverage = covered_by(told("2024-01-01", "2024-03-31"))
    whole = missing(coverage, Q2)
    software, paper = silenced(coverage, whole).sources
    assert (software.answered, software.unread_since) == (False, date(2024, 4, 1))
    assert paper.answered
    assert silenced(coverage, missing(coverage, Q1)) is coverage
