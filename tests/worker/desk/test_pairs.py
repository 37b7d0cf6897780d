"""Doubtful pairs with blind controls among them, read by one person or two."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from reconcile.figures.standing import Column
from reconcile.linking.controls import WhyAsked
from reconcile.scope import Scope
from tests.worker.desk.doubts import TWINS, doubtful_office
from tests.worker.office import Office
from worker.desk import pairs as desk
from worker.desk.actor import Actor, NotAllowed, OfficeRole, Unseen
from worker.desk.quality import quality
from worker.house import House
from worker.run import story
from worker.run.requests import Request
from worker.store.pairs import Reader, WaitingPair

pytestmark = pytest.mark.usefixtures("either_database")

UNIT = "Xã Thử Nghiệm"
AN = Actor("An", OfficeRole.OFFICER)
BINH = Actor("Bình", OfficeRole.OFFICER)
HEAD = Actor("Chủ tịch", OfficeRole.APPROVER)
SHELL = Actor("root", OfficeRole.SHELL)


@pytest.fixture
def office(made_once) -> Office:
    """Four doubts, and as many controls: two links, two planted."""
    return made_once(doubtful_office)


@pytest.fixture
def house(office: Office) -> House:
    return office.house()


def asked(house: House, why: WhyAsked, who: Actor = SHELL) -> list[WaitingPair]:
    return [one for one in desk.waiting(house, who) if one.why is why]


def links_of(office: Office) -> list[dict[str, object]]:
    """What the next run says of every row; the machine's own file."""
    return office.run("--as-of", "2024-03-31").links


def test_controls_of_both_sorts_stand_among_the_doubts(house: House) -> None:
    found = desk.waiting(house, SHELL)
    assert [one.lot for one in found] == sorted(one.lot for one in found)
    counts = {why: len(asked(house, why)) for why in WhyAsked}
    assert counts[WhyAsked.DOUBTFUL] == len(TWINS)
    assert min(counts[WhyAsked.LINKED], counts[WhyAsked.PLANTED]) > 0
    assert desk.left(house, SHELL) == len(found) == 2 * len(TWINS)
    linked = {link.row: link for link in house.store.decisions.links()}
    for one in asked(house, WhyAsked.LINKED):
        assert linked[one.link.row].dossier == one.link.dossier
        assert one.probability == linked[one.link.row].probability
    for one in asked(house, WhyAsked.PLANTED):
        assert linked[one.link.row].dossier != one.link.dossier


def test_no_two_controls_look_alike(house: House) -> None:
    rows = [one.link.row for one in desk.waiting(house, SHELL)]
    claims = house.store.search.claims(rows)
    looks = [(one.subject, one.mother, one.birth_date) for one in claims]
    assert len(set(looks)) == len(looks) == len(rows)


def shape(said: object) -> object:
    """What of a page or a list is not its content."""
    if isinstance(said, dict):
        return {key: shape(value) for key, value in said.items() if key != "rival"}
    return "x" if isinstance(said, str) else type(said).__name__


def test_nothing_but_its_content_tells_a_control_from_a_doubt(office: Office) -> None:
    listed = json.loads(office.command("review", "list", "--json").stdout)
    assert len({json.dumps(shape(one), sort_keys=True) for one in listed}) == 1
    keys = [one["key"].partition("#")[2] for one in listed]
    house = office.house()
    for key in keys:
        shown = office.command("review", "show", key)
        assert shown.exit_code == 0
        view = desk.view(house, AN, desk.of_row(house, AN, key))
        assert "own_code" not in {line.field for line in view.lines}
        (told,) = (line for line in shown.stdout.splitlines() if line.startswith("Mã hồ sơ"))
        codes = [code for code in (view.code, view.rival_code) if code]
        assert told.split()[3:] == codes  # the dossier's and its rival's, never the row's
    book = openpyxl.load_workbook(next(office.folder.glob("out/*/doi-soat.xlsx")))
    (name,) = (name for name in book.sheetnames if "ghi ngờ" in name)
    cells = {str(cell.value) for row in book[name].iter_rows() for cell in row}
    assert all(any(key == cell for cell in cells) for key in keys)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("why", [WhyAsked.LINKED, WhyAsked.PLANTED])
def test_whatever_is_answered_of_a_control_moves_no_link_and_no_figure(
    office: Office, why: WhyAsked, same: bool
) -> None:
    before = office.run("--as-of", "2024-03-31")
    house = office.house()
    one = asked(house, why)[0]
    command = "confirm" if same else "reject"
    code = str(one.link.dossier).partition(":")[2]
    key = one.link.row.partition("#")[2]
    said = office.command("review", command, key, code, "--by", "An")
    assert "Đã ghi" in said.output
    assert "đã có từ trước" in office.command("review", command, key, code, "--by", "An").output
    after = office.run("--as-of", "2024-03-31")
    assert (after.links, after.findings) == (before.links, before.findings)
    assert after.statistics == before.statistics
    assert house.store.answers.all() == []
    (read,) = house.store.pairs.readings()
    assert (read.why, read.same, read.probability) == (why, same, one.probability)
    assert one.pair not in {other.pair for other in desk.waiting(office.house(), SHELL)}


