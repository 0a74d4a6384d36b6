"""The tables of the monitor. Personal data lie in ``monitor_content``; what a signal tells beside codes and times is blanked."""

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from retoure.errors import StoreError
from retoure.storage.instants import Moment
from retoure.storage.schemas import Schema

metadata = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")


def _of_case() -> Column[int]:
    return Column("case_id", _ID, ForeignKey("monitor_case.id", ondelete="CASCADE"), nullable=False)


case = Table(
    "monitor_case",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("rma", String(100), nullable=False),
    Column("policy", String(100), nullable=False),
    Column("version", Integer, nullable=False),  # raised whenever the case is folded or its labels change
    Column("state", String(30), nullable=False),
    Column("detail", String(30), nullable=False),
    Column("signals", Integer, nullable=False),  # the place of the last one
    Column("snapshots", Integer, nullable=False),
    Column("chain", String(64), nullable=False),  # the hash of the last snapshot
    Column("opening_at", Moment),  # the opening of which a snapshot was taken
    Column("watched_at", Moment, nullable=False),
    Column("erased_at", Moment),
)
Index("monitor_case_state", case.c.state)
Index("monitor_case_rma", case.c.rma, unique=True, sqlite_where=text("rma <> ''"), postgresql_where=text("rma <> ''"))

label = Table(
    "monitor_label",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _of_case(),
    Column("account", String(200), nullable=False),
    Column("carrier", String(100), nullable=False),
    Column("number", String(100), nullable=False),  # its plain form
    Column("parcel", Text, nullable=False),  # what to ask for, as JSON: the number as it was given, and the merchant's own town
    Column("version", Integer, nullable=False),  # raised whenever something but a quiet read changes what the plan rests on
    Column("refund_at_scan", Boolean, nullable=False),
    Column("pickup_on", Date),
    Column("watched_at", Moment, nullable=False),
    Column("due_at", Moment),  # the plan's, or the end of the lease: from when it may be taken
    Column("next_poll_at", Moment),
    Column("reason", String(20), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("deadline_at", Moment),
    Column("deadlines_booked", Integer, nullable=False),
    Column("ride_from", Moment),
    Column("precise", Boolean, nullable=False),
    Column("wake_at", Moment),
    Column("quiet_until", Moment),
    Column("outlook", Text, nullable=False),
    Column("last_attempt_at", Moment),
    Column("last_reason", String(20), nullable=False),  # why that read was planned
    Column("answered_at", Moment),
    Column("last_success_at", Moment),
    Column("learned_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("last_error_class", String(20), nullable=False),
    Column("reads_on", Date),
    Column("reads_count", Integer, nullable=False),
    Column("fingerprint", String(32), nullable=False),
    Column("report_id", _ID),  # the content that the fingerprint is of
    Column("raw_digest", String(64), nullable=False),
    Column("lease_owner", String(100), nullable=False),
    Column("lease_token", String(32), nullable=False),
    Column("lease_until", Moment),
    Column("stopped_at", Moment),
    Column("stop_reason", String(30), nullable=False),
)
_ACTIVE, _STOPPED = text("stopped_at IS NULL"), text("stopped_at IS NOT NULL")
_LEASED = text("lease_until IS NOT NULL")
Index(
    "monitor_label_due", label.c.account, label.c.rank, label.c.due_at, label.c.reason, label.c.stopped_at,
    sqlite_where=_ACTIVE, postgresql_where=_ACTIVE,
)  # fmt: skip
Index("monitor_label_deadline", label.c.account, label.c.deadline_at, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)
Index("monitor_label_leased", label.c.account, label.c.lease_until, sqlite_where=_LEASED, postgresql_where=_LEASED)
Index("monitor_label_active", label.c.account, label.c.number, unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)
Index("monitor_label_number", label.c.number)
Index("monitor_label_case", label.c.case_id)
Index("monitor_label_wake", label.c.wake_at)
Index("monitor_label_stopped", label.c.stopped_at, sqlite_where=_STOPPED, postgresql_where=_STOPPED)

log = Table(
    "monitor_log",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _of_case(),
    Column("number", String(100), nullable=False),
    Column("type", String(20), nullable=False),  # an observation's; a read that says the same as before is a read
    Column("observed_at", Moment, nullable=False),
    Column("read_at", Moment, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("reason", String(20), nullable=False),  # of a failed read
    Column("code", String(100), nullable=False),  # the carrier's, of a failed read
    Column("content_id", _ID),  # reads that say the same have the same; none of a failed read
)
Index("monitor_log_once", log.c.case_id, log.c.observed_at, log.c.type, log.c.number, log.c.digest, unique=True)

content = Table(
    "monitor_content",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _of_case(),
    Column("what", String(10), nullable=False),  # labels, report, push, fact, raw, evidence
    Column("ref", String(64), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    UniqueConstraint("case_id", "what", "ref", name="monitor_content_once"),
)
Index("monitor_content_ref", content.c.ref)

signal = Table(
    "monitor_signal",
    metadata,
    Column("id", String(32), primary_key=True),
    _of_case(),
    Column("place", Integer, nullable=False),
    Column("type", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Column("due_at", Moment, nullable=False),  # from when it may be handed out: since it was told, or the end of its lease
    Column("lease_owner", String(100), nullable=False),
    Column("acknowledged_at", Moment),
)
_OPEN, _UNMAPPED = text("acknowledged_at IS NULL"), text("type = 'unmapped_code'")
Index("monitor_signal_due", signal.c.due_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("monitor_signal_type", signal.c.type, signal.c.due_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("monitor_signal_unmapped", signal.c.type, sqlite_where=_UNMAPPED, postgresql_where=_UNMAPPED)
Index("monitor_signal_order", signal.c.case_id, signal.c.place, unique=True)
Index("monitor_signal_pending", signal.c.case_id, signal.c.place, sqlite_where=_OPEN, postgresql_where=_OPEN)

evidence = Table(
    "monitor_evidence",
    metadata,
    _of_case(),
    Column("place", Integer, nullable=False),
    Column("number", String(100), nullable=False),
    Column("why", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("before", String(64), nullable=False),
    Column("raw_digest", String(64), nullable=False),
    UniqueConstraint("case_id", "place", name="monitor_evidence_chain"),
)

usage = Table(
    "monitor_usage",
    metadata,
    Column("credential", String(64), primary_key=True),
    Column("quota", String(100), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("used", Integer, nullable=False),
)

slot = Table(
    "monitor_slot",
    metadata,
    Column("credential", String(64), primary_key=True),
    Column("quota", String(100), primary_key=True),
    Column("free_at", Moment, nullable=False),
)

pause = Table(
    "monitor_pause",
    metadata,
    Column("credential", String(64), primary_key=True),
    Column("until", Moment),
    Column("ordinary_until", Moment),
    Column("why", String(200), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("stopped", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
)

setting = Table(
    "monitor_setting",
    metadata,
    Column("name", String(50), primary_key=True),
    Column("value", String(200), nullable=False),
)

STORE = Schema(
    name="the monitor's store",
    option="store",
    wanted="a database's URL",
    forgets="what was told; name a file",
    error=StoreError,
    version_table="retoure_monitor_version",
    head="0001",
    migrations=Path(__file__).parent / "migrations",
    setting=setting,
)
