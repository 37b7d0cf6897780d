"""Which passwords are taken: long ones that are not made of what everybody thinks of."""

from __future__ import annotations

import pytest

from worker.desk import passwords
from worker.desk.refused import Refused

pytestmark = pytest.mark.usefixtures("in_earnest")

OWN = ("lan.nt", "Ngô Thị Lan", "UBND huyện Hàm Mỹ")


@pytest.mark.parametrize(
    "password",
    [
        "ngan qua",
        "Matkhau@123456",
        "matkhau matkhau",
        "P@ssw0rd2024!!",
        "password1234",
        "anhyeuem1990",
        "Anh Yêu Em 1234",
        "123456789012",
        "abcdefghijkl",
        "aaaaaaaaaaaaaaaa",
        "xoài xoài xoài xoài",
        "Vietnam2024@",
        "hanoi saigon 1",
        "NgoThiLan1985",
        "lan.nt@2024!!",
        "ubnd.ham.my.2025",
        "Nguyễn Văn A 123",
        "qwertyuiop12",
        "x" * 201,
    ],
)
def test_what_is_short_or_easily_thought_of_is_refused(password: str):
    with pytest.raises(Refused):
        passwords.refuse_weak(password, *OWN)


@pytest.mark.parametrize(
    "password",
    [
        "ba con voi uong tra",
        "xe dap mau tim 17",
        "cái ghế gỗ kêu cót két",
        "zR7#kk2pQw9!",
        "correct horse battery staple",
        "k7w2-m9x4-tr6h-08zq",
        " khoang trang dau cuoi ",
    ],
)
def test_some_words_that_do_not_belong_together_are_taken(password: str):
    passwords.refuse_weak(password, *OWN)


def test_what_is_kept_is_argon2id_of_the_least_strength_and_tells_the_right_one():
    kept = passwords.hashed("ba con voi uong tra")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches("ba con voi uong tra", kept)
    assert not passwords.matches("ba con voi uong tra ", kept)
    assert not passwords.matches("ba con voi uong tra", "")
    assert not passwords.matches("ba con voi uong tra", "not a hash")
    assert not passwords.is_old(kept)
    assert passwords.is_old("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$" + "A" * 43)