@pytest.mark.parametrize("why", list(WhyAsked))
def test_no_run_says_that_nothing_changed_after_an_answer(house: House, why: WhyAsked) -> None:
    request = Request(scope=Scope(date(2024, 3, 31)), formats=())
    story.run(house, request)
    assert story.run(house, request).same_as
    desk.answer(house, SHELL, asked(house, why)[0], same=False)
    assert not story.run(house, request).same_as


def test_an_answer_to_a_doubt_counts_from_the_next_run(office: Office, house: House) -> None:
    one = asked(house, WhyAsked.DOUBTFUL)[0]
    desk.answer(house, SHELL, one, same=True)
    assert [(said.row, said.dossier) for said in house.store.answers.all()] == [one.pair]
    assert one.pair not in {other.pair for other in desk.waiting(house, SHELL)}
    row = next(link for link in links_of(office) if link["method"] == "operator")
    assert row["dossier"]["code"] == str(one.link.dossier).partition(":")[2]  # type: ignore[index]


@pytest.mark.parametrize("why", list(WhyAsked))
def test_naming_the_rival_says_no_to_the_asked_one_and_looks_alike(
    house: House, why: WhyAsked
) -> None:
    one = asked(house, why)[0]
    other = next(
        link.dossier
        for link in house.store.decisions.links()
        if link.dossier not in (None, one.link.dossier)
    )
    assert desk.answer_of(house, SHELL, one.link.row, str(other), same=True).fresh
    assert one.pair not in {each.pair for each in desk.waiting(house, SHELL)}
    assert [read.same for read in house.store.pairs.readings(one.link.row)] == [False]
    counts = {said.dossier for said in house.store.answers.all()}
    assert counts == ({one.link.dossier, other} if why is WhyAsked.DOUBTFUL else set())


@pytest.mark.parametrize("why", list(WhyAsked))
def test_an_answer_is_taken_back_and_the_pair_is_asked_again(house: House, why: WhyAsked) -> None:
    one = asked(house, why)[0]
    assert not desk.take_back(house, SHELL, *one.pair)
    desk.answer(house, SHELL, one, same=False)
    assert desk.take_back(house, SHELL, *one.pair)
    assert house.store.answers.all() == []
    assert one.pair in {other.pair for other in desk.waiting(house, SHELL)}
    assert house.store.upkeep.verify() == []


def test_answered_controls_are_not_drawn_again(office: Office, house: House) -> None:
    before = {one.pair for one in desk.waiting(house, SHELL) if one.why is not WhyAsked.DOUBTFUL}
    for one in desk.waiting(house, SHELL):
        if one.pair in before:
            desk.answer(house, SHELL, one, same=one.why is WhyAsked.LINKED)
    office.run("--as-of", "2024-03-31")
    now = desk.waiting(office.house(), SHELL)
    assert before.isdisjoint({one.pair for one in now})
    assert any(one.why is not WhyAsked.DOUBTFUL for one in now)


# --- Two people ----------------------------------------------------------------------------------


@pytest.fixture
def twice(tmp_path: Path) -> House:
    """Every pair is read by two people."""
    return doubtful_office(tmp_path, second=1).house()


def test_a_second_person_is_asked_and_never_who_answered(twice: House) -> None:
    one = asked(twice, WhyAsked.DOUBTFUL)[0]
    desk.answer(twice, SHELL, one, same=False)
    assert one.pair not in {other.pair for other in desk.waiting(twice, SHELL)}
    assert one.pair in {other.pair for other in desk.waiting(twice, AN)}
    desk.answer(twice, AN, one, same=False)
    assert [said.by for said in twice.store.answers.all()] == ["root"]
    assert len(twice.store.pairs.readings()) == 2  # the equal answer is kept, too
    assert one.pair not in {other.pair for other in desk.waiting(twice, BINH)}
    known = quality(twice, HEAD)
    assert (known.read_twice, known.agreed, known.differ) == (1, 1, ())


def test_a_second_reader_who_says_otherwise_overturns_nothing_and_is_shown(twice: House) -> None:
    one = asked(twice, WhyAsked.DOUBTFUL)[0]
    desk.answer(twice, SHELL, one, same=False)
    desk.answer(twice, AN, one, same=True)
    assert [said.same for said in twice.store.answers.all()] == [False]
    known = quality(twice, HEAD)
    assert (known.read_twice, known.agreed, len(known.differ)) == (1, 0, 1)
    assert desk.take_back(twice, SHELL, *one.pair)
    assert [(said.same, said.by) for said in twice.store.answers.all()] == [(True, "An")]


def test_a_settled_doubt_is_still_read_by_a_second_person_after_a_run(tmp_path: Path) -> None:
    office = doubtful_office(tmp_path, second=1)
    house = office.house()
    one = asked(house, WhyAsked.DOUBTFUL)[0]
    desk.answer(house, SHELL, one, same=True)
    office.run("--as-of", "2024-03-31")
    assert one.pair in {other.pair for other in desk.waiting(office.house(), AN)}


