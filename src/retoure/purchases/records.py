"""What the books tell a person."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import AwareDatetime

from retoure.model.base import Model


class RecordState(StrEnum):
    """How a key stands, for a person."""

    BOUGHT = "bought"
    VOIDING = "voiding"  # it was asked to be given up, and no answer is known
    VOIDED = "voided"
    IN_PROGRESS = "in progress"
    UNKNOWN = "unknown"  # an order has left, and nobody knows what became of it
    NOT_SENT = "not sent"  # whoever wanted to buy is gone, and nothing has left
    FREE = "free"  # a person has just settled that it bought nothing
    UNREADABLE = "unreadable"  # its row is corrupt: its times are not known


class PurchaseRecord(Model):
    """A key on the books, without personal data.

    Attributes:
        kind: ``label`` or ``pickup``.
        number: The tracking or confirmation number.
        candidates: Numbers that an unknown outcome may be.
        adopted: Bought elsewhere.
        erased: The personal data are gone.
    """

    key: str
    kind: str
    account: str
    carrier: str
    rma: str
    state: RecordState
    number: str
    candidates: tuple[str, ...]
    adopted: bool
    erased: bool
    written_at: AwareDatetime | None
    attempted_at: AwareDatetime | None
    bought_at: AwareDatetime | None
    given_up_at: AwareDatetime | None


class LostPurchase(Model):
    """A purchase under a key that stands for another by now: given up as unknown, or one too many.

    Attributes:
        cause: ``superseded`` (given up, and bought anew), ``one too many`` (its answer came when the key stood for another), or
            ``settled by hand`` (a person said that it bought nothing).
        number: Where it is known by now; what is scanned under it is billed.
    """

    id: int
    key: str
    kind: str
    account: str
    carrier: str
    rma: str
    attempted_at: AwareDatetime | None
    given_up_at: AwareDatetime
    number: str
    cause: str


class Erased(Model):
    """What an erasure came to.

    Attributes:
        keys: Those of which no personal datum is left.
        kept: Those that were left as they are, with the reason.
        unknown: Returns that the books know no key of: perhaps they are written otherwise.
    """

    keys: tuple[str, ...]
    kept: Mapping[str, str] = {}
    unknown: tuple[str, ...] = ()
