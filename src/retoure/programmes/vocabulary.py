"""The words that policies and claims are told in."""

from enum import StrEnum

from retoure.model.base import Word


class ClaimCase(Word):
    """What is claimed for."""

    LOST_IN_RETURN_TRANSIT = "LOST_IN_RETURN_TRANSIT"
    DAMAGED_IN_RETURN_TRANSIT = "DAMAGED_IN_RETURN_TRANSIT"
    BUYER_DID_NOT_RETURN = "BUYER_DID_NOT_RETURN"


class ClaimRoute(Word):
    """Where a claim goes."""

    AMAZON = "AMAZON"
    CARRIER = "CARRIER"
    NONE = "NONE"


class RefundMode(Word):
    """How a buyer was refunded. RFS: at the first scan, by Amazon."""

    RFS = "RFS"
    MANUAL = "MANUAL"
    AUTOMATED_BY_AMAZON = "AUTOMATED_BY_AMAZON"
    RETURNLESS = "RETURNLESS"


class Block(Word):
    """What stands in the way of filing a claim."""

    REFUND_FIRST = "REFUND_FIRST"
    SOURCE_UNKNOWN = "SOURCE_UNKNOWN"
    AUTOMATED_REFUND = "AUTOMATED_REFUND"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    EVIDENCE_STALE = "EVIDENCE_STALE"
    DELIVERED = "DELIVERED"


class DayRule(Word):
    """How days are counted.

    EXCLUSIVE: the day of the event does not count (BGB s.187(1)). INCLUSIVE: it is day one. ELAPSED_HOURS: 24 hours a day
    from the instant of the event.
    """

    EXCLUSIVE = "EXCLUSIVE"
    INCLUSIVE = "INCLUSIVE"
    ELAPSED_HOURS = "ELAPSED_HOURS"


class Subject(StrEnum):
    """What a record speaks of."""

    CLAIM_OPEN = "claim_open"
    CLAIM_CLOSE = "claim_close"
    CLAIM_ROUTE = "claim_route"
    CLAIM_PRECONDITION = "claim_precondition"
    NEVER_SCANNED = "never_scanned"
    RETENTION = "retention"
    TRACE = "trace"
    REFUND_DUE = "refund_due"
    LABEL_EXPIRING = "label_expiring"


class Anchor(StrEnum):
    """The date of a case that a period is counted from.

    HANDOVER: the hand-in by a receipt or an acceptance, never the label's date. EXPECTED_DELIVERY: the carrier's promise.
    """

    HANDOVER = "handover"
    FIRST_SCAN = "first_scan"
    LAST_SCAN = "last_scan"
    EXPECTED_DELIVERY = "expected_delivery"
    RETURN_DELIVERY = "return_delivery"
    REFUND = "refund"
    LABEL_CREATED = "label_created"


class SelectBy(StrEnum):
    """The date of a case that picks the version of a rule."""

    FILING_DATE = "filing_date"
    FIRST_SCAN = "first_scan"
    LABEL_CREATED = "label_created"
