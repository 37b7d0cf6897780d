"""Which passwords are taken, and how they are kept: argon2id, two at a time, same time for all."""

from __future__ import annotations

import functools
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config.words import fold
from worker.desk.refused import Refused

SHORTEST, LONGEST = 12, 200
#: So many are computed at a time, so that whoever knocks often does not stop the machine; who
#: waits longer is asked to come again.
AT_ONCE, PATIENCE = 2, 10.0
#: The least that OWASP advises; about 30 ms.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_places = threading.BoundedSemaphore(AT_ONCE)

#: What people make passwords of, without accents; with digits and signs around they stay guessable.
COMMON = frozenset((Path(__file__).parent / "common_words.txt").read_text("utf-8").split())
_LOOKS_LIKE = str.maketrans("@4310$5!|7", "aaeiosslit")
#: What follows each other on a keyboard or in counting.
_RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz")


def refuse_weak(password: str, *own: str) -> None:
    """Nothing for a password that may be used; raises Refused. ``own``: the person's own names."""
    if len(password) < SHORTEST:
        raise Refused(
            f"Mật khẩu ngắn quá: cần ít nhất {SHORTEST} ký tự.",
            "Dùng một câu dễ nhớ gồm vài từ không liên quan; không cần ký tự đặc biệt.",
        )
    if len(password) > LONGEST:
        raise Refused(f"Mật khẩu dài quá: nhiều nhất {LONGEST} ký tự.")
    if is_common(password, *own):
        raise Refused(
            "Mật khẩu này dễ đoán.",
            "Không dùng từ quen thuộc, tên mình, tên cơ quan, dãy số; dùng vài từ không liên quan.",
        )


def is_common(password: str, *own: str) -> bool:
    """Whether it is made of little else than common words, one's own names, counting, repeats."""
    plain = fold(password).replace(" ", "")
    if len(set(plain)) <= 4 or _is_repeated(plain):
        return True
    names = {part for name in own for part in (_letters(fold(name)), *fold(name).split())}
    words = COMMON | {name for name in names if len(name) >= 2}
    inner = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password.lower())
    meant = fold(inner.translate(_LOOKS_LIKE))
    return any(_is_made_of(_letters(text), words) for text in (plain, meant))


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text)


def _is_repeated(text: str) -> bool:
    return any(
        text == (text[:size] * (len(text) // size + 1))[: len(text)]
        for size in range(1, len(text) // 2 + 1)
    )


def _is_made_of(letters: str, words: frozenset[str]) -> bool:
    """Whether the letters are at most three such words, or a run, and nothing else."""
    if not letters or any(letters in run for run in _RUNS):
        return True

    @functools.cache
    def made_of(at: int, many: int) -> bool:
        if at == len(letters):
            return True
        if not many:
            return False
        return any(
            letters[at:end] in words and made_of(end, many - 1)
            for end in range(at + 1, len(letters) + 1)
        )

    return made_of(0, 3)


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _place():
        return _hasher.hash(password)


def matches(password: str, kept: str) -> bool:
    """Whether it is the password; where there is none, the same work is done for nothing."""
    nobodys = _nobodys()
    with _place():
        try:
            return _hasher.verify(kept or nobodys, password[:LONGEST]) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


def is_old(kept: str) -> bool:
    """Whether it was kept with less work than today's."""
    return _hasher.check_needs_rehash(kept)


@functools.cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE):
        raise Refused("Máy đang bận.", "Thử lại sau ít giây.")
    try:
        yield
    finally:
        _places.release()
