"""The one way over the network: bounded in time and size, polite, and it only reads.

Nothing here follows a redirect, reads the environment or keeps a cookie. An answer that is cut,
endless, too large or no JSON is an error, never half an answer. Messages name the host alone:
queries, bodies and headers hold codes and passwords.
"""

from __future__ import annotations

import json
import re
import ssl
import time
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from threading import Event, Lock
from typing import Any, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import httpcore
import structlog
import tenacity

from config.sources import PolledSource
from connectors.errors import BudgetSpent, SourceGarbled, SourceRefused, SourceUnavailable
from connectors.network import deadline
from connectors.network.answers import Doubled, decoded, says_over
from connectors.network.sessions import Session, SessionOver
from connectors.politeness import Budget, Pace

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
Item = TypeVar("Item")

MOST_BYTES = 20_000_000  # of one answer, unpacked
LONGEST_RETRY = 86_400  # seconds
STEP = 65_536  # unpacked at a time
#: Answers of a source that may be well in a moment.
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
ASLEEP = 60.0  # seconds of Retry-After that are waited for; a longer one ends the poll
_AT = re.compile(r" - at `(.*)`$")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often one question is repeated within a poll."""

    attempts: int = 5
    seconds: float = 120.0
    first_wait: float = 0.5
    longest_wait: float = 30.0
    spare: int = 10  # repeats that any poll may make, beside one request in five


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. A POST is allowed where the source reads by POST: it must change nothing."""

    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    @property
    def target(self) -> str:
        return f"{self.url}?{urlencode(self.query)}" if self.query else self.url


def get(url: str, query: Iterable[tuple[str, str]] = (), **headers: str) -> Ask:
    return Ask(url, tuple(query), _named(headers))


def by_form(url: str, fields: Mapping[str, str]) -> Ask:
    """A login by form."""
    kind = (("Content-Type", "application/x-www-form-urlencoded"),)
    return Ask(url, headers=kind, body=urlencode(fields).encode())


def by_json(url: str, body: Any, query: Iterable[tuple[str, str]] = (), **headers: str) -> Ask:
    """A login or a search whose question is JSON."""
    kind = (("Content-Type", "application/json"), ("Charset", "utf-8"))
    content = json.dumps(body, ensure_ascii=False).encode()
    return Ask(url, tuple(query), (*kind, *_named(headers)), content)


def _named(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name.replace("_", "-"), value) for name, value in headers.items())


