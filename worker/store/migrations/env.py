"""What Alembic runs: the migrations on the connection that ``schema.py`` hands over."""

from typing import Any, Literal

from alembic import context

from worker.store.rows import Instant, StoredRow


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration stands alone: it names plain types, not ours."""
    plain = kind == "type" and isinstance(item, Instant)
    return "sa.DateTime(timezone=True)" if plain else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=StoredRow.metadata,
    render_as_batch=True,  # SQLite changes a table by building it anew
    render_item=render,
    compare_type=True,
    transactional_ddl=True,  # ours is open already: all steps or none
)
with context.begin_transaction():
    context.run_migrations()
