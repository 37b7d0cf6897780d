"""The database of an office: upgraded, verified, copied, put back, made anew, purged.

Most of it is asked where a house cannot be opened: the values here are settings, not a house.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from config.settings import Settings
from worker import store
from worker.clock import Clock
from worker.desk.actor import Actor, Right
from worker.desk.refused import Refused
from worker.house import House, is_lost, new_store, open_store, refuse_lost
from worker.run import leases
from worker.service import chores, supervisor
from worker.service.chores import Cleared
from worker.service.schedule import BEAT
from worker.store import Restored, Store, StoreError, Upgrade

#: Why mails are held back in a database that was made anew.
LOST = "Cơ sở dữ liệu cũ đã mất, lập mới; không rõ những thư nào đã gửi"


@dataclass(frozen=True, slots=True)
class Soundness:
    """What is wrong with the database; where nothing is, how its audit ends (``acts`` 0: empty)
    and since which day its rows are sealed, None: always."""

    problems: tuple[str, ...]
    acts: int
    seal: str
    sealed_since: date | None


@dataclass(frozen=True, slots=True)
class PutBack:
    """A copy that was put back, and the newest run in it; empty: none."""

    restored: Restored
    newest_run: str


def upgrade(settings: Settings, actor: Actor) -> Upgrade:
    """What was done to bring the database to this version; it was copied before."""
    actor.need(Right.HEALTH)
    refuse_lost(settings)
    return store.upgrade(settings.database.connect_url, folder=chores.backups_folder(settings))


def verify(settings: Settings, actor: Actor) -> Soundness:
    """Whether the database and the chain of the audit are whole."""
    actor.need(Right.HEALTH)
    with closing(open_store(settings)) as opened:
        problems = tuple(opened.upkeep.verify())
        acts, seal = opened.audit.head()
        since = opened.upkeep.sealed_since()
    zone = Clock(settings.office.timezone).zone
    return Soundness(problems, acts, seal, since.astimezone(zone).date() if since else None)


def backup(settings: Settings, actor: Actor, target: Path) -> int:
    """The bytes of the copy that was made; it was verified."""
    actor.need(Right.HEALTH)
    with closing(open_store(settings)) as opened:
        opened.upkeep.backup(target)
    return target.stat().st_size


def restore(settings: Settings, actor: Actor, source: Path) -> PutBack:
    """The copy that was put back; what was there is kept aside, mails are held back.

    Raises StoreError while anything of the office works.
    """
    actor.need(Right.HEALTH)
    clock = Clock(settings.office.timezone)
    with _alone(settings, "khôi phục lại"):
        _refuse_while_served(settings)
        done = store.restore(
            settings.database.connect_url,
            source,
            chores.backups_folder(settings),
            by=actor.who,
            at=clock.now(),
            zone=clock.zone,
        )
    with closing(open_store(settings)) as opened:
        last = next(iter(opened.runs.newest(1)), None)
    return PutBack(done, last.id if last is not None else "")


def make_anew(settings: Settings, actor: Actor, *, lost: bool) -> None:
    """An empty database stands where one was lost; mails are held back.

    ``lost``: a person said that there is no copy either. Raises Refused where nothing is lost,
    StoreLost where nobody said so.
    """
    actor.need(Right.HEALTH)
    clock = Clock(settings.office.timezone)
    if not is_lost(settings):
        raise Refused("Cơ sở dữ liệu còn đó, hoặc chưa từng có: không cần lập lại.")
    if not lost:
        refuse_lost(settings)
    with _alone(settings, "lập lại"), closing(new_store(settings)) as opened:
        opened.outbox.freeze(LOST, by=actor.who, at=clock.now(), unsure=True)
        opened.audit.append(
            actor=actor.who, act="db.made_anew", object="-", reason=LOST, at=clock.now()
        )


def last_judged(house: House, actor: Actor) -> date | None:
    """The newest day of judgement of any run."""
    actor.need(Right.HEALTH)
    return house.store.decisions.last_judged()


def judge_until(house: House, actor: Actor, until: date, *, reason: str) -> int:
    """How many runs judged later than ``until``: their days of judgement count no more.

    Raises Refused where there is no reason or nothing to put right, ``leases.Busy`` during a run.
    """
    newest = last_judged(house, actor)
    if not reason.strip():
        raise Refused("--reason: phải ghi vì sao đặt lại.")
    if until > house.clock.today():
        raise Refused("--until ở tương lai: không ai biết trước.")
    if newest is None or newest <= until:
        day = f"{newest:%d/%m/%Y}" if newest else "–"
        raise Refused(f"Ngày chốt mới nhất là {day}: không có gì phải đặt lại.")
    with leases.held(house.store, "", house.clock):
        return house.store.decisions.put_right_judged(
            until, by=actor.who, reason=reason.strip(), at=house.clock.now()
        )


def purge(house: House, actor: Actor, *, trial: bool) -> Cleared:
    """What is removed by the terms of [retention]; of a trial nothing is."""
    actor.need(Right.HEALTH)
    return chores.purge(house, trial=trial)


@contextmanager
def _alone(settings: Settings, then: str) -> Iterator[None]:
    """Nobody serves the office on this machine meanwhile. Raises StoreError."""
    try:
        with supervisor.alone(settings):
            yield
    except supervisor.AlreadyServed:
        raise StoreError(
            f"Dịch vụ đang chạy: dừng trước (systemctl stop doisoat) rồi {then}"
        ) from None


def _refuse_while_served(settings: Settings) -> None:
    """Workers on other machines are known by their sign of life only."""
    try:
        opened = Store.open(settings.database.connect_url, upgrade_if_missing=False)
    except StoreError:
        return  # damaged, too old, not there: what a restore is for
    try:
        last = None if opened.schedule.is_stopped(BEAT) else opened.schedule.last_beat(BEAT)
        holder = opened.leases.holder(leases.ALL)
    except StoreError:
        return
    finally:
        opened.close()
    most = 2 * settings.service.sweep.total_seconds()
    if holder is not None:
        raise StoreError(f"Đang có lượt đối soát {holder.run_id}: chờ xong rồi khôi phục lại")
    if last is not None and last.age < most:
        raise StoreError(
            f"Dịch vụ ở máy {last.host} còn chạy (nhịp cuối cách đây {last.age:.0f} giây): "
            f"dừng lại, chờ {most:.0f} giây rồi khôi phục lại"
        )
