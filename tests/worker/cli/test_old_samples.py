"""What was typed back of the random samples of older versions stays readable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worker import old_samples
from tests.worker.making import NOW
from tests.worker.office import Office, make
from worker.store import SampleAnswer, Store

pytestmark = pytest.mark.usefixtures("either_database")

ANSWER = SampleAnswer(7, "so-giay#a.0", "Xã Mẫu", "Mã hồ sơ", True, "An", NOW)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return make(tmp_path)


def test_the_newest_answer_of_a_row_counts(store: Store) -> None:
    other = SampleAnswer(7, "so-giay#b.0", "Xã Mẫu", "Mã hồ sơ", True, "An", NOW)
    old_samples.keep(store, [ANSWER, other])
    wrong = SampleAnswer(7, "so-giay#a.0", "Xã Mẫu", "Mã hồ sơ", False, "Bình", NOW)
    old_samples.keep(store, [wrong])
    assert store.papers.sample_answers(7) == [wrong, other]
    assert store.papers.sample_answers(8) == []


def test_the_error_rates_of_older_samples_are_shown_without_a_period(office: Office) -> None:
    assert "Chưa nạp lại kết quả mẫu nào" in office.command("sample", "show").output
    wrong = SampleAnswer(7, "so-giay#b.0", "Xã Mẫu", "Mã hồ sơ", False, "An", NOW)
    old_samples.keep(office.house().store, [ANSWER, wrong])
    (shown,) = json.loads(office.command("sample", "show", "--json").stdout)
    assert (shown["seed"], shown["checked"], shown["wrong"], shown["rate"]) == (7, 2, 1, 0.5)
    assert "50,00" in office.command("sample", "show").output
