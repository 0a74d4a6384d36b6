"""What a merchant is told, once: each signal has an id that is the same whenever the same log is folded.

A signal is never taken back. What turned out otherwise is told by a further one: ``FirstScanRevised``, ``Recovered``,
``VerdictRevised``.
"""

import hashlib
import json
from datetime import UTC, date
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field, TypeAdapter

from retoure.carrier.shaping import plain_number
from retoure.lifecycle.assessment import Detail, Flag, RecoveryKind, RuleUsed, State
from retoure.lifecycle.numbers import CaseLabel
from retoure.lifecycle.scans import Scan
from retoure.lifecycle.validity import Quarantine
from retoure.model.base import Model
from retoure.model.labels import ChargeEvent
from retoure.programmes import ClaimCase, ClaimRoute


class _Signal(Model):
    """What every signal carries.

    Attributes:
        id: The same for the same fact, so that it can be booked once.
        number: The label's.
        at: When it was found.
        policy: The policy it was found under.
        rules: The records that took part, with their evidence.
    """

    id: str
    rma: str
    number: str
    carrier: str
    at: AwareDatetime
    policy: str
    rules: tuple[RuleUsed, ...] = ()


class FirstScan(_Signal):
    """The carrier has the parcel: the lost clock runs, and a charge on first scan is due. Once per label, come what may.

    Attributes:
        charge_event: When the label is charged, as far as its contract is known.
        flags: ``scanned_after_void`` among them: the charge is due all the same.
    """

    type: Literal["first_scan"] = "first_scan"
    scan: Scan
    inferred: bool
    charge_event: ChargeEvent
    opens_on: date | None = None
    flags: tuple[Flag, ...] = ()


class FirstScanRevised(_Signal):
    """The first scan was another one. No second charge.

    Attributes:
        old: The one that was told; None where that had turned out to be none, and another is known now.
        new: The one that counts; None where nothing that is known proves custody any more.
    """

    type: Literal["first_scan_revised"] = "first_scan_revised"
    old: Scan | None
    new: Scan | None
    reason: Literal["earlier_event", "corrected_time", "no_longer_a_scan", "another_scan"]
    opens_on: date | None = None


class OrphanScanned(_Signal):
    """A label whose purchase went astray, and in whose place another was bought, is in use: it is charged as well."""

    type: Literal["orphan_scanned"] = "orphan_scanned"
    scan: Scan


class DuplicateLabel(_Signal):
    """Several labels of one return were scanned: each is charged."""

    type: Literal["duplicate_label"] = "duplicate_label"
    numbers: tuple[str, ...]


class Delivered(_Signal):
    """It arrived at the return address."""

    type: Literal["delivered"] = "delivered"
    delivered_at: AwareDatetime
    needs_review: bool


class BackAtCustomer(_Signal):
    """The customer has it again: neither delivered nor lost."""

    type: Literal["back_at_customer"] = "back_at_customer"


class LostPresumed(_Signal):
    """It counts as lost, by an answer that was asked for after the opening."""

    type: Literal["lost_presumed"] = "lost_presumed"
    opens_on: date
    recommended_file_from: AwareDatetime
    claim_route: ClaimRoute
    flags: tuple[Flag, ...] = ()


class LostByCarrier(_Signal):
    """The carrier itself declared the loss."""

    type: Literal["lost_by_carrier"] = "lost_by_carrier"
    claim_route: ClaimRoute


class Recovered(_Signal):
    """What counted as lost is there: withdraw a claim, or repay it within a month of the notice (HGB s.424)."""

    type: Literal["recovered"] = "recovered"
    delivered_at: AwareDatetime
    recovery_kind: RecoveryKind
    claim_filed: bool


class Disposed(_Signal):
    """It was destroyed or confiscated."""

    type: Literal["disposed"] = "disposed"


class NeverScanned(_Signal):
    """Nobody handed it in, as far as a fresh answer tells. A later scan revives it."""

    type: Literal["never_scanned"] = "never_scanned"
    claim_case: ClaimCase | None


class VerdictRevised(_Signal):
    """A verdict that was told no longer holds."""

    type: Literal["verdict_revised"] = "verdict_revised"
    old: State
    new: State
    detail: Detail


