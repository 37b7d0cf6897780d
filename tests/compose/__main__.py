"""``make compose-test``: docker-compose.yml built, started, struck, taken down and upgraded.

It takes the stranger's path of the README in a copy of the tracked files, with volumes of a version
before; kills every container and says what came back. Real base images where they can be had, else
stand-ins, which is said aloud. It ends within an hour, and removes exactly what it made.

UPGRADE_FROM=<commit> names the version whose volumes are upgraded (the last one with an older
schema, by itself); KEEP=1 leaves the stand-in images for the next time.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.compose.engine import CannotBeHad, base_images, compose_program, engine, run, say
from tests.worker.office import CONFIG, EXPORT, REGISTER, dossiers, entries, write
from tests.worker.servers import free_port

ROOT = Path(__file__).parent.parent.parent
LONGEST = 3600
#: Seconds that something may take to come back: other work may load the machine.
PATIENCE = 300
OURS = ("worker", "beat")
LASTING = ("database", "broker", *OURS)
WANTED = 15


@dataclass
class Set:
    """The containers of one project, of one folder."""

    folder: Path
    program: list[str]
    project: str
    images: dict[str, str]
    done: list[str] = field(default_factory=list)

    def compose(self, *words: str, seconds: float = 900, check: bool = True) -> Any:
        return run(
            *self.program,
            *("--project-name", self.project, "--ansi", "never"),
            *words,
            cwd=self.folder,
            environ=self.images,
            seconds=seconds,
            check=check,
        )

    def ids(self, service: str) -> list[str]:
        return str(self.compose("ps", "--all", "--quiet", service).stdout).split()

    def seen(self, service: str) -> list[dict[str, Any]]:
        """What the engine says of each container of a service."""
        found = self.ids(service)
        return list(json.loads(run("docker", "inspect", *found).stdout)) if found else []

    def state(self, service: str) -> dict[str, Any]:
        [one] = self.seen(service)
        return dict(one["State"], RestartCount=one["RestartCount"])

    def doisoat(self, *words: str, check: bool = True) -> str:
        return str(self.compose("exec", "-T", "worker", "doisoat", *words, check=check).stdout)

    def passed(self, what: str) -> None:
        self.done.append(what)
        say(f"  ok: {what}")


def until(what: Callable[[], bool], told: str, set_: Set, seconds: float = PATIENCE) -> float:
    begun = time.monotonic()
    while not what():
        if time.monotonic() - begun > seconds:
            logs = set_.compose("logs", "--tail", "40", check=False).stdout
            status = set_.compose("ps", "--all", check=False).stdout
            raise AssertionError(f"not within {seconds:.0f} s: {told}\n{status}\n{logs}")
        time.sleep(1)
    return time.monotonic() - begun


def healthy(set_: Set, *services: str) -> bool:
    found = [one for service in services for one in set_.seen(service)]
    return bool(found) and all(
        one["State"]["Running"] and one["State"]["Health"]["Status"] == "healthy" for one in found
    )


def tracked(target: Path) -> None:
    """A copy of what a clone would have: no data, no environment, no history."""
    listed = run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def version_before(target: Path) -> str:
    """The tree of the last version with another schema; its commit, empty without a history."""
    wanted = os.environ.get("UPGRADE_FROM", "")
    if not wanted:
        wanted = _with_an_older_schema()
    found = run("git", "rev-parse", "--verify", f"{wanted}^{{commit}}", cwd=ROOT, check=False)
    if not wanted or found.returncode != 0:
        return ""
    archive = target.with_suffix(".tar")
    run("git", "archive", "--output", archive, found.stdout.strip(), cwd=ROOT)
    target.mkdir()
    run("tar", "-C", target, "-xf", archive)
    for name in ("Dockerfile", ".dockerignore", "docker-compose.yml"):
        shutil.copy2(ROOT / name, target / name)
    return str(found.stdout.strip())


def _with_an_older_schema() -> str:
    """The newest commit whose steps of the schema are some of ours, unchanged, and not all."""
    steps = "worker/store/migrations/versions"

    def of(commit: str) -> set[str]:
        listed = run("git", "ls-tree", commit, f"{steps}/", cwd=ROOT).stdout.splitlines()
        return {line for line in listed if "/r0" in line}

    log = ("log", "--first-parent", "--format=%H", "--", steps)
    commits = run("git", *log, cwd=ROOT, check=False).stdout.split()
    ours = of("HEAD") if commits else set()
    return next((one for one in commits if of(one) < ours), "")


def wheelhouse(folder: Path) -> None:
    """The wheels of the lock, from the index that pip knows on this machine.

    A base image may have an older Python 3.11 than this one: what only that needs comes too.
    """
    lock = (folder / "requirements.txt").read_text("utf-8")
    wide = folder / "wheelhouse.txt"
    wide.write_text(re.sub(r" ; python_full_version < '3\.11\.\d+'", "", lock), "utf-8")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
    only = ("--only-binary", ":all:", "--require-hashes", "--no-deps")
    run(*pip, *only, "-r", wide, "-d", folder / "wheelhouse", seconds=1800)
    wide.unlink()


def fill(office: Path) -> None:
    """As the person would: the name of the office, an export, a register."""
    (office / "doisoat.toml").write_text(CONFIG, "utf-8")
    write(office / "inbox/motcua/a.xlsx", EXPORT, dossiers(20))
    write(office / "inbox/so-giay/so.xlsx", REGISTER, entries(dossiers(20)[:WANTED]))
    for file in office.glob("inbox/*/*.xlsx"):
        file.chmod(0o644)


def init(set_: Set) -> None:
    """One command makes folders, secrets and .env; done twice, it changes nothing."""
    say("docker compose run --rm init (builds the image)")
    set_.compose("run", "--rm", "init", seconds=2400)
    folder = set_.folder
    secret = {name: (folder / "secrets" / name) for name in ("database", "broker")}
    before = {name: file.read_bytes() for name, file in secret.items()}
    set_.compose("run", "--rm", "init")
    assert {name: file.read_bytes() for name, file in secret.items()} == before
    for file in secret.values():
        found = file.stat()
        assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (10001, 999, 0o440), file
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
    assert not any(text.strip() in (folder / ".env").read_bytes() for text in before.values())
    fill(folder / "office")
    set_.passed("init: office, secrets for exactly who needs them, .env; twice is once")


def findings(set_: Set) -> int:
    listed = json.loads(set_.doisoat("findings", "list", "--json"))
    rows = listed if isinstance(listed, list) else listed["findings"]
    return sum(one["kind"] == "RETURNED_STILL_PENDING" for one in rows)


def runs(set_: Set) -> int:
    query = "SELECT count(*) FROM run WHERE state = 'done'"
    psql = ("exec", "-T", "database", "psql", "-U", "doisoat", "-d", "doisoat", "-tAc", query)
    return int(set_.compose(*psql).stdout)


def reconcile(set_: Set) -> float:
    """A run that the workers do, over the broker; fifteen were handed over on paper."""
    before, begun = runs(set_), time.monotonic()
    set_.doisoat("run", "--queue", "--unit", "Xã Thử Nghiệm", "--json")
    until(lambda: runs(set_) > before, "a run that was handed to the workers", set_)
    assert findings(set_) == WANTED
    return time.monotonic() - begun


def old_volumes(set_: Set, old: Path, commit: str) -> None:
    """Volumes as the version before left them: its database, a run of its own."""
    say(f"volumes of the version before ({commit[:10]}), with its code")
    shutil.copytree(set_.folder / "wheelhouse", old / "wheelhouse")
    wheelhouse(old)
    before = dataclasses.replace(set_, folder=old, images={**set_.images, "DOISOAT_IMAGE": OLD})
    before.compose("build", "upgrade", seconds=2400)
    for name in ("office", "secrets", ".env"):
        (old / name).symlink_to(set_.folder / name)
    before.compose("up", "-d", "--wait", "database", "broker")
    before.compose("run", "--rm", "upgrade")
    done = before.compose("run", "--rm", "-T", "worker", "run", "--json")
    assert json.loads(done.stdout)["id"]
    before.compose("down")
    set_.passed("the version before made its database and did a run; down, volumes kept")


OLD = f"doisoat-compose-test:old-{os.getpid()}"


def up(set_: Set, had: bool) -> None:
    """Everything comes up, in order, and is healthy."""
    say("docker compose up -d")
    begun = time.monotonic()
    set_.compose("up", "-d")
    until(lambda: healthy(set_, *LASTING), "everything healthy", set_)
    say(f"  healthy after {time.monotonic() - begun:.0f} s")
    upgraded = set_.state("upgrade")
    assert upgraded["ExitCode"] == 0
    order = [set_.state(name)["StartedAt"] for name in ("database", "upgrade")]
    for name in OURS:
        assert [*order, set_.state(name)["StartedAt"]] == sorted(
            [*order, set_.state(name)["StartedAt"]]
        )
        assert set_.state(name)["StartedAt"] >= upgraded["FinishedAt"]
    port = set_.images["HEALTH_PORT"]
    ready = run("curl", "-fsS", f"http://127.0.0.1:{port}/health/ready").stdout
    assert json.loads(ready)["ready"] is True
    set_.passed("up: database and broker, then upgrade, then worker and beat; all healthy")
    if had:
        logs = set_.compose("logs", "--no-log-prefix", "upgrade").stdout
        say(f"  upgrade said: {logs.strip().splitlines()[-1]}")
        assert runs(set_) == 1
        assert findings(set_) == WANTED
        set_.passed("upgrade: the run and the findings of the version before are there")


def no_secret_shows(set_: Set) -> None:
    """Neither to whoever may ask the engine nor in a list of processes; each reads its own."""
    texts = {
        name: (set_.folder / "secrets" / name).read_text().strip()
        for name in ("database", "broker")
    }
    ids = [one for name in (*LASTING, "upgrade") for one in set_.ids(name)]
    told = [run("docker", "inspect", *ids).stdout, set_.compose("config").stdout]
    told += [run("docker", "top", set_.ids(name)[0], "-eo", "pid,args").stdout for name in LASTING]
    told += [set_.compose("logs").stdout]
    for name in (*OURS, "broker"):  # the official entry point hands PostgreSQL's on by itself
        told.append(set_.compose("exec", "-T", name, "sh", "-c", "cat /proc/[0-9]*/environ").stdout)
    for name, text in texts.items():
        assert not any(text in one for one in told), f"the secret of {name} shows"
    for service, may in (("worker", {"database", "broker"}), ("broker", {"broker"})):
        for name, text in texts.items():
            read = set_.compose("exec", "-T", service, "cat", f"/run/secrets/{name}", check=False)
            assert (text in read.stdout) == (name in may), (service, name)
    set_.passed("no secret in inspect, config, logs, environments or lists of processes")


def strike(set_: Set, *services: str) -> None:
    """As the machine would: SIGKILL to the first process of a container, from outside of it."""
    for service in services:
        for one in set_.seen(service):
            pid = str(one["State"]["Pid"])
            helper = ("run", "--rm", "--pid", "host", "--network", "none", "--cap-add", "KILL")
            helper += ("--security-opt", "apparmor=unconfined")
            kill = ("--entrypoint", "sh", set_.images["PYTHON_IMAGE"], "-c", f"kill -9 {pid}")
            run("docker", *helper, *kill)


def killed_and_back(set_: Set, *services: str) -> None:
    before = {name: set_.state(name)["RestartCount"] for name in services}
    say(f"  killed: {', '.join(services)}")
    strike(set_, *services)
    took = until(
        lambda: all(
            set_.state(name)["RestartCount"] > before[name] and set_.state(name)["Running"]
            for name in services
        ),
        f"{services} started again",
        set_,
    )
    well = until(lambda: healthy(set_, *LASTING), "everything healthy again", set_)
    done = reconcile(set_)
    set_.passed(
        f"{', '.join(services)} killed: back after {took:.0f} s, all healthy {well:.0f} s later, "
        f"a run done in {done:.0f} s"
    )


def scaled(set_: Set) -> None:
    set_.compose("up", "-d", "--no-recreate", "--scale", "worker=3")
    until(lambda: len(set_.ids("worker")) == 3 and healthy(set_, "worker"), "three workers", set_)
    reconcile(set_)
    set_.compose("up", "-d", "--no-recreate", "--scale", "worker=1")
    set_.passed("three workers beside each other on one volume, then one again")


def ended(set_: Set) -> None:
    for name in OURS:
        begun = time.monotonic()
        set_.compose("stop", name)
        code = set_.state(name)["ExitCode"]
        assert code == 0, (name, code)
        say(f"  {name}: ended by SIGTERM after {time.monotonic() - begun:.0f} s, code {code}")
    set_.compose("start", *OURS)
    until(lambda: healthy(set_, *LASTING), "everything healthy after stop and start", set_)
    set_.passed("stop ends worker and beat cleanly, start brings them back")


def down_and_up(set_: Set) -> None:
    before, found = runs(set_), findings(set_)
    set_.compose("down")
    assert not set_.ids("database")
    set_.compose("up", "-d")
    until(lambda: healthy(set_, *LASTING), "everything healthy after down and up", set_)
    assert (runs(set_), findings(set_)) == (before, found)
    reconcile(set_)
    set_.passed(f"down and up: {before} runs and {found} findings are still there")


def new_volumes(set_: Set) -> None:
    """As on a fresh machine: the cluster is made while everybody waits for it."""
    set_.compose("down", "--volumes")
    set_.compose("up", "-d")
    until(lambda: healthy(set_, *LASTING), "everything healthy on empty volumes", set_)
    reconcile(set_)
    set_.passed("empty volumes: everything healthy, a run done")


def dangling() -> set[str]:
    """Images without a name that hold this program: what the old builder leaves of a stage."""
    words = ("docker", "image", "ls", "--quiet", "--no-trunc", "--filter", "dangling=true")
    history = ("docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}")
    return {
        one
        for one in run(*words, check=False).stdout.split()
        if "/opt/doisoat" in run(*history, one, check=False).stdout
    }


@contextlib.contextmanager
def cleaned(set_: Set, images: list[str]) -> Iterator[None]:
    """What this test made is removed, whatever happens."""
    before = dangling()
    try:
        yield
    finally:
        say("removing what this test made")
        set_.compose("--profile", "*", "down", "--volumes", "--remove-orphans", check=False)
        kept = [] if os.environ.get("KEEP") else images
        run("docker", "image", "rm", set_.images["DOISOAT_IMAGE"], OLD, *kept[::-1], check=False)
        for one in dangling() - before:
            run("docker", "image", "rm", one, check=False)


def test(work: Path, made: list[str]) -> Set:
    images = base_images(work, made)
    number = f"{os.getpid()}-{secrets.token_hex(3)}"
    images |= {"DOISOAT_IMAGE": f"doisoat-compose-test:new-{number}"}
    images |= {name: str(free_port()) for name in ("HEALTH_PORT", "CONSOLE_PORT", "MAIL_PORT")}
    folder = work / "doisoat"
    folder.mkdir(mode=0o755)
    tracked(folder)
    set_ = Set(folder, compose_program(work), f"doisoat-test-{number}", images)
    say(f"compose: {run(*set_.program, 'version', '--short').stdout.strip()}")
    wheelhouse(folder)
    with cleaned(set_, made):
        init(set_)
        old = work / "old"
        commit = version_before(old)
        if commit:
            old_volumes(set_, old, commit)
        else:
            say("  NOT TESTED: the upgrade (no history of the version before here)")
        up(set_, had=bool(commit))
        reconcile(set_)
        set_.passed(f"a run through the set finds the {WANTED} that were handed over on paper")
        no_secret_shows(set_)
        for service in LASTING:
            killed_and_back(set_, service)
        killed_and_back(set_, *LASTING)
        scaled(set_)
        ended(set_)
        down_and_up(set_)
        new_volumes(set_)
    return set_


def main() -> int:
    def late(_number: int, _frame: object) -> None:
        raise TimeoutError(f"not done within {LONGEST} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST)
    work = Path(tempfile.mkdtemp(prefix="doisoat-compose-", dir="/var/tmp"))
    work.chmod(0o755)
    made: list[str] = []
    try:
        with engine(work):
            done = test(work, made).done
    except CannotBeHad as why:
        say(f"NOT RUN: {why}")
        return 2
    except (AssertionError, subprocess.TimeoutExpired, TimeoutError) as wrong:
        say(f"FAILED: {wrong}")
        return 1
    finally:
        signal.alarm(0)
        shutil.rmtree(work, ignore_errors=True)
    standins = [one for one in made if "standin" in one]
    say(f"{len(done)} passed, 0 failed" + (", on STAND-IN base images" if standins else ""))
    say(f"fingerprint of docker-compose.yml: {_fingerprint()}")
    return 0


def _fingerprint() -> str:
    return hashlib.sha256((ROOT / "docker-compose.yml").read_bytes()).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
