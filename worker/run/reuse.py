"""Whether a run would decide the same as an earlier one, so that it need not decide again.

One hash stands for everything that the contents of a report depend on, but for the run itself (its
number, its hours, what it wrote). Where the hash is the same, the earlier contents are these
contents; where anything is in doubt, the hash differs and the run decides in full.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from reconcile.cases import Answer
from reconcile.coverage import Coverage
from reconcile.lifecycle import Discrepancy
from reconcile.scope import Scope
from worker.house import House
from worker.run.facts import TREND_DAYS
from worker.run.program import PROGRAM
from worker.store import FileFacts


def fingerprint(
    house: House,
    scope: Scope,
    coverage: Coverage,
    known: Iterable[Discrepancy],
    answers: Sequence[Answer],
    said: str,
    program: object = PROGRAM,
) -> str:
    """32 hex digits over everything that the contents of a run depend on.

    ``known`` are the discrepancies of the scope as they are before the run, or after it, when
    nothing is left to be changed. ``said`` is the store's own fingerprint, from before anything
    was decided.
    """
    store = house.store
    parts = {
        "program": program,
        "settings": house.settings.model_dump(mode="python"),
        "tables": house.tables.fingerprint,
        "policy": replace(house.policy, ii06a={}),
        "ii06a": sorted(house.policy.ii06a.items()),
        "scope": scope,
        "coverage": coverage,
        "said": said,
        "findings": store.findings.fingerprint(),
        "files": [_said(file) for file in store.readings.files()],
        "known": sorted(known, key=lambda one: one.id),
        "answers": answers,
        "readings": store.pairs.readings(),  # of controls too: no run may tell them from doubts
        "periods": [replace(one, payload=b"") for one in store.periods.all()],
        "checks": store.checks.all(),
        "papers": store.papers.of(),
        "judged": store.runs.judged_days(scope.as_of, TREND_DAYS),
    }
    encoded = msgspec.json.encode(parts, enc_hook=_plain, order="deterministic")
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def _said(file: FileFacts) -> FileFacts:
    """What a file says, whenever it was read and by whatever bytes it says so.

    The hours of reading are the run's own: its first page tells them anew.
    """
    read = "yes" if file.fingerprint else ""
    own = {"read_at": None, "tried_at": None, "swept_on": None, "cursor": ""}
    return replace(file, fingerprint=read, sha256="", **own)  # type: ignore[arg-type]


def _plain(value: Any) -> str:
    """Paths, addresses and the like as text; a secret as stars: it decides nothing."""
    return str(value)
