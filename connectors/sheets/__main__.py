"""The process that waits for files, and its children: limits first, then one file, then JSON lines.

Standard input is a socket. What comes over it is a ``ReadRequest`` with two descriptors, the file
and where to answer; what goes back, once the child is no more, is its exit code on a line.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import socket
import sys
from collections.abc import Iterator

import msgspec

from connectors.sheets.messages import Failure, Message, ReadRequest, Unreadable

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
FILE_LIMIT = 64 << 20  # the child writes nothing to disk; a parser that tries is stopped
OPEN_FILES = 32
LONGEST_REQUEST = 1 << 16


def confine(memory: int, cpu_seconds: int) -> None:
    """Give this process its limits. Some systems refuse RLIMIT_AS: the size check came before."""
    wanted = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, FILE_LIMIT),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    )
    for which, limit in wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (limit, limit))


def messages(content: bytes, unpacked: int, encoding: str, only: str) -> Iterator[Message]:
    """Tell the format by the content, never by the name, and read it."""
    digest = hashlib.sha256(content).hexdigest()
    if not content.strip(b"\x00 \t\r\n"):
        raise Unreadable("empty")
    if content.startswith(b"PK"):
        from connectors.sheets import xlsx

        yield from xlsx.read(content, digest, only, unpacked)
    elif content.startswith(OLE):
        from connectors.sheets import xlsx

        yield from xlsx.read_ole(content, digest, only)
    else:
        from connectors.sheets import markup

        kind = markup.kind(content)
        if kind == "html":
            yield from markup.read_html(content, digest, only)
        elif kind == "xml2003":
            yield from markup.read_xml2003(content, digest, only)
        else:
            from connectors.sheets import delimited

            yield from delimited.read(content, digest, encoding)


def answer(asked: ReadRequest, file: int, out: int) -> int:
    """Life of a child: read the file of one descriptor, tell of it on the other."""
    confine(asked.memory, asked.cpu)
    encode = msgspec.json.Encoder().encode
    with open(file, "rb") as source, open(out, "wb") as lines:
        try:
            for message in messages(source.read(), asked.unpacked, asked.encoding, asked.sheet):
                lines.write(encode(message) + b"\n")
        except Unreadable as problem:
            lines.write(encode(Failure(problem.code, problem.detail)) + b"\n")
        except MemoryError:
            lines.write(encode(Failure("too_big")) + b"\n")
        except BrokenPipeError:
            return 1
        except BaseException as problem:  # a parser's panic is no Exception
            lines.write(encode(Failure("broken", type(problem).__name__)) + b"\n")
    return 0


def main() -> int:
    """Fork a child a file, one after the other, and tell how each ended."""
    # Parsers complain on standard error, and a complaint may quote a cell: it goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # Loaded once for all files: starting Python anew took most of the time of a small one.
    from connectors.sheets import xlsx  # noqa: F401

    link = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    decode = msgspec.json.Decoder(ReadRequest).decode
    while True:
        request, descriptors, _, _ = socket.recv_fds(link, LONGEST_REQUEST, 2)
        if not request:
            return 0
        child = os.fork()
        if child == 0:
            link.close()
            os._exit(answer(decode(request), *descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(child, 0)
        link.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    sys.exit(main())
