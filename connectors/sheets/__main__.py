"""The child process: limits first, then one file from standard input, then JSON lines out.

Arguments: the memory limit in bytes, the CPU limit in seconds, how many bytes a zip may unpack to,
the encoding of a text file, the only sheet wanted; the last two are empty for any.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import sys
from collections.abc import Iterator

from connectors.sheets.messages import Failure, Message, Unreadable

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
FILE_LIMIT = 64 << 20  # the child writes nothing to disk; a parser that tries is stopped
OPEN_FILES = 32


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


def main(argv: list[str]) -> int:
    memory, cpu_seconds, unpacked, encoding, only = argv
    confine(int(memory), int(cpu_seconds))
    # Parsers complain on standard error, and a complaint may quote a cell: it goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    import msgspec

    write = sys.stdout.buffer.write
    encode = msgspec.json.Encoder().encode
    content = sys.stdin.buffer.read()
    try:
        for message in messages(content, int(unpacked), encoding, only):
            write(encode(message) + b"\n")
    except Unreadable as problem:
        write(encode(Failure(problem.code, problem.detail)) + b"\n")
    except MemoryError:
        write(encode(Failure("too_big")) + b"\n")
    except BrokenPipeError:
        return 1
    except BaseException as problem:  # a parser's panic is no Exception
        write(encode(Failure("broken", type(problem).__name__)) + b"\n")
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
