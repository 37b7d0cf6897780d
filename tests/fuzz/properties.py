"""What must hold whatever comes in: over the wire, in cells, as names, in the configuration.

Each property is a Hypothesis test. The suite runs each for some seconds; ``make fuzz`` runs them
for an hour with new seeds and tells how many inputs that were.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from config import office_tables
from config.errors import ConfigError
from config.settings import load
from connectors import Memory, cells, open_connectors
from connectors.errors import SourceError, Unforeseen
from connectors.files.headers import NEEDED_REGISTER
from connectors.files.reading import Reading
from connectors.files.there import passed_over, shown
from connectors.sheets.messages import End, FileHead, Rows, Sheet
from reconcile.claims import Snapshot
from tests.connectors.contract import TODAY
from tests.connectors.sites import IgateSite, OpencpsSite
from worker.store import codec

ODD_TEXTS = (
    "", "²", "01²", "9999-12-31T17:00:00Z", "0001-01-01T00:00:00+14:00", "9" * 5000, "\u0000",
    "a\u0000b", "\ufffe", "\u202e", "[/x]", "[2024]", "=1+1", "'", '="', "-", "1e999", "NaN",
    "31/12/9999", "00/00/0000", "2024-13-45", "\u200e", "٠١/٠١/٢٠٢٤", "http://[", "a@b@c",
)  # fmt: skip
TEXTS = st.sampled_from(ODD_TEXTS) | st.text(max_size=30)
NUMBERS = st.integers() | st.floats() | st.sampled_from((10**400, -(10**40), 2**63, 0, -1, 1e308))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


def storable(snapshot: Snapshot) -> None:
    """Both databases take it: text without NUL and without half characters, keys once."""
    stored = codec.store(snapshot.claims)
    assert len({one.key for one in stored}) == len(stored)
    texts = [one.key for one in stored]
    texts += [one.payload.decode() for one in stored]
    texts += [f"{one.file}{one.sheet}{one.column}{one.reason}" for one in snapshot.rejected]
    texts += [snapshot.problem, snapshot.cursor, snapshot.file, *snapshot.warnings]
    for text in texts:
        assert "\x00" not in text
        assert "\\u0000" not in text
        text.encode()


# Over the wire


class _Answer:
    """What the network layer gives: a status, headers and the bytes of a body, all of any kind."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status, self.headers, self._body = status, headers, body

    def iter_stream(self) -> Iterator[bytes]:
        yield self._body


class _Pool:
    """Answers every question alike, without any network."""

    def __init__(self, answer: _Answer) -> None:
        self._answer = answer

    @contextmanager
    def stream(self, *_asked: object, **_more: object) -> Iterator[_Answer]:
        yield self._answer

    def close(self) -> None:
        pass


HEADERS = st.lists(
    st.tuples(
        st.sampled_from((b"Retry-After", b"Content-Length", b"Date", b"X-\xff", b"Server"))
        | st.binary(min_size=1, max_size=8),
        st.binary(max_size=12) | st.sampled_from(("²".encode(), b"9" * 5000, b"\xff\xfe", b"-1")),
    ),
    max_size=3,
)  # fmt: skip
ITEM_FIELDS = (
    "dossierStatus", "online", "submitDate", "receiveDate", "dueDate", "finishDate", "modifiedDate",
    "isReturned", "nationCode", "agency", "acceptedDate", "appointmentDate", "updatedDate", "eForm",
    "applyMethod",
)  # fmt: skip
ITEMS = st.fixed_dictionaries(
    {
        "id": st.integers() | TEXTS,
        "dossierId": st.integers(0, 9),
        "code": st.just("H11.08-240108-0001") | VALUES,
        "dossierNo": st.just("H11.08-240108-0002") | VALUES,
        "applicantName": TEXTS | VALUES,
        "applicant": st.fixed_dictionaries({"data": st.fixed_dictionaries({"fullname": TEXTS})}),
    },
    optional=dict.fromkeys(ITEM_FIELDS, TEXTS | VALUES),
)


def _json(said: Any) -> bytes:
    return json.dumps(said, allow_nan=True).encode("utf-8", "replace")


