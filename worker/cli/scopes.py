"""The scope that the options of a command mean."""

from __future__ import annotations

from typing import Any

from reconcile.scope import Scope
from worker.cli.options import actor
from worker.cli.output import misuse
from worker.desk import scopes
from worker.desk.actor import at_the_shell
from worker.house import House


def scope(house: House, **asked: Any) -> Scope:
    """As ``desk.scopes.scope_for``. Raises click.UsageError in Vietnamese."""
    with misuse():
        return scopes.scope_for(house, at_the_shell(actor()), **asked)
