"""The Celery application: how workers, the scheduler and whoever hands them work speak.

A message is a hint that a row waits in the database, never the work itself. So messages are
acknowledged early, carry ids only, have no result, no delay and no retry of their own; what is
lost is found again by the sweep. Plain Celery works: ``celery -A worker.app worker`` and
``celery -A worker.app beat``, with the configuration named by DOISOAT_CONFIG.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery import Celery, signals
from kombu.transport.redis import Channel

import config.settings
from config.settings import Settings
from config.sources import FileSource
from worker import logs
from worker.service import broker, life_signs

#: Where the configuration of a service stands, when it is not ./doisoat.toml.
CONFIG = "DOISOAT_CONFIG"

RECONCILE_RUN = "worker.tasks.reconcile_run"
READ_SOURCE = "worker.tasks.read_source"
COUNT_PERIOD = "worker.tasks.count_period"
TICK = "worker.tasks.tick"
SWEEP = "worker.tasks.sweep"
WATCH = "worker.tasks.watch"
CHORE = "worker.tasks.chore"
DELIVER = "worker.tasks.deliver"

# A message that a lost connection had in hand is not given back: the sweep finds what it hinted at.
# kombu 5.7 tries to give it back through the connection that is gone, and that ends the worker.
Channel.do_restore = False

#: Without a timeout on the socket a worker never notices a connection that died silently.
TRANSPORT = {
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 5,
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "global_keyprefix": "doisoat:",
}
#: Seconds after which a task is ended by force; its lease is shorter and was renewed meanwhile.
#: How long a source takes to be read is no part of it: a poll goes on in the next slice.
LONGEST_TASK = 900
#: Seconds that the last batch of a slice may take: a question that is repeated, a part of a list.
LAST_BATCH = 600
#: The first switches off what costs time at a reconnect; the second keeps long tasks apart.
WORKER_ARGS = ("--without-gossip", "--without-mingle", "-O", "fair")


def config_file() -> Path:
    """The configuration of this service."""
    return Path(os.environ.get(CONFIG) or "doisoat.toml")


def configuration(settings: Settings) -> Mapping[str, Any]:
    """Celery's settings for an office; the reasons stand in docs/decisions/0004."""
    sweep = settings.service.sweep.total_seconds()
    return {
        "broker_url": broker.address(settings),
        "broker_transport_options": TRANSPORT,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "result_backend": None,
        "task_ignore_result": True,
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_time_limit": LONGEST_TASK,
        "task_soft_time_limit": 840,
        # kombu 5.7 takes no "timeout" here: whoever sends waits no longer than queue.hint does
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.2, "interval_max": 0.5},
        "worker_prefetch_multiplier": 1,
        # A source that hangs keeps a process of its own waiting, and no other.
        "worker_concurrency": settings.service.processes + systems(settings),
        "worker_max_tasks_per_child": 200,
        # A busy machine may take long to start a process: after the 4 s that Celery waits by
        # itself it kills the newborn and begins again, for as long as the machine is busy.
        "worker_proc_alive_timeout": 60,
        # Celery sleeps so long whenever a task runs; a run is given back at its next step
        "worker_soft_shutdown_timeout": 15,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "timezone": settings.office.timezone,
        # When what is due stands in the database: the scheduler remembers nothing by itself.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_schedule": {
            "tick": {"task": TICK, "schedule": sweep},
            "sweep": {"task": SWEEP, "schedule": sweep},
            **({"watch": {"task": WATCH, "schedule": sweep}} if _has_inbox(settings) else {}),
        },
    }


def systems(settings: Settings) -> int:
    """How many sources are asked over the network: each is read by one process at a time."""
    return sum(not isinstance(one, FileSource) for one in settings.sources)


def longest_slice(settings: Settings) -> float:
    """Seconds after which a slice is ended by force."""
    return 2 * settings.service.slice.total_seconds() + LAST_BATCH


def _has_inbox(settings: Settings) -> bool:
    return any(isinstance(one, FileSource) and one.inbox for one in settings.sources)


def application(settings: Settings) -> Celery:
    """An application to send hints with, for a process that has its settings already."""
    made = Celery("doisoat", set_as_current=False)
    made.conf.update(configuration(settings))
    return made


def _here() -> Mapping[str, Any]:
    return configuration(config.settings.load(config_file(), os.environ))


app = Celery("doisoat", include=["worker.tasks"])
app.add_defaults(_here)  # read when it is needed first, not when the module is imported

#: One byte that the worker shares with the processes it forks: set when it shuts down.
_stopping = mmap.mmap(-1, 1)


def is_stopping() -> bool:
    """Whether the worker was asked to end: a run then stops at its next step."""
    return _stopping[0] != 0


def _remember_the_end(**_facts: object) -> None:
    _stopping[0] = 1


def _own_logs(**_facts: object) -> None:
    """Libraries' logs go through our chain, which masks persons."""
    logs.configure("INFO")


def _look_at_once(**_facts: object) -> None:
    """What waits from before is found now, not after the first interval."""
    app.send_task(SWEEP)


signals.worker_shutting_down.connect(_remember_the_end, weak=False)
signals.setup_logging.connect(_own_logs, weak=False)
signals.worker_ready.connect(_look_at_once, weak=False)
life_signs.connect()