@st.composite
def answers(draw: Callable[[Any], Any]) -> _Answer:
    """A page as OpenCPS and as iGate tell it, with values of any kind, whole or not."""
    items = draw(st.lists(ITEMS, max_size=3))
    total = draw(st.just(len(items)) | VALUES)
    body = _json({"total": total, "data": items, "content": items, "number": 0, "last": True,
                  "size": draw(st.just(5) | VALUES), "totalElements": total,
                  "access_token": draw(st.just("t") | TEXTS),
                  "expires_in": draw(VALUES)})  # fmt: skip
    spoil = draw(st.sampled_from(("", "", "", "bom", "cut", "bytes", "twice")))
    body = {
        "": body,
        "bom": b"\xef\xbb\xbf" + body,
        "cut": body[: len(body) // 2],
        "bytes": body.replace(b"a", b"\xff", 1),
        "twice": body.replace(b"{", b'{"data":[],', 1),
    }[spoil]
    headers = draw(HEADERS)
    headers += [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body))]
    return _Answer(draw(st.sampled_from((200, 200, 200, 200, 401, 429, 503, 302))), headers, body)


SERVED = SimpleNamespace(url="https://nguon.example.vn", host="nguon.example.vn", port=1)


def wire(answer: _Answer, site: Any, open_pool: Callable[..., Any]) -> None:
    """A poll ends in snapshots that can be stored or in a SourceError, whatever is answered."""
    open_pool.answer = answer  # type: ignore[attr-defined]
    try:
        for snapshot in site.fetch(Memory(today=TODAY, sweep=True)):
            storable(snapshot)
    except Unforeseen:
        raise
    except SourceError as error:
        f"{error}".encode()


# Cells

HEADER = ["STT", "Mã hồ sơ", "Người được khai sinh", "Ngày sinh", "Số CCCD", "Ngày nhận",
          "Ngày trả kết quả", "Ký nhận", "Trang số", "Ghi chú"]  # fmt: skip
CELLS = st.none() | TEXTS | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False)
#: Half of the rows have a code: they are entries whatever else stands in them.
CODES = st.sampled_from(("H11.08-240108-0001", "H11.08-240108-0002"))
ROWS = st.lists(
    st.tuples(st.just(1), CODES | CELLS, *[CELLS] * (len(HEADER) - 2)).map(list),
    min_size=1,
    max_size=5,
)


def sheet(rows: list[list[Any]], source: Any, tables: Any) -> None:
    """A sheet of any cells is a snapshot that can be stored; a person's value is no message."""
    reading = Reading(source, tables, "so.xlsx", NEEDED_REGISTER, closes_on_14th=False)
    lines = list(enumerate([HEADER, *rows], 1))
    reading.read((FileHead("xlsx", "0"), Sheet("DS"), Rows(lines), End(len(lines))))
    try:
        storable(reading.snapshot("0"))
    except SourceError as error:
        f"{error}".encode()
    for row in rows:
        for cell in row:
            for parse in (cells.day, cells.partial_date, cells.person_id, cells.code, cells.signed):
                value, reason = parse(cell)
                assert not (value and reason)


# Names

BYTES = st.binary(min_size=1, max_size=60).filter(
    lambda name: not set(name) & {0, 0x2F} and name not in (b".", b"..")
)
NAMES = BYTES | TEXTS.map(
    lambda text: text.replace("\0", "").replace("/", "").encode()[:80]
).filter(lambda name: name not in (b"", b".", b".."))


def file_names(folder: bytes, name: bytes) -> None:
    """A file of any name in a folder of any name is read, or one problem that can be told."""
    with tempfile.TemporaryDirectory() as home:
        place = os.fsencode(home) + b"/inbox/" + folder
        os.makedirs(place)  # noqa: PTH103 - bytes
        with open(place + b"/" + name + b".csv", "wb") as file:  # noqa: PTH123
            file.write("Mã hồ sơ,Ngày trả\nH11.08-240108-0001,09/01/2024\n".encode())
        pattern = f"{home}/inbox/{os.fsdecode(folder)}/*.xlsx"
        for path in passed_over(pattern, ()):
            shown(path).encode()
        office = """[office]\nname = "A"\n[[sources]]\nname = "so"\nrole = "register"
kind = "register"\npath = "inbox/**/*"\n"""
        config = Path(home) / "doisoat.toml"
        config.write_text(office, encoding="utf-8")
        settings = load(config, {})
        for connector in open_connectors(settings, office_tables.load(settings)):
            for snapshot in connector.fetch(Memory()):
                storable(snapshot)
                assert "ngoài dự kiến" not in snapshot.problem


