"""The families' world: people who could have lived, a consistent truth, clerks of habit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from bench import slips
from bench.clerks import _TELEX, _VNI, HABITS, Clerk, Row, keys_of
from bench.families import HARSH, MILD, PROFILES, TRAPS, FamilyWorld, assemble
from bench.family_office import Owner, Sort
from bench.kin import TODAY, Families
from bench.kin_names import EDE, KHO, Name
from bench.tables import save
from reconcile import codes
from reconcile.claims import Procedure, RegisterType, Status


@cache
def small(name: str = "harsh", seed: int = 7) -> FamilyWorld:
    return assemble(name, replace(PROFILES[name], dossiers=1_500, units=12), seed)


@cache
def people() -> Families:
    families = Families(Random(3), 12)
    for _ in range(250):
        families.found()
    return families


# -- people ----------------------------------------------------------------------------------


def test_families_live_as_people_can() -> None:
    for person in people().people:
        assert person.died is None or person.born <= person.died <= TODAY
        mother, father = person.mother, person.father
        if mother is None or father is None:
            continue
        assert 16 <= person.born.year - mother.born.year <= 46
        assert mother.alive(person.born) or mother.died == person.born
        assert person in mother.children
        assert person in father.children


def test_brothers_and_sisters_are_nine_months_apart_or_twins() -> None:
    mothers = {p.mother.number: p.mother for p in people().people if p.mother}
    twins = 0
    for mother in mothers.values():
        children = sorted(mother.children, key=lambda child: child.born)
        for one, other in pairwise(children):
            days = (other.born - one.born).days
            assert days >= 270 or (one.twin and other.twin and days == 0)
            twins += days == 0
    assert twins


def test_generations_of_seventy_years_and_names_given_again() -> None:
    born = [person.born.year for person in people().people if person.mother]
    assert min(born) < 1960 < 2022 < max(born)
    again = [person for person in people().people if person.again]
    assert again
    for person in again:
        assert person.mother is not None
        elder = [one for one in person.mother.children if one.born < person.born]
        assert any(one.name == person.name for one in elder)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (Name(EDE, "nữ", "Niê", "", "Lan"), "H'Lan Niê"),
        (Name(EDE, "nam", "Mlô", "", "Thân"), "Y Thân Mlô"),
        (Name(KHO, "nam", "", "", "Brèo"), "K'Brèo"),
        (Name(KHO, "nữ", "Cil", "", "Nhiên"), "Cil Ka Nhiên"),
    ],
)
def test_names_stand_in_the_order_of_their_people(name: Name, shown: str) -> None:
    assert name.text == shown


# -- the world -------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    profile = replace(HARSH, dossiers=300, units=6)
    for folder in ("one", "two"):
        save(assemble("harsh", profile, 5), tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["dossiers.jsonl", "rows.clean.jsonl", "rows.jsonl", "truth.json"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert assemble("harsh", profile, 6).rows != assemble("harsh", profile, 5).rows


def test_sizes_and_seeds_of_the_profiles() -> None:
    assert (MILD.dossiers, HARSH.dossiers) == (5_000, 20_000)
    assert len({claim.key for claim in small().dossiers}) == len(small().dossiers) >= 1_500


@pytest.mark.parametrize("name", PROFILES)
def test_every_row_is_the_right_persons_own_event(name: str) -> None:
    world = small(name)
    dossiers = {claim.key: claim for claim in world.dossiers}
    assert {row.key for row in world.rows} == set(world.truth) == {r.key for r in world.written}
    for row in world.rows:
        true = world.truth[row.key]
        if true is None:
            continue
        own, other = world.who[row.key], world.who[true]
        assert (own.person, own.event) == (other.person, other.event)
        assert other.sort in (Sort.OF_EVENT, Sort.BESIDE)
        assert dossiers[true].status not in (Status.WITHDRAWN, Status.NOT_ACCEPTED)
    never = sum(true is None for true in world.truth.values())
    assert 0.01 < never / len(world.truth) < 0.12


@pytest.mark.parametrize("name", PROFILES)
def test_a_code_trap_bears_the_code_of_a_dossier_that_is_not_its_own(name: str) -> None:
    world = small(name)
    dossiers = {claim.key: claim for claim in world.dossiers}
    rows = {row.key: row for row in world.rows}
    assert world.traps
    for row, bait in world.traps.items():
        assert bait in dossiers
        assert bait != world.truth[row]
        assert codes.normal(rows[row].own_code) == dossiers[bait].own_code
    # And no other row bears another dossier's code.
    for row in world.rows:
        whole = codes.normal(row.own_code) if row.own_code else ""
        if f"motcua:{whole}" in dossiers and row.key not in world.traps:
            assert f"motcua:{whole}" == world.truth[row.key]


def test_traps_of_every_kind_are_planted() -> None:
    world = small("traps")
    kinds = Counter(
        "own" if own.person == other.person else "sibling" if own.family == other.family else "near"
        for row, bait in world.traps.items()
        for own, other in [(world.who[row], world.who[bait])]
    )
    assert min(kinds["own"], kinds["sibling"], kinds["near"]) > 5
    coded = sum(bool(codes.parse(row.own_code)) for row in world.rows)
    assert len(world.traps) > 0.6 * coded


def test_a_child_has_several_dossiers_and_communes_export_in_four_ways() -> None:
    world = small()
    sorts = Counter(world.who[claim.key].sort for claim in world.dossiers)
    assert all(sorts[sort] for sort in Sort)
    owners = Counter(
        world.who[c.key].owner for c in world.dossiers if c.procedure is not Procedure.OTHER
    )
    assert all(owners[owner] for owner in (Owner.APPLICANT, Owner.SUBJECT, Owner.UNNAMED))
    per_child = Counter(world.who[claim.key].person for claim in world.dossiers)
    assert max(per_child.values()) >= 3
    by_unit: dict[str, set[bool]] = {}
    for claim in world.dossiers:
        by_unit.setdefault(claim.unit, set()).add(bool(claim.subject))
    assert {True, False} in by_unit.values()  # mixed
    assert {True} in by_unit.values()
    assert {False} in by_unit.values()


def test_a_withdrawn_dossier_comes_before_the_one_that_took_its_place() -> None:
    world = small()
    by_event: dict[tuple[int, str], list[tuple[Sort | None, object]]] = {}
    for claim in world.dossiers:
        who = world.who[claim.key]
        by_event.setdefault((who.person, who.event), []).append((who.sort, claim.received_on))
    seen = 0
    for dossiers in by_event.values():
        days = dict(dossiers)
        if Sort.WITHDRAWN in days:
            seen += 1
            assert days[Sort.WITHDRAWN] < days[Sort.OF_EVENT]  # type: ignore[operator]
    assert seen > 5


def test_brothers_and_sisters_are_registered_late_together() -> None:
    world = small()
    days = Counter(
        (world.who[c.key].family, c.received_on)
        for c in world.dossiers
        if world.who[c.key].sort is Sort.OF_EVENT
        and c.procedure is Procedure.BIRTH
        and c.received_on
        and c.birth_date[:4] < str(c.received_on.year - 1)
    )
    assert max(days.values()) >= 2


def test_an_infant_has_a_birth_and_a_death() -> None:
    world = small()
    events: dict[int, set[str]] = {}
    for row in world.rows:
        events.setdefault(world.who[row.key].person, set()).add(world.who[row.key].event)
    assert {"birth", "death"} in events.values()


def test_a_row_that_stands_twice_has_one_truth() -> None:
    world = assemble("harsh", replace(HARSH, dossiers=600, units=6, copied=0.3), 1)
    first = Counter(world.truth[row] for row in world.truth if world.truth[row])
    assert world.copies
    for row in world.copies:
        true = world.truth[row]
        assert true is None or first[true] >= 2


# -- clerks ----------------------------------------------------------------------------------


def test_keys_that_the_keyboard_did_not_join() -> None:
    assert keys_of("Lượm", _TELEX) == "Luwowmj"
    assert keys_of("Quốc", _TELEX) == "Quoocs"
    assert keys_of("Đặng", _VNI) == "D9a8ng5"


def test_every_habit_shows_and_what_only_looks_odd_is_put_right() -> None:
    world = small()
    noted = {what for slips_ in world.noted.values() for what in slips_}
    shown = {f"habit:{habit}" for habit in HABITS} - {"habit:short", "habit:bare"}
    assert shown <= noted
    assert {"shifted:mother", "shifted:subject"} & noted
    assert any(what.startswith("above:") for what in noted)
    written = {claim.key: claim for claim in world.written}
    years = 0
    for row in world.rows:
        right = written[row.key]
        if "habit:two digits" in world.noted[row.key] and right.birth_date:
            years += 1
        if set(world.noted[row.key]) & {"habit:telex", "habit:vni"}:
            assert not any(letter.isdigit() for letter in right.subject)
    assert years > 10


def test_a_clerk_does_as_always() -> None:
    row = Row({"subject": "Nguyễn Gia Bảo", "birth_date": "2024-03-05", "sex": "nam"})
    calm = replace(HARSH.hand, slip=0.0, accents=0.0, shortened=0.0, wrong_birth=0.0, shifted=0.0)
    Clerk(frozenset({"two digits", "bare"}), calm).write(Random(1), row, None, {})
    assert row.raw["subject"] == "Nguyen Gia Bao"
    assert row.raw["birth_date"] == "05/03/24"
    assert row.clean["birth_date"] == "2024-03-05"


def test_the_mother_is_always_the_applicant_of_one_clerk() -> None:
    world = small()
    of_one = [row for row in world.written if "habit:mother" in world.noted[row.key]]
    assert of_one
    same = sum(row.applicant.split()[-1:] == row.mother.split()[-1:] for row in of_one)
    assert same > 0.6 * len(of_one)  # an absence or a slip may have come between


def test_civil_status_rows_have_no_code_and_tracking_rows_name_their_procedure() -> None:
    for row in small().rows:
        if row.register_type is RegisterType.TRACKING:
            assert row.procedure is not Procedure.UNKNOWN
        else:
            assert not row.own_code


def test_traps_are_harsh_rows() -> None:
    assert TRAPS.hand == HARSH.hand
    assert TRAPS.sibling_code + TRAPS.own_code + TRAPS.near_code == pytest.approx(1.0)


# -- scans -----------------------------------------------------------------------------------


def test_a_scan_is_misread_by_the_eye() -> None:
    random = Random(1)
    seen = {slips.slip_of_the_scan(random, "Nguyễn Thị Thảo") for _ in range(300)}
    assert {"Nguyễn Thị Thão", "Nguyễn ThịThảo"} <= seen
    assert any("Nguyẽn" in name for name in seen)
    assert len(seen) > 8
    cut = {slips.cut_by_the_scan(random, "Nguyễn Thị Thảo") for _ in range(200)}
    assert cut == {"Thị Thảo", "Nguyễn T. Thảo", "Nguyễn Thảo"}
