"""What is asked of a run, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconcile.scope import Scope
from worker import reports
from worker.reports.contents import Contents
from worker.store import Applied

#: In the audit: a report with whole names was written.
FULL_NAMES = "report.full_names"


@dataclass(frozen=True, slots=True)
class Unmasked:
    """Who wants a report with whole names, and why: it is audited before anything is written."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """What an operator, a schedule or a program asks for."""

    scope: Scope
    trigger: str = "cli"
    poll: bool = True
    sweep: bool = False  # read polled sources again from the beginning
    wait: bool = True  # for the polls; False: decide by what is known
    out: Path | None = None  # default: <data_dir>/reports/<run id>/
    formats: tuple[str, ...] = reports.FORMATS
    fail_on_open: bool = False
    in_full: Unmasked | None = None  # the files hold whole names; the run itself never does


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended and where its report lies."""

    run_id: str
    exit_code: int
    folder: Path
    files: Mapping[str, str]  # name -> sha256
    contents: Contents
    applied: Applied = field(default_factory=Applied)
    claims_written: int = 0
    backdated: bool = False  # judged before the newest day judged: it moved nothing
    same_as: str = ""  # the run whose decision this is, where nothing had changed since
