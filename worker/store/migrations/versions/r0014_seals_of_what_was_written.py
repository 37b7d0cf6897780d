"""Seals of what persons and the program wrote, retired sources, how long a lease lasts."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

#: What there was to seal then; tables that came later are sealed from their first row on.
SEALED = ("claims", "history", "links", "steps", "answer", "sample", "frozen", "book", "paper")


def upgrade() -> None:
    op.add_column("audit", sa.Column("digest", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "seal",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_seal"),
    )
    op.create_table(
        "source_mark",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_source_mark"),
    )
    op.add_column("lease", sa.Column("lasts", sa.Float(), nullable=False, server_default="0"))
    op.add_column(
        "mail_switch",
        sa.Column("unsure", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _seal_what_is_there(op.get_bind())


def _seal_what_is_there(connection: sa.Connection) -> None:
    """What was there before is taken as it is, and the audit says so.

    By the program's own seals, not by a copy of them: they must be the same for ever anyway, and
    they name each column that they read.
    """
    from worker.clock import Clock
    from worker.store import seals

    clock = Clock()
    seals.keep(
        connection,
        seals.as_it_is(connection, SEALED),
        actor=seals.ITSELF,
        act=seals.SEALED,
        object=revision,
        at=clock.now(),
    )
