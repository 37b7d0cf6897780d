"""A trial: the same house over a copy of its store, and nothing of it stays."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from worker.house import House
from worker.store import Store

#: How the folder of a trial's copy is called in data_dir; its process number follows.
TRIAL = ".trial-"


@contextmanager
def trial(house: House) -> Iterator[tuple[House, Path]]:
    """The house of the trial, and a folder for its report; both are thrown away at the end."""
    sweep(house.settings.office.data_dir)
    with (
        tempfile.TemporaryDirectory(
            prefix=f"{TRIAL}{os.getpid()}-", dir=house.settings.office.data_dir
        ) as folder,
        closing(Store.open(f"sqlite:///{folder}/trial.db", sources=house.store.sources)) as copy,
    ):
        house.store.upkeep.copy_to(copy)
        yield replace(house, store=copy), Path(folder) / "report"


def sweep(data: Path) -> None:
    """Remove the copies of trials whose process was killed. Only the owner ever could read them."""
    data.mkdir(parents=True, exist_ok=True)
    for left in data.glob(f"{TRIAL}*"):
        number = left.name.removeprefix(TRIAL).partition("-")[0]
        if number.isdigit() and not _lives(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
