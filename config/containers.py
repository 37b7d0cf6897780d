"""What docker-compose.yml needs beside it: the office's folder, the secrets, ``.env``.

Each file belongs to who needs it. The numbers are those of the images: docker-compose.yml and the
Dockerfile name the same ones, and tests hold them together.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from config import scaffold

#: The user and group of the service in its image, and the group of PostgreSQL and Valkey in theirs.
SERVICE, SERVERS = 10001, 999
#: Inboxes whose files the service moves; the rest of the office it only reads.
WATCHED = "hop-nhan"
SECRETS = ("database", "broker")
ENV = """\
# Được docker compose đọc. Không có mật khẩu nào ở đây: mật khẩu ở secrets/.
# Cổng xem tình trạng trên máy này: http://127.0.0.1:8069/health/ready
HEALTH_PORT=8069
# Cổng trang điều hành trên máy này: http://localhost:8068
CONSOLE_PORT=8068
# Mạng khép kín, có kho ảnh riêng:
#PYTHON_IMAGE=kho.noi-bo/python:3.11-slim-bookworm
#POSTGRES_IMAGE=kho.noi-bo/postgres:18-bookworm
#VALKEY_IMAGE=kho.noi-bo/valkey:9-bookworm
"""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns a path, and what its mode is to be."""

    path: Path
    user: int
    group: int
    mode: int

    @property
    def wanted(self) -> tuple[int, int, int]:
        return self.user, self.group, self.mode


def _give(right: Ownership) -> None:
    os.chown(right.path, right.user, right.group, follow_symlinks=False)
    if not right.path.is_symlink():
        right.path.chmod(right.mode)


def write(folder: Path, give: Callable[[Ownership], None] = _give) -> list[Path]:
    """Write what is not there yet and return it; owners and modes are put right each time.

    Raises PermissionError where this user may not give files away: it runs in a container.
    """
    person = folder.stat()
    written = scaffold.write(folder / "office")
    for place in (folder / "office" / WATCHED, folder / "secrets"):
        if not place.exists():
            place.mkdir(mode=0o700)
            written.append(place)
    for name in SECRETS:
        written += _once(folder / "secrets" / name, secrets.token_hex(24) + "\n", 0o600)
    written += _once(folder / ".env", ENV, 0o644)
    for right in _rights(folder, person.st_uid, person.st_gid):
        give(right)
    return written


def _once(file: Path, text: str, mode: int) -> list[Path]:
    """Written with its mode from the first byte, unless it is there."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return []
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    return [file]


def _rights(folder: Path, user: int, group: int) -> Iterator[Ownership]:
    """The office is the person's and the service may read it; others on the machine see nothing."""
    office, kept = folder / "office", folder / "secrets"
    watched = office / WATCHED
    for place, folders, files in os.walk(office):
        here = Path(place)
        if here == watched:  # the service moves these files itself
            folders.clear()
            continue
        yield Ownership(here, user, SERVICE, 0o2750)
        yield from (Ownership(here / name, user, SERVICE, 0o640) for name in files)
    yield Ownership(watched, user, SERVICE, 0o2770)
    # Through the folder nobody but the person comes to the secrets; Docker hands out each file.
    yield Ownership(kept, user, group, 0o700)
    yield from (Ownership(kept / name, SERVICE, SERVERS, 0o440) for name in SECRETS)
    yield Ownership(folder / ".env", user, group, 0o644)