class ReadyForCollection(_Signal):
    """It waits for the merchant, and the lost clock runs on."""

    type: Literal["ready_for_collection"] = "ready_for_collection"
    scan: Scan


class Relabelled(_Signal):
    """Its way goes on under another number."""

    type: Literal["relabelled"] = "relabelled"
    successor: str


class TraceRecommended(_Signal):
    """Ask the carrier for a search, by its own dates."""

    type: Literal["trace_recommended"] = "trace_recommended"
    trace_from: date
    trace_by: date
    before_claim: bool
    closes_on: date | None = None


class ClaimOpening(_Signal):
    """A claim can be filed; safely from ``recommended_file_from`` on."""

    type: Literal["claim_opening"] = "claim_opening"
    claim_case: ClaimCase
    claim_route: ClaimRoute
    opens_on: date | None = None
    recommended_file_from: AwareDatetime | None = None
    closes_on: date | None = None
    recommended_file_by: date | None = None


class ClaimClosingSoon(_Signal):
    """A claim window that is open, and nothing filed, is about to close."""

    type: Literal["claim_closing_soon"] = "claim_closing_soon"
    claim_route: ClaimRoute
    closes_on: date
    recommended_file_by: date | None = None


class ClaimClosed(_Signal):
    """A claim window closed with nothing filed."""

    type: Literal["claim_closed"] = "claim_closed"
    claim_route: ClaimRoute
    closes_on: date


class ClaimNeverOpens(_Signal):
    """The window closes before it opens: turn to the carrier."""

    type: Literal["claim_never_opens"] = "claim_never_opens"
    opens_on: date
    closes_on: date


class PolicyChangeShortensWindow(_Signal):
    """A change of the rules that is known closes the window earlier."""

    type: Literal["policy_change_shortens_window"] = "policy_change_shortens_window"
    changes_on: date
    closes_on: date
    closes_then: date


class RefundDue(_Signal):
    """The parcel is there, and the buyer has to be refunded by that date. Holidays are not considered."""

    type: Literal["refund_due"] = "refund_due"
    due_on: date


class LabelExpiring(_Signal):
    """A label that nobody used is about to expire."""

    type: Literal["label_expiring"] = "label_expiring"
    expires_on: date


class EvidencePurgeNear(_Signal):
    """The carrier may soon delete the history that a claim rests on."""

    type: Literal["evidence_purge_near"] = "evidence_purge_near"
    purged_from: date


class UnmappedCode(_Signal):
    """The carrier uses a code that is in no table: it counts for nothing until it is."""

    type: Literal["unmapped_code"] = "unmapped_code"
    code: str
    text: str


class Quarantined(_Signal):
    """The carrier told rows that are not this parcel's, or answers about another shipment, which are told once.

    Attributes:
        code: The row's, of several rows of one answer the first one's.
        instant: When the row says that it happened.
    """

    type: Literal["quarantined"] = "quarantined"
    reason: Quarantine
    code: str = ""
    instant: AwareDatetime | None = None


AnySignal: TypeAlias = (
    FirstScan
    | FirstScanRevised
    | OrphanScanned
    | DuplicateLabel
    | Delivered
    | BackAtCustomer
    | LostPresumed
    | LostByCarrier
    | Recovered
    | Disposed
    | NeverScanned
    | VerdictRevised
    | ReadyForCollection
    | Relabelled
    | TraceRecommended
    | ClaimOpening
    | ClaimClosingSoon
    | ClaimClosed
    | ClaimNeverOpens
    | PolicyChangeShortensWindow
    | RefundDue
    | LabelExpiring
    | EvidencePurgeNear
    | UnmappedCode
    | Quarantined
)
Signal: TypeAlias = Annotated[AnySignal, Field(discriminator="type")]
"""Any signal, told apart by ``type``."""

SIGNAL: TypeAdapter[AnySignal] = TypeAdapter(Signal)
"""Reads a signal from, and writes it to, JSON."""


def signal_id(rma: str, label: CaseLabel, kind: str, key: str) -> str:
    """The id of a fact: of which label, what, and which one where there may be several."""
    issued = label.issued_at.astimezone(UTC).isoformat() if label.issued_at else ""
    fact = json.dumps([rma, label.carrier, plain_number(label.number), issued, kind, key])
    return hashlib.sha256(fact.encode()).hexdigest()[:32]
