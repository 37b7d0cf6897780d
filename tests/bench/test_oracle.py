"""The oracle on rows planted by hand, and the counting of wrong links by kind."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bench.families import FamilyWorld, Who
from bench.family_office import Owner, Sort
from bench.kinds import count, kind_of
from bench.oracle import Oracle
from bench.scoring import Answer
from reconcile.claims import Claim, Procedure, RegisterType, Role, Status

DAY = date(2024, 3, 11)


def dossier(number: int, **said: Any) -> Claim:
    code = f"H15.21-240311-{number:04d}"
    plain = {"procedure": Procedure.BIRTH, "status": Status.RETURNED, "received_on": DAY}
    return Claim(
        key=f"motcua:{code}",
        source="motcua",
        role=Role.ONE_STOP,
        own_code=code,
        unit="UBND xã Ea Tul",
        **(plain | said),
    )


def row(**said: Any) -> Claim:
    plain = {"procedure": Procedure.BIRTH, "received_on": DAY}
    return Claim(
        key="so-giay#1.1",
        source="so-giay",
        role=Role.REGISTER,
        register_type=RegisterType.TRACKING,
        unit="Xã Ea Tul",
        **(plain | said),
    )


def world(line: Claim, true: Claim | None, *others: Claim) -> FamilyWorld:
    dossiers = [*([true] if true else []), *others]
    truth = {line.key: true.key if true else None}
    return FamilyWorld("made", 1, dossiers, [line], truth, written=[line])


BAO = {
    "subject": "Nguyễn Gia Bảo",
    "birth_date": "2024-03-05",
    "mother": "Trần Thị Lan",
    "applicant": "Trần Thị Lan",
}
H_LAN = {"subject": "H'Lan Niê", "birth_date": "2011-02-22", "applicant": "H'Yăm Niê"}
H_BLA = {"subject": "H'Blă Niê", "birth_date": "2015-04-02", "applicant": "H'Yăm Niê"}
THUY = {"subject": "Phạm Ngọc Thủy", "applicant": "Huỳnh Văn Nam", "procedure": Procedure.DEATH}


@pytest.mark.parametrize(
    ("line", "true", "tempting"),
    [
        pytest.param(
            row(**BAO, applicant_id="066190123456"),
            dossier(7, **BAO),
            dossier(
                2,
                **BAO,
                applicant_id="066190123456",
                status=Status.WITHDRAWN,
                received_on=date(2024, 3, 1),
            ),
            id="withdrawn: its day and its state",
        ),
        pytest.param(
            row(own_code="H15.21-240311-0009", **BAO),
            dossier(3, **BAO),
            dossier(9, **(BAO | {"procedure": Procedure.OTHER})),
            id="the residence of the same child: the class",
        ),
        pytest.param(
            row(own_code="H15.21-240311-0001", **H_BLA),
            dossier(2, **H_BLA),
            dossier(1, **H_LAN),
            id="a sister's code: name and birth date",
        ),
        pytest.param(
            row(**BAO),
            dossier(1, **(BAO | {"applicant": "Nguyễn Gia Bảo", "subject": ""})),
            dossier(2, **(BAO | {"subject": "", "birth_date": "2012-01-09"})),
            id="the child is the owner of its own dossier",
        ),
        pytest.param(
            row(procedure=Procedure.BIRTH_LINKED, **{k: BAO[k] for k in ("subject", "birth_date")}),
            dossier(1, **(BAO | {"procedure": Procedure.BIRTH_LINKED})),
            dossier(2, **BAO),
            id="the single one beside the linked: the procedure",
        ),
    ],
)
def test_a_row_that_can_tell_its_own_dossier(line: Claim, true: Claim, tempting: Claim) -> None:
    oracle = Oracle(world(line, true, tempting))
    assert oracle.can_tell(line.key, tempting.key)
    assert oracle.cannot_tell(line.key) == []
    assert not oracle.can_tell(line.key, true.key)


@pytest.mark.parametrize(
    ("line", "tempting"),
    [
        pytest.param(
            row(
                subject="Lê Công Thiên",
                birth_date="2024-03-01",
                death_date="2024-03-06",
                procedure=Procedure.DEATH,
            ),
            dossier(3, subject="Lê Công Thiên", birth_date="2024-03-01"),
            id="the birth of an infant for its death",
        ),
        pytest.param(
            row(subject="Vũ Tấn Vỹ", birth_date="2009-04-21", mother="Nguyễn Kim Hà"),
            dossier(1, subject="Vũ Tấn Vỹ", birth_date="2011-09-12", mother="Nguyễn Kim Hà"),
            id="a brother of one name, another birth date",
        ),
        pytest.param(
            row(
                subject="Nguyễn Ngọc Thủy",
                applicant="Nguyễn Thị Nga",
                procedure=Procedure.DEATH,
                own_code="240311-0001",
            ),
            dossier(1, **THUY),
            id="a short code, another family name and applicant",
        ),
        pytest.param(
            row(
                subject="Con bà Đặng Thị Lan",
                death_date="2024-03-09",
                birth_date="2024-03-06",
                procedure=Procedure.DEATH,
            ),
            dossier(
                1,
                subject="Con bà Đặng Thị Lan",
                death_date="2024-03-06",
                birth_date="2024-03-06",
                procedure=Procedure.DEATH,
            ),
            id="an unnamed twin, dead three days later",
        ),
        pytest.param(
            row(subject="Nguyễn Thị Hồng", birth_date="2024-03-05", mother="Trần Thị Lan"),
            dossier(1, **(BAO | {"subject": "Nguyễn Thị Hông", "birth_date": "2024-03-06"})),
            id="two things a slip away",
        ),
    ],
)
def test_a_row_that_was_never_entered_can_tell(line: Claim, tempting: Claim) -> None:
    assert Oracle(world(line, None, tempting)).can_tell(line.key, tempting.key)


@pytest.mark.parametrize(
    ("line", "true", "tempting"),
    [
        pytest.param(
            row(subject="Nguyễn Bảo", birth_date="2024-03-05"),
            dossier(1, **BAO),
            dossier(2, **(BAO | {"subject": "Nguyễn Minh Bảo"})),
            id="twins told by the middle name alone, which is missing",
        ),
        pytest.param(
            row(subject="Nguyen Thi Hong", birth_date="2024-03-05"),
            None,
            dossier(1, **(BAO | {"subject": "Nguyễn Thị Hồng"})),
            id="the other twin was never entered, and nothing contradicts",
        ),
        pytest.param(
            row(subject="Nguyễn Gia Bảo", birth_date="2024-03-05", received_on=None),
            dossier(1, **BAO),
            dossier(2, **BAO, received_on=date(2024, 3, 14)),
            id="two dossiers of one child, and no day",
        ),
    ],
)
def test_a_row_that_cannot_tell(line: Claim, true: Claim | None, tempting: Claim) -> None:
    oracle = Oracle(world(line, true, tempting))
    assert not oracle.can_tell(line.key, tempting.key)
    assert oracle.cannot_tell(line.key) == [tempting.key]


# -- counting --------------------------------------------------------------------------------


def made(other: Who, **said: Any) -> tuple[FamilyWorld, Claim]:
    """A row of person 1 (family 10, a birth) beside its own dossier and one of ``other``."""
    line = row(**BAO)
    true, given = dossier(1, **BAO), dossier(2, **(BAO | said))
    whole = world(line, true, given)
    whole.who.update(
        {line.key: Who(1, 10, "birth"), true.key: Who(1, 10, "birth"), given.key: other}
    )
    return whole, given


@pytest.mark.parametrize(
    ("other", "said", "kind"),
    [
        (Who(1, 10, "other", Sort.OTHER), {}, "class, the same person"),
        (Who(2, 11, "death", Sort.OF_EVENT), {}, "class, another person"),
        (Who(1, 10, "birth", Sort.WITHDRAWN), {}, "other dossier of the right person, withdrawn"),
        (Who(1, 10, "birth", Sort.BESIDE), {}, "other dossier of the right person, beside"),
        (Who(2, 10, "birth", Sort.OF_EVENT, Owner.UNNAMED), {}, "the dossier names no subject"),
        (
            Who(2, 10, "birth", Sort.OF_EVENT),
            {"birth_date": "2022-01-01"},
            "another birth date, of the family",
        ),
        (Who(2, 10, "birth", Sort.OF_EVENT), {}, "the same day and family"),
        (Who(2, 11, "birth", Sort.OF_EVENT), {}, "namesake or stranger"),
    ],
)
def test_wrong_links_have_a_kind(other: Who, said: dict[str, Any], kind: str) -> None:
    whole, given = made(other, **said)
    assert kind_of(whole, whole.rows[0], given) == kind


def test_a_wrong_link_a_trap_and_what_could_be_told() -> None:
    whole, given = made(Who(2, 10, "birth", Sort.OF_EVENT), birth_date="2022-01-01")
    whole.traps[whole.rows[0].key] = given.key
    found = count(whole, [Answer(whole.rows[0].key, given.key, sure=True)])
    assert (found.score.wrong, found.tellable, found.traps_taken, found.traps) == (1, 1, 1, 1)
    assert found.per_million == (1e6, 0.0)
    assert found.traps_per_million == 1e6


def test_a_second_entry_need_not_be_linked_and_may_be_linked_rightly() -> None:
    whole, given = made(Who(2, 10, "birth", Sort.OF_EVENT))
    true = whole.truth[whole.rows[0].key]
    copied = FamilyWorld(
        "made",
        1,
        whole.dossiers,
        [whole.rows[0]],
        {whole.rows[0].key: true, "copy": true},
        written=[whole.rows[0], Claim("copy", "so-giay", Role.REGISTER)],
        who={**whole.who, "copy": Who(1, 10, "birth")},
        copies=frozenset({"copy"}),
    )
    own = Answer(whole.rows[0].key, true, sure=True)
    for second in (Answer("copy", None, sure=False), Answer("copy", true, sure=True)):
        found = count(copied, [own, second])
        assert (found.score.linkable, found.score.recall, found.score.wrong) == (1, 1.0, 0)
    wrong = count(copied, [own, Answer("copy", given.key, sure=True)])
    assert wrong.score.wrong == 1
