"""What a run decided upon: a later run that finds the same need not decide again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "run_contents", sa.Column("fingerprint", sa.Text(), nullable=False, server_default="")
    )
    op.create_index("ix_run_contents_fingerprint", "run_contents", ["fingerprint"])
