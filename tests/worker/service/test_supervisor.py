"""The parent of ``doisoat serve``: it waits for nobody, and judges each child by its work."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import config.settings
from config.settings import Settings
from tests.worker.conftest import short_folder, temporary_folder
from tests.worker.servers import free_port
from tests.worker.service.test_serving import ask, children_of
from tests.worker.services import PATIENCE, Service, office, until
from worker.service import broker, children, health, supervisor
from worker.service.children import Child
from worker.service.health import Health, Watch
from worker.service.life_signs import LifeSign
from worker.service.supervisor import Errand

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")


@pytest.fixture(autouse=True)
def folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """These tests give the folder of the sockets away, or open it to everybody."""
    with short_folder() as folder:
        temporary_folder(folder, monkeypatch)
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = office(tmp_path / "office", database=f"sqlite:///{tmp_path}/a.db", broker_url="")
    return config.settings.load(made.config, {})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    """An office without a broker of its own."""
    made = office(tmp_path / "office", database=f"sqlite:///{tmp_path}/a.db", broker_url="")
    yield made
    made.stop()


@contextlib.contextmanager
def dripping() -> Iterator[tuple[str, threading.Event]]:
    """A server that sends one byte of a header every moment, for ever; told when one comes."""
    came, ended = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def drip() -> None:
            with contextlib.suppress(OSError):
                line, _ = door.accept()
                with line:
                    line.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                    came.set()
                    while not ended.wait(0.2):
                        line.sendall(b"x")

        threading.Thread(target=drip, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/", came
        finally:
            ended.set()


def names_of(pid: int) -> dict[str, int]:
    """The children of a parent, by the part that they are."""
    found = {}
    for child in children_of(pid):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            known = ("worker", "beat", "worker.console")
            name = next((one for one in known if one.encode() in words), "broker")
            found[name.removeprefix("worker.")] = child
    return found


def test_an_errand_that_waits_for_ever_is_begun_once_and_the_parent_goes_on(tmp_path: Path):
    """alive_url drips: whoever keeps the children is not the one who waits."""
    well = Watch(tmp_path / "no.toml", lambda _settings: Health((), {}))
    well.health = lambda: Health((), {})  # type: ignore[method-assign]
    with dripping() as (url, came):
        errand = Errand("alive", lambda: supervisor._say_alive(well, url), every=0.0)
        errand.run_when_due(1.0)
        assert came.wait(PATIENCE)
        first = errand.thread
        assert first is not None
        for now in range(2, 50):
            errand.run_when_due(float(now))
        assert errand.thread is first
        assert first.is_alive()  # it still waits, and nobody waits for it
    first.join(PATIENCE)
    errand.run_when_due(99.0)
    assert errand.thread is not first  # when the other side has ended, it is called again


def test_what_an_errand_meets_is_told_and_ends_nothing(caplog: pytest.LogCaptureFixture):
    errand = Errand("alive", lambda: 1 // 0, every=0.0)  # type: ignore[arg-type, return-value]
    errand.run_when_due(1.0)
    assert errand.thread is not None
    errand.thread.join(PATIENCE)
    errand.run_when_due(2.0)
    errand.thread.join(PATIENCE)


def test_a_fork_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    """No memory or no process to be had passes; nobody is told to change a port."""
    true = subprocess.Popen
    tries = []

    def poor(*words: object, **more: object) -> object:
        tries.append(words)
        if len(tries) < 3:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return true(*words, **more)

    monkeypatch.setattr(children.subprocess, "Popen", poor)
    child = Child("worker", SLEEPER, os.environ)
    now = 0.0
    while not child.lives:
        child.keep(now)
        assert child.is_well
        now += 0.5
        assert now < 60
    assert len(tries) == 3
    child.kill()


def test_a_child_that_is_stopped_is_killed_and_started_again(tmp_path: Path):
    """It is there, it does nothing: only its sign of work tells."""
    sign = LifeSign(tmp_path / "work", patience=10.0)
    child = Child("beat", SLEEPER, os.environ, (sign,))
    child.keep(0.0)
    first = child.process
    assert first is not None
    now = children.FIRST_SIGN + 9.0  # a start may take long on a busy machine
    child.keep(now)
    assert child.process is first
    for _ in range(5):  # it works
        time.sleep(0.01)
        sign.file.touch()
        now += 9.0
        child.keep(now)
        assert child.process is first
    os.kill(first.pid, signal.SIGSTOP)
    child.keep(now + 9.0)
    assert child.process is first
    child.keep(now + 10.5)
    assert first.poll() == -signal.SIGKILL
    child.keep(now + 12.0)
    assert child.lives
    assert child.process is not first
    child.kill()


def test_nobody_is_blamed_while_nobody_could_work(tmp_path: Path):
    sign = LifeSign(tmp_path / "work", patience=10.0)
    sign.excuse(0.0)
    for now in range(0, 100, 5):  # no broker answers
        sign.excuse(float(now))
        assert not sign.is_silent(float(now))
    assert not sign.is_silent(104.0)
    assert sign.is_silent(106.0)


def test_a_clock_that_is_put_right_silences_nobody(tmp_path: Path):
    """The file's time goes back or ahead by a year: that it changed is what counts."""
    sign = LifeSign(tmp_path / "work", patience=10.0)
    sign.excuse(0.0)
    for now, written in ((9.0, 2e9), (18.0, 1e9), (27.0, 5e8)):
        sign.file.touch()
        os.utime(sign.file, (written, written))
        assert not sign.is_silent(now)
    assert sign.is_silent(38.0)