# Configuration

ADDRESSES = (
    "http://[", "http://[::1", "https://a:99999", "https://a:0", "https://a b", "http://xã.vn:x",
    "https://tỉnh.gov.vn", "postgresql://[", "redis://a:port", "sqlite:///[x]", "a@", "@b", "a@b@c",
    "lan@tânđức.vn", "Đối soát <a@b.vn>", "a@[1", "https://" + "a" * 300 + ".vn", "//", "://",
    "https://a/\u200e", "http://169.254.169.254", "https://ａ.vn", "ｈttps://a", "https://a%zz",
)  # fmt: skip
TYPED = st.sampled_from(ADDRESSES) | TEXTS | st.builds(
    "{}{}".format, st.sampled_from(ADDRESSES), TEXTS
)  # fmt: skip
KEYS: Mapping[str, str] = {
    "database": "url", "broker": "url", "service": "alive_url", "mail_it": "it",
    "base_url": "base_url", "token_url": "token_url", "proxy": "proxy", "path": "api_path",
    "group_id": "group_id", "timezone": "timezone", "email": "email",
}  # fmt: skip


def configuration(said: Mapping[str, str]) -> None:
    """Any text in any address is accepted, or told line by line; nothing else is raised."""
    at = {key: json.dumps(value, ensure_ascii=False) for key, value in said.items()}
    text = f"""
[office]
name = "A"
{f"timezone = {at['timezone']}" if "timezone" in at else ""}
{f"[database]{chr(10)}url = {at['database']}" if "database" in at else ""}
{f"[broker]{chr(10)}url = {at['broker']}" if "broker" in at else ""}
{f"[service]{chr(10)}alive_url = {at['service']}" if "service" in at else ""}
{f"[mail]{chr(10)}it = [{at['mail_it']}]" if "mail_it" in at else ""}
[[sources]]
name = "o"
kind = "opencps"
group_id = {at.get("group_id", '"1"')}
base_url = {at.get("base_url", '"https://a.vn"')}
{f"proxy = {at['proxy']}" if "proxy" in at else ""}
{f"api_path = {at['path']}" if "path" in at else ""}
"""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        (folder / "tables").mkdir()
        if "email" in said:
            units = io.StringIO()
            units.write("code,name,email\n1,Xã A," + '"' + said["email"].replace('"', "") + '"\n')
            content = units.getvalue().encode("utf-8", "replace")
            (folder / "tables/units.csv").write_bytes(content)
        (folder / "doisoat.toml").write_bytes(text.encode("utf-8", "replace"))
        try:
            settings = load(folder / "doisoat.toml", {})
            assert settings.database.connect_url is not None
            assert settings.broker.connect_url is not None
            open_connectors(settings, office_tables.load(settings))
        except ConfigError as error:
            f"{error}".encode()
        except SourceError as error:
            f"{error}".encode()


DATABASES = st.sampled_from(
    ("postgresql://[", "postgresql://a:port/x", "postgres://[::1", "sqlite:///[x]", "mysql://a")
)
BROKERS = st.sampled_from(("redis://[", "redis://a:port", "rediss://a:99999", "unix://["))
CONFIGURATIONS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(KEYS, TYPED)
    | {"database": DATABASES | TYPED, "broker": BROKERS | TYPED},
)


def sites(monkey: Callable[[Any, str, Any], None]) -> tuple[list[Any], Any]:
    """Connectors over a network that is a value; ``monkey`` sets it in place of the real one."""
    from connectors.network import transport

    class Opened:
        answer: Any = None

        def __call__(self, *_asked: object) -> _Pool:
            return _Pool(self.answer)

    opened = Opened()
    monkey(transport.deadline, "open_pool", opened)
    quick = {"requests_per_second": 1e6, "agencies": ("a",)}
    igate = IgateSite().connector(SERVED, **quick)
    opencps = OpencpsSite().connector(SERVED, requests_per_second=1e6)
    for one in (igate, opencps):
        one.patience = transport.Patience(attempts=1, spare=0)
    return [igate, opencps], opened
