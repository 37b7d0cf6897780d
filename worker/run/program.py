"""Which program this is: what another one decided is no word of ours."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import rapidfuzz

ROOT = Path(__file__).parents[2]


def program(root: Path = ROOT) -> str:
    """A hash of the program itself: another line of it may decide otherwise."""
    digest = hashlib.blake2b(digest_size=16)
    for house in ("reconcile", "connectors", "config", "worker"):
        for path in sorted((root / house).rglob("*.py")):
            digest.update(f"{path.relative_to(root).as_posix()}\x1e".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


#: Of the files that this process runs, so it is taken when they are loaded, not when it is asked.
PROGRAM = (program(), sys.version, np.__version__, rapidfuzz.__version__)
