"""A report that the version before kept: read, listed and written again as of today's shape."""

import io
import zlib

import docx as word
import msgspec
import pytest
from msgspec.structs import astuple, replace

from reconcile.findings import Kind
from reconcile.labels import KINDS
from reconcile.steps import Step
from tests.worker.reports_sample import sample_facts
from worker.reports import build, pack, unpack
from worker.reports.contents import Contents
from worker.reports.counts import Count
from worker.reports.dossiers import Tally
from worker.reports.draw_docx import sign
from worker.reports.firstpage import NotJudgedRow
from worker.reports.packing import PackedRows
from worker.reports.work import UnitWork, WorkRow

#: Version 1 ended here: each line stood for itself and asked for nothing.
_KEPT = WorkRow.__struct_fields__.index("lead")
_OVERDUE = KINDS[Kind.TRULY_OVERDUE]
_UNDECLARED = NotJudgedRow(
    _OVERDUE, (_OVERDUE,), "Toàn cơ quan (3)", "sổ của đơn vị chưa được khai báo đã nhập đủ", 3
)


def _version_1(contents: Contents) -> Contents:
    """The same run as the version before kept it, in an office that declared no book."""
    return replace(
        contents,
        version=1,
        units=tuple(
            replace(unit, overdue=0, undetermined=2, undetermined_overdue=None)
            for unit in contents.units
        ),
        unit_work=tuple(map(_lines_alone, contents.unit_work)),
        page=replace(
            contents.page,
            headline=(Count("Đã trả kết quả", 5), Count("Quá hạn thật", 0, "sổ đã nhập đủ")),
            always=(Count(_OVERDUE, 0), Count("Tạm gác", 0)),
            not_judged=(_UNDECLARED,),
        ),
    )


def _lines_alone(unit: UnitWork) -> UnitWork:
    rows = [astuple(row)[:_KEPT] for row in unit.each()]
    block = zlib.compress(msgspec.msgpack.encode(rows))
    return replace(unit, rows=PackedRows(len(rows), (block,)), tally=Tally())


@pytest.fixture(scope="module")
def now() -> Contents:
    return build(sample_facts(24))


@pytest.fixture(scope="module")
def read(now: Contents) -> Contents:
    return unpack(pack(_version_1(now)))


def test_an_open_dossier_says_what_is_to_be_done(read: Contents) -> None:
    """``findings list`` reads these lines until the first run after an upgrade."""
    asked = {Step(row.step) for row in read.work if row.kind != Kind.LATE_BY_POST}
    assert asked
    assert Step.NOTHING not in asked


def test_a_dossier_is_led_by_one_line_and_counted_once(now: Contents, read: Contents) -> None:
    led = [row.code for row in read.dossiers if row.code]
    assert len(led) == len(set(led))
    assert sorted(row.id for row in read.work) == sorted(row.id for row in now.work)
    assert read.tally.total > 0


def test_nothing_to_end_is_not_claimed_of_dossiers_that_are_listed(read: Contents) -> None:
    listed = sum(row.closing for row in read.dossiers)
    assert (read.tally.closing, listed > 0) == (listed, True)
    file = io.BytesIO()
    sign(read, file)
    told = "\n".join(one.text for one in word.Document(file).paragraphs)
    assert f"{listed} hồ sơ: " in told
    assert "Không có hồ sơ" not in told


def test_nought_that_nobody_judged_becomes_a_dash(read: Contents) -> None:
    shown = {
        count.label: (count.count, count.note) for count in (*read.page.headline, *read.page.always)
    }
    why = "chưa xét: sổ của đơn vị chưa được khai báo đã nhập đủ"
    assert shown == {
        "Đã trả kết quả": (5, ""),
        "Quá hạn thật": (None, why),
        _OVERDUE: (None, why),
        "Tạm gác": (0, ""),
    }
    assert {unit.overdue for unit in read.units} == {None}


def test_mails_count_what_the_version_before_called_undetermined(read: Contents) -> None:
    assert {unit.undetermined_overdue for unit in read.units} == {2}


def test_a_report_of_today_is_read_as_it_was_kept(now: Contents) -> None:
    assert unpack(pack(now)) == now
