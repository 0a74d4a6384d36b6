"""Purchases, their contents, what was given up, and the digests' secret."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name != "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "purchase",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("carrier", sa.String(100), nullable=False),
        sa.Column("rma", sa.String(50), nullable=False, index=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("adopted", sa.Boolean, nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("lease_until", _instant()),
        sa.Column("attempted_at", _instant()),
        sa.Column("written_at", _instant(), nullable=False),
        sa.Column("bought_at", _instant()),
        sa.Column("number", sa.String(100), index=True),
        sa.Column("candidates", sa.Text, nullable=False),
        sa.Column("facts", sa.Text),
        sa.Column("given_up", sa.String(20), nullable=False),
        sa.Column("given_up_at", _instant()),
        sa.Column("erased_at", _instant()),
    )
    op.create_table(
        "purchase_content",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(200), sa.ForeignKey("purchase.key", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("written_at", _instant(), nullable=False, index=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "purchase_lost",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(200), nullable=False, index=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("carrier", sa.String(100), nullable=False),
        sa.Column("rma", sa.String(50), nullable=False),
        sa.Column("attempted_at", _instant()),
        sa.Column("given_up_at", _instant(), nullable=False),
        sa.Column("number", sa.String(100)),
    )
    op.create_table(
        "purchase_setting",
        sa.Column("name", sa.String(50), primary_key=True),
        sa.Column("value", sa.String(200), nullable=False),
    )
