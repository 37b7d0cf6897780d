"""The contents of a run that decided the same as an earlier one: only what is its own is new."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from worker import words
from worker.reports import machine
from worker.reports.contents import Contents
from worker.reports.decided import as_json, told
from worker.reports.facts import OwnFacts, RunFacts
from worker.reports.firstpage import FirstPage
from worker.reports.machine import RunLine
from worker.reports.readings import source_row


def again(earlier: Contents, own: OwnFacts) -> Contents:
    """What ``build`` would give for this run, made of the contents of an earlier one.

    Right only where everything else that RunFacts holds is the same for both runs.
    """
    return replace(earlier, run=_run_line(earlier.run, own), page=_page(earlier.page, own))


def done(contents: Contents, facts: RunFacts) -> Contents:
    """The same, with what a run knows of itself only once it is done."""
    return replace(contents, run=machine.run_line(facts))


def _run_line(earlier: RunLine, own: OwnFacts) -> RunLine:
    return replace(
        earlier,
        id=own.run_id,
        trigger=own.trigger,
        started=own.started.isoformat(),
        finished=own.finished.isoformat(),
        exit_code=own.exit_code,
        sources={source.name: machine.source_of(source) for source in own.sources},
        writes=dict(own.writes),
        decided=as_json(own.decided) if own.decided else UNSET,
    )


def _page(earlier: FirstPage, own: OwnFacts) -> FirstPage:
    """Up to when the sources were read stands in three places, always in the same words."""
    until = words.moment(own.read_at)
    then = earlier.read_at.rpartition("đọc lúc ")[2]

    def read_until(text: str) -> str:
        return text.replace(then, until)

    return replace(
        earlier,
        read_at=read_until(earlier.read_at),
        conclusion=read_until(earlier.conclusion),
        notes=tuple(map(read_until, earlier.notes)),
        trigger=words.TRIGGERS.get(own.trigger, own.trigger),
        run_id=own.run_id,
        sources=tuple(map(source_row, own.sources)),
        decided=told(own.decided) if own.decided else "",
    )
