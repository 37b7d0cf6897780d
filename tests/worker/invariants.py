"""Nothing lost, nothing doubled: what must hold after every fault (reliability.md, 7.1).

Each rule compares what the store remembers with a ledger that stands outside of it: what the
sources served, what the mail server accepted, what the clerk typed. Each returns what is wrong.
"""

from collections import Counter

from reconcile.findings import Kind
from tests.worker.town import Town
from worker.house import House
from worker.store import ENDED, MailState, Store

#: Whose every answer must be known.
SERVED = {"igate": "one_stop", "cong": "portal"}


def i1_everything_served_is_known(store: Store, town: Town) -> list[str]:
    known: dict[str, set[str]] = {name: set() for name in SERVED}
    for claim in store.readings.claims():
        if claim.source in known:
            known[claim.source] |= {claim.own_code, claim.national_code}
    return [
        f"{name}: {code}"
        for name, simulator in SERVED.items()
        for code in sorted(set(getattr(town, simulator).served()) - known[name])
    ]


def i3_every_mail_once(store: Store, town: Town) -> list[str]:
    """In clear faults: accepted once, and believed sent exactly where it was accepted."""
    accepted = Counter(one.message_id for one in town.sink.ledger)
    mails = {mail.message_id: mail for mail in store.outbox.mails()}
    twice = [f"twice: {name}" for name, count in accepted.items() if count > 1]
    unknown = [f"of nobody: {name}" for name in accepted if name not in mails]
    believed = {name for name, mail in mails.items() if mail.state is MailState.SENT}
    unsure = {name for name, mail in mails.items() if mail.state is MailState.UNCERTAIN}
    lost = [f"believed sent: {name}" for name in believed - set(accepted)]
    forgotten = [f"not believed sent: {name}" for name in set(accepted) - believed - unsure]
    return sorted(twice + unknown + lost + forgotten)


def i4_findings_are_those_of_a_plain_count(store: Store, town: Town) -> list[str]:
    """Pending in the software and handed over on paper, counted from the ledgers alone."""
    expected = {f"igate:{row.code}" for row in town.pending[: town.handed_over]}
    found = Counter(
        one.anchor
        for one in store.decisions.discrepancies()
        if one.kind is Kind.RETURNED_STILL_PENDING
    )
    opened = Counter(change.id for change in store.decisions.changes())
    return sorted(
        [f"missing: {anchor}" for anchor in expected - set(found)]
        + [f"too many: {anchor}" for anchor in set(found) - expected]
        + [f"twice: {anchor}" for anchor, count in found.items() if count > 1]
        + [f"opened twice: {name}" for name, count in opened.items() if count > 1]
    )


def i5_every_run_has_ended(store: Store) -> list[str]:
    return [f"{run.id}: {run.state}" for run in store.runs.newest() if run.state not in ENDED]


def i6_the_database_is_sound(store: Store) -> list[str]:
    return store.upkeep.verify()


def written(store: Store) -> tuple[object, ...]:
    """What a run may write: compared before and after one that finds nothing new (I8).

    How far a mail has come is written by whoever delivers it, not by a run: I3 tells of that.
    """
    return (
        store.readings.claims(),
        store.decisions.links(),
        store.decisions.changes(),
        [mail.dedupe_key for mail in store.outbox.mails()],
    )


def broken(house: House, town: Town) -> list[str]:
    """Everything that does not hold; empty when nothing was lost and nothing was doubled."""
    store = house.store
    rules = {
        "I1": i1_everything_served_is_known(store, town),
        "I3": i3_every_mail_once(store, town),
        "I4": i4_findings_are_those_of_a_plain_count(store, town),
        "I5": i5_every_run_has_ended(store),
        "I6": i6_the_database_is_sound(store),
    }
    return [f"{name} {wrong}" for name, found in rules.items() for wrong in found]
