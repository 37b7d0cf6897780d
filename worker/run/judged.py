"""The judgement of now: verdicts of the run before count again where all they stand on is the same.

They lie in a file of ``data_dir/prepared``, by a digest of what each stands on. Where the file is
lost, or the program, the policy or what was read of the sources is another, all is judged anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import structlog

import reconcile
from reconcile.cases import Case
from reconcile.coverage import Coverage, SourceCoverage
from reconcile.findings import Judgement
from reconcile.judging.verdicts import Remembered, Verdicts
from reconcile.scope import Scope
from worker.house import House
from worker.run.program import PROGRAM

log = structlog.get_logger(__name__)

NAME = "verdicts"
_SIZE = 16
_encode = msgspec.msgpack.Encoder().encode
#: Sets in one order, calendars and the like as text.
_plain = msgspec.msgpack.Encoder(enc_hook=str, order="deterministic").encode


class _VerdictFile(msgspec.Struct, array_like=True, frozen=True):
    basis: bytes
    verdicts: dict[bytes, Remembered]


_decode = msgspec.msgpack.Decoder(_VerdictFile).decode


def digest(value: object) -> bytes:
    """16 bytes of plain values."""
    return hashlib.blake2b(_encode(value), digest_size=_SIZE).digest()


def is_standing(scope: Scope) -> bool:
    """The scope of the service's own runs: everything known, today."""
    return scope == Scope(as_of=scope.as_of)


def judge_now(
    house: House, cases: Sequence[Case], coverage: Coverage, scope: Scope, *, whole: bool = False
) -> tuple[Judgement, Verdicts | None, bool | None]:
    """The judgement, its verdicts to be kept, and whether judging anew came to the same.

    The last is None where that was not asked or nothing was remembered. A scope that is not the
    standing one is judged in full, and nothing of it is kept.
    """
    if not is_standing(scope):
        return reconcile.judge(cases, coverage, scope, house.policy), None, None
    known = _known(house, coverage)
    verdicts = Verdicts(digest, known)
    judgement = reconcile.judge(cases, coverage, scope, house.policy, verdicts)
    if not whole or not known:
        return judgement, verdicts, None
    again = Verdicts(digest)
    anew = reconcile.judge(cases, coverage, scope, house.policy, again)
    same = _values(anew) == _values(judgement)
    if not same:
        log.error("run.verdicts_differ", findings=len(anew.findings))
    return anew, again, same


def _values(one: Judgement) -> Judgement:
    """What can be compared of a judgement."""
    return replace(one, judged=_never, unjudged=_never)


def _never(_kind: object, _anchor: str) -> bool:
    return False


def _basis(house: House, coverage: Coverage) -> bytes:
    """Everything that every verdict stands on."""
    policy = house.policy
    told = _plain(
        (
            PROGRAM,
            replace(policy, ii06a={}),
            sorted(policy.ii06a.items()),
            list(map(_read, coverage.sources)),
        )
    )
    return hashlib.blake2b(told, digest_size=_SIZE).digest()


def _read(source: SourceCoverage) -> SourceCoverage:
    """How the source was read; what it covers is asked for each case by itself."""
    whole = {"starts": None, "ends": None, "windows": (), "units": None, "declared": ()}
    return replace(source, problem="", **whole)  # type: ignore[arg-type]


def _path(house: House) -> Path:
    return house.settings.office.data_dir / "prepared" / NAME


def _known(house: House, coverage: Coverage) -> dict[bytes, Remembered]:
    try:
        data = _path(house).read_bytes()
    except OSError:
        return {}
    if hashlib.blake2b(data[_SIZE:], digest_size=_SIZE).digest() != data[:_SIZE]:
        return {}
    kept = _decode(data[_SIZE:])
    return kept.verdicts if kept.basis == _basis(house, coverage) else {}


def leave_verdicts(house: House, coverage: Coverage, verdicts: Verdicts) -> None:
    """Keep the verdicts for the next run, readable by the file's owner alone."""
    path = _path(house)
    if not verdicts.anew and verdicts.now.keys() == verdicts.known.keys():
        return
    data = _encode(_VerdictFile(_basis(house, coverage), verdicts.now))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{NAME}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(hashlib.blake2b(data, digest_size=_SIZE).digest() + data)
    partial.replace(path)
