"""The words that an official reads are those that were agreed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reconcile import labels
from reconcile.cases import Method
from reconcile.claims import Procedure, Role
from reconcile.findings import Finding, Kind, Strength, finding_id
from reconcile.kinds import KINDS
from reconcile.lifecycle import State

FINDING = Finding(
    id=finding_id(Kind.RETURNED_STILL_PENDING, "a"),
    kind=Kind.RETURNED_STILL_PENDING,
    anchor="a",
    unit="Tân Minh",
    procedure=Procedure.BIRTH,
    open_in=(Role.ONE_STOP,),
    codes=((Role.ONE_STOP, "a"),),
)
TABLES = {
    Kind: labels.KINDS,
    State: labels.STATES,
    Role: labels.ROLES,
    Strength: labels.STRENGTHS,
    Method: labels.METHODS,
    Procedure: labels.PROCEDURES,
}


@pytest.mark.parametrize("values", TABLES, ids=lambda values: values.__name__)
def test_every_value_has_a_word(values):
    assert set(TABLES[values]) == set(values)
    assert all(TABLES[values].values())


def test_the_agreed_wording():
    assert labels.KINDS[Kind.RETURNED_STILL_PENDING] == "Đã trả kết quả, phần mềm chưa kết thúc"
    assert labels.KINDS[Kind.TRULY_OVERDUE] == "Đang giải quyết quá hạn, chưa có căn cứ đã xong"
    assert labels.STATES[State.SUSPECTED] == "Chờ đồng bộ"
    assert labels.ROLES[Role.PORTAL] == "Cổng DVCQG"


def test_a_variant_has_its_own_label_and_remedy():
    only = replace(FINDING, variant="registered_only")
    assert labels.label(only) == "Đã vào sổ hộ tịch, phần mềm chưa kết thúc"
    late = replace(FINDING, kind=Kind.RETURNED_LATE, variant="hand_over_only")
    assert labels.label(late) == "Trả sau ngày hẹn, chưa rõ ngày có kết quả"
    assert labels.remedy(late) == "Tra ngày đăng ký trong sổ hộ tịch"


def test_a_grouped_line_says_how_many():
    many = replace(FINDING, kind=Kind.DATE_CONFLICT, variant="late_typing", count=5)
    assert labels.label(many) == "Nhập bù: ngày trả trước ngày tiếp nhận (5 hồ sơ)"


def test_no_remedy_asks_to_set_a_date_back():
    assert "không sửa lùi ngày của hệ thống" in labels.remedy(FINDING)


def test_a_linked_dossier_asks_which_step_blocks():
    group = replace(FINDING, procedure=Procedure.BIRTH_LINKED)
    assert "bước nào đang vướng" in labels.remedy(group)
    assert "bước nào đang vướng" not in labels.remedy(FINDING)


def test_a_cause_has_nothing_to_do_for_the_head():
    assert [kind for kind, facts in KINDS.items() if not facts.mailed] == [Kind.LATE_BY_POST]
    assert KINDS[Kind.LATE_BY_POST].remedy == ""


def test_our_column_is_never_called_right():
    """An inspector rejects "đúng" and "chính xác" for what the product proposes."""
    said = [*labels.KINDS.values(), *labels.STATES.values(), *labels.STRENGTHS.values()]
    assert not [text for text in said if re.search(r"chính xác|trễ hẹn", text)]
