"""The cast of scenarios and tests: people, parcels and numbers by name, all invented.

A sample is the JSON of what an operation is asked: a purchase (``request``, ``key``, ``service``, ``formats``) for quotes and
labels, a pickup order, references, numbers to track, a drop-off query. The account and the bound return address are not in it;
they come from whoever plays it. Scenarios name a sample and override parts of it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["SAMPLES"]

_LENA = {
    "name": "Lena Beispiel", "street": "Birkenmusterweg", "house_number": "12a", "postal_code": "80331", "city": "München",
    "country": "DE", "email": "lena.beispiel@example.com", "phone": "+49 89 5550100",
}  # fmt: skip
_FRANZ = {
    "name": "Franz Muster", "company": "Musterhof Keramik", "street": "Probegasse", "house_number": "7/3",
    "postal_code": "1070", "city": "Wien", "country": "AT",
}  # fmt: skip
_REGULA = {
    "name": "Regula Probst", "street": "Seemustersteig", "house_number": "4", "postal_code": "8001", "city": "Zürich",
    "country": "CH",
}  # fmt: skip
_GRACE = {
    "name": "Grace Sample", "street": "Specimen Lane", "house_number": "221", "postal_code": "EC1A 1BB", "city": "London",
    "country": "GB",
}  # fmt: skip
_SHOES = {"weight": "2.4 kg", "dimensions": {"length": "30 cm", "width": "20 cm", "height": "10 cm"}, "weight_source": "listed"}
_BOOKS = {"weight": "1200.5 g", "dimensions": {"length": "25 cm", "width": "18 cm", "height": "8 cm"}}
_CUSTOMS = [
    {
        "description": "Cotton T-shirt", "quantity": 2, "weight": "400 g", "value": {"amount": "25.00", "currency": "CHF"},
        "country_of_origin": "PT", "hs_code": "61091000",
    },
    {"description": "Paperback", "quantity": 1, "weight": "700.5 g", "value": {"amount": "19.90", "currency": "CHF"}},
]  # fmt: skip


def _purchase(rma: str, ship_from: Mapping[str, Any], parcel: Mapping[str, Any], **more: object) -> dict[str, Any]:
    request = {
        "rma": rma, "order_number": f"ORDER-{rma}", "ship_from": ship_from, "return_to": "berlin", "parcel": parcel,
        "ship_date": "2026-03-02", **more,
    }  # fmt: skip
    return {"request": request, "key": f"{rma}/1", "service": "", "formats": {"need": [], "prefer": []}}


def _tracked(*numbers: str) -> dict[str, Any]:
    label = {"issued_at": "2026-06-01T08:00:00+02:00", "postal_code": "10115", "country": "DE"}
    return {"parcels": [{"number": number, **label} for number in numbers]}


_VIENNA_PICKUP = {
    "key": "RMA-1002/pickup", "address": _FRANZ, "window": {"day": "2026-03-03", "earliest": "09:00", "latest": "17:00"},
    "parcels": [
        {
            "parcel": _SHOES, "tracking_number": "9999000011", "service": "U", "country": "DE",
            "issued_at": "2026-03-01T09:00:00+01:00",
        },
    ],
}  # fmt: skip

SAMPLES: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    # Purchases: a customer sends a parcel back to the warehouse in Berlin.
    "munich_to_berlin": _purchase("RMA-1001", _LENA, _SHOES),
    "vienna_to_berlin": _purchase("RMA-1002", _FRANZ, _SHOES),
    "zurich_to_berlin": _purchase("RMA-1003", _REGULA, _BOOKS, customs=_CUSTOMS),
    "london_to_berlin": _purchase("RMA-1004", _GRACE, _BOOKS),
    # Labels bought earlier.
    "unused_label": {"label": {"tracking_number": "999900000101", "issued_at": "2026-03-01T10:00:00+01:00", "key": "RMA-1001/1"}},
    "lost_label": {"key": "RMA-1001/1", "attempted_at": "2026-03-01T10:00:00+01:00"},
    # Pickups.
    "pickup_in_munich": {
        "key": "RMA-1001/pickup", "address": _LENA, "window": {"day": "2026-03-03", "earliest": "09:00", "latest": "17:00"},
        "parcels": [{"parcel": _SHOES, "tracking_number": "999900000101"}],
    },
    "booked_pickup": {
        "pickup": {
            "confirmation_number": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "day": "2026-03-03", "key": "RMA-1001/pickup",
        },
        "window": {"day": "2026-03-04"},
    },
    "lost_pickup": {"key": "RMA-1001/pickup", "day": "2026-03-03"},
    # Numbers on their way.
    "tracked": _tracked("00349900000000000017"),
    "tracked_three": _tracked("00349900000000000017", "00349900000000000024", "00349900000000000031"),
    # Where to hand a parcel in.
    "near_munich": {"country": "DE", "postal_code": "80331", "city": "München", "radius_m": 2000, "limit": 5},
    # DHL Express: the customer in Vienna, and numbers of ten digits.
    "pickup_in_vienna": _VIENNA_PICKUP,
    "booked_pickup_in_vienna": {
        "pickup": {"confirmation_number": "PRG260302000999", "day": "2026-03-03", "key": "RMA-1002/pickup"},
        "window": {"day": "2026-03-04", "earliest": "10:00", "latest": "16:00"},
    },
    "tracked_express": _tracked("9999000011"),
    "tracked_three_express": _tracked("9999000011", "9999000022", "9999000033"),
    "near_vienna": {"country": "AT", "postal_code": "1070", "city": "Wien", "radius_m": 2000, "limit": 5},
})  # fmt: skip
