"""The returns of a purchase, the length of a lease, whose contract a label is on, and why a purchase is lost."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add them to what is there."""
    op.create_table(
        "purchase_rma",
        sa.Column("key", sa.String(200), sa.ForeignKey("purchase.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("rma", sa.String(50), primary_key=True, index=True),
    )
    op.execute("INSERT INTO purchase_rma (key, rma) SELECT key, rma FROM purchase WHERE rma <> ''")
    op.add_column("purchase", sa.Column("label_source", sa.String(30), nullable=False, server_default=""))
    op.add_column("purchase", sa.Column("lease_s", sa.Float))
    op.add_column("purchase_lost", sa.Column("cause", sa.String(20), nullable=False, server_default="superseded"))
    op.execute("UPDATE purchase_lost SET cause = 'one too many' WHERE number IS NOT NULL")
