"""Which pairs stand among the doubts to judge those who answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconcile.cases import Link, LinkState, Method
from reconcile.claims import Claim, Role
from reconcile.linking import controls
from reconcile.linking.controls import AskedPair, SurePair, WhyAsked


def name(number: int) -> str:
    return f"Lê {chr(97 + number // 26 % 26)}o {chr(97 + number % 26)}a"


def pair(number: int, **more: object) -> tuple[Link, dict[str, Claim]]:
    """A register row and a dossier, by default linked by people, of a person of their own."""
    facts = {"subject": name(number), "mother": name(number + 40),
             "birth_date": f"2024-{1 + number % 12:02}-05"}  # fmt: skip
    facts |= {key: value for key, value in more.items() if key in facts}  # type: ignore[misc]
    row = Claim(f"so#{number:03}.0", "so", Role.REGISTER, **facts)  # type: ignore[arg-type]
    other = Claim(f"m:{number:03}", "m", Role.ONE_STOP, **facts)  # type: ignore[arg-type]
    link = Link(row.key, other.key, Method.PEOPLE, 0.9999, LinkState.AUTO)
    rest = {key: value for key, value in more.items() if key not in facts}
    return replace(link, **rest), {row.key: row, other.key: other}  # type: ignore[arg-type]


def world(*pairs: tuple[Link, dict[str, Claim]]) -> tuple[list[Link], dict[str, Claim]]:
    return [link for link, _ in pairs], {k: c for _, claims in pairs for k, c in claims.items()}


def draw(links: list[Link], claims: dict[str, Claim], **more: object) -> tuple[AskedPair, ...]:
    return controls.draw(
        [one for one in links if one.decision is LinkState.REVIEW],
        [
            SurePair(one.row, str(one.dossier), one.method, claims[one.row].subject)
            for one in links
            if one.decision is LinkState.AUTO
        ],
        lambda rows: [one for one in links if one.row in rows],
        claims,
        **more,  # type: ignore[arg-type]
    )


DOUBTS = [pair(900 + n, decision=LinkState.REVIEW, probability=0.5) for n in range(16)]
LINKED = [pair(n) for n in range(40)]
NAMESAKES = [
    pair(100 + n, method=Method.CODE, subject=name(600 + n // 2)) for n in range(12)
]  # fmt: skip


def test_one_stands_beside_so_many_doubts_half_of_each_sort() -> None:
    found = draw(*world(*DOUBTS, *LINKED, *NAMESAKES), one_in=4)
    assert len(found) == 4
    assert sorted(one.why for one in found) == [WhyAsked.LINKED] * 2 + [WhyAsked.PLANTED] * 2
    assert {one.link.decision for one in found} == {LinkState.REVIEW}


def test_the_same_links_draw_the_same_controls_and_other_doubts_others() -> None:
    first = draw(*world(*DOUBTS, *LINKED, *NAMESAKES), one_in=4)
    assert draw(*world(*DOUBTS, *LINKED, *NAMESAKES), one_in=4) == first
    assert draw(*world(*DOUBTS[1:], *LINKED, *NAMESAKES), one_in=4) != first


@pytest.mark.parametrize(("one_in", "doubts"), [(0, DOUBTS), (4, [])])
def test_none_is_drawn(one_in: int, doubts: list[tuple[Link, dict[str, Claim]]]) -> None:
    assert draw(*world(*doubts, *LINKED, *NAMESAKES), one_in=one_in) == ()


def test_those_that_wait_count_and_none_is_drawn_twice() -> None:
    first = draw(*world(*DOUBTS, *LINKED, *NAMESAKES), one_in=4)
    pairs = [(one.link.row, str(one.link.dossier)) for one in first]
    assert draw(*world(*DOUBTS, *LINKED, *NAMESAKES), one_in=4, standing=pairs, asked=pairs) == ()
    again = draw(*world(*DOUBTS, *LINKED, *NAMESAKES), one_in=4, asked=pairs)
    assert len(again) == 4
    assert not {(one.link.row, str(one.link.dossier)) for one in again} & set(pairs)


def test_links_by_code_and_by_persons_are_no_controls() -> None:
    others = [pair(200 + n, method=method) for n, method in enumerate(
        (Method.CODE, Method.CODE_REPAIRED, Method.OPERATOR))]  # fmt: skip
    assert draw(*world(*DOUBTS, *others), one_in=1) == ()


@pytest.mark.parametrize(
    ("birth", "planted"),
    [
        (("2024-01-05", "2024-06-05"), True),
        (("2024-01-05", "2024-01-06"), False),
        (("2024-01", "2024-06"), False),
        (("", "2024-06-05"), False),
    ],
)
def test_a_planted_pair_is_two_beyond_doubt(birth: tuple[str, str], planted: bool) -> None:
    two = [
        pair(300 + n, method=Method.CODE, subject="Một Tên", birth_date=day)
        for n, day in enumerate(birth)
    ]
    found = draw(*world(*DOUBTS, *two), one_in=1)
    assert bool(found) is planted
    for one in found:
        assert one.link.row.partition("#")[2][:3] != str(one.link.dossier)[2:]


def test_two_that_look_alike_are_never_asked_beside_each_other() -> None:
    alike = [pair(400 + n, subject="Cùng Tên", mother="Cùng Mẹ", birth_date="2024-01-05")
             for n in range(9)]  # fmt: skip
    assert len(draw(*world(*DOUBTS, *alike), one_in=1)) == 1
    doubt = pair(500, subject="Cùng Tên", mother="Cùng Mẹ", birth_date="2024-01-05",
                 decision=LinkState.REVIEW)  # fmt: skip
    assert draw(*world(*DOUBTS, doubt, *alike), one_in=1) == ()
