"""What drawn papers say of frozen figures."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from reconcile.figures import sampling
from reconcile.figures.checking import (
    Claimed,
    Seen,
    SeenPaper,
    Window,
    contradiction,
    is_late,
    listed,
    manifest,
    manifest_hash,
    outcome,
    place,
    plan,
    population,
    prefix,
)
from reconcile.figures.frozen import Placed
from reconcile.figures.standing import Column, SubLine

WINDOW = Window(date(2024, 1, 1), date(2024, 3, 31))
DUE = date(2024, 2, 15)
RISK, POINT = Fraction(1, 20), Fraction(1, 100)
ONE = Placed(
    key="motcua|0001",
    code="0001",
    unit="Xã Mẫu",
    procedure="birth",
    carried=False,
    online=False,
    before=Column.OVERDUE,
    before_line=SubLine.NONE,
    after=Column.ON_TIME,
    after_line=SubLine.NONE,
    due_on=DUE,
)


def paper(registered: str = "", returned: str = "", seen: Seen = Seen.FOUND) -> SeenPaper:
    def day(text: str) -> date | None:
        return date.fromisoformat(f"2024-{text}") if text else None

    return SeenPaper(ONE.key, seen, day(registered), day(returned))


# ----------------------------------------------------------------------------- one paper


@pytest.mark.parametrize(
    ("found", "ended", "says"),
    [
        (paper(registered="02-14"), None, Column.EARLY),
        (paper(registered="02-15"), None, Column.ON_TIME),
        (paper(registered="02-16"), None, Column.LATE),
        # people collect late: the registration is the end
        (paper(registered="02-10", returned="03-20"), None, Column.EARLY),
        (paper(returned="02-16"), None, Column.LATE),
        # a hand-over proves only that it had ended by then
        (paper(returned="02-16"), date(2024, 2, 15), Column.ON_TIME),
        (paper(returned="02-10"), date(2024, 2, 20), Column.EARLY),
        (paper(registered="02-16"), date(2024, 2, 15), Column.LATE),
        # what is dated after the cut-off has not happened yet
        (paper(registered="04-02"), None, Column.OVERDUE),
        (paper(registered="04-02", returned="04-03"), date(2024, 4, 1), Column.OVERDUE),
        (paper(seen=Seen.PENDING), None, Column.OVERDUE),
        (paper(seen=Seen.MISSING), None, None),
    ],
)
def test_a_paper_puts_its_dossier_in_a_column(found, ended, says):
    assert place(found, replace(ONE, ended_on=ended), WINDOW) is says


def test_a_paper_of_before_the_period_ends_the_dossier_before_it():
    old = SeenPaper(ONE.key, Seen.FOUND, date(2023, 12, 30), None)
    assert place(old, ONE, WINDOW) is Column.ENDED_BEFORE


def test_a_clock_that_stands_is_not_started_again_by_a_pending_paper():
    waiting = replace(ONE, before=Column.IN_TIME, before_line=SubLine.WAITING, after=Column.IN_TIME)
    assert place(paper(seen=Seen.PENDING), waiting, WINDOW) is Column.IN_TIME


@pytest.mark.parametrize(("due", "says"), [(DUE, Column.OVERDUE), (None, Column.IN_TIME)])
def test_a_pending_paper_of_a_dossier_that_the_software_closed(due, says):
    closed = replace(ONE, before=Column.ON_TIME, after=Column.ON_TIME, due_on=due)
    assert place(paper(seen=Seen.PENDING), closed, WINDOW) is says


def test_a_dossier_without_a_due_date_counts_as_on_time():
    assert place(paper(registered="03-20"), replace(ONE, due_on=None), WINDOW) is Column.ON_TIME


@pytest.mark.parametrize(
    ("claimed", "after", "says", "way"),
    [
        (Claimed.LATE_RATE, Column.ON_TIME, Column.EARLY, 0),
        (Claimed.LATE_RATE, Column.ON_TIME, Column.LATE, 1),
        (Claimed.LATE_RATE, Column.ON_TIME, Column.OVERDUE, 1),
        (Claimed.LATE_RATE, Column.OVERDUE, Column.LATE, 0),
        (Claimed.LATE_RATE, Column.OVERDUE, Column.ON_TIME, -1),
        (Claimed.MOVED, Column.ON_TIME, Column.ON_TIME, 0),
        (Claimed.MOVED, Column.ON_TIME, Column.EARLY, 1),
        (Claimed.STILL_OPEN, Column.OVERDUE, Column.IN_TIME, 0),
        (Claimed.STILL_OPEN, Column.OVERDUE, Column.LATE, 1),
        (Claimed.STILL_OPEN, Column.IN_TIME, Column.ENDED_BEFORE, 1),
    ],
)
def test_when_a_paper_contradicts(claimed, after, says, way):
    assert contradiction(claimed, replace(ONE, after=after), says) == way


# ----------------------------------------------------------------------------- the list


def test_the_manifest_is_sorted_and_its_hash_follows_every_column():
    other = replace(ONE, key="motcua|0000", unit="Xã Khác")
    text = manifest([ONE, other])
    assert text == (
        "motcua|0000\tXã Khác\tin_progress.overdue\tresolved.on_time\t2024-02-15\t\n"
        "motcua|0001\tXã Mẫu\tin_progress.overdue\tresolved.on_time\t2024-02-15\t\n"
    )
    assert text == manifest([other, ONE])
    for change in (
        {"unit": "Xã Ba"},
        {"after": Column.LATE},
        {"before": Column.IN_TIME},
        {"due_on": None},
        {"ended_on": DUE},
    ):
        assert manifest_hash(manifest([replace(ONE, **change), other])) != manifest_hash(text)


def test_a_manifest_read_back_holds_all_that_a_paper_is_held_against():
    known = [replace(ONE, key=f"k{day}", ended_on=date(2024, 2, day)) for day in (3, 1, 2)]
    read = listed(manifest(known))
    assert [(one.key, one.due_on, one.ended_on) for one in read] == [
        (f"k{day}", DUE, date(2024, 2, day)) for day in (1, 2, 3)
    ]
    with pytest.raises(ValueError, match="unpack"):
        listed("motcua|0001\tXã Mẫu\n")


def test_only_lots_drawn_without_a_gap_speak_for_a_list():
    keys = [f"k{number}" for number in range(50)]
    order = sampling.draw(keys, "5", 50)
    assert prefix(keys, "5", frozenset(order[:12]) | {order[20]}) == order[:12]
    assert prefix(keys, "5", frozenset(order)) == order
    assert prefix(keys, "5", frozenset()) == ()


# ----------------------------------------------------------------------------- the whole


def district(
    size: int, late: int, wrong: int, seed: int
) -> tuple[list[Placed], dict[str, SeenPaper]]:
    """A frozen list, and the papers behind it, ``wrong`` of which are late though we said not."""
    rng = random.Random(seed)
    placed, papers = [], {}
    names = [f"motcua|{number:05}" for number in range(size)]
    hidden = set(rng.sample(names[late:], wrong))
    for number, key in enumerate(names):
        is_one_late = number < late
        after = Column.LATE if is_one_late else Column.ON_TIME
        placed.append(replace(ONE, key=key, before=Column.OVERDUE, after=after))
        day = 16 if is_one_late or key in hidden else 15
        papers[key] = SeenPaper(key, Seen.FOUND, date(2024, 2, day))
    return placed, papers


def held(placed, papers, seed: str, count: int):
    planned = plan(placed, Claimed.LATE_RATE, risk=RISK, margin=POINT)
    chosen = population(Claimed.LATE_RATE, placed)
    drawn = sampling.draw(chosen, seed, count)
    return outcome(planned, chosen, drawn, papers, WINDOW)


def test_the_plan_of_the_worked_example():
    placed, papers = district(4917, 2188, 0, 1)
    planned = plan(placed, Claimed.LATE_RATE, risk=RISK, margin=POINT)
    assert planned.papers == (423, 697, 901)
    assert (planned.size, planned.reported, planned.allowed) == (4917, 2188, 49)
    found = held(placed, papers, "1" * 20, 423)
    assert (found.proven, found.needed, found.count_all) == (True, 423, False)
    assert f"{float(found.interval.low):.4f} {float(found.interval.high):.4f}" == "0.4350 0.4550"


def test_a_wrong_figure_is_certified_no_more_often_than_the_risk_and_a_right_one_is():
    """49 wrong are within a point; 50 are not, and may be certified in 5 % of the draws at most.

    Papers are drawn until it is proven or until 30 % of the list, looking every 50.
    """

    def certified(wrong: int, histories: int) -> int:
        placed, papers = district(4917, 2188, wrong, wrong)
        true = {key: is_late(place(one, ONE, WINDOW) or Column.LATE) for key, one in papers.items()}
        ours = {one.key: is_late(one.after) for one in placed}
        bad = frozenset(key for key in true if true[key] != ours[key])
        assert len(bad) == wrong
        keys, count = sorted(true), 0
        for history in range(histories):
            order = random.Random(history).sample(keys, 1475)
            found = 0
            for look, key in enumerate(order, 1):
                found += key in bad
                if look % 50 == 0 and look >= 400 and bound_of(look, found) <= 49:
                    count += 1
                    break
        return count

    known: dict[tuple[int, int], int] = {}

    def bound_of(drawn: int, found: int) -> int:
        if (drawn, found) not in known:
            known[drawn, found] = sampling.bound(4917, drawn, found, RISK / 2)
        return known[drawn, found]

    assert certified(0, 40) == 40
    assert certified(50, 400) <= 400 * RISK


def test_more_papers_are_asked_for_after_a_contradiction():
    placed, papers = district(4917, 2188, 0, 1)
    first = sampling.draw(papers, "7", 1)[0]
    index = next(place for place, one in enumerate(placed) if one.key == first)
    flipped = Column.ON_TIME if placed[index].after is Column.LATE else Column.LATE
    placed[index] = replace(placed[index], after=flipped)
    found = held(placed, papers, "7", 423)
    assert found.too_kind + found.too_harsh == 1
    assert (found.proven, found.needed) == (False, 697)


def test_a_missing_paper_counts_on_both_sides_and_is_not_replaced():
    placed, papers = district(4917, 2188, 0, 1)
    lost = sampling.draw(papers, "7", 1)[0]
    sure = held(placed, papers, "7", 697)
    found = held(placed, papers | {lost: SeenPaper(lost, Seen.MISSING)}, "7", 697)
    assert (found.drawn, found.missing) == (697, 1)
    assert found.interval.low < sure.interval.low
    assert found.interval.high > sure.interval.high


def test_a_draw_without_its_answers_proves_nothing():
    placed, papers = district(300, 100, 0, 1)
    first = sampling.draw(papers, "7", 1)[0]
    del papers[first]
    with pytest.raises(KeyError):
        held(placed, papers, "7", 20)


def test_a_list_of_moved_dossiers_is_bounded_on_one_side():
    placed, papers = district(636, 0, 0, 3)
    planned = plan(placed, Claimed.MOVED, risk=RISK, margin=Fraction(5, 100))
    assert planned.papers[0] == 60
    drawn = sampling.draw(population(Claimed.MOVED, placed), "9", 60)
    found = outcome(planned, population(Claimed.MOVED, placed), drawn, papers, WINDOW)
    assert found.proven
    assert found.interval.high <= Fraction(5, 100)


def test_a_claim_about_nothing_is_no_plan():
    with pytest.raises(ValueError, match="no dossier"):
        plan([ONE], Claimed.STILL_OPEN, risk=RISK, margin=POINT)


def test_nearly_all_papers_means_counting_all():
    placed, papers = district(200, 60, 20, 4)
    assert held(placed, papers, "3", 100).count_all
