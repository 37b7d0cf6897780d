"""What the product remembers. Only this folder speaks SQL."""

from worker.store.accounts import Account, Accounts
from worker.store.additions import TypedCell, TypedCells
from worker.store.asked import Poll, Polls, PollState
from worker.store.audit import Act, Audit
from worker.store.books import Books, DeclaredBook
from worker.store.decisions import Applied
from worker.store.errors import (
    LeaseLost,
    NewSchema,
    NoDatabase,
    OldSchema,
    Overtaken,
    StoreDamaged,
    StoreError,
    StoreLost,
    StoreUnavailable,
)
from worker.store.file_changes import Taken
from worker.store.hosts import HostTurns
from worker.store.inbox import Sighting, Sightings
from worker.store.intakes import Intake, Intakes, IntakeState, StandsOnIt
from worker.store.learned import Learned, LearnedColumn
from worker.store.leases import Holder, Lease
from worker.store.mails import Body, Mail, MailState, Outbox, Post, Posting, Round, Switch
from worker.store.papers import Paper, Papers, SampleAnswer
from worker.store.periods import AskedCount, Frozen, PeriodDraft, Periods
from worker.store.polls import HeardOf, PollStep
from worker.store.prepared import LeftBehind
from worker.store.queue import Awaited, Order, Queue, QueueLength, Wish
from worker.store.readings import FileFacts, SourceFacts, UnitFacts
from worker.store.restoring import Restored
from worker.store.retention import Purged, Terms
from worker.store.runs import ENDED, Progress, Run
from worker.store.schedule import Beat, PlannedJob, Schedule
from worker.store.schema import Upgrade, nothing_at
from worker.store.slips import SOURCE as SLIPS
from worker.store.slips import BatchSettled, BatchState, Slip, SlipAnswer, SlipBatch, Slips
from worker.store.sources import KnownSource, KnownSources, Renamed
from worker.store.store import Store, restore, upgrade
from worker.store.tables import RunState
from worker.store.versions import FileStanding
from worker.store.worth import AskedFor, LookUp, LookUps

__all__ = [
    "ENDED",
    "SLIPS",
    "Account",
    "Accounts",
    "Act",
    "Applied",
    "AskedCount",
    "AskedFor",
    "Audit",
    "Awaited",
    "BatchSettled",
    "BatchState",
    "Beat",
    "Body",
    "Books",
    "DeclaredBook",
    "FileFacts",
    "FileStanding",
    "Frozen",
    "HeardOf",
    "Holder",
    "HostTurns",
    "Intake",
    "IntakeState",
    "Intakes",
    "KnownSource",
    "KnownSources",
    "Learned",
    "LearnedColumn",
    "Lease",
    "LeaseLost",
    "LeftBehind",
    "LookUp",
    "LookUps",
    "Mail",
    "MailState",
    "NewSchema",
    "NoDatabase",
    "OldSchema",
    "Order",
    "Outbox",
    "Overtaken",
    "Paper",
    "Papers",
    "PeriodDraft",
    "Periods",
    "PlannedJob",
    "Poll",
    "PollState",
    "PollStep",
    "Polls",
    "Post",
    "Posting",
    "Progress",
    "Purged",
    "Queue",
    "QueueLength",
    "Renamed",
    "Restored",
    "Round",
    "Run",
    "RunState",
    "SampleAnswer",
    "Schedule",
    "Sighting",
    "Sightings",
    "Slip",
    "SlipAnswer",
    "SlipBatch",
    "Slips",
    "SourceFacts",
    "StandsOnIt",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreLost",
    "StoreUnavailable",
    "Switch",
    "Taken",
    "Terms",
    "TypedCell",
    "TypedCells",
    "UnitFacts",
    "Upgrade",
    "Wish",
    "nothing_at",
    "restore",
    "upgrade",
]