def test_a_child_that_was_stopped_says_goodbye_too(tmp_path: Path):
    """One that has a goodbye of its own hears SIGTERM only when it is woken up."""
    polite = (
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        f"pathlib.Path({str(tmp_path / 'there')!r}).touch()\n"
        "time.sleep(600)\n"
    )
    child = Child("worker", (sys.executable, "-c", polite), os.environ)
    child.keep(0.0)
    assert child.process is not None
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "there").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(child.process.pid, signal.SIGSTOP)
    child.end()
    assert child.process.returncode == 7


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (("worker",), ("beat",), True),
        (("worker", "beat"), ("worker",), True),
        (("worker",), ("worker",), False),
        (("console", "beat", "worker"), supervisor.PARTS, False),
    ],
)
def test_one_parent_of_the_same_parts(
    settings: Settings, first: tuple[str, ...], second: tuple[str, ...], together: bool
):
    """Two units, or two containers, on one data folder: each has a lock of its own."""
    with supervisor.only(settings, first):
        if together:
            with supervisor.only(settings, second):
                pass
        else:
            with pytest.raises(supervisor.AlreadyServed), supervisor.only(settings, second):
                pass
        with pytest.raises(supervisor.AlreadyServed), supervisor.alone(settings):
            pass  # whoever restores the database needs the office for himself
    with (
        supervisor.alone(settings),
        pytest.raises(supervisor.AlreadyServed),
        supervisor.only(settings, second),
    ):
        pass
    with supervisor.only(settings, second):
        pass


def test_containers_with_names_of_their_own_serve_one_folder(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    """``--scale worker=3``; and the locks of those that are gone do not pile up."""
    with contextlib.ExitStack() as stack:
        for number in range(3):
            monkeypatch.setattr(supervisor.socket, "gethostname", lambda n=number: f"c{n}")
            stack.enter_context(supervisor.only(settings, ("worker",)))
        assert len(list(settings.office.data_dir.glob("serve-worker@*.lock"))) == 3
    monkeypatch.setattr(supervisor.socket, "gethostname", lambda: "c9")
    with supervisor.only(settings, ("worker",)):
        left = [file.name for file in settings.office.data_dir.glob("serve-worker@*.lock")]
        assert left == ["serve-worker@c9.lock"]


def test_the_embedded_broker_is_kept_by_one_and_taken_over_by_the_other(settings: Settings):
    broker.own_folder(settings)
    one, other = supervisor.SharedBroker(settings), supervisor.SharedBroker(settings)
    assert one.is_mine()
    assert one.is_mine()
    assert not other.is_mine()
    one.close()
    assert other.is_mine()
    other.close()


def test_a_socket_in_the_folder_of_another_user_is_refused_in_words(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever owns the folder could put a broker of his own there."""
    folder = broker.socket_file(settings).parent
    broker.own_folder(settings)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    with pytest.raises(broker.NotOurs, match="cho người khác ghi"):
        broker.own_folder(settings)
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(broker.NotOurs, match="không phải là một thư mục"):
        broker.own_folder(settings)
    folder.unlink()
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(broker.os, "getuid", lambda: folder.stat().st_uid + 1)
    owner = pwd.getpwuid(folder.stat().st_uid).pw_name
    with pytest.raises(broker.NotOurs, match=f"thuộc người dùng khác \\({owner}\\)"):
        broker.own_folder(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder to somebody else")
def test_serve_ends_in_words_when_the_folder_is_another_users(served: Service):
    house = served.house()
    folder = broker.socket_file(house.settings).parent
    folder.mkdir(parents=True)
    os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    house.store.close()
    child = served.start("doisoat", "serve", "--config", str(served.config))
    assert child.wait(PATIENCE) == 2
    assert "thuộc người dùng khác (nobody)" in " ".join(served.log().split())
    assert "health_port" not in served.log()


def test_a_port_that_is_taken_is_told_and_only_that(served: Service):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ("serve", "--config", str(served.config))
        child = served.start("doisoat", *words, DOISOAT_SERVICE__HEALTH_PORT=str(port))
        assert child.wait(PATIENCE) == 2
    assert "Đổi [service] health_port" in " ".join(served.log().split())


def test_what_nobody_foresaw_is_not_well_and_never_the_answer_of_before(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(health, "FRESH", 0.0)
    answers = [Health((), {})]
    watch = Watch(settings.file, lambda _settings: answers.pop())
    assert watch.health().ready
    told = watch.health()  # the second look dies of IndexError
    assert not told.ready
    assert "IndexError" in told.checks[0].said


@pytest.mark.slow
def test_a_stopped_beat_comes_back_while_the_outside_watch_drips(served: Service):
    """All at once: alive_url drips, beat is stopped, then killed; SIGTERM ends the service."""
    port = free_port()
    with dripping() as (url, came):
        environ = {
            "DOISOAT_SERVICE__HEALTH_PORT": str(port),
            "DOISOAT_SERVICE__ALIVE_URL": url,
        }
        parent = served.start(
            "python", "-m", "tests.worker.impatient", str(served.config), **environ
        )
        until(lambda: ask(port, "/health/ready")[0] == 200, PATIENCE, served)
        until(came.is_set, PATIENCE, served)

        stopped = names_of(parent.pid)["beat"]
        os.kill(stopped, signal.SIGSTOP)
        until(lambda: names_of(parent.pid).get("beat", stopped) != stopped, PATIENCE, served)
        assert "child.silent" in served.log()
        killed = names_of(parent.pid)["beat"]
        os.kill(killed, signal.SIGKILL)
        until(lambda: names_of(parent.pid).get("beat", killed) != killed, PATIENCE, served)

        os.kill(names_of(parent.pid)["worker"], signal.SIGSTOP)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(PATIENCE) == 0
