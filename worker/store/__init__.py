"""What the product remembers. Only this folder speaks SQL."""

from worker.store.decisions import Applied
from worker.store.errors import (
    LeaseLost,
    NewSchema,
    OldSchema,
    Overtaken,
    StoreDamaged,
    StoreError,
    StoreUnavailable,
)
from worker.store.intake import Intake
from worker.store.leasing import Holder, Lease
from worker.store.outbox import Body, Mail, MailState, Outbox, Post, Posting, Round, Switch
from worker.store.reading import FileFacts, SourceFacts, StatusSeen
from worker.store.runs import Progress, Run, RunState
from worker.store.schema import Upgrade
from worker.store.store import Store, upgrade

__all__ = [
    "Applied",
    "Body",
    "FileFacts",
    "Holder",
    "Intake",
    "Lease",
    "LeaseLost",
    "Mail",
    "MailState",
    "NewSchema",
    "OldSchema",
    "Outbox",
    "Overtaken",
    "Post",
    "Posting",
    "Progress",
    "Round",
    "Run",
    "RunState",
    "SourceFacts",
    "StatusSeen",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreUnavailable",
    "Switch",
    "Upgrade",
    "upgrade",
]
