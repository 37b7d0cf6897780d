"""The contents of a run that decided the same as an earlier one: only what is its own is new."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET
from msgspec.structs import replace

from worker import words
from worker.reports import machine
from worker.reports.contents import Contents
from worker.reports.decided import as_json, told
from worker.reports.facts import OwnFacts, RunFacts
from worker.reports.firstpage import FirstPage, all_agree, scope_note
from worker.reports.machine import RunLine
from worker.reports.readings import read_until, source_row


def again(earlier: Contents, own: OwnFacts) -> Contents:
    """What ``build`` would give for this run, made of the contents of an earlier one.

    Right only where everything else that RunFacts holds is the same for both runs.
    """
    page = _page(earlier.page, earlier.run.scope.as_of, own)
    return replace(earlier, run=_run_line(earlier.run, own), page=page)


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


def _page(earlier: FirstPage, as_of: date, own: OwnFacts) -> FirstPage:
    """Up to when the sources were read stands in three places, each made anew."""
    return replace(
        earlier,
        read_at=read_until(own),
        conclusion=all_agree(own) if earlier.all_agree else earlier.conclusion,
        notes=(scope_note(earlier.period, as_of, own), *earlier.notes[1:]),
        trigger=words.TRIGGERS.get(own.trigger, own.trigger),
        run_id=own.run_id,
        sources=tuple(map(source_row, own.sources)),
        decided=told(own.decided) if own.decided else "",
    )
