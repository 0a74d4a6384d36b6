"""What each adapter is asked in the benchmarks, and the way an answer comes to it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from retoure import Address, Formats, Parcel, ReturnRequest
from retoure.carrier import CarrierContext, HttpResponse
from retoure.model import BoundReturnAddress, LabelOrder
from retoure.ratecards import RateCards

NOW = datetime(2026, 6, 5, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MUNICH = Address(name="Marta Beispiel", street="Lindwurmweg", house_number="7", postal_code="80331", city="München", country="DE")
VIENNA = Address(name="Franz Muster", street="Probegasse", house_number="7", postal_code="1070", city="Wien", country="AT")
_WAREHOUSE = Address(name="Returns", street="Hafenstr.", house_number="1", postal_code="10115", city="Berlin", country="DE")


def order(account: str, *formats: str, ship_from: Address = MUNICH, binding: Mapping[str, object] | None = None) -> LabelOrder:
    """A label for a small parcel to Berlin."""
    return LabelOrder(
        account=account,
        key="R1/1",
        formats=Formats(need=set(formats)),
        return_to=BoundReturnAddress(name="berlin", address=_WAREHOUSE, binding=binding or {}),
        request=ReturnRequest(rma="R1", return_to="berlin", parcel=Parcel.of("2.4 kg", "30 x 20 x 10 cm"), ship_from=ship_from),
    )


def context(account: str) -> CarrierContext:
    """What an adapter is given: the time, and no rate cards."""
    return CarrierContext(account=account, clock=lambda: NOW, rate_cards=RateCards([]), zone=BERLIN)


def answer(content: bytes, status: int = 200) -> HttpResponse:
    """A carrier's answer."""
    return HttpResponse(status, {"content-type": "application/json"}, content, NOW)
