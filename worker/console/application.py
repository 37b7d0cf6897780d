"""The web application of the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.staticfiles import StaticFiles
from fastapi.telemetry import TelemetryConfig

import config.settings
from worker.console import wrong
from worker.console.api import PREFIX, make_api
from worker.console.drawing import STATIC
from worker.console.gate import LOOPBACK, Gate
from worker.console.pages import PAGES
from worker.desk import certificates
from worker.desk.single_sign_on import SingleSignOn
from worker.house import KeptHouse

#: What goes on beside the answers, from the first to the last.
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

#: Beside the largest file that may be taken in: the rest of its form.
FORM_BYTES = 1_000_000
#: Nothing is measured, nothing is sent: errors stay in our own log.
SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def make_app(
    config_file: Path, environ: Mapping[str, str], lifespan: Lifespan | None = None
) -> FastAPI:
    """The console of one office. Raises what reading its configuration raises."""
    settings = config.settings.load(config_file, environ)
    most = settings.intake.max_file_mb * 1_000_000 + FORM_BYTES
    app = FastAPI(
        title="doisoat",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=SILENT,
        lifespan=lifespan,
    )
    app.state.kept = KeptHouse(config_file, environ)
    app.state.single_sign_on = SingleSignOn()
    for page in PAGES:
        # As they are: to include a router analyses each of its routes a second time.
        app.router.routes += page.router.routes
    app.state.paths = frozenset(route.path for route in routes(app))
    app.state.api = make_api(app.state.kept)
    app.mount(PREFIX, app.state.api)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    wrong.register(app)
    app.add_middleware(Gate, hosts={*LOOPBACK, *certificates.hosts_of(settings)}, most=most)
    return app


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route but the static files."""
    for one in iter_route_contexts(app.routes):
        if isinstance(one.original_route, APIRoute):
            yield one.original_route
