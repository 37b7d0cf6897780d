"""Answers of people that cannot all be true are found."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from reconcile.cases import Answer
from reconcile.linking.judges import clashes, otherwise


def said(row: str, dossier: str, *, same: bool, by: str = "An") -> Answer:
    return Answer(row, dossier, same, by, "2024-04-01")


def test_a_refusal_that_confirmations_join_is_a_clash_with_the_whole_chain() -> None:
    chain = [said("1", "A", same=True), said("2", "A", same=True), said("2", "B", same=True)]
    no = said("1", "B", same=False)
    found = clashes([*chain, no])
    assert found[0].refused == no
    assert found[0].confirmed == tuple(chain)
    assert [one.refused for one in found[1:]] == [None]  # row 2 is two dossiers
    assert found[1].confirmed == (chain[1], chain[2])


def test_answers_that_can_all_be_true_clash_with_nothing() -> None:
    answers = [said("1", "A", same=True), said("2", "A", same=True), said("3", "A", same=False)]
    assert clashes([*answers, said("1", "B", same=False)]) == ()


@given(st.dictionaries(st.tuples(st.sampled_from("1234"), st.sampled_from("ABC")), st.booleans()))
def test_a_clash_is_found_exactly_where_no_world_agrees(answers: dict[tuple[str, str], bool]):
    """Against all worlds: each row belongs to one of the dossiers, or to none of them."""
    given_ = [said(row, dossier, same=same) for (row, dossier), same in answers.items()]
    rows = sorted({row for row, _ in answers})
    worlds = (dict(zip(rows, of, strict=True)) for of in product("ABC-", repeat=len(rows)))
    possible = any(
        all((world[row] == dossier) is same for (row, dossier), same in answers.items())
        for world in worlds
    )
    assert bool(clashes(given_)) is not possible


def test_two_people_who_said_otherwise_are_named_and_one_who_changed_is_not() -> None:
    first, second = said("1", "A", same=True), said("1", "A", same=False, by="Bình")
    assert otherwise([first, second]) == ((first, second),)
    assert otherwise([first, said("1", "A", same=False)]) == ()
    assert otherwise([first, said("1", "A", same=True, by="Bình")]) == ()
