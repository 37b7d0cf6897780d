"""A small HTTP endpoint: ``/health/live``, ``/health/ready`` and ``/metrics``.

It tells numbers and the names of the office's sources, never a dossier or a person, and listens on
loopback unless the office says otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from worker.service.health import Health, Watch
from worker.store import Poll, PollState

WORDS = {
    "disk_free_bytes": "Free space where the data lie",
    "heartbeat_age_seconds": "Age of the last sign of life that went through the broker",
    "queue_runs": "Recorded runs that no worker has begun",
    "queue_oldest_seconds": "How long the oldest of them could have begun",
    "runs_quarantined": "Runs put aside after too many tries",
    "outbox_pending": "Mails that are due and not sent",
    "outbox_oldest_seconds": "How long the oldest of them is due",
    "outbox_uncertain": "Mails of which nobody knows whether they arrived",
    "outbox_frozen": "1 while mails are held back, as after a restore",
    "backup_age_days": "Days since the newest copy that the service made",
    "sources_unread": "Sources that were not read in full",
    "poll_reading": "1 while the source is being read",
    "poll_done": "What its newest poll has read: dossiers asked for, or parts of a list",
    "poll_total": "What there is to read in it",
    "poll_left_seconds": "About how long that still takes",
    "last_run_finished_timestamp_seconds": "When the last run was done",
    "last_run_exit_code": "How it ended: 0 done, 3 a source was not read in full",
}


class Numbers(Collector):
    """The numbers of the service, looked up when they are scraped."""

    def __init__(self, health: Callable[[], Health]) -> None:
        self._health = health

    def describe(self) -> list[Metric]:
        """Nothing beforehand: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        health = self._health()
        yield GaugeMetricFamily("doisoat_ready", "1 when the service can work", health.ready)
        checks = GaugeMetricFamily("doisoat_check", "1 when this is well", labels=["check"])
        for check in health.checks:
            checks.add_metric([check.name], float(check.well))
        yield checks
        for name, value in health.numbers.items():
            yield GaugeMetricFamily(f"doisoat_{name}", WORDS[name], value)
        yield from _polls(health.polls)


def _polls(polls: Iterable[Poll]) -> Iterator[Metric]:
    """How far each source is read; what is not known of one is not told."""
    told: dict[str, Callable[[Poll], float | None]] = {
        "poll_reading": lambda one: one.state is PollState.READING,
        "poll_done": lambda one: one.done,
        "poll_total": lambda one: one.total,
        "poll_left_seconds": lambda one: one.seconds_left,
    }
    for name, number in told.items():
        gauge = GaugeMetricFamily(f"doisoat_{name}", WORDS[name], labels=["source"])
        for one in polls:
            if (value := number(one)) is not None:
                gauge.add_metric([one.source], float(value))
        yield gauge


def listen(host: str, port: int, watch: Watch, alive: Callable[[], bool]) -> ThreadingHTTPServer:
    """Start answering in the background. Raises OSError where the port is taken.

    ``alive`` is asked for ``/health/live``: whether the processes are kept running.
    """
    registry = CollectorRegistry()
    registry.register(Numbers(watch.health))

    class Door(BaseHTTPRequestHandler):
        server_version = "doisoat"
        sys_version = ""
        timeout = 10

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/health/live":
                well = alive()
                self._answer(well, b"live\n" if well else b"not live\n", "text/plain")
            elif path == "/health/ready":
                health = watch.health()
                self._answer(health.ready, _as_json(health), "application/json")
            elif path == "/metrics":
                self._answer(True, generate_latest(registry), "text/plain; version=0.0.4")
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _answer(self, well: bool, body: bytes, kind: str) -> None:
            self.send_response(HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Whoever asks every few seconds is not worth a line."""

    server = ThreadingHTTPServer((host, port), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="endpoint", daemon=True).start()
    return server


def _as_json(health: Health) -> bytes:
    told = {
        "ready": health.ready,
        "checks": [
            {
                "name": check.name,
                "well": check.well,
                "stops": check.stops,
                "said": check.said,
                "to_do": check.to_do,
            }
            for check in health.checks
        ],
    }
    return msgspec.json.encode(told) + b"\n"
