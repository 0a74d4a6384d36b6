"""What makes two purchases the same purchase."""

import hashlib
import json

from retoure.model.base import Model
from retoure.model.labels import LabelOrder
from retoure.model.pickups import PickupOrder


def order_digest(order: LabelOrder | PickupOrder) -> str:
    """A digest over everything that makes the order what it is, in hex.

    The ship date stays out, since a retry tomorrow changes it; so do the formats, which change the paper and not the purchase.
    """
    what: Model = order
    excluded: dict[str, object] = (
        {"key": True, "formats": True, "request": {"ship_date": True}} if isinstance(order, LabelOrder) else {"key": True}
    )
    return hashlib.sha256(json.dumps(what.model_dump(mode="json", exclude=excluded), sort_keys=True).encode()).hexdigest()  # type: ignore[arg-type]
