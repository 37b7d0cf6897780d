"""Logs: events, not sentences; codes, not people.

One chain for our own events and for those of the libraries. The scrubber is the last but one
processor: whatever slipped in as a name, an identity number, a phone or a mail address leaves
masked, and exceptions are written without the values of local variables.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

#: Keys whose value is a person's, whatever it holds.
PERSONAL = frozenset(
    {
        "name", "full_name", "ho_ten", "subject", "applicant", "mother", "father", "dob",
        "birth_date", "death_date", "cccd", "cmnd", "subject_id", "applicant_id", "address",
        "phone", "email", "password", "token", "secret", "authorization",
    }
)  # fmt: skip
_PATTERNS = (
    re.compile(r"(?<![\d.-])\d{9}(?:\d{2,3})?(?![\d-])"),  # CMND, CCCD, a phone without its zero
    re.compile(r"(?<!\d)0\d{9}(?!\d)"),  # a phone
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    re.compile(r"(?<=://)[^/@\s]+:[^/@\s]+(?=@)"),  # user:password of a URL
)
MASK = "***"


def scrubbed(value: object) -> object:
    """The value with everything that looks like a person's masked; containers are walked."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and 99_999_999 < abs(value) < 1_000_000_000_000:
        return MASK
    if isinstance(value, str):
        for pattern in _PATTERNS:
            value = pattern.sub(MASK, value)
        return value
    if isinstance(value, dict):
        return {
            key: MASK if str(key).lower() in PERSONAL else scrubbed(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [scrubbed(inner) for inner in value]
    return value


def _scrub(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    keep = {"timestamp", "level", "logger"}
    for key, value in event.items():
        if key.lower() in PERSONAL:
            event[key] = MASK
        elif key not in keep:
            event[key] = scrubbed(value)
    return event


def configure(level: str = "WARNING", *, json: bool | None = None) -> None:
    """Send every log, ours and the libraries', to stderr: JSON, or colour on a terminal."""
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=20)),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _scrub,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
