"""Wall clock and the memory of a process tree, sampled from outside."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Usage:
    """``seconds`` of wall clock; ``peak_mib``: the most that all processes held at one moment.

    ``processor``: seconds that the processors worked for it, which a busy machine changes little.
    """

    seconds: float
    peak_mib: float
    exit_code: int
    stdout: str
    stderr: str
    processor: float = 0.0


def run_measured(
    command: Sequence[str], *, cwd: Path, environ: Mapping[str, str] | None = None
) -> Usage:
    """Run a command to its end; sum the memory of it and of all its children every 50 ms.

    Pages that parent and child share are counted once, where the system tells (PSS); elsewhere
    resident memory is summed, which counts them twice. The program runs as an office has it: what
    was compiled once is there at every start.
    """
    given = os.environ if environ is None else environ
    environ = {name: text for name, text in given.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started, worked = time.perf_counter(), _worked()
        process = subprocess.Popen(command, cwd=cwd, env=environ, stdout=out, stderr=err)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, tree_mib(process.pid))
            time.sleep(0.05)
        seconds = time.perf_counter() - started
        out.seek(0)
        err.seek(0)
        told = out.read(), err.read()
        return Usage(seconds, peak, process.returncode, *told, processor=_worked() - worked)


def _worked() -> float:
    """Processor seconds of all children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def peak_mib() -> float:
    """The most that this process held so far; what ``getrusage`` tells is its parent's, too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    told = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(told.split()[1]) / 1024


def tree_mib(pid: int) -> float:
    """MiB held now by a process and its children."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    total = 0
    for member in family:
        try:
            total += _held(member)
        except psutil.Error:
            continue
    return total / 2**20


def held_mib(member: psutil.Process) -> float:
    """MiB of one process; what it shares with others counts in part."""
    return _held(member) / 2**20


def _held(member: psutil.Process) -> int:
    try:
        text = Path(f"/proc/{member.pid}/smaps_rollup").read_text()
    except OSError:
        return member.memory_info().rss
    line = next(line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024
