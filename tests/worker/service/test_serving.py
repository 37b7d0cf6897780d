"""``doisoat serve``: one command on one machine, with its own broker; its answers are true."""

import itertools
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import config.settings
from tests import canary
from tests.worker.servers import free_port
from tests.worker.services import PATIENCE, Service, ended, office, run_of, until
from worker.service import broker, children, health, schedule, supervisor, ticking
from worker.service.endpoint import WORDS, listen
from worker.service.health import Check, Health, Watch
from worker.store import RunState


@pytest.fixture
def served(tmp_path: Path, store_url: str) -> Iterator[Service]:
    """An office without a broker of its own."""
    made = office(tmp_path / "office", database=store_url, broker_url="")
    yield made
    made.stop()


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    except (urllib.error.URLError, ConnectionError):
        return 0, ""
    canary.keep(f"answer-{path.strip('/').replace('/', '-')}", text)
    return status, text


def children_of(pid: int) -> list[int]:
    known = Path(f"/proc/{pid}/task/{pid}/children")
    if known.exists():
        return sorted(map(int, known.read_text().split()))
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return sorted(child for child, parent in pairs if parent == pid)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_one_command_serves_an_office_and_ends_cleanly(served: Service):
    """Run on demand, health, metrics, a worker that is killed, a second parent, the end."""
    port = free_port()
    parent = served.start(
        "doisoat",
        *("serve", "--config", str(served.config)),
        DOISOAT_SERVICE__HEALTH_PORT=str(port),
    )
    until(lambda: ask(port, "/health/live")[0] == 200, PATIENCE, served)
    until(lambda: ask(port, "/health/ready")[0] == 200, PATIENCE, served)

    asked = served.start("doisoat", "run", "--queue", "--json", "--config", str(served.config))
    assert asked.wait(PATIENCE) == 0, served.log()
    house = served.house()
    [run] = [one for one in house.store.runs.newest() if one.trigger == "cli"]
    until(lambda: ended(house, run.id), PATIENCE, served)  # it is followed for three seconds only
    run = run_of(house, run.id)
    assert run.state is RunState.DONE
    assert json.loads(run.summary)["id"] == run.id

    wanted = ("doisoat_ready 1.0", 'doisoat_check{check="heartbeat"} 1.0')
    until(lambda: all(line in ask(port, "/metrics")[1] for line in wanted), PATIENCE, served)
    status, metrics = ask(port, "/metrics")
    assert status == 200
    told = set(re.findall(r"^doisoat_(\w+) ", metrics, re.M))
    assert told <= {"ready", *WORDS}
    assert ask(port, "/")[0] == 404

    second = served.start("doisoat", "serve", "--config", str(served.config))
    assert second.wait(PATIENCE) == 2
    assert "đang chạy rồi" in served.log()

    before = children_of(parent.pid)
    assert len(before) == 4  # the broker, the workers, the schedule, the console
    os.kill(before[1], signal.SIGKILL)
    until(lambda: len(set(children_of(parent.pid)) - set(before)) == 1, PATIENCE, served)

    parent.send_signal(signal.SIGTERM)
    assert parent.wait(PATIENCE) == 0
    assert all(map(is_gone, before))
    assert not (served.folder / "celerybeat-schedule").exists()
    house.store.close()


def test_the_embedded_broker_is_private_and_its_path_fits(tmp_path: Path):
    made = office(tmp_path / "office", database=f"sqlite:///{tmp_path}/a.db", broker_url="")
    settings = config.settings.load(made.config, {})
    command = broker.command(settings)
    assert command[command.index("--port") + 1] == "0"  # no port at all
    assert command[command.index("--unixsocketperm") + 1] == "700"
    deep = settings.model_copy(
        update={"office": settings.office.model_copy(update={"data_dir": tmp_path / ("d" * 120)})}
    )
    assert len(os.fsencode(broker.socket_file(deep))) <= broker.LONGEST
    assert broker.socket_file(deep) == broker.socket_file(deep)
    assert broker.address(settings).startswith("redis+socket:///")


def test_what_is_looked_at_is_true(served: Service):
    """Each answer changes when the thing itself does."""
    house = served.house()
    store = house.store
    times = house.settings.service.model_copy(update={"sweep": timedelta(hours=1)})
    settings = house.settings.model_copy(update={"service": times})  # however busy the machine is

    def check(name: str) -> Check:
        return next(one for one in health.look(settings).checks if one.name == name)

    assert not check("heartbeat").well  # nothing has gone through a broker yet
    assert not health.look(settings).ready
    ticking.sweep(house)
    assert check("heartbeat").well
    assert health.look(settings).ready
    time.sleep(0.1)
    old = settings.model_copy(
        update={"service": settings.service.model_copy(update={"sweep": timedelta(seconds=-10)})}
    )
    assert not health.look(old).ready  # the same sign of life, asked too late

    assert check("queue").well
    store.schedule.beat(
        schedule.BEAT, clock=datetime.now(UTC), host="may-1", problem="đồng hồ máy lệch 120 giây"
    )
    assert not check("clock").well
    assert health.look(settings).ready  # told, but it stops nothing
    assert health.problems(health.look(settings))[0].name == "clock"

    gone = settings.model_copy(
        update={
            "database": settings.database.model_copy(
                update={"url": f"postgresql+psycopg://doisoat@127.0.0.1:{free_port()}/x"}
            )
        }
    )
    assert next((one.name, one.well) for one in health.look(gone).checks) == ("database", False)
    store.close()


def test_an_answer_comes_in_time_even_when_the_database_does_not(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(health, "PATIENCE", 0.2)
    made = office(tmp_path / "office", database=f"sqlite:///{tmp_path}/a.db", broker_url="")

    answers = threading.Event()

    def stuck(_settings: object) -> Health:
        answers.wait(PATIENCE)
        return Health((), {})

    watch = Watch(made.config, stuck)
    server = listen("127.0.0.1", 0, watch, lambda: False)
    try:
        port = server.server_address[1]
        status, text = ask(port, "/health/ready")
        assert status == 503
        assert "không trả lời" in text
        assert ask(port, "/health/live")[0] == 503
    finally:
        answers.set()
        server.shutdown()
        server.server_close()


def test_a_child_that_keeps_failing_is_tried_ever_more_rarely():
    child = children.Child("x", ("false",), os.environ)
    now, starts = 0.0, []
    while now < 20:
        child.keep(now)
        if child.process is not None and (not starts or child.started != starts[-1]):
            starts.append(child.started)
            child.process.wait(PATIENCE)
        now += 0.5
    gaps = [round(b - a, 1) for a, b in itertools.pairwise(starts)]
    assert gaps == sorted(gaps)
    assert len(starts) <= 6


def test_the_outside_watch_is_called_only_while_all_is_well(tmp_path: Path):
    """It raises the alarm when nobody calls; a watch that is down does the service no harm."""
    made = office(tmp_path / "office", database=f"sqlite:///{tmp_path}/a.db", broker_url="")
    calls: list[str] = []

    class Outside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nothing: it is not our log."""

    with HTTPServer(("127.0.0.1", 0), Outside) as outside:
        threading.Thread(target=outside.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{outside.server_port}/xa-mau"
        ill = Health((Check("database", well=False, said="Đĩa đầy."),), {})
        supervisor._say_alive(Watch(made.config, lambda _settings: ill), url)
        assert calls == []
        well = Watch(made.config, lambda _settings: Health((), {}))
        supervisor._say_alive(well, url)
        assert calls == ["/xa-mau"]
        outside.shutdown()
    supervisor._say_alive(well, url)
    assert calls == ["/xa-mau"]
