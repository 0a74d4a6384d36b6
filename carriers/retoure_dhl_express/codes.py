"""DHL Express's codes in our words: tracking events, error codes, products.

Tracking codes are those of DHL's reference data ``trackingEventCode``, 65 of them; the description has no list, and new ones
appear without notice. Except for the plainly worded ones, what proves custody is derived from their meaning; DHL does not state
it. Error codes: answers in the description of MyDHL API 3.3.1, and reports of others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from retoure.errors import (
    AddressRejected,
    AuthenticationFailed,
    CarrierError,
    MalformedResponse,
    NotFound,
    RequestRejected,
    ServiceNotAvailable,
)
from retoure.model import Custody, DeclineReason, Kind

NEEDS_REVIEW = "needs_review"
UNLISTED_CODE = "unlisted_code"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one code says."""

    kind: Kind
    custody: Custody
    flags: tuple[str, ...] = ()


_NONE, _HELD, _OPEN = Custody.NONE, Custody.PHYSICAL, Custody.UNKNOWN
_CLOSED = Reading(Kind.EXCEPTION, _OPEN, (NEEDS_REVIEW,))  # nothing more is expected, and it was not delivered


def _all(codes: str, kind: Kind, custody: Custody) -> dict[str, Reading]:
    return dict.fromkeys(codes.split(), Reading(kind, custody))


EVENTS: Mapping[str, Reading] = {
    **_all("SD MF EM", Kind.DATA_RECEIVED, _NONE),
    # Paper and clearance run ahead of the parcel: none of these is a scan.
    **_all("DI IA BN RR TT", Kind.INFO, _NONE),
    **_all("ES IC BR CR", Kind.CUSTOMS, _NONE),
    **_all("MC MS SC", Kind.INFO, _OPEN),
    **_all("DP PY TI", Kind.EXCEPTION, _NONE),
    **_all("BA CD CM HP MD NA OH ST TD UD", Kind.EXCEPTION, _OPEN),
    **_all("ND NH RD", Kind.DELIVERY_FAILED, _HELD),
    **_all("CA CS SS TP", Kind.EXCEPTION, _OPEN),
    **dict.fromkeys(("CA", "CS", "SS", "TP"), _CLOSED),
    "DM": Reading(Kind.DAMAGED, _HELD),
    "PD": Reading(Kind.PARTIALLY_DELIVERED, _HELD),
    "DS": Reading(Kind.DISPOSED, _HELD),
    "PU": Reading(Kind.PICKED_UP, _HELD),
    "SA": Reading(Kind.DROPPED_OFF, _HELD),  # accepted at a counter: histories without any PU begin with it
    **_all("PL AF DF LV CI RW AR TR UV HN", Kind.HUB_SCAN, _HELD),
    "CC": Reading(Kind.READY_FOR_COLLECTION, _HELD),
    "WC": Reading(Kind.OUT_FOR_DELIVERY, _HELD),
    "OK": Reading(Kind.DELIVERED, _HELD),
    "DD": Reading(Kind.DELIVERED, _HELD, (NEEDS_REVIEW,)),  # delivered, and damaged
    "RT": Reading(Kind.RETURNED_TO_ORIGIN, _HELD),
    # Listed by DHL, and nobody says what they mean for the parcel.
    **_all("AD BL CU DG FD HI HO PW SI SM", Kind.UNKNOWN, _OPEN),
}
UNLISTED = Reading(Kind.UNKNOWN, Custody.UNKNOWN, (UNLISTED_CODE,))


@dataclass(frozen=True, slots=True)
class Fault:
    """What one of DHL's error codes means: which error, in our words, and the user's field where there is one."""

    error: type[CarrierError]
    meaning: str
    field: str = ""


def _faults(codes: str, error: type[CarrierError], meaning: str, field: str = "") -> dict[str, Fault]:
    return dict.fromkeys(codes.split(), Fault(error, meaning, field))


FAULTS: Mapping[str, Fault] = {
    **_faults("801 8001 8007", AuthenticationFailed, "DHL does not accept the account number: check account_number"),
    **_faults("803 8003 7037 3501 5032", AuthenticationFailed, "DHL does not allow this to the account: ask DHL to enable it"),
    **_faults("9001", RequestRejected, "DHL does not know the version that was asked for"),
    **_faults("998", RequestRejected, "DHL cannot read a value"),
    **_faults("5022 5023", RequestRejected, "DHL refuses the day or time of shipping", "ship_date"),
    **_faults("5001", RequestRejected, "it is too late for a pickup on that day", "window"),
    **_faults("5002", RequestRejected, "the pickup window is too short", "window"),
    **_faults("7160", RequestRejected, "DHL needs the parcel's dimensions", "parcel.dimensions"),
    **_faults("410101 410106", RequestRejected, "the parcel is too heavy for DHL", "parcel.weight"),
    **_faults("7120", RequestRejected, "DHL needs the customs invoice", "customs"),
    **_faults("7127", RequestRejected, "DHL does not know a country"),
    **_faults("7147", RequestRejected, "DHL does not accept a word of the description", "parcel.contents"),
    **_faults("7099 1506 7096 400104", RequestRejected, "DHL does not accept the request"),
    **_faults("5560 5556", RequestRejected, "DHL does not find this under the account that was named"),
    **_faults("420504 420505", AddressRejected, "DHL does not know the town", "{address}.city"),
    **_faults("420506 3008", AddressRejected, "DHL does not know the postcode", "{address}.postal_code"),
    **_faults("996 1001", ServiceNotAvailable, "DHL has no product for this parcel, lane and day"),
    **_faults("1004 410135", ServiceNotAvailable, "DHL does not offer this product on the lane", "service"),
    **_faults("410138", ServiceNotAvailable, "DHL does not offer this product to the paying account", "service"),
    **_faults("7008", ServiceNotAvailable, "DHL does not offer an added service here: check services, data_staging_months, qr"),
    **_faults("1504 7163", NotFound, "DHL does not know this"),
    **_faults("999", MalformedResponse, "DHL's process failed"),
}  # fmt: skip
DECLINES: Mapping[str, DeclineReason] = {
    "410138": DeclineReason.NOT_ENABLED_FOR_ACCOUNT,
    "7008": DeclineReason.SERVICE_NOT_FOR_RETURNS,
}
"""Why a lane has no price, by code; no coverage where none is named."""

# Beside a price; the account's agreement was not applied, so that it is the list's.
LIST_PRICE_WARNINGS = ("6994", "6995", "6996")
