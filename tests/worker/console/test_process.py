"""The console as a process: alone, over https of its own making, and brought by ``serve``."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.worker.office import Office
from tests.worker.servers import free_port
from tests.worker.services import PATIENCE
from worker.desk import certificates


@pytest.fixture
def own(decided: Path, tmp_path: Path) -> tuple[Office, int]:
    """An office whose console has a port of its own."""
    folder, port = tmp_path / "huyen", free_port()
    shutil.copytree(decided, folder)
    with (folder / "doisoat.toml").open("a") as file:
        file.write(f"\n[console]\nport = {port}\n[service]\nhealth_port = 0\n")
    return Office(folder), port


@contextmanager
def running(office: Office, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with (office.folder / "log").open("ab") as log:
        child = subprocess.Popen(
            [Path(sys.executable).with_name("doisoat"), *words, "--config", str(office.config)],
            env=os.environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(PATIENCE)


def answered(url: str, trust: ssl.SSLContext | bool = True) -> httpx.Response:
    """The first answer; a process takes its time to begin."""
    begun = time.monotonic()
    while True:
        try:
            return httpx.get(url, verify=trust)
        except httpx.TransportError:
            assert time.monotonic() - begun < PATIENCE, f"nobody answers at {url}"
            time.sleep(0.1)


def test_alone_it_answers_over_https_with_a_certificate_made_in_one_step(own: tuple[Office, int]):
    office, port = own
    made = office.command("console", "certificate", "may-chu", "192.168.1.10")
    assert made.exit_code == 0, made.output
    folder = office.folder / "data/console"
    assert {path.name: oct(path.stat().st_mode)[-3:] for path in folder.iterdir()} == {
        "ca.crt": "644",
        "ca.key": "600",
        "console.crt": "644",
        "console.key": "600",
    }
    trust = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    with running(office, "console") as child:
        answer = answered(f"https://localhost:{port}/dang-nhap", trust)
        assert answer.headers["location"] == "/lan-dau"
        assert "max-age" in answer.headers["strict-transport-security"]
        named = {"Host": f"may-chu:{port}"}  # a name of the certificate is one of the console
        there = httpx.get(f"https://localhost:{port}/dang-nhap", headers=named, verify=trust)
        assert "Chưa có tài khoản" in there.text
        second = office.command("console")
        assert second.exit_code == 2
        assert "port" in second.stderr
    assert child.returncode == 0


def test_a_renewed_certificate_is_of_the_same_authority(own: tuple[Office, int]):
    office, _ = own
    folder = office.folder / "data/console"
    office.command("console", "certificate", "may-chu")
    authority, before = (folder / "ca.crt").read_bytes(), (folder / "console.crt").read_bytes()
    office.command("console", "certificate", "may-chu-moi")
    assert (folder / "ca.crt").read_bytes() == authority
    assert (folder / "console.crt").read_bytes() != before
    settings = office.house().settings
    tls = certificates.tls_of(settings)
    assert tls
    assert tls.hosts == ("may-chu-moi", "localhost", "127.0.0.1")
    assert certificates.address(settings) == f"https://may-chu-moi:{settings.console.port}"


def test_a_name_that_is_none_is_refused(own: tuple[Office, int]):
    office, _ = own
    assert office.command("console", "certificate", "máy chủ").exit_code == 2


@pytest.mark.slow
def test_serve_brings_it_and_starts_it_again_when_it_dies(own: tuple[Office, int]):
    office, port = own
    with running(office, "serve", "--only", "console"):
        url = f"http://localhost:{port}/dang-nhap"
        assert answered(url).status_code == 303
        log = (office.folder / "log").read_text()
        pid = int(log.split('"child": "console", "pid": ')[1].split(",")[0].rstrip("}"))
        os.kill(pid, signal.SIGKILL)
        assert answered(url).status_code == 303
