"""The store: what the product remembers, one method a question or an act.

Every act is one transaction, all or nothing. Acts that belong to a run take the run's lease and
write nothing once it was taken over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path

from sqlalchemy import URL, Connection

from connectors.connector import Memory
from reconcile.claims import Claim, RejectedRow, Snapshot
from reconcile.lifecycle import Change, Discrepancy
from reconcile.links import Answer, Link
from reconcile.scope import Scope
from worker.clock import Clock
from worker.store import (
    asked,
    claims,
    copying,
    decisions,
    digests,
    findings,
    leases,
    mails,
    readings,
    restoring,
    retention,
    runs,
    schema,
    seals,
    sources,
    upkeep,
)
from worker.store.accounts import Accounts
from worker.store.asked import Polls
from worker.store.audit import Audit
from worker.store.books import Books
from worker.store.checks import Checks
from worker.store.claims import Taken
from worker.store.decisions import Applied
from worker.store.engine import Database, connect
from worker.store.findings import Findings, FoundRows
from worker.store.inbox import Sightings
from worker.store.intakes import Intakes
from worker.store.judged import JudgedClaims
from worker.store.learned import Learned
from worker.store.leases import Holder, Lease
from worker.store.mails import Outbox, Posting
from worker.store.pairs import Pairs
from worker.store.papers import Papers
from worker.store.periods import Periods
from worker.store.piles import Piles
from worker.store.polls import PollStep
from worker.store.prepared import PreparedRows
from worker.store.queue import Queue
from worker.store.readings import FileFacts, SourceFacts, StatusSeen
from worker.store.restoring import Restored
from worker.store.retention import Purged, Terms
from worker.store.runs import Progress, Run
from worker.store.schedule import Schedule
from worker.store.schema import Upgrade
from worker.store.search import Search
from worker.store.slips import Slips
from worker.store.sources import KnownSources
from worker.store.ticks import Batches
from worker.store.versions import FileStanding, Versions

#: When acts of the store were written that bring no moment of their own.
CLOCK = Clock()


@dataclass(frozen=True, slots=True)
class Store:
    """Everything that is remembered, in one SQLite file or one PostgreSQL database.

    ``sources`` are those that count, None: all. What others said stays, and nobody is told of it
    until they count again.
    """

    database: Database
    sources: frozenset[str] | None = None

    @classmethod
    def open(
        cls,
        url: str | URL,
        *,
        password: str = "",
        upgrade_if_missing: bool = True,
        sources: frozenset[str] | None = None,
    ) -> Store:
        """Open the database; a missing one is made.

        Raises OldSchema, NoDatabase, NewSchema, StoreUnavailable, StoreDamaged.
        """
        database = connect(url, password)
        try:
            schema.settle(database, make=upgrade_if_missing)
        except BaseException:
            database.close()
            raise
        return cls(database, sources)

    def close(self) -> None:
        self.database.close()

    def after_fork(self) -> None:
        """In a child process: never use a connection of the parent."""
        self.database.close(after_fork=True)

    # Sources

    def memory(self, source: str) -> Memory:
        """What was last read in full of each file; of a polled source, how far the poll came."""
        return readings.memory(self.files(source))

    def take_in(
        self,
        snapshot: Snapshot,
        *,
        at: datetime,
        on: date,
        lease: Lease | None = None,
        word: FileStanding = FileStanding.ASKED,
        step: PollStep | None = None,
    ) -> Taken:
        """Keep what one file said; ``on`` is today at the office. Only differences are written.

        An incomplete snapshot changes nothing but the note that the file was not read. ``word``:
        what a person says of the file that had this name before; ``step``: how far the poll is.
        """
        prepared = claims.prepare(snapshot)

        def act(connection: Connection) -> Taken:
            leases.guard(connection, lease)
            taken = claims.take_in(connection, prepared, at, on, word, step)
            asked.store_step(connection, taken, step, at)
            return taken

        return self.database.write(act)

    def finish_poll(
        self, source: str, seen: Collection[str], *, lease: Lease | None = None
    ) -> None:
        """Files that are not in ``seen`` are no longer there; their claims stay."""

        def act(connection: Connection) -> None:
            leases.guard(connection, lease)
            claims.finish_poll(connection, source, seen)

        self.database.write(act)

    def claims(self) -> list[Claim]:
        """The claims that count now, sorted by key."""
        return self.database.read(lambda connection: readings.claims(connection, self.sources))

    @property
    def asked(self) -> Polls:
        return Polls(self.database)

    @property
    def judged(self) -> JudgedClaims:
        return JudgedClaims(self.database, self.sources)

    def evidence_fingerprint(self) -> str:
        """A hash of every piece of evidence that is stored."""
        return self.database.read(digests.of_evidence)

    def status_history(self, key: str) -> list[StatusSeen]:
        """Every status that a source gave a dossier, oldest first."""
        return self.database.read(lambda connection: readings.status_history(connection, key))

    def rejected(self, source: str | None = None) -> list[RejectedRow]:
        """What could not be read in the last complete reading of each file, sorted."""
        return self.database.read(
            lambda connection: readings.rejected_rows(connection, source, self.sources)
        )

    def files(self, source: str | None = None) -> list[FileFacts]:
        """How each file of a source, or of all, was read."""
        found = self.database.read(lambda connection: readings.files(connection, source))
        return [file for file in found if self.sources is None or file.source in self.sources]

    def coverage_facts(self, source: str) -> SourceFacts:
        """Whether a source answered in full, since when not, and what its readings cover."""
        return self.database.read(lambda connection: readings.source_facts(connection, source))

    # Decisions

    def links(self) -> list[Link]:
        return self.database.read(decisions.links)

    def discrepancies(self, scope: Scope | None = None) -> list[Discrepancy]:
        """What is remembered, by id; with a scope, of its units and procedure classes."""
        found = self.database.read(lambda connection: decisions.discrepancies(connection, scope))
        return [one for one in found if sources.counts(one.anchor, self.sources)]

    def changes(
        self,
        *,
        of: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Change]:
        """Steps in the order they were taken: of one discrepancy, after ``since``, to ``until``."""
        return self.database.read(
            lambda connection: decisions.changes(connection, of=of, since=since, until=until)
        )

    def apply(
        self,
        links: Iterable[Link] | None,
        changes: Iterable[Change],
        *,
        run_id: str = "",
        judged: date | None = None,
        lease: Lease | None = None,
        posting: Posting | None = None,
        found: FoundRows | None = None,
        ended: Collection[str] | None = None,
    ) -> Applied:
        """Remember what was decided, in one transaction; what is equal is no write.

        ``links`` are those of the whole office (None: leave them), or those that were decided anew
        where ``ended`` says which rows have none any longer. ``judged`` is the day of
        judgement of a run. ``posting`` are the mails that tell of these changes, ``found`` what a
        person reads of what the run found. Raises Overtaken, LeaseLost.
        """
        all_links = None if links is None else list(links)
        steps, now = list(changes), CLOCK.now()

        def act(connection: Connection) -> Applied:
            leases.guard(connection, lease)
            applied, moved = Applied(), seals.SealMoves()
            if all_links is not None:
                applied, moved = decisions.apply_links(connection, all_links, ended)
            if judged is not None:
                decisions.mark_judged(connection, run_id, judged)
            count = decisions.apply_changes(connection, steps, run_id, moved)
            if found is not None:
                findings.keep(connection, found, run_id)
            posted = mails.post(connection, posting, run_id) if posting is not None else 0
            decisions.seal(connection, moved, steps, run_id, now)
            return replace(applied, changes=count, mails=posted)

        return self.database.write(act)

    def last_judged(self) -> date | None:
        """The newest day of judgement of a run that could move discrepancies."""
        return self.database.read(decisions.last_judged)

    def put_right_judged(self, day: date, *, by: str, reason: str, at: datetime) -> int:
        """A person says that nothing after that day was judged rightly; of how many runs."""
        return self.database.write(
            lambda connection: decisions.put_right_judged(
                connection, day, by=by, reason=reason, at=at
            )
        )

    def answers(self) -> list[Answer]:
        """What persons said of pairs and did not take back."""
        return self.database.read(decisions.answers)

    def add_answer(self, answer: Answer) -> bool:
        """Keep what a person said; False when the same was known. The history stays."""
        now = CLOCK.now()
        return self.database.write(lambda connection: decisions.add_answer(connection, answer, now))

    def take_back_answer(self, row: str, dossier: str, *, by: str, on: date) -> bool:
        """Undo what was said of a pair; False when nothing was."""
        now = CLOCK.now()
        return self.database.write(
            lambda connection: decisions.take_back_answer(
                connection, row, dossier, by=by, on=on.isoformat(), at=now
            )
        )

    @property
    def findings(self) -> Findings:
        return Findings(self.database)

    @property
    def piles(self) -> Piles:
        return Piles(self.database, self.sources)

    @property
    def batches(self) -> Batches:
        return Batches(self.database)

    @property
    def pairs(self) -> Pairs:
        return Pairs(self.database)

    @property
    def search(self) -> Search:
        return Search(self.database, self.sources)

    @property
    def known_sources(self) -> KnownSources:
        """The sources that the store has data of, configured or not."""
        return KnownSources(self.database)

    # Mails

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.database, self.sources)

    # Runs

    def begin_run(self, run_id: str, trigger: str, scope: Scope, *, at: datetime) -> None:
        self.database.write(lambda connection: runs.begin(connection, run_id, trigger, scope, at))

    def report_progress(self, run_id: str, progress: Progress) -> None:
        self.database.write(lambda connection: runs.report_progress(connection, run_id, progress))

    def finish_run(
        self,
        run_id: str,
        *,
        at: datetime,
        exit_code: int,
        summary: str = "",
        contents: bytes | None = None,
        page: bytes = b"",
        fingerprint: str = "",
        lease: Lease | None = None,
    ) -> None:
        """The run is done; ``summary`` is run.json, ``contents`` what its files come from, ``page``
        its first page, ``fingerprint`` of all that they depend on: ``same_contents`` finds it."""
        compressed = None if contents is None else runs.compress(contents)

        def act(connection: Connection) -> None:
            leases.guard(connection, lease)
            runs.finish(connection, run_id, at, exit_code, summary)
            if compressed is not None:
                runs.keep_contents(connection, run_id, compressed, fingerprint, page)

        self.database.write(act)

    def fail_run(self, run_id: str, *, at: datetime, problem: str) -> None:
        """The run could not finish; ``problem`` is Vietnamese, without personal data."""
        self.database.write(lambda connection: runs.fail(connection, run_id, at, problem))

    def run(self, run_id: str) -> Run | None:
        return self.database.read(lambda connection: runs.one(connection, run_id))

    def runs(self, limit: int | None = None) -> list[Run]:
        """The runs, newest first."""
        return self.database.read(lambda connection: runs.newest(connection, limit))

    def contents(self, run_id: str) -> bytes | None:
        """What the files of a run were written from; None when it is not kept."""
        stored = self.database.read(lambda connection: runs.contents(connection, run_id))
        return None if stored is None else runs.decompress(stored)

    def same_contents(self, fingerprint: str) -> tuple[str, bytes] | None:
        """The newest run that depended on exactly the same, and its contents; None: there is none.

        An empty ``fingerprint`` is like no other.
        """
        if not fingerprint:
            return None
        found = self.database.read(lambda connection: runs.contents_of(connection, fingerprint))
        return None if found is None else (found[0], runs.decompress(found[1]))

    def judged_days(self, before: date, limit: int) -> list[date]:
        """The newest days of judgement before a day, oldest first, each once."""
        return self.database.read(lambda connection: runs.judged_days(connection, before, limit))

    # Leases (worker/run/leases.py is the door)

    def claim_lease(self, wanted: Lease, *, seconds: float, at: datetime) -> Lease | None:
        return self.database.write(lambda connection: leases.claim(connection, wanted, seconds, at))

    def renew_lease(self, lease: Lease, *, seconds: float) -> None:
        self.database.write(lambda connection: leases.renew(connection, lease, seconds))

    def release_lease(self, lease: Lease) -> None:
        self.database.write(lambda connection: leases.release(connection, lease))

    def lease_holder(self, name: str) -> Holder | None:
        return self.database.read(lambda connection: leases.holder(connection, name))

    # The service

    @property
    def queue(self) -> Queue:
        return Queue(self.database)

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.database)

    # Care

    @property
    def audit(self) -> Audit:
        return Audit(self.database)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.database)

    @property
    def books(self) -> Books:
        return Books(self.database)

    @property
    def versions(self) -> Versions:
        return Versions(self.database)

    @property
    def learned(self) -> Learned:
        return Learned(self.database)

    @property
    def intakes(self) -> Intakes:
        return Intakes(self.database)

    @property
    def slips(self) -> Slips:
        return Slips(self.database)

    @property
    def sightings(self) -> Sightings:
        return Sightings(self.database)

    @property
    def periods(self) -> Periods:
        return Periods(self.database)

    @property
    def checks(self) -> Checks:
        return Checks(self.database)

    @property
    def prepared(self) -> PreparedRows:
        return PreparedRows(self.database)

    @property
    def papers(self) -> Papers:
        return Papers(self.database)

    def revision(self) -> str:
        return self.database.read(schema.revision)

    def backup(self, target: Path) -> None:
        """Write a checked copy while others go on working: a SQLite file, whatever this is."""
        copying.copy_of(self.database, target)

    def purge(self, terms: Terms, now: datetime, *, trial: bool = False) -> Purged:
        """Remove what is kept too long; a trial only counts."""
        return retention.purge(self.database, terms, now, trial=trial)

    def copy_to(self, other: Store) -> None:
        """Put everything into another, empty store: for a trial that is thrown away."""
        self.database.read(
            lambda source: other.database.write(lambda target: copying.refill(source, target))
        )

    def sealed_since(self) -> datetime | None:
        """When what was there before seals was taken as it is; None: they were there first."""
        return self.database.read(seals.first_sealed_at)

    def verify(self) -> list[str]:
        """What is wrong with the database, in Vietnamese; empty when it is sound."""
        return self.database.read(upkeep.problems)


def upgrade(url: str | URL, *, password: str = "", folder: Path | None = None) -> Upgrade:
    """Bring a database to this version; it is copied before. Raises NewSchema.

    ``folder`` is where the copy of a PostgreSQL goes; a SQLite file is copied beside itself.
    """
    database = connect(url, password)
    try:
        return schema.upgrade(database, folder)
    finally:
        database.close()


def restore(
    url: str | URL, file: Path, folder: Path, *, by: str, at: datetime, zone: tzinfo = UTC
) -> Restored:
    """Replace a database by a copy; mails are frozen, the replaced one is put aside, its name with
    the hour of the zone. Raises StoreError (no copy of ours, in use), NewSchema, StoreDamaged."""
    database = connect(url)
    try:
        return restoring.restore(database, file, folder, by=by, at=at, zone=zone)
    finally:
        database.close()
