"""The assignment of rows to dossiers, against trying everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconcile.linking.assignment import assign, components

EDGES = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(-3, 12), max_size=14
).map(lambda found: [(row, dossier, weight) for (row, dossier), weight in found.items()])


def _best(edges, rows, used=frozenset()):
    if not rows:
        return 0
    here = [(d, w) for r, d, w in edges if r == rows[0] and d not in used]
    return max(
        [_best(edges, rows[1:], used), *(w + _best(edges, rows[1:], used | {d}) for d, w in here)]
    )


@given(EDGES)
def test_the_total_is_the_greatest_there_is(edges):
    chosen = assign(edges)
    weights = {(row, dossier): weight for row, dossier, weight in edges}
    assert len(set(chosen.values())) == len(chosen)
    assert all(weights[pair] > 0 for pair in chosen.items())
    assert sum(weights[pair] for pair in chosen.items()) == _best(
        edges, sorted({e[0] for e in edges})
    )


@given(EDGES, st.randoms())
def test_the_order_of_pairs_never_matters(edges, random):
    shuffled = random.sample(edges, len(edges))
    assert assign(shuffled) == assign(edges)
    assert sorted(map(tuple, components(shuffled))) == sorted(map(tuple, components(edges)))


def test_the_choice_is_global_and_not_greedy():
    # Greedy takes the 10 and leaves the second row alone: 10 instead of 16.
    assert assign([(0, 0, 10), (0, 1, 8), (1, 0, 8)]) == {0: 1, 1: 0}
