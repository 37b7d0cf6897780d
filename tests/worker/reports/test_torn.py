"""F27: killed while a report is written: each file is the old or the new one, never half."""

import hashlib
import itertools
import os
import signal
from pathlib import Path

from reconcile.scope import Scope
from tests.worker.making import TODAY
from tests.worker.office import EXPORT, dossiers, write
from tests.worker.services import office
from worker import reports
from worker.run import story
from worker.run.requests import Request

FORMATS = ("json", "html")


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def killed_at(number: int, act) -> bool:
    """Do it in a child that dies at its n-th step to the disk."""
    pid = os.fork()
    if pid == 0:
        steps = itertools.count(1)

        def dying(real):
            def step(*words, **more):
                if next(steps) == number:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*words, **more)

            return step

        os.fsync, os.replace, os.rename = map(dying, (os.fsync, os.replace, os.rename))
        try:
            act()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def test_every_file_of_a_report_is_old_or_new(tmp_path: Path, store_url: str):
    made = office(tmp_path / "office", database=store_url, broker_url="")
    house = made.house()
    old = story.run(house, Request(Scope(as_of=TODAY), formats=FORMATS)).contents
    write(made.folder / "inbox/motcua/a.xlsx", EXPORT, dossiers(30))
    new = story.run(house, Request(Scope(as_of=TODAY), formats=FORMATS)).contents
    house.store.close()
    folder = tmp_path / "report"
    reports.write(new, folder, FORMATS)
    whole = digests(folder)
    for number in itertools.count(1):
        reports.write(old, folder, FORMATS)
        previous = digests(folder)
        dead = killed_at(number, lambda: reports.write(new, folder, FORMATS))
        left = digests(folder)
        assert all(left[name] in (previous[name], whole[name]) for name in whole)
        for name in set(left) - set(whole):
            assert name.startswith(".")  # its name says that it is none
            (folder / name).unlink()
        if not dead:
            assert left == whole
            assert number > len(whole)
            break
