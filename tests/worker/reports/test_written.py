"""What a report takes from an earlier one is what it would have made anew."""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import msgspec
import pytest

from reconcile.cases import Link, LinkState, Method, Reason
from reconcile.claims import Claim, Place, RegisterType, Role
from reconcile.lifecycle import State
from tests.worker.reports_sample import sample_facts
from worker.reports import build, lines_of, link_lines
from worker.reports.facts import MadeRow, RunFacts
from worker.reports.link_lines import LinkChange
from worker.reports.written import Lines


def written(facts: RunFacts) -> tuple[Lines, bytes]:
    """The lines of a report, and the report."""
    lines = lines_of(facts)
    return lines, msgspec.msgpack.encode(build(facts, lines))


def kept(lines: Lines) -> dict[str, MadeRow]:
    return {name: (lines.made_of[name], lines.payload(name)) for name in lines.of}


def taken(rows: Mapping[str, MadeRow]) -> Callable[[Collection[str]], Mapping[str, MadeRow]]:
    return lambda ids: {name: rows[name] for name in ids if name in rows}


def without(facts: RunFacts, place: int) -> RunFacts:
    """The facts without one of the findings."""
    return replace(facts, findings=facts.findings[:place] + facts.findings[place + 1 :])


def otherwise(facts: RunFacts, place: int, **other: object) -> RunFacts:
    """The facts with one finding remembered otherwise."""
    one = replace(facts.findings[place], **other)  # type: ignore[arg-type]
    return replace(facts, findings=(*facts.findings[:place], one, *facts.findings[place + 1 :]))


@pytest.mark.parametrize("seed", [24, 7])
def test_nothing_changed_is_nothing_made(seed: int):
    facts = sample_facts(seed)
    before, report = written(facts)
    again, same = written(replace(facts, written=taken(kept(before))))
    assert same == report
    assert not again.of
    assert set(before.of) == {one.finding.id for one in facts.findings}


@pytest.mark.parametrize("seed", range(6))
def test_a_few_changes_are_the_report_made_anew(seed: int):
    facts, chance = sample_facts(20 + seed), random.Random(seed)
    before, _ = written(facts)
    at = chance.randrange(len(facts.findings))
    changes = [
        without(facts, at),
        otherwise(facts, at, state=State.WAIVED, reason="để sau"),
        otherwise(facts, at, state=State.SUSPECTED),
        otherwise(facts, at, finding=replace(facts.findings[at].finding, days_open=1)),
        replace(facts, papers={facts.findings[at].finding.id: ("Thư xin lỗi số 1",)}),
        replace(facts, unit_names={code: name.upper() for code, name in facts.unit_names.items()}),
        replace(facts, scope=replace(facts.scope, as_of_given=not facts.scope.as_of_given)),
    ]
    for now in changes:
        lines, report = written(replace(now, written=taken(kept(before))))
        anew, expected = written(now)
        assert report == expected
        there = {one.finding.id for one in now.findings}
        stays = {name: row for name, row in kept(before).items() if name in there}
        assert stays | kept(lines) == kept(anew)


def row(number: int, *places: Place) -> Claim:
    return Claim(
        key=f"so#{number:03}",
        source="so",
        role=Role.REGISTER,
        register_type=RegisterType.TRACKING,
        places=tuple(sorted(places)),
    )


def link(number: int, probability: float) -> Link:
    reasons = (Reason("họ tên", "khớp", probability * 10),)
    dossier = f"motcua:{number}" if probability > 0.5 else None
    state = LinkState.AUTO if dossier else LinkState.NONE
    return Link(f"so#{number:03}", dossier, Method.PEOPLE, probability, state, reasons=reasons)


@pytest.mark.parametrize("seed", range(8))
def test_link_lines_by_change_are_those_of_everything(seed: int):
    chance = random.Random(seed)
    free = [Place(file, "Trang1", at) for file in ("a.xlsx", "b.xlsx") for at in range(2, 300)]
    chance.shuffle(free)
    claims = {one.key: one for one in (row(n, free.pop(), free.pop()) for n in range(200))}
    links = {one.row: one for one in (link(n, chance.random()) for n in range(200))}
    before = link_lines.blocks(links.values(), claims)

    touched = chance.sample(range(200), 12)
    gone = [place for n in touched for place in claims[f"so#{n:03}"].places]
    free += gone
    chance.shuffle(free)
    for n in touched:
        if n % 4:
            claims[f"so#{n:03}"] = row(n, *(free.pop() for _ in range(chance.choice((1, 2)))))
            links[f"so#{n:03}"] = link(n, chance.random())
        else:
            del claims[f"so#{n:03}"], links[f"so#{n:03}"]
    again = [links[f"so#{n:03}"] for n in touched if n % 4]
    by_change = link_lines.changed(LinkChange(before, gone, again, claims))
    assert by_change == link_lines.blocks(links.values(), claims)
    assert by_change != before


def test_rows_that_share_a_place_are_all_made_anew():
    place = Place("a.xlsx", "Trang1", 2)
    claims = {one.key: one for one in (row(1, place), row(2, place))}
    before = link_lines.blocks([link(1, 0.9), link(2, 0.9)], claims)
    assert link_lines.changed(LinkChange(before, [place], [link(1, 0.6)], claims)) is None
    not_there = Place("a.xlsx", "Trang1", 3)
    assert link_lines.changed(LinkChange(before, [not_there], [], claims)) is None
