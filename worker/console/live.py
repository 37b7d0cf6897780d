"""Progress that is shown while it goes on: server-sent events, each a piece of a page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

#: Seconds between two looks, and looks after which the browser is to ask again.
EVERY = 1.0
LOOKS = 600


def stream(request: Request, draw: Callable[[], str | None], *, every: float = EVERY) -> Response:
    """What ``draw`` makes, each time that it is another; None ends it, and the page is loaded anew.

    ``draw`` runs in a thread; no thread is held while nothing happens.
    """
    return StreamingResponse(
        _events(request, draw, every),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(
    request: Request, draw: Callable[[], str | None], every: float
) -> AsyncIterator[str]:
    last: str | None = None
    for _ in range(LOOKS):
        if await request.is_disconnected():
            return
        piece = await run_in_threadpool(draw)
        if piece is None:
            yield "event: xong\ndata:\n\n"
            return
        if piece != last:
            yield "".join(f"data: {line}\n" for line in piece.splitlines()) + "\n"
            last = piece
        await asyncio.sleep(every)
