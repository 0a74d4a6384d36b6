"""The carriers that are checked, as a table: what is served where, and what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retoure.carrier.plugin import Operation
from retoure.testing.samples import SAMPLES
from tests.mock_check.router import Service


@dataclass(frozen=True, slots=True)
class MockCall:
    """One thing to ask: an operation with a sample of :mod:`retoure.testing.samples`, changed by ``overrides``."""

    name: str
    operation: Operation
    sample: str
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MockedCarrier:
    """One carrier.

    Attributes:
        code: The plugin's; the account is the one of its own fixtures.
        services: Which description is served below which path prefix.
        token_paths: The token endpoints, which the router answers itself.
        calls: What is asked, of the sync and of the async client.
    """

    code: str
    services: tuple[Service, ...]
    token_paths: frozenset[str]
    calls: tuple[MockCall, ...]


def _label(name: str, sample: str, **overrides: Any) -> MockCall:
    return MockCall(f"label: {name}", Operation.LABEL_CREATE, sample, overrides)


_ROUND_VALUES = [
    {"description": "Cotton T-shirt", "quantity": 2, "weight": "400 g", "value": {"amount": "50", "currency": "CHF"}},
    {"description": "Paperback", "quantity": 1, "weight": "700.5 g", "value": {"amount": "20", "currency": "CHF"}},
]
_NUMBER_OF_THE_MOCK = {"confirmation_number": "string" * 5 + "st"}

DHL_PAKET = MockedCarrier(
    code="dhl_paket",
    services=(
        Service("/parcel/de/shipping/returns/v1", "dhl_paket/pp-parcel-returns.yaml"),
        Service("/parcel/de/transportation/pickup/v3", "dhl_paket/parcel-de-pickup-v3.yaml"),
    ),
    token_paths=frozenset({"/parcel/de/account/auth/ropc/v1/token"}),
    calls=(
        _label("PDF", "munich_to_berlin", formats={"need": ["PDF"]}),
        _label("QR code", "munich_to_berlin", formats={"need": ["QR"]}),
        _label("PDF and QR code", "munich_to_berlin", formats={"need": ["PDF", "QR"]}),
        _label("with phone and e-mail", "munich_to_berlin", request={"contact_consent": True}),
        _label("GoGreen Plus", "munich_to_berlin", request={"extras": {"dhl_paket": {"go_green_plus": True}}}),
        _label("from Austria", "vienna_to_berlin"),
        _label("from Switzerland", "zurich_to_berlin"),
        # Prism takes 19.90 for no multiple of 0.01 and then refuses; only whole amounts show its answer to a declaration.
        _label("from Switzerland, whole francs", "zurich_to_berlin", request={"customs": _ROUND_VALUES}),
        MockCall("pickup on a day", Operation.PICKUP_SCHEDULE, "pickup_in_munich"),
        # Prism takes a dated pickup for ambiguous and then refuses; only the soonest one shows its answer to a booking.
        MockCall("pickup as soon as possible", Operation.PICKUP_SCHEDULE, "pickup_in_munich", {"window": {"day": None}}),
        MockCall("cancel a pickup", Operation.PICKUP_CANCEL, "booked_pickup"),
        # The mock confirms one number only, the word "string" filled up to the length of an order number.
        MockCall("cancel the mock's own pickup", Operation.PICKUP_CANCEL, "booked_pickup", {"pickup": _NUMBER_OF_THE_MOCK}),
        MockCall("find a pickup", Operation.PICKUP_FIND, "lost_pickup"),
    ),
)

_DECLARED = [{**line, "country_of_origin": "PT"} for line in _ROUND_VALUES]
# Prism takes 0.701 for no multiple of 0.001 and then refuses; only weights that its floats hold show its answer.
_HALVES = [{**line, "weight": "500 g"} for line in _DECLARED]
_EXPRESS_MOVED = {"pickup": {"order": {"account": "dhl_express", **SAMPLES["pickup_in_vienna"]}}}
_PRECISE = {"parcels": [{"number": "9999000011", "precise": True}]}

DHL_EXPRESS = MockedCarrier(
    code="dhl_express",
    services=(Service("/mydhlapi/test", "dhl_express/dpdhl-express-api-3.3.1.yaml"),),
    token_paths=frozenset(),
    calls=(
        MockCall("quote", Operation.QUOTE, "vienna_to_berlin"),
        MockCall("quote from Switzerland", Operation.QUOTE, "zurich_to_berlin", {"request": {"customs": _DECLARED}}),
        MockCall("check", Operation.LABEL_CHECK, "vienna_to_berlin"),
        _label("within Germany", "munich_to_berlin", request={"contact_consent": True}),
        _label("from Austria", "vienna_to_berlin", formats={"need": ["PDF"]}),
        _label("from Switzerland", "zurich_to_berlin", request={"customs": _DECLARED}),
        _label(
            "from Switzerland, half kilograms", "zurich_to_berlin", request={"customs": _HALVES, "parcel": {"weight": "1500 g"}}
        ),
        MockCall("find a label", Operation.LABEL_FIND, "lost_label"),
        MockCall("pickup", Operation.PICKUP_SCHEDULE, "pickup_in_vienna"),
        MockCall("move a pickup", Operation.PICKUP_RESCHEDULE, "booked_pickup_in_vienna", _EXPRESS_MOVED),
        MockCall("cancel a pickup", Operation.PICKUP_CANCEL, "booked_pickup_in_vienna"),
        MockCall("track several", Operation.TRACK, "tracked_three_express"),
        MockCall(
            "track one precisely", Operation.TRACK, "tracked_express", {"parcels": [{"number": "9999000011", "precise": True}]}
        ),
        MockCall("drop-off points", Operation.DROP_OFFS, "near_vienna"),
    ),
)

_UPS_NUMBER = "1ZEXMPL19012345675"
_UPS_LABEL = {"label": {"tracking_number": _UPS_NUMBER}}
_UPS_PARCELS = {"parcels": [{"parcel": {"weight": "2.4 kg"}, "tracking_number": _UPS_NUMBER}]}
_MOVED = {
    "pickup": {"order": {"account": "ups", "key": "RMA-1001/pickup", **SAMPLES["pickup_in_munich"], **_UPS_PARCELS}},
    "window": {"day": "2026-03-04", "earliest": "10:00", "latest": "16:00"},
}

UPS = MockedCarrier(
    code="ups",
    services=(
        Service("/api", "ups/Rating.yaml", ("/rating/",)),
        Service("/api", "ups/Shipping.yaml", ("/shipments/v2409/ship", "/shipments/v2409/void/", "/labels/")),
        Service("/api", "ups/Pickup.yaml", ("/pickupcreation/", "/shipments/v2409/pickup/")),
        Service("/api", "ups/Tracking.yaml", ("/track/",)),
        Service("/api", "ups/Locator.yaml", ("/locations/",)),
    ),
    token_paths=frozenset({"/security/v1/oauth/token"}),
    calls=(
        MockCall("quote", Operation.QUOTE, "munich_to_berlin"),
        MockCall("quote from Austria", Operation.QUOTE, "vienna_to_berlin"),
        _label("GIF", "munich_to_berlin"),
        _label("ZPL", "munich_to_berlin", formats={"need": ["ZPL"]}),
        _label("PDF", "munich_to_berlin", formats={"need": ["PDF"]}),
        _label("link", "munich_to_berlin", formats={"need": ["LINK"]}),
        _label("by e-mail", "munich_to_berlin", request={"contact_consent": True, "extras": {"ups": {"return_service": "8"}}}),
        _label("from Austria", "vienna_to_berlin"),
        _label("from Switzerland", "zurich_to_berlin"),
        MockCall("label again", Operation.LABEL_DOCUMENTS, "unused_label", _UPS_LABEL),
        MockCall("void", Operation.LABEL_VOID, "unused_label", _UPS_LABEL),
        MockCall("find a label", Operation.LABEL_FIND, "lost_label"),
        MockCall("pickup on a day", Operation.PICKUP_SCHEDULE, "pickup_in_munich", _UPS_PARCELS),
        MockCall("move a pickup", Operation.PICKUP_RESCHEDULE, "booked_pickup", _MOVED),
        MockCall("cancel a pickup", Operation.PICKUP_CANCEL, "booked_pickup"),
        MockCall("find a pickup", Operation.PICKUP_FIND, "lost_pickup"),
        MockCall("track", Operation.TRACK, "tracked", {"parcels": [{"number": _UPS_NUMBER}]}),
        MockCall("drop-off points", Operation.DROP_OFFS, "near_munich"),
    ),
)

_LABELLED = {"parcels": [{"parcel": {"weight": "2.4 kg"}, "tracking_number": "09999900000202"}]}
_UNLABELLED = {"parcels": [{"parcel": {"weight": "2.4 kg"}}]}
_NUMBERED = {"label": {"tracking_number": "09999900000202", "carrier_reference": "S-0001"}}

DPD_META = MockedCarrier(
    code="dpd_meta",
    # Its paths are whole in the description.
    services=(Service("", "dpd/meta-api-docs.json", ("/shipping/v1/",)),),
    token_paths=frozenset({"/shipping/v1/login"}),
    calls=(
        MockCall("check", Operation.LABEL_CHECK, "munich_to_berlin"),
        _label("PDF", "munich_to_berlin", formats={"need": ["PDF"]}),
        _label("ZPL", "munich_to_berlin", formats={"need": ["ZPL"]}),
        _label("QR code", "munich_to_berlin", formats={"need": ["QR"]}),
        _label("PDF and QR code", "munich_to_berlin", formats={"need": ["PDF", "QR"]}),
        _label("with phone and e-mail", "munich_to_berlin", request={"contact_consent": True}),
        _label("from Austria", "vienna_to_berlin"),
        _label("from Switzerland", "zurich_to_berlin"),
        MockCall("label again", Operation.LABEL_DOCUMENTS, "unused_label", _NUMBERED),
        MockCall("pickup", Operation.PICKUP_SCHEDULE, "pickup_in_munich", _LABELLED),
        MockCall("collection request", Operation.PICKUP_SCHEDULE, "pickup_in_munich", _UNLABELLED),
    ),
)

CARRIERS: tuple[MockedCarrier, ...] = (DHL_PAKET, DHL_EXPRESS, UPS, DPD_META)
"""Every carrier with an official description; one more is one more entry."""
