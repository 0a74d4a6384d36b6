"""What the statuses of DPD's look-ups mean.

Life cycle: enumeration of DPDCloudService.wsdl; OUT_FOR_DELIVERY is known from DPD's public pages only. Order status: the
containers of the same file. Both list every status always; whether one has been reached is said beside it.
"""

from collections.abc import Mapping
from typing import TypeAlias

from retoure.model import Custody, Kind

Reading: TypeAlias = tuple[Kind, Custody]

LIFE_CYCLE: Mapping[str, Reading] = {
    "SHIPMENT": (Kind.DATA_RECEIVED, Custody.NONE),
    "ACCEPTED": (Kind.ACCEPTED, Custody.PHYSICAL),
    "AT_SENDING_DEPOT": (Kind.ORIGIN_SCAN, Custody.PHYSICAL),
    "ON_THE_ROAD": (Kind.HUB_SCAN, Custody.PHYSICAL),
    "AT_DELIVERY_DEPOT": (Kind.HUB_SCAN, Custody.PHYSICAL),
    "OUT_FOR_DELIVERY": (Kind.OUT_FOR_DELIVERY, Custody.PHYSICAL),
    "DELIVERED": (Kind.DELIVERED, Custody.PHYSICAL),
}
ORDER_STATUS: Mapping[str, Reading] = {
    "Start": (Kind.DATA_RECEIVED, Custody.NONE),
    "OnTheRoad": (Kind.HUB_SCAN, Custody.PHYSICAL),
    "DeliveryDepot": (Kind.HUB_SCAN, Custody.PHYSICAL),
    "CarLoad": (Kind.OUT_FOR_DELIVERY, Custody.PHYSICAL),
    "Delivered": (Kind.DELIVERED, Custody.PHYSICAL),
}
UNLISTED: Reading = (Kind.UNKNOWN, Custody.UNKNOWN)
UNLISTED_CODE = "unlisted_code"
NEEDS_REVIEW = "needs_review"
UNDATED = "undated_status"