class Transport:
    """Everything a connector may do over the network, for one poll of one source.

    ``budget`` is ``memory.budget`` of the poll; a knock has none.
    """

    def __init__(
        self,
        source: PolledSource,
        base: str,
        patience: Patience | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.base = base.rstrip("/")
        self.host = urlsplit(base).hostname or ""
        self.requests = 0
        self.repeats = 0
        self._name = source.name
        self._parallel = source.max_parallel
        self._seconds = float(source.page_seconds)
        self._patience = patience or Patience()
        self.budget = budget or Budget()
        rate = self.budget.per_second or source.requests_per_second
        self._pace = Pace(rate, self.budget)
        self._deadline = deadline.Timeout()
        self._lock = Lock()
        try:
            self._pool = deadline.open_pool(
                self._deadline, self._parallel, source.ca_file, source.proxy
            )
        except OSError:
            raise SourceRefused(
                f"Không đọc được tệp chứng thư ca_file của «{source.name}»."
            ) from None

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.close()
        self._pace.close()

    # Asking

    def answer(self, ask: Ask, kind: type[Answer]) -> Answer:
        """Ask without a session; the answer must be JSON of this shape. Raises SourceError."""
        try:
            return self._decoded(self._fetch(ask), kind)
        except SessionOver:
            raise SourceRefused(
                f"{self.host} từ chối: sai tài khoản hoặc không có quyền."
            ) from None

    def answer_in(
        self,
        session: Session,
        asking: Callable[[str], Ask],
        kind: type[Answer],
        check: Callable[[Answer], None] = lambda _answer: None,
    ) -> Answer:
        """Ask within a session, which is renewed when it is over; ``check`` may say that it is."""
        while True:
            ticket = session.ticket()
            try:
                body = self._fetch(asking(ticket.token))
                if says_over(body):
                    raise SessionOver  # some gateways say so with HTTP 200
                answer = self._decoded(body, kind)
                check(answer)
            except SessionOver:
                session.over(ticket)
                continue
            session.works(ticket)
            return answer

    def login(self, ask: Ask, kind: type[Answer]) -> Answer:
        """Ask for a session. Raises SessionOver when it is refused, SourceError."""
        return self._decoded(self._fetch(ask), kind)

    def all(self, questions: Iterable[Item], ask: Callable[[Item], Answer]) -> Generator[Answer]:
        """Ask many questions side by side, within the limits; answers in order of questions.

        The first error ends it: what was not begun is not asked. So does the end of our time, but
        what was begun by then is answered.
        """
        waiting = iter(questions)
        broken = Event()

        def begun(question: Item) -> Answer:
            if broken.is_set():
                raise SourceUnavailable(f"{self.host} đã lỗi ở câu hỏi trước.")
            try:
                return ask(question)
            except BaseException:
                broken.set()
                raise

        with ThreadPoolExecutor(self._parallel, thread_name_prefix=self._name) as threads:
            running: list[Future[Answer]] = []
            try:
                for question in islice(waiting, self._parallel * 4):
                    running.append(threads.submit(begun, question))
                while running:
                    yield running.pop(0).result()
                    if self.budget.is_over:
                        running = [one for one in running if not one.cancel()]
                        continue
                    for question in islice(waiting, 1):
                        running.append(threads.submit(begun, question))
            finally:
                for one in running:
                    one.cancel()

    def follow(self, link: str) -> str:
        """A link that the source gave us, if it stays at the source. Raises SourceGarbled."""
        url = urljoin(f"{self.base}/", link)
        here, there = urlsplit(self.base), urlsplit(url)
        same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
        if not same or not there.path.startswith(f"{here.path}/") or "/../" in there.path:
            raise SourceGarbled(f"{self.host} chỉ sang địa chỉ ngoài nguồn; không đi theo.", "next")
        return url

    # One request

    def _fetch(self, ask: Ask) -> bytes:
        """The body of the answer. This is the only place that repeats a request."""
        repeating = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._worth_repeating),
            stop=tenacity.stop_after_attempt(self._patience.attempts)
            | tenacity.stop_after_delay(self._patience.seconds),
            wait=self._wait,
            sleep=self._pace.pause,
            before_sleep=self._note,
            reraise=True,
        )
        return repeating(self._once, ask)

    def _once(self, ask: Ask) -> bytes:
        self._pace.begin()
        try:
            return self._asked(ask)
        finally:
            self._pace.done()

    def _asked(self, ask: Ask) -> bytes:
        self.budget.take()
        with self._lock:
            self.requests += 1
        began = time.monotonic()
        try:
            with self._deadline.of(self._seconds):
                body = self._exchange(ask)
        except SourceUnavailable:
            self._struggles()
            raise
        except deadline.Forbidden:
            raise SourceRefused(f"{self.host} là địa chỉ nội bộ bị cấm (link-local).") from None
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            self._struggles()
            raise self._broken(error) from None
        except (SessionOver, SourceRefused, SourceGarbled):
            self.budget.answered(well=True)  # it is there, whatever it says
            raise
        self._pace.answered(time.monotonic() - began)
        self.budget.answered(well=True)
        return body

    def _struggles(self) -> None:
        self._pace.refused()
        self.budget.answered(well=False)

    def _exchange(self, ask: Ask) -> bytes:
        if not _may_be_sent(ask):
            raise SourceGarbled(
                f"Không gửi được câu hỏi tới {self.host}: địa chỉ, tài khoản hoặc phiên đăng nhập "
                "(token) có ký tự lạ.",
                "Authorization",
            )
        headers = [("Accept", "application/json"), ("Accept-Encoding", "gzip"), *ask.headers]
        host = urlsplit(ask.url).netloc.rpartition("@")[2]
        with self._pool.stream(
            ask.method,
            ask.target,
            headers=[("Host", host), ("User-Agent", "doisoat"), *headers, *_length(ask.body)],
            content=ask.body,
            extensions={"timeout": deadline.timeouts()},
        ) as response:
            # Any byte is a letter of Latin-1: a header that is none of ours harms nobody.
            said = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            self._check(response.status, said)
            return self._body(response, said)

    def _check(self, status: int, said: Mapping[str, str]) -> None:
        """Only a complete JSON answer of its own passes."""
        if status == 401 or 300 <= status < 400:
            raise SessionOver  # a redirect is never followed: the login page, or somebody else's
        if status in AGAIN or status > 500:
            retry_in = _retry_after(said.get("retry-after", ""), said.get("date", ""))
            raise SourceUnavailable(f"{self.host} đang bận hoặc hỏng (HTTP {status}).", retry_in)
        if status == 400 and "json" in said.get("content-type", ""):
            raise SourceRefused(f"{self.host} không nhận câu hỏi (HTTP 400).")
        if status != 200:
            raise SourceRefused(f"{self.host} từ chối (HTTP {status}); kiểm tra địa chỉ và quyền.")
        kind = said.get("content-type", "").partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml"):
            raise SessionOver  # a login page that says 200
        if "json" not in kind:
            raise SourceGarbled(f"{self.host} trả lời không phải JSON.", "Content-Type")
        if (_number(said.get("content-length", "")) or 0) > MOST_BYTES:
            raise SourceGarbled(f"{self.host} trả lời quá {MOST_BYTES // 10**6} MB.")
        if "content-length" not in said and "chunked" not in said.get("transfer-encoding", ""):
            raise SourceGarbled(
                f"{self.host} không báo độ dài câu trả lời, không biết có bị cắt không.",
                "Content-Length",
            )

    def _body(self, response: httpcore.Response, said: Mapping[str, str]) -> bytes:
        encoding = said.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip"):
            raise SourceGarbled(f"{self.host} nén theo kiểu lạ.", "Content-Encoding")
        unpack = zlib.decompressobj(31) if encoding == "gzip" else None
        parts: list[bytes] = []
        size = packed = 0
        for chunk in response.iter_stream():
            packed += len(chunk)
            for part in _unpacked(unpack, chunk):
                size += len(part)
                if max(size, packed) > MOST_BYTES:
                    raise SourceGarbled(f"{self.host} trả lời quá {MOST_BYTES // 10**6} MB.")
                parts.append(part)
        if unpack is not None and not unpack.eof:
            raise SourceUnavailable(f"Câu trả lời của {self.host} bị cắt ngang.")
        return b"".join(parts)

    def _decoded(self, body: bytes, kind: type[Answer]) -> Answer:
        try:
            return decoded(body, kind)
        except Doubled:
            raise SourceGarbled(
                f"Câu trả lời của {self.host} có khóa ghi hai lần, không biết giá trị nào đúng.",
                "JSON",
            ) from None
        except ValueError as error:
            at = _AT.search(str(error))
            where = at[1] if at else ""
            shown = f" (ở {where})" if where else ""
            raise SourceGarbled(
                f"Câu trả lời của {self.host} không đúng dạng đã biết{shown}.", where
            ) from None

    def _broken(self, error: Exception) -> SourceUnavailable | SourceRefused:
        if isinstance(error.__cause__ or error.__context__, ssl.SSLCertVerificationError):
            return SourceRefused(
                f"Chứng thư của {self.host} không hợp lệ: hết hạn, sai tên máy hoặc không do cơ "
                "quan tin cậy cấp. Chứng thư nội bộ thì đặt ở ca_file."
            )
        if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
            return SourceRefused(f"Không lập được kết nối an toàn (TLS) với {self.host}.")
        if isinstance(error, httpcore.TimeoutException):
            return SourceUnavailable(f"{self.host} không trả lời kịp.")
        if isinstance(error, httpcore.ProtocolError):
            return SourceUnavailable(f"Câu trả lời của {self.host} bị cắt ngang.")
        return SourceUnavailable(f"Không kết nối được với {self.host}.")

    # Repeating

    def _worth_repeating(self, error: BaseException) -> bool:
        if not isinstance(error, SourceUnavailable) or isinstance(error, BudgetSpent):
            return False
        if self.budget.is_over:
            return False  # whoever goes on asks again
        if error.retry_in is not None and error.retry_in.total_seconds() > ASLEEP:
            return False
        with self._lock:
            if self.repeats > self._patience.spare + self.requests // 5:
                return False
            self.repeats += 1
        return True

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, SourceUnavailable) and error.retry_in is not None:
            return error.retry_in.total_seconds()
        spread = tenacity.wait_random_exponential(
            self._patience.first_wait, max=self._patience.longest_wait
        )
        return spread(state)

    def _note(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.info(
            "source.asked_again",
            source=self._name,
            attempt=state.attempt_number,
            problem=str(error),
        )


def _length(body: bytes | None) -> list[tuple[str, str]]:
    return [] if body is None else [("Content-Length", str(len(body)))]


def _unpacked(unpack: Any, chunk: bytes) -> Iterator[bytes]:
    """The content of a chunk in small steps: a few bytes may unpack to gigabytes."""
    if unpack is None:
        yield chunk
        return
    try:
        part = b"more"
        while part:  # what is unpacked may wait inside when all that came in is used up
            part = unpack.decompress(chunk, STEP)
            chunk = unpack.unconsumed_tail
            yield part
    except zlib.error:
        raise SourceGarbled("Câu trả lời nén bị hỏng.", "Content-Encoding") from None


def _retry_after(said: str, date: str) -> timedelta | None:
    """Seconds, or a date by the source's own clock."""
    if (number := _number(said)) is not None:
        return timedelta(seconds=min(number, LONGEST_RETRY))
    try:
        wanted = parsedate_to_datetime(said) - parsedate_to_datetime(date)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wanted, timedelta()), timedelta(seconds=LONGEST_RETRY))


def _number(said: str) -> int | None:
    """Seconds or bytes, as headers write them; more digits than that are as good as endless."""
    said = said.strip()
    return int(said[:15]) if said.isascii() and said.isdigit() else None


def _may_be_sent(ask: Ask) -> bool:
    """Nothing in the address and the headers that HTTP cannot carry."""
    parts = (ask.target, *(part for header in ask.headers for part in header))
    return all(part.isascii() and (part.isprintable() or not part) for part in parts)
