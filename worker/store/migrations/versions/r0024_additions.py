"""What persons type in the place of cells that could not be read; a password asked for again."""

import sqlalchemy as sa
from alembic import op

from worker.store.rows import Instant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = ("source", "file", "mark", "unit", "sheet", "column", "written", "typed", "by")
    op.create_table(
        "addition",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in words),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_addition"),
    )
    op.create_index("ix_addition_mark", "addition", ["mark"])
    op.add_column("session", sa.Column("confirmed_at", Instant(), nullable=True))
