"""The planner's vocabulary: why a label is read, how urgently, what came of asking, and why it is read no more."""

from enum import IntEnum, StrEnum


class Rank(IntEnum):
    """How urgent a read is; the lowest number goes first."""

    DEADLINE = 0
    INDETERMINATE = 1
    NEAR_DELIVERY = 2
    MOVING = 3
    EXCEPTION = 4
    UNSCANNED = 5
    CONFIRMING = 6


class Reason(StrEnum):
    """Why a read is planned.

    FIRST_LOOK: nobody asked yet. REFUND_AT_SCAN: unscanned, and the merchant promised the refund at the first scan. PICKUP: on
    the day of one. SILENT: on its way without news for days. GONE: the one retry after the carrier forgot what it had told.
    PUSHED: a message came in. ASKED: by hand.
    """

    FIRST_LOOK = "FIRST_LOOK"
    UNSCANNED = "UNSCANNED"
    REFUND_AT_SCAN = "REFUND_AT_SCAN"
    PICKUP = "PICKUP"
    MOVING = "MOVING"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    COLLECTION = "COLLECTION"
    EXCEPTION = "EXCEPTION"
    SILENT = "SILENT"
    DEADLINE = "DEADLINE"
    CONFIRMING = "CONFIRMING"
    LOST = "LOST"
    INDETERMINATE = "INDETERMINATE"
    ENDED = "ENDED"
    GONE = "GONE"
    PUSHED = "PUSHED"
    ASKED = "ASKED"

    @property
    def rank(self) -> Rank:
        """How urgent such a read is."""
        return _RANKS[self]


_RANKS = {
    Reason.FIRST_LOOK: Rank.UNSCANNED,
    Reason.UNSCANNED: Rank.UNSCANNED,
    Reason.REFUND_AT_SCAN: Rank.UNSCANNED,
    Reason.PICKUP: Rank.UNSCANNED,
    Reason.MOVING: Rank.MOVING,
    Reason.OUT_FOR_DELIVERY: Rank.NEAR_DELIVERY,
    Reason.COLLECTION: Rank.NEAR_DELIVERY,
    Reason.EXCEPTION: Rank.EXCEPTION,
    Reason.SILENT: Rank.EXCEPTION,
    Reason.DEADLINE: Rank.DEADLINE,
    Reason.CONFIRMING: Rank.CONFIRMING,
    Reason.LOST: Rank.EXCEPTION,
    Reason.INDETERMINATE: Rank.INDETERMINATE,
    Reason.ENDED: Rank.UNSCANNED,
    Reason.GONE: Rank.EXCEPTION,
    Reason.PUSHED: Rank.NEAR_DELIVERY,
    Reason.ASKED: Rank.NEAR_DELIVERY,
}


class Stop(StrEnum):
    """Why a label is read no more. By hand it can be read all the same; a push, or a new first scan, revives it."""

    DELIVERED = "DELIVERED"
    BACK_AT_CUSTOMER = "BACK_AT_CUSTOMER"
    DISPOSED = "DISPOSED"
    GONE = "GONE"
    NEVER_SCANNED = "NEVER_SCANNED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    TRACKED_TO_DAY_60 = "TRACKED_TO_DAY_60"
    ERASED = "ERASED"
    BY_HAND = "BY_HAND"


class FailureClass(StrEnum):
    """What came of a read that gave no history of the right shipment.

    TOO_NEW: unknown, and the label is minutes old. NEGATIVE: unknown, and it never was known. GONE: unknown, though it was known.
    DAILY_EXHAUSTED, BURST: turned away by a quota. TRANSIENT: no answer. FAILED: an answer that is none. AUTH: the credentials
    are refused. WRONG_SHIPMENT: another parcel answers.
    """

    TOO_NEW = "TOO_NEW"
    NEGATIVE = "NEGATIVE"
    GONE = "GONE"
    DAILY_EXHAUSTED = "DAILY_EXHAUSTED"
    BURST = "BURST"
    TRANSIENT = "TRANSIENT"
    FAILED = "FAILED"
    AUTH = "AUTH"
    WRONG_SHIPMENT = "WRONG_SHIPMENT"

    @property
    def answered(self) -> bool:
        """Whether the carrier answered for the number: asking again at once would give the same."""
        return self in _ANSWERED


_ANSWERED = frozenset({FailureClass.TOO_NEW, FailureClass.NEGATIVE, FailureClass.GONE, FailureClass.WRONG_SHIPMENT})
