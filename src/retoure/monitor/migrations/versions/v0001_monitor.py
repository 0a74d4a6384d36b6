"""Cases, labels and their plans, the log, contents, signals, evidence, quotas, and the digests' secret."""

import sqlalchemy as sa
from alembic import op

from retoure.storage.instants import Moment

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ACTIVE = sa.text("stopped_at IS NULL")
_STOPPED = sa.text("stopped_at IS NOT NULL")
_OPEN = sa.text("acknowledged_at IS NULL")
_LEASED, _UNMAPPED = sa.text("lease_until IS NOT NULL"), sa.text("type = 'unmapped_code'")
_NAMED = sa.text("rma <> ''")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "monitor_case",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("rma", sa.String(100), nullable=False),
        sa.Column("policy", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("detail", sa.String(30), nullable=False),
        sa.Column("signals", sa.Integer, nullable=False),
        sa.Column("snapshots", sa.Integer, nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("opening_at", Moment()),
        sa.Column("watched_at", Moment(), nullable=False),
        sa.Column("erased_at", Moment()),
    )
    op.create_table(
        "monitor_pause",
        sa.Column("credential", sa.String(64), primary_key=True),
        sa.Column("until", Moment()),
        sa.Column("ordinary_until", Moment()),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("since", Moment(), nullable=False),
    )
    op.create_table(
        "monitor_setting",
        sa.Column("name", sa.String(50), primary_key=True),
        sa.Column("value", sa.String(200), nullable=False),
    )
    op.create_table(
        "monitor_slot",
        sa.Column("credential", sa.String(64), primary_key=True),
        sa.Column("quota", sa.String(100), primary_key=True),
        sa.Column("free_at", Moment(), nullable=False),
    )
    op.create_table(
        "monitor_usage",
        sa.Column("credential", sa.String(64), primary_key=True),
        sa.Column("quota", sa.String(100), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("used", sa.Integer, nullable=False),
    )
    op.create_table(
        "monitor_content",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("case_id", _ID, sa.ForeignKey("monitor_case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("ref", sa.String(64), nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("case_id", "what", "ref", name="monitor_content_once"),
    )
    op.create_table(
        "monitor_evidence",
        sa.Column("case_id", _ID, sa.ForeignKey("monitor_case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("number", sa.String(100), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("before", sa.String(64), nullable=False),
        sa.Column("raw_digest", sa.String(64), nullable=False),
        sa.UniqueConstraint("case_id", "place", name="monitor_evidence_chain"),
    )
    op.create_table(
        "monitor_label",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("case_id", _ID, sa.ForeignKey("monitor_case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("carrier", sa.String(100), nullable=False),
        sa.Column("number", sa.String(100), nullable=False),
        sa.Column("parcel", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("refund_at_scan", sa.Boolean, nullable=False),
        sa.Column("pickup_on", sa.Date),
        sa.Column("watched_at", Moment(), nullable=False),
        sa.Column("due_at", Moment()),
        sa.Column("next_poll_at", Moment()),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("deadline_at", Moment()),
        sa.Column("deadlines_booked", sa.Integer, nullable=False),
        sa.Column("ride_from", Moment()),
        sa.Column("precise", sa.Boolean, nullable=False),
        sa.Column("wake_at", Moment()),
        sa.Column("quiet_until", Moment()),
        sa.Column("outlook", sa.Text, nullable=False),
        sa.Column("last_attempt_at", Moment()),
        sa.Column("last_reason", sa.String(20), nullable=False),
        sa.Column("answered_at", Moment()),
        sa.Column("last_success_at", Moment()),
        sa.Column("learned_at", Moment()),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error_class", sa.String(20), nullable=False),
        sa.Column("reads_on", sa.Date),
        sa.Column("reads_count", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("report_id", _ID),
        sa.Column("raw_digest", sa.String(64), nullable=False),
        sa.Column("lease_owner", sa.String(100), nullable=False),
        sa.Column("lease_token", sa.String(32), nullable=False),
        sa.Column("lease_until", Moment()),
        sa.Column("stopped_at", Moment()),
        sa.Column("stop_reason", sa.String(30), nullable=False),
    )
    op.create_table(
        "monitor_log",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("case_id", _ID, sa.ForeignKey("monitor_case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.String(100), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("observed_at", Moment(), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("content_id", _ID),
    )
    op.create_table(
        "monitor_signal",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("monitor_case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("lease_owner", sa.String(100), nullable=False),
        sa.Column("acknowledged_at", Moment()),
    )
    op.create_index("monitor_case_rma", "monitor_case", ["rma"], unique=True, sqlite_where=_NAMED, postgresql_where=_NAMED)
    op.create_index("monitor_case_state", "monitor_case", ["state"])
    op.create_index("monitor_content_ref", "monitor_content", ["ref"])
    op.create_index(
        "monitor_label_active",
        "monitor_label",
        ["account", "number"],
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
    op.create_index("monitor_label_case", "monitor_label", ["case_id"])
    op.create_index(
        "monitor_label_deadline", "monitor_label", ["account", "deadline_at"], sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
    )
    op.create_index(
        "monitor_label_due",
        "monitor_label",
        ["account", "rank", "due_at", "reason", "stopped_at"],
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
    op.create_index(
        "monitor_label_leased", "monitor_label", ["account", "lease_until"], sqlite_where=_LEASED, postgresql_where=_LEASED
    )
    op.create_index("monitor_label_number", "monitor_label", ["number"])
    op.create_index("monitor_label_stopped", "monitor_label", ["stopped_at"], sqlite_where=_STOPPED, postgresql_where=_STOPPED)
    op.create_index("monitor_label_wake", "monitor_label", ["wake_at"])
    op.create_index("monitor_log_once", "monitor_log", ["case_id", "observed_at", "type", "number", "digest"], unique=True)
    op.create_index("monitor_signal_due", "monitor_signal", ["due_at"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("monitor_signal_order", "monitor_signal", ["case_id", "place"], unique=True)
    op.create_index("monitor_signal_pending", "monitor_signal", ["case_id", "place"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("monitor_signal_unmapped", "monitor_signal", ["type"], sqlite_where=_UNMAPPED, postgresql_where=_UNMAPPED)
    op.create_index("monitor_signal_type", "monitor_signal", ["type", "due_at"], sqlite_where=_OPEN, postgresql_where=_OPEN)
