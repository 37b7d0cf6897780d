"""The servers of the tests are real, and can be killed and started again."""

import socket

from tests.worker.servers import Postgres, Valkey


def test_valkey_keeps_what_it_acknowledged_over_a_kill(valkey_server: Valkey):
    assert ask(valkey_server, b"SET kept yes") == b"+OK\r\n"
    valkey_server.kill()
    valkey_server.start()
    valkey_server.await_ready()
    assert ask(valkey_server, b"GET kept") == b"$3\r\nyes\r\n"


def test_postgres_starts_from_the_wheel(pg_server: Postgres):
    pg_server.execute("SELECT 1")
    assert "database system is ready" in pg_server.log()


def ask(server: Valkey, command: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), 5) as line:
        line.sendall(command + b"\r\n")
        return line.recv(100)
