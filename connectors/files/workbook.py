"""Spreadsheets read safely: the worker hands an open file to a throw-away process with limits.

The child (``connectors.sheets``) parses; the worker only decodes bounded JSON lines. Memory, CPU
and wall limits grow with the file, for an export of 150,000 dossiers is normal and a bomb is
small. A file that was changed while it was read is not taken.
"""

from __future__ import annotations

import hashlib
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec

from connectors.errors import SourceGarbled
from connectors.sheets.messages import End, Failure, FileHead, Message, ReadRequest

MEGABYTE = 1 << 20
LONGEST_LINE = 64 * MEGABYTE
PIPE_CHUNK = 1 << 18
CPU_SECONDS, CPU_PER_MEGABYTE = 20, 4
LAST_BREATH = 10.0  # seconds from the end of the lines to the end of the child
WALL_PER_CPU = 1.5  # of waiting for the child, not counting our own work

#: What the child may say, in the words of the report; ``{}`` is a number or a sheet's name.
PROBLEMS = {
    "empty": "Tệp rỗng, không có dữ liệu.",
    "cut": "Tệp bị cắt giữa chừng hoặc chưa ghi xong; hãy xuất và chép lại tệp.",
    "broken": "Tệp bị hỏng, không đọc được; hãy mở bằng Excel và lưu lại.",
    "encrypted": "Tệp có mật khẩu; hãy bỏ mật khẩu rồi lưu lại.",
    "bomb": "Tệp nén bất thường (giải nén ra quá lớn), không đọc để bảo đảm an toàn.",
    "too_big": "Tệp đòi quá nhiều bộ nhớ (vùng dữ liệu khai báo quá lớn); hãy chép phần có dữ "
    "liệu sang một tệp mới.",
    "too_many_rows": "Bảng có quá {} dòng.",
    "too_many_columns": "Bảng có quá {} cột; hãy xóa các cột thừa bên phải.",
    "too_many_sheets": "Tệp có quá {} trang tính.",
    "no_such_sheet": "Tệp không có trang tính «{}».",
    "not_workbook": "Nội dung tệp không phải là bảng tính Excel.",
    "not_table": "Nội dung tệp không phải là bảng tính hay văn bản CSV.",
    "xlsb": "Tệp .xlsb không được hỗ trợ; hãy lưu lại thành .xlsx.",
    "entities": "Tệp chứa khai báo XML không an toàn (DOCTYPE/ENTITY), không đọc.",
    "encoding": "Không đọc được bảng mã của tệp; hãy lưu lại thành CSV UTF-8 hoặc đặt khóa "
    "encoding.",
    "too_slow": "Đọc tệp quá lâu, đã dừng; tệp có thể bị hỏng hoặc quá lớn.",
    "changed": "Tệp bị thay đổi trong khi đang đọc; sẽ đọc lại lần sau.",
    "missing": "Tệp không còn ở đó khi đọc.",
    "no_right": "Không có quyền đọc tệp.",
    "link": "Tệp là một liên kết (symlink), không đọc để bảo đảm an toàn.",
    "not_file": "Đây không phải là một tệp thường (thư mục, ống dẫn hoặc thiết bị).",
    "too_large": "Tệp lớn hơn {} MB.",
    "stopped": "Tiến trình đọc tệp dừng bất thường; tệp có thể bị hỏng.",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; ``[intake]`` of the configuration."""

    file_megabytes: int = 100
    unpacked_megabytes: int = 1000  # a small file may unpack to far less
    memory_megabytes: int = 1024
    seconds: int = 120  # of CPU; a small file gets far less

    def cpu(self, size: int) -> int:
        """Seconds for a file of this size."""
        return min(CPU_SECONDS + CPU_PER_MEGABYTE * _megabytes(size), self.seconds)


def unreadable(code: str, detail: str = "") -> SourceGarbled:
    """The error for one of PROBLEMS."""
    return SourceGarbled(PROBLEMS.get(code, PROBLEMS["broken"]).format(detail), where=code)


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[FileIO]:
    """The file, open for reading: a regular one, of bearable size, not reached by a link."""
    try:
        # Without O_NONBLOCK a FIFO would hold us until somebody writes to it.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags)
    except FileNotFoundError as missing:
        raise unreadable("link" if path.is_symlink() else "missing") from missing
    except PermissionError as refused:
        raise unreadable("no_right") from refused
    except OSError as refused:
        raise unreadable("link" if path.is_symlink() else "not_file") from refused
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise unreadable("not_file")
    with FileIO(descriptor) as file:
        if facts.st_size > limits.file_megabytes * MEGABYTE:
            raise unreadable("too_large", str(limits.file_megabytes))
        yield file


def digest(file: FileIO) -> str:
    """sha256 of the whole file; leaves it at its beginning."""
    file.seek(0)
    found = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return found


class Parsers:
    """Processes that hand each file to a child; they are kept between the files of one ``with``.

    As many wait as threads read at once.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[_Parser] = SimpleQueue()

    def __enter__(self) -> Parsers:
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(Empty):
            while True:
                self._waiting.get_nowait().kill()

    def read(
        self, file: FileIO, sha256: str, limits: Limits, encoding: str = "", sheet: str = ""
    ) -> Iterator[Message]:
        """The child's messages of an opened file; raises SourceGarbled unless it is whole."""
        cpu = limits.cpu(os.fstat(file.fileno()).st_size)
        asked = ReadRequest(
            memory=limits.memory_megabytes * MEGABYTE,
            cpu=cpu,
            unpacked=limits.unpacked_megabytes * MEGABYTE,
            encoding=encoding,
            sheet=sheet,
        )
        file.seek(0)
        try:
            parser = self._waiting.get_nowait()
        except Empty:
            parser = _Parser()
        try:
            with parser.hand_over(asked, file) as pipe:
                yield from _messages(pipe, parser.ending, sha256, cpu * WALL_PER_CPU)
        except BaseException:
            parser.kill()  # the child may still be at work
            raise
        self._waiting.put(parser)


class _Parser:
    """One waiting process, the head of a process group that its child belongs to."""

    def __init__(self) -> None:
        self.link, other = socket.socketpair()
        with other:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-m", "connectors.sheets"],
                stdin=other.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
                cwd="/",
                close_fds=True,
                start_new_session=True,
            )

    def hand_over(self, asked: ReadRequest, file: FileIO) -> FileIO:
        """Have a child read the file; its lines come out of what is returned."""
        out, into = os.pipe()
        try:
            with suppress(BrokenPipeError):  # it is no more: nothing will come out
                request = msgspec.json.encode(asked)
                socket.send_fds(self.link, [request], [file.fileno(), into])
        finally:
            os.close(into)
        return FileIO(out)

    def ending(self) -> int:
        """The exit code of the child, which has closed its end of the pipe; 1: nobody tells."""
        self.link.settimeout(LAST_BREATH)
        try:
            told = self.link.recv(64)
        except OSError:
            told = b""
        return int(told) if told else 1

    def kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.link.close()


