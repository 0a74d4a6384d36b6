"""What a verdict says, and its vocabulary."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import ConfigDict, with_config

from retoure.lifecycle.observations import ClaimLife, Instant
from retoure.lifecycle.scans import Scan
from retoure.lifecycle.validity import SetAside
from retoure.model.base import Model
from retoure.model.labels import LabelSource
from retoure.programmes import Block, CarrierClaim, ClaimCase, ClaimRoute, ClaimStatus


class State(StrEnum):
    """The verdict."""

    AWAITING_FIRST_SCAN = "AWAITING_FIRST_SCAN"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    BACK_AT_CUSTOMER = "BACK_AT_CUSTOMER"
    LOST_PRESUMED = "LOST_PRESUMED"
    INDETERMINATE = "INDETERMINATE"
    NEVER_SCANNED = "NEVER_SCANNED"
    RECOVERED = "RECOVERED"
    EXCEPTION = "EXCEPTION"


class Detail(StrEnum):
    """Which case of a verdict it is."""

    CREATED = "CREATED"
    ANNOUNCED = "ANNOUNCED"
    PICKUP_PENDING = "PICKUP_PENDING"
    NEVER_SCANNED = "NEVER_SCANNED"
    ACCEPTED = "ACCEPTED"
    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    READY_FOR_COLLECTION = "READY_FOR_COLLECTION"
    EXCEPTION = "EXCEPTION"
    RETURNING_TO_CUSTOMER = "RETURNING_TO_CUSTOMER"
    DELIVERED = "DELIVERED"
    PARTIALLY_DELIVERED = "PARTIALLY_DELIVERED"
    BACK_AT_CUSTOMER = "BACK_AT_CUSTOMER"
    LOST_PRESUMED = "LOST_PRESUMED"
    LOST_BY_CARRIER = "LOST_BY_CARRIER"
    RECOVERED = "RECOVERED"
    INDETERMINATE = "INDETERMINATE"
    DISPOSED = "DISPOSED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    QUARANTINED = "QUARANTINED"


class RecoveryKind(StrEnum):
    """Why a presumed loss was none. LATE_DATA: the delivery lies before the opening, the carrier told it late."""

    FOUND_AFTER_DEADLINE = "FOUND_AFTER_DEADLINE"
    LATE_DATA = "LATE_DATA"


class Flag(StrEnum):
    """Remarks beside the verdict."""

    NEEDS_REVIEW = "needs_review"
    INFERRED = "inferred"
    RETRACTED = "retracted"
    UNMAPPED_CODE = "unmapped_code"
    ASSUMED_ZONE = "assumed_zone"
    STATED_ZONE = "stated_zone"
    DST_GAP = "dst_gap"
    DST_OVERLAP = "dst_overlap"
    NUMBER_REUSE = "number_reuse"
    FUTURE_EVENT = "future_event"
    WRONG_SHIPMENT = "wrong_shipment"
    DESTINATION_UNVERIFIED = "destination_unverified"
    REUSE_UNCHECKED = "reuse_unchecked"
    RETURNING = "returning"
    WRONG_PLACE = "wrong_place"
    READY_FOR_COLLECTION = "ready_for_collection"
    PARTIALLY_DELIVERED = "partially_delivered"
    DELIVERED_TO_NEIGHBOUR = "delivered_to_neighbour"
    DAMAGED = "damaged"
    LOST_BY_CARRIER = "lost_by_carrier"
    MOVING_AGAIN = "moving_again"
    COLLECTIVE_POSSIBLE = "collective_possible"
    PICKUP_FAILED = "pickup_failed"
    VOIDED = "voided"
    EXPIRED = "expired"
    SCANNED_AFTER_VOID = "scanned_after_void"
    SCANNED_AFTER_EXPIRY = "scanned_after_expiry"
    DUPLICATE_LABEL = "duplicate_label"
    WAREHOUSE_RECEIPT = "warehouse_receipt"
    HANDOVER_PROVEN = "handover_proven"
    CLAIM_FILED = "claim_filed"
    PUSH_UNCONFIRMED = "push_unconfirmed"
    RELABELLED = "relabelled"
    ORPHAN_SCANNED = "orphan_scanned"


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a code, the words for a person, and the rule it rests on, where it rests on one."""

    code: str
    text: str
    rule: str = ""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class RuleUsed:
    """A policy's record that took part.

    Attributes:
        evidence: O the owner's own page, 2 a secondary source, U unverified, R our recommendation.
        confidence: What speaks against relying on it, where something does.
    """

    id: str
    evidence: str
    source: str
    confidence: str = ""


class Assessment(Model):
    """The verdict on a return at one moment.

    Attributes:
        number: The label that decides; the others of the return are in ``other_labels``.
        at: The moment: nothing learned later was used.
        first_scan: The earliest proof that the carrier had the parcel; another piece's while this one waits for its own.
        acceptance: The hand-in, where it was told.
        inferred: The first scan lies later in the chain than a hand-in.
        delivered_at: The delivery at the return address, by a scan or by the merchant's word.
        recovery_kind: With RECOVERED, what kind of recovery.
        opens_on: The date from which the parcel counts as lost, in the policy's zone.
        opens_at: Its first instant.
        recommended_file_from: From when filing is safe under every reading of the programme's day count.
        closes_on: The last usable date of the claim window; None where none is known or its anchor has not happened.
        recommended_file_by: The date to file by.
        claim_case: What would be claimed for; None where there is nothing to claim.
        claim_route: Where a claim goes.
        claim_status: How its window stands.
        blocked_by: What is in the way.
        last_read: When the carrier was last asked with an answer that could be used.
        stale_since: The same moment, where asking has failed since.
        carrier_claim: The carrier's own dates for a search and a claim, whoever else answers.
        claim_update: How a claim that was filed went on.
        refund_due_on: Until when the merchant has to refund; None where nothing is due, or no rule says.
        quarantined: Rows that were not used, with the reason.
        pieces: The other pieces of a shipment; the one that is furthest from its end decides.
        shipment_first_scan: The earliest first scan of a shipment of several pieces.
        rules: The policy's records that took part, with their evidence.
    """

    number: str
    carrier: str
    label_source: LabelSource
    policy: str
    at: Instant
    state: State
    detail: Detail
    first_scan: Scan | None = None
    acceptance: Scan | None = None
    inferred: bool = False
    delivered_at: Instant | None = None
    recovery_kind: RecoveryKind | None = None
    opens_on: date | None = None
    opens_at: Instant | None = None
    recommended_file_from: Instant | None = None
    closes_on: date | None = None
    recommended_file_by: date | None = None
    claim_case: ClaimCase | None = None
    claim_route: ClaimRoute = ClaimRoute.NONE
    claim_status: ClaimStatus = ClaimStatus.NOT_STARTED
    blocked_by: tuple[Block, ...] = ()
    last_read: Instant | None = None
    stale_since: Instant | None = None
    reasons: tuple[Reason, ...] = ()
    flags: tuple[Flag, ...] = ()
    carrier_claim: CarrierClaim | None = None
    claim_update: ClaimLife | None = None
    refund_due_on: date | None = None
    quarantined: tuple[SetAside, ...] = ()
    rules: tuple[RuleUsed, ...] = ()
    pieces: tuple["Assessment", ...] = ()
    shipment_first_scan: Scan | None = None
    other_labels: tuple["Assessment", ...] = ()
