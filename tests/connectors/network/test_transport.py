"""The transport against servers that misbehave: certificates, addresses, sizes, environments."""

import resource
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpcore
import pytest
from pydantic import SecretStr

from config.sources import DvcqgSource
from connectors.errors import SourceGarbled, SourceRefused, SourceUnavailable
from connectors.network import deadline
from connectors.network.sessions import Session, SessionOver
from connectors.network.transport import Patience, Transport, get
from connectors.politeness import Pace
from tests.connectors.contract import HASTE, QUICK
from tests.simulators import web
from tests.simulators.web import Fault, Reply, Request, Simulator

CERTIFICATES = Path(__file__).parents[2] / "simulators" / "certificates"
SECRET = "mat-khau-khong-duoc-lo"


class Hello(Simulator):
    """Says hello, whoever asks."""

    def reply(self, request: Request) -> Reply:
        return Reply({"hello": request.path})


def source(url: str, **more: Any) -> DvcqgSource:
    facts: dict[str, Any] = {
        "name": "cong",
        "role": "portal",
        "kind": "dvcqg",
        "adapter_url": url,
        "madonvi": "000",
        "username": "x",
        "password": SecretStr(SECRET),
    }
    return DvcqgSource(**(facts | HASTE | more))


def transport(url: str, patience: Patience = QUICK, **more: Any) -> Transport:
    return Transport(source(url, **more), url, patience)


def ask(url: str, **more: Any) -> Any:
    with transport(url, **more) as open_:
        return open_.answer(get(f"{url}/a?q={SECRET}"), dict[str, Any])


@contextmanager
def over_tls(certificate: str) -> Iterator[str]:
    """A simulator behind this certificate; gives its address."""
    with Hello() as served:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
        server = served._server
        assert server is not None
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield served.url.replace("http://", "https://")


def test_our_own_authority_is_believed_when_it_is_named():
    with over_tls("good") as url:
        assert ask(url, ca_file=CERTIFICATES / "ca.pem") == {"hello": "/a"}


@pytest.mark.parametrize("certificate", ["expired", "other"])
def test_a_bad_certificate_is_refused(certificate: str):
    with over_tls(certificate) as url, pytest.raises(SourceRefused, match="Chứng thư") as told:
        ask(url, ca_file=CERTIFICATES / "ca.pem")
    assert SECRET not in f"{told.value!r}{told.value.__context__!r}"


def test_an_unknown_authority_is_refused():
    with over_tls("good") as url, pytest.raises(SourceRefused, match="Chứng thư"):
        ask(url)


def test_a_missing_ca_file_is_said():
    with pytest.raises(SourceRefused, match="ca_file"):
        ask("https://127.0.0.1:1", ca_file=Path("khong-co.pem"))


def test_plain_http_on_a_tls_port_is_no_answer():
    with Hello() as served, pytest.raises((SourceRefused, SourceUnavailable)):
        ask(served.url.replace("http://", "https://"))


def test_nobody_home_is_unavailable():
    with pytest.raises(SourceUnavailable, match="Không kết nối được với 127"):
        ask("http://127.0.0.1:9")


def test_link_local_addresses_are_never_asked(monkeypatch):
    """A name that leads to the cloud's metadata is found out when it is connected to."""

    class Metadata(httpcore.SyncBackend):
        def connect_tcp(self, *_where: Any, **_how: Any) -> Any:
            class Stream(httpcore.NetworkStream):
                def get_extra_info(self, info: str) -> Any:
                    return ("169.254.169.254", 80)

                def close(self) -> None:
                    """Nothing was sent."""

            return Stream()

    monkeypatch.setattr(deadline.httpcore, "SyncBackend", Metadata)
    with pytest.raises(SourceRefused, match="link-local"):
        ask("http://dich-vu.example.vn")


