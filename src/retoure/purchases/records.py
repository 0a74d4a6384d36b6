"""What the books tell a person."""

from collections.abc import Mapping

from pydantic import AwareDatetime

from retoure.model.base import Model


class PurchaseRecord(Model):
    """A key on the books, without personal data.

    Attributes:
        kind: ``label`` or ``pickup``.
        state: ``bought``, ``voided``, ``in progress``, ``unknown`` (an order has left, and nobody knows what became of it), or
            ``not sent`` (whoever wanted to buy is gone, and nothing has left).
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
    state: str
    number: str
    candidates: tuple[str, ...]
    adopted: bool
    erased: bool
    written_at: AwareDatetime
    attempted_at: AwareDatetime | None
    bought_at: AwareDatetime | None
    given_up_at: AwareDatetime | None


class LostPurchase(Model):
    """A purchase under a key that stands for another by now: given up as unknown, or one too many.

    Attributes:
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


class Erased(Model):
    """What an erasure came to: the keys whose personal data are gone, and those that were kept, with the reason."""

    keys: tuple[str, ...]
    kept: Mapping[str, str] = {}
