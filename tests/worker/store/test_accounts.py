"""People of the console in the store: on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.worker.making import NOW
from worker.store import Account, Store, restore

LATER = NOW + timedelta(minutes=5)
LONG = timedelta(hours=8)


def account(name: str = "lan.nt", units: tuple[str, ...] | None = ("101",)) -> Account:
    return Account(name, "Ngô Thị Lan", "officer", units, NOW, "cli:root", ticket_until=LATER)


def test_an_account_lives_and_its_name_is_never_anothers(store: Store):
    accounts = store.accounts
    assert accounts.add(account(), "t1", LATER)
    assert accounts.add(account(), "t1", LATER)  # the same transaction, repeated
    assert not accounts.add(account(units=None), "t2", LATER)
    assert accounts.one("lan.nt") == account()
    assert accounts.of_ticket("t1", NOW) == account()
    assert accounts.of_ticket("t1", LATER) is None
    assert accounts.of_ticket("", NOW) is None
    accounts.redeem("t1", "hash", NOW)
    assert accounts.redeem("t1", "other", NOW) is None
    assert accounts.secret("lan.nt") == "hash"
    accounts.change("lan.nt", "viewer", None, by="q", at=NOW)
    changed = accounts.one("lan.nt")
    assert changed
    assert (changed.role, changed.units) == ("viewer", None)
    accounts.leave("lan.nt", by="q", at=NOW)
    assert accounts.secret("lan.nt") == ""
    accounts.come_back("lan.nt", by="q", at=NOW)
    assert accounts.secret("lan.nt") == "hash"
    assert [one.act for one in store.audit.acts()] == [
        "account.created",
        "account.password_chosen",
        "account.changed",
        "account.left",
        "account.came_back",
    ]
    assert store.upkeep.verify() == []


def test_sessions_end_with_what_they_stand_on(store: Store):
    accounts = store.accounts
    accounts.add(account(), "", LATER)
    accounts.add(account("an.v"), "", LATER)

    def opened() -> list[str]:
        for token, name in (("s1", "lan.nt"), ("s2", "lan.nt"), ("s3", "an.v")):
            accounts.open_session(token, name, NOW, longest=LONG)
        return there()

    def there() -> list[str]:
        return [token for token in ("s1", "s2", "s3") if accounts.session(token)]

    assert opened() == ["s1", "s2", "s3"]
    assert {one.name: one.sessions for one in accounts.all()} == {"an.v": 1, "lan.nt": 2}
    accounts.see("s1", LATER)
    seen = accounts.session("s1")
    assert seen
    assert (seen.opened_at, seen.seen_at, seen.known_at) == (NOW, LATER, NOW)
    accounts.confirm("s1", "lan.nt", LATER)
    again = accounts.session("s1")
    assert again
    assert again.known_at == LATER
    accounts.close_session("s1")
    assert there() == ["s2", "s3"]
    assert accounts.end_sessions("lan.nt", by="q", at=NOW) == 1
    assert there() == ["s3"]
    opened()
    accounts.choose("lan.nt", "hash", NOW)
    assert there() == ["s3"]
    opened()
    accounts.give_ticket("lan.nt", "t", LATER, by="q", at=NOW)
    assert there() == ["s3"]
    opened()
    accounts.open_session("s4", "an.v", NOW + LONG + timedelta(1), longest=LONG)
    assert there() == []  # what is over is removed


def test_tries_are_counted_each_and_forgotten_in_time(store: Store):
    accounts, hour = store.accounts, timedelta(hours=1)
    assert accounts.try_begins(["a", "b"], NOW, forget_after=hour) == {"a": 1, "b": 1}
    assert accounts.try_begins(["a"], LATER, forget_after=hour) == {"a": 2}
    assert accounts.tries(["a", "b", "c"]) == {"a": (2, LATER), "b": (1, NOW)}
    accounts.try_ended_well(["a"])
    accounts.try_begins(["c"], NOW + 2 * hour, forget_after=hour)
    assert accounts.tries(["a", "b", "c"]) == {"c": (1, NOW + 2 * hour)}


def test_a_copy_that_is_put_back_lets_nobody_stay_signed_in(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/a.db"
    store = Store.open(url)
    store.accounts.add(account(), "", LATER)
    store.accounts.open_session("s1", "lan.nt", NOW, longest=LONG)
    store.upkeep.backup(tmp_path / "copy.db")
    store.close()
    restore(url, tmp_path / "copy.db", tmp_path, by="q", at=NOW)
    again = Store.open(url)
    assert again.accounts.one("lan.nt")
    assert again.accounts.session("s1") is None
    again.close()
