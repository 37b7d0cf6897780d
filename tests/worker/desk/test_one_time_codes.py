"""Codes of RFC 6238, by its own vectors; each is good once, around its half minute."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from worker.desk import one_time_codes
from worker.desk.one_time_codes import STEP, code_at, step_of

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
THIS = int(NOW.timestamp()) // STEP


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(SECRET, seconds // STEP) == code


def test_a_code_is_good_around_its_half_minute_and_once() -> None:
    code = code_at(SECRET, THIS)
    near = [NOW + timedelta(seconds=STEP * by) for by in (-2, -1, 0, 1, 2)]
    assert [step_of(SECRET, code, at, 0) for at in near] == [None, THIS, THIS, THIS, None]
    assert step_of(SECRET, f"{code[:3]} {code[3:]}", NOW, THIS - 1) == THIS
    assert step_of(SECRET, code, NOW, THIS) is None, "it was used"
    for typed in ("", "12345", "không phải số", code[::-1] + "0"):
        assert step_of(SECRET, typed, NOW, 0) is None


def test_a_telephone_is_told_whose_code_it_is() -> None:
    address = one_time_codes.address("ABC", "An (an)", "UBND huyện Hàm Mỹ")
    assert address.startswith("otpauth://totp/UBND%20huy%E1%BB%87n%20H%C3%A0m%20M%E1%BB%B9:An")
    assert "secret=ABC&issuer=UBND%20huy" in address
