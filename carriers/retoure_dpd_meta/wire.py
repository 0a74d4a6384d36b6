"""What all calls to the META-API share: headers, and what it does not offer."""

from collections.abc import Mapping

CODE = "dpd_meta"
JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json", "Accept": "application/json"}

NO_SEARCH = (
    "the META-API cannot search by reference: a lost answer can only be cleared up with DPD, by the reference on the label"
)
NO_CANCEL = "the META-API cannot cancel a pickup or a collection request: call DPD's depot"
NO_CHANGE = "the META-API cannot move a pickup or a collection request: call DPD's depot"
NO_PICKUP_SEARCH = "the META-API cannot tell how a pickup stands: a lost answer can only be cleared up with DPD's depot"
NO_TRACKING = "the META-API does not track: track the number with an account of the carrier dpd, or take DPD's push"
NO_DROP_OFFS = "the META-API does not find shops: look for them with an account of the carrier dpd"
