"""The secret of the codes that an administrator gives beside the password."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_account", sa.Column("code_secret", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "user_account", sa.Column("code_step", sa.Integer(), nullable=False, server_default="0")
    )
