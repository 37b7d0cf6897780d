"""Benches that nothing else of the suite loads can be begun."""

from __future__ import annotations

from bench import asking, changing, pages


def test_the_benches_of_a_whole_office_can_be_begun():
    assert all(callable(one.section) for one in (asking, changing, pages))
