"""A TCP proxy on loopback that misbehaves on demand; threads, so that nothing is collected away."""

import contextlib
import select
import socket
import threading
from dataclasses import dataclass, field

#: What psycopg sends at the end of a transaction: a simple query (PostgreSQL protocol, 'Q').
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


@dataclass
class Path:
    """One connection through the proxy."""

    client: socket.socket
    server: socket.socket
    dead: bool = False  # bytes vanish, nobody is told

    def close(self) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.close()


@dataclass
class Proxy:
    """Forwards to ``port`` of loopback; use it as a context manager."""

    port: int
    paths: list[Path] = field(default_factory=list)
    commits: int = 0  # seen since ``cut_at`` was set
    cut_at: int = 0  # the reply to this COMMIT is lost, and the connection with it
    silent: bool = False  # every connection is taken, and nothing is answered on any

    def __enter__(self) -> "Proxy":
        self._ended = False
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(0.1)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended = True
        self._door.close()
        for path in self.paths:
            path.close()

    @property
    def address(self) -> int:
        return int(self._door.getsockname()[1])

    def fall_silent(self) -> None:
        """As a server that stands still: connections are taken, and nothing comes back."""
        self.silent = True
        self.half_open()

    def half_open(self) -> int:
        """The present connections die silently: no FIN, no answer. New ones work. How many."""
        alive = [path for path in self.paths if not path.dead]
        for path in alive:
            path.dead = True
        return len(alive)

    def lose_reply_to_commit(self, number: int) -> None:
        """The ``number``-th COMMIT from now on is done, but nobody is told. 0: none."""
        self.commits, self.cut_at = 0, number

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._door.accept()
                server = socket.create_connection(("127.0.0.1", self.port), 5)
            except TimeoutError:
                continue
            except OSError:
                if self._ended:
                    return
                client.close()  # nobody listens behind us
                continue
            path = Path(client, server, dead=self.silent)
            self.paths.append(path)
            threading.Thread(target=self._pump, args=(path,), daemon=True).start()

    def _pump(self, path: Path) -> None:
        try:
            while not self._ended and not path.dead:
                ready, _, _ = select.select([path.client, path.server], [], [], 0.1)
                for end in ready:
                    data = end.recv(65536)
                    if path.dead:
                        return
                    if not data:
                        path.close()
                        return
                    if end is path.server:
                        path.client.sendall(data)
                    elif self._is_cut(data):
                        path.server.sendall(data)
                        path.server.recv(65536)  # it is done
                        path.close()
                        return
                    else:
                        path.server.sendall(data)
        except (OSError, ValueError):
            path.close()

    def _is_cut(self, data: bytes) -> bool:
        if not self.cut_at or not data.endswith(COMMIT):
            return False
        self.commits += 1
        return self.commits == self.cut_at
