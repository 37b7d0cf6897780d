"""A kind of finding stands in two places: its record in kinds.py and its rule in rules.py."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconcile.judging.rules import RULES
from reconcile.kinds import KINDS, Kind, by_urgency
from tests import product

RECORD, RULE = "reconcile/kinds.py", "reconcile/judging/rules.py"

NEW_KIND = '    NO_SUBJECT = "NO_SUBJECT"\n'
NEW_RECORD = """    Kind.NO_SUBJECT: KindFacts(
        label="Hồ sơ không ghi tên người được đăng ký",
        remedy="Ghi tên người được đăng ký",
        needs=(_ONE_STOP,),
        step=Step.DATE,
        urgency=15,
        acts=Officer.REGISTRAR,
        missing={"subject": "Họ tên người được đăng ký"},
        always=(9, "Hồ sơ không ghi tên"),
    ),
"""
NEW_RULE = '''def no_subject(view: View, on: Bench) -> Outcome:
    """The one-stop software names nobody."""
    claim = view.case[Role.ONE_STOP]
    if claim is None or claim.subject:
        return None
    return finding(Kind.NO_SUBJECT, view, on, Details(missing_fact="subject"))


'''
ASK = """
import json
from reconcile import labels
from reconcile.findings import Kind
from reconcile.judging.judge import judge
from tests.reconcile.make import ONE_STOP, POLICY, SCOPE, silent
from tests.reconcile.make import make_case, make_claim, make_coverage
from reconcile.kinds import KINDS
from tests.worker.alerts_sample import lines_of
from worker.alerts.lines import line_of, who_acts
from worker.desk.naming import kind_of
from worker.reports.counts import ALWAYS
from worker.reports.known import unpack
from worker.reports.work import fact_of

case = make_case(make_claim(subject=""))
judgement = judge([case], make_coverage(), SCOPE, POLICY)
(one,) = [found for found in judgement.findings if found.kind is Kind.NO_SUBJECT]
unread = judge([case], make_coverage(silent(ONE_STOP)), SCOPE, POLICY)
mailed = unpack(lines_of(one).payload(one.id))
print(json.dumps({
    "label": labels.label(one),
    "remedy": labels.remedy(one),
    "fact": fact_of(one),
    "mail": [KINDS[one.kind].mailed, line_of(mailed).label, who_acts(one.kind)],
    "page one": ALWAYS[-1],
    "asked for": kind_of("hồ sơ không ghi tên người được đăng ký"),
    "unread": [found.kind for found in unread.findings if found.kind is Kind.NO_SUBJECT],
    "resolved unread": unread.judged(Kind.NO_SUBJECT, case.anchor),
}))
"""


def put_before(file: Path, mark: str, text: str) -> None:
    source = file.read_text("utf-8")
    assert source.count(mark) == 1
    file.write_text(source.replace(mark, text + mark), "utf-8")


@pytest.fixture(scope="module")
def larger_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product with one kind more, of which only the two files know."""
    house = tmp_path_factory.mktemp("house")
    for room in product.HOUSES:
        shutil.copytree(product.ROOT / room, house / room)
    (house / "tests").symlink_to(product.ROOT / "tests")
    put_before(house / RECORD, "\n\nclass Grade(", NEW_KIND)
    put_before(house / RECORD, "}\n\n\ndef by_urgency(", NEW_RECORD)
    put_before(house / RULE, "def _is_electronic(", NEW_RULE)
    put_before(
        house / RULE, "    Kind.LATE_BY_POST: by_post,", "    Kind.NO_SUBJECT: no_subject,\n"
    )
    return house


def test_a_new_kind_is_a_record_and_a_rule(larger_house: Path) -> None:
    answered = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=larger_house,
        env={**os.environ, "PYTHONPATH": str(larger_house)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answered.returncode == 0, answered.stderr
    assert json.loads(answered.stdout) == {
        "label": "Hồ sơ không ghi tên người được đăng ký",
        "remedy": "Ghi tên người được đăng ký",
        "fact": "Họ tên người được đăng ký",
        "mail": [
            True,
            "Hồ sơ không ghi tên người được đăng ký",
            "công chức làm công tác hộ tịch",
        ],
        "page one": ["Hồ sơ không ghi tên", "NO_SUBJECT"],
        "asked for": "NO_SUBJECT",
        "unread": [],
        "resolved unread": False,
    }


def test_no_other_file_lists_the_kinds() -> None:
    """A table of many kinds elsewhere would be the third place of a new one."""
    many = {}
    for file in (one for one in product.SOURCES if "Kind" in product.text(one)):
        tables = (
            node
            for node in product.nodes(file)
            if isinstance(node, ast.Dict | ast.Set | ast.Tuple | ast.List)
        )
        most = max((len(_kinds_in(table)) for table in tables), default=0)
        if most > len(Kind) // 3:
            many[product.name(file)] = most
    assert many == {RECORD: len(Kind), RULE: len(Kind)}


def _kinds_in(table: ast.AST) -> set[str]:
    return {
        node.attr
        for node in ast.walk(table)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Kind"
    }


def test_every_kind_has_a_record_and_a_rule_and_its_own_urgency() -> None:
    assert set(KINDS) == set(RULES) == set(Kind)
    assert len({facts.urgency for facts in KINDS.values()}) == len(Kind)
    assert by_urgency()[:3] == [
        Kind.ENDED_BUT_RETURNED,
        Kind.TRULY_OVERDUE,
        Kind.RETURNED_STILL_PENDING,
    ]
    for facts in KINDS.values():
        assert facts.remedy or not facts.mailed
