"""``python -m worker.console``: the console as a process, for ``doisoat console`` and ``serve``.

The configuration is named by ``DOISOAT_CONFIG``, as for the workers.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

import config.settings
from config.errors import ConfigError
from worker import logs
from worker.console.application import make_app
from worker.desk import certificates, serving

log = structlog.get_logger(__name__)

CONFIG = "DOISOAT_CONFIG"
#: Connections that are answered at a time, and seconds that the last ones have when it ends.
MOST, GOODBYE = 200, 5


def main() -> int:
    """Answer until a signal asks to end; the exit code."""
    logs.configure("INFO")
    file = Path(os.environ.get(CONFIG, "doisoat.toml"))
    try:
        settings = config.settings.load(file, os.environ)
        tls = certificates.tls_of(settings)
        app = make_app(file, os.environ, lifespan=at_work)
    except ConfigError as error:
        log.error("console.configuration", problems=[str(one) for one in error.problems])
        return 2
    server = uvicorn.Config(
        app,
        host=settings.console.host,
        port=settings.console.port,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST,
        timeout_graceful_shutdown=GOODBYE,
    )
    log.info("console.started", at=certificates.address(settings))
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, _was_asked_to_end)  # once it has ended, it is raised again
    uvicorn.Server(server).run()
    return 0


def _was_asked_to_end(_signal: int, _frame: object) -> None:
    """An end that was asked for is none that failed."""


@asynccontextmanager
async def at_work(_app: FastAPI) -> AsyncIterator[None]:
    """While it answers it leaves a sign; the parent starts one anew that leaves none."""
    going = asyncio.create_task(_leave_signs())
    yield
    going.cancel()


async def _leave_signs() -> None:
    while True:
        serving.leave_sign()
        await asyncio.sleep(serving.EVERY)


if __name__ == "__main__":
    sys.exit(main())