def test_an_answer_that_helps_waits_for_a_second_person(house: House) -> None:
    """Overdue by the software, returned in time by the row: the figures would look better."""
    for why in WhyAsked:  # a control behaves alike, and counts for nothing
        for one in asked(house, why, AN):
            before, after = desk.effect(house, one.link)
            if (before, after) == (Column.OVERDUE, Column.ON_TIME):
                break
        else:
            continue
        assert desk.view(house, AN, one).second
        assert desk.answer(house, AN, one, same=True).waits
        assert house.store.answers.all() == []
        assert one.pair not in {each.pair for each in desk.waiting(house, AN)}
        assert one.pair not in {each.pair for each in desk.waiting(house, BINH)}
        assert one.pair in {each.pair for each in desk.waiting(house, HEAD)}
        mine = next(each for each in desk.waiting(house, HEAD) if each.pair == one.pair)
        assert not desk.answer(house, HEAD, mine, same=True).waits
        said = [(each.row, each.dossier, each.by) for each in house.store.answers.all()]
        assert said == ([(*one.pair, "An, Chủ tịch")] if why is WhyAsked.DOUBTFUL else [])
        for each in (AN, HEAD):
            desk.take_back(house, each, *one.pair)
        assert house.store.answers.all() == []


def test_what_hurts_or_says_no_counts_at_once(house: House) -> None:
    one = asked(house, WhyAsked.DOUBTFUL, AN)[0]
    assert not desk.answer(house, AN, one, same=False).waits
    assert [said.same for said in house.store.answers.all()] == [False]


# --- Who sees what -------------------------------------------------------------------------------


def test_pairs_of_other_units_are_not_there(house: House) -> None:
    stranger = Actor("Lạ", OfficeRole.OFFICER, frozenset({"Xã Khác"}))
    one = desk.waiting(house, AN)[0]
    assert desk.waiting(house, stranger) == []
    assert desk.left(house, stranger) == 0
    for ask in (
        lambda: desk.by_lot(house, stranger, one.lot),
        lambda: desk.of_row(house, stranger, one.link.row),
    ):
        with pytest.raises(Unseen):
            ask()
    mine = Actor("Ta", OfficeRole.OFFICER, frozenset({UNIT}))
    assert desk.left(house, mine) == desk.left(house, AN) > 0


def test_a_viewer_answers_nothing_and_sees_no_names(house: House) -> None:
    viewer = Actor("Xem", OfficeRole.VIEWER)
    one = desk.waiting(house, viewer)[0]
    asks: list[Callable[[], object]] = [
        lambda: desk.view(house, viewer, one),
        lambda: desk.answer(house, viewer, one, same=True),
        lambda: desk.take_back(house, viewer, *one.pair),
        lambda: quality(house, viewer),
    ]
    for ask in asks:
        with pytest.raises(NotAllowed):
            ask()


def test_that_names_were_shown_is_kept(house: House) -> None:
    desk.view(house, AN, desk.waiting(house, AN)[0])
    acts = [act for act in house.store.audit.acts() if act.act == desk.NAMES_SEEN]
    assert [act.actor for act in acts] == ["An"]


def test_a_pair_is_shown_letter_by_letter_with_what_tells_people_apart_first(house: House) -> None:
    one = asked(house, WhyAsked.DOUBTFUL, AN)[0]
    view = desk.view(house, AN, one)
    assert [line.field for line in view.lines][:2] == ["mother", "birth_date"]
    assert view.rival_code
    assert (view.before, view.after) == (Column.OVERDUE, Column.ON_TIME)


@pytest.mark.parametrize(
    ("ours", "theirs", "hint"),
    [
        ("Trần ĐứcToàn", "Trần Đức Toàn", "thiếu dấu cách"),
        ("TRẦN ĐỨC TOÀN", "Trần Đức Toàn", "khác chữ hoa, chữ thường"),
        ("Tran Duc Toan", "Trần Đức Toàn", "khác dấu"),
        ("Trần Đức Toàn", "Trần Đức Toán", "khác dấu"),
        ("Trần Đức Toàn", "Trần Đức Toản Em", ""),
        ("Trần Đức Toàn", "Trần Đức Toàn", ""),
        ("", "Trần Đức Toàn", ""),
    ],
)
def test_a_small_difference_has_a_name(ours: str, theirs: str, hint: str) -> None:
    left, right, said = desk._apart(ours, theirs)
    assert said == hint
    assert "".join(part.text for part in left) == ours
    assert "".join(part.text for part in right) == theirs
    assert any(part.differs for part in (*left, *right)) is (ours != theirs and bool(ours))


def test_the_queue_is_paged_by_its_place(house: House) -> None:
    everything = [one.lot for one in desk.waiting(house, AN)]
    first = desk.waiting(house, AN, limit=3)
    rest = desk.waiting(house, AN, after=first[-1].lot)
    assert [one.lot for one in (*first, *rest)] == everything
    assert house.store.pairs.count(Reader("An")) == len(everything)