def read(
    file: FileIO, sha256: str, limits: Limits, encoding: str = "", sheet: str = ""
) -> Iterator[Message]:
    """As ``Parsers.read``, of one file alone."""
    with Parsers() as parsers:
        yield from parsers.read(file, sha256, limits, encoding, sheet)


def _messages(
    pipe: FileIO, ending: Callable[[], int], sha256: str, wall: float
) -> Iterator[Message]:
    decode = msgspec.json.Decoder(Message).decode
    ended = False
    for line in _lines(pipe, wall):
        message = decode(line)
        if isinstance(message, Failure):
            raise unreadable(message.code, message.detail)
        if isinstance(message, FileHead) and message.sha256 != sha256:
            raise unreadable("changed")
        ended = isinstance(message, End)
        yield message
    code = ending()
    if not ended:
        raise unreadable(_ending(code))


def _ending(code: int) -> str:
    """Why a child stopped without its last message."""
    if code in (-signal.SIGABRT, -signal.SIGSEGV):
        return "too_big"  # calamine aborts when it cannot get the memory it asks for
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return "too_slow"
    return "stopped"


def _lines(pipe: FileIO, wall: float) -> Iterator[bytes]:
    """Complete lines; the time that we wait for them is bounded, the time between is ours."""
    parts: list[bytes] = []
    held = 0
    while True:
        began = time.monotonic()
        ready, _, _ = select.select([pipe], [], [], max(wall, 0))
        wall -= time.monotonic() - began
        if not ready:
            raise unreadable("too_slow")
        chunk = os.read(pipe.fileno(), PIPE_CHUNK)
        if not chunk:
            return
        *whole, rest = chunk.split(b"\n")
        if whole:
            whole[0] = b"".join((*parts, whole[0]))
            yield from whole
            parts, held = [], 0
        parts.append(rest)
        held += len(rest)
        if held > LONGEST_LINE:
            raise unreadable("stopped")


def _megabytes(size: int) -> int:
    return -(-size // MEGABYTE)
