"""Since what hour a source is silent, and why its status trail could not be read."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source_file", sa.Column("silent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "source_file", sa.Column("trail_problem", sa.Text(), nullable=False, server_default="")
    )
    with op.batch_alter_table("source_file") as table:
        table.alter_column("trail_problem", server_default=None)
