"""Polls are work of their own: their rows, what each source was heard of, and whom a run awaits."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "poll",
        _text("source"),
        sa.Column("round", sa.Integer(), nullable=False),
        _text("state"),
        sa.Column("sweep", sa.Boolean(), nullable=False),
        _text("asked_by"),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _text("part"),
        _text("cursor"),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("slice", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        _text("brought"),
        _text("problem"),
        sa.PrimaryKeyConstraint("source", name="pk_poll"),
    )
    op.create_table(
        "heard",
        _text("source"),
        _text("key"),
        _text("national_key"),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name="pk_heard"),
    )
    op.create_table(
        "host",
        _text("address"),
        _text("hours"),
        sa.Column("turn", sa.Float(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address", "hours", name="pk_host"),
    )
    op.add_column("queue", sa.Column("awaits", sa.Text(), nullable=False, server_default=""))