def test_the_shells_proxies_do_not_count(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Hello() as served:
        assert ask(served.url) == {"hello": "/a"}


def test_the_configured_proxy_does_count():
    with Hello() as proxy:
        assert ask("http://khong-co-that.example.vn", proxy=proxy.url) == {"hello": "/a"}
        assert len(proxy.ledger) == 1


def test_a_bomb_costs_little_memory():
    web.bomb(Reply())
    with Hello() as served:
        served.faults.append(Fault(web.bomb))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(SourceGarbled, match="20 MB"):
            ask(served.url)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (after - before) / 1024 < 100


def test_a_large_plain_answer_is_cut_off():
    with Hello() as served:
        served.faults.append(Fault(lambda _said: Reply(raw=b" " * 21_000_000)))
        with pytest.raises(SourceGarbled, match="20 MB"):
            ask(served.url)


def test_a_header_that_drips_is_cut_off_too():
    """A byte a while, before any body: the deadline holds for the headers."""
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(400):  # far longer than anybody should listen
                if stop.wait(0.05):
                    return
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

    threading.Thread(target=drip, daemon=True).start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with pytest.raises(SourceUnavailable, match="không trả lời kịp"):
        ask(url, patience=Patience(attempts=1), page_seconds=1)
    stop.set()
    listening.close()


def test_a_hang_up_is_an_answer_cut_short():
    with Hello() as served:
        served.faults.append(Fault(web.cut))
        with pytest.raises(SourceUnavailable, match="cắt ngang"):
            ask(served.url)


def test_a_broken_archive_is_garbled():
    with Hello() as served:
        spoilt = Reply(raw=b"\x1f\x8bnonsense", headers={"Content-Encoding": "gzip"})
        served.faults.append(Fault(lambda _said: spoilt))
        with pytest.raises(SourceGarbled):
            ask(served.url)


@pytest.mark.parametrize("kind", ["br", "zstd", "deflate"])
def test_other_packing_is_refused(kind: str):
    with Hello() as served:
        spoilt = Reply(raw=b"x", headers={"Content-Encoding": kind})
        served.faults.append(Fault(lambda _said: spoilt))
        with pytest.raises(SourceGarbled):
            ask(served.url)


def test_links_stay_at_the_source():
    with transport("http://nguon.example.vn/api") as open_:
        assert open_.follow("trang?p=2") == "http://nguon.example.vn/api/trang?p=2"
        assert open_.follow("/api/trang?p=2") == "http://nguon.example.vn/api/trang?p=2"
        for link in (
            "http://ke-la.example.vn/api/trang",
            "//ke-la.example.vn/api/trang",
            "http://169.254.169.254/latest/meta-data",
            "https://nguon.example.vn/api/trang",
            "http://nguon.example.vn:8080/api/trang",
            "http://nguon.example.vn@ke-la.example.vn/api/trang",
            "/khac/trang",
            "../khac",
        ):
            with pytest.raises(SourceGarbled):
                open_.follow(link)


def test_retry_after_is_obeyed():
    with Hello() as served:
        served.faults.append(Fault(web.status(429, Retry_After="1"), times=1))
        began = time.monotonic()
        assert ask(served.url) == {"hello": "/a"}
        assert time.monotonic() - began >= 1


def test_retry_after_may_be_a_date_by_the_sources_own_clock():
    with Hello() as served:
        date = "Tue, 02 Jan 2024 08:00:00 GMT"
        later = "Tue, 02 Jan 2024 08:30:00 GMT"
        served.faults.append(Fault(web.status(503, Date=date, Retry_After=later)))
        with pytest.raises(SourceUnavailable) as told:
            ask(served.url)
    assert told.value.retry_in == timedelta(minutes=30)


def test_repeats_have_a_budget():
    """A source that fails half of the time is not asked twice as much."""
    with Hello() as served:
        served.faults.append(Fault(web.status(503)))
        patience = Patience(attempts=5, first_wait=0.0, longest_wait=0.001, spare=3)
        with transport(served.url, patience) as open_:
            for _ in range(20):
                with pytest.raises(SourceUnavailable):
                    open_.answer(get(f"{served.url}/a"), dict[str, Any])
        assert len(served.ledger) < 35


def test_a_refusal_is_not_repeated():
    with Hello() as served:
        served.faults.append(Fault(web.status(403)))
        with pytest.raises(SourceRefused):
            ask(served.url)
        assert len(served.ledger) == 1


def test_a_struggling_source_is_asked_more_slowly():
    pace = Pace(1000.0)
    for _ in range(3):
        pace.refused()
    assert pace.strain == 8
    for _ in range(60):
        pace.answered(0.01)
    assert pace.strain == 1
    pace.answered(3.0)
    assert pace.strain == 2


def test_a_session_is_renewed_by_one_for_all():
    logins: list[float] = []

    def login() -> tuple[str, float]:
        logins.append(time.monotonic())
        time.sleep(0.02)
        return f"t{len(logins)}", 300.0

    session = Session(login)
    first = session.ticket()
    session.works(first)

    def notice() -> None:
        session.over(first)
        session.ticket()

    threads = [threading.Thread(target=notice) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(logins) == 2
    assert session.ticket().token == "t2"


def test_a_session_that_is_old_is_renewed_before_it_ends():
    tokens = iter("abc")
    session = Session(lambda: (next(tokens), 0.0))
    assert [session.ticket().token, session.ticket().token] == ["a", "b"]


def test_a_failed_login_is_not_tried_again():
    """Accounts are locked after some failures."""
    tries: list[int] = []

    def login() -> tuple[str, float]:
        tries.append(1)
        raise SessionOver

    session = Session(login)
    for _ in range(5):
        with pytest.raises(SourceRefused):
            session.ticket()
    assert len(tries) == 1


@contextmanager
def raw_server(answer: bytes, *, endless: bytes = b"") -> Iterator[str]:
    """A server of one answer, byte for byte; ``endless`` is sent for as long as somebody reads."""
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)
                while endless and not stop.is_set():
                    connection.sendall(endless)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    stop.set()
    listening.close()
    thread.join(5)


def test_an_answer_without_an_end_is_cut_off_at_its_size():
    """Chunk after chunk, as fast as we read: no deadline would notice."""
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with raw_server(head, endless=chunk) as url, pytest.raises(SourceGarbled, match="20 MB"):
        ask(url)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (after - before) / 1024 < 100


def test_a_huge_header_is_no_answer():
    head = b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1_000_000
    with raw_server(head) as url, pytest.raises(SourceUnavailable):
        ask(url, patience=Patience(attempts=1))


def test_a_gigabyte_is_refused_before_it_is_read():
    """Announced at a gigabyte and never sent: what was sent is all that is read."""
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
    )
    with (
        raw_server(head, endless=b" " * 65_536) as url,
        pytest.raises(SourceGarbled, match="20 MB"),
    ):
        ask(url)
