"""A shelf of invented rate cards that a test fills, and a parcel that it asks about."""

from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from retoure.carrier import CarrierSettings, Environment
from retoure.model import (
    Address,
    BoundReturnAddress,
    CustomsLine,
    Money,
    Parcel,
    Quote,
    QuoteAnswer,
    QuoteRequest,
    ReturnRequest,
    Weight,
)
from retoure.ratecards import RateCards

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

HEAD = """
schema = 1
id = "{id}"
origin = "{origin}"
title = "EXAMPLE"
source = "invented"
carrier = "test_carrier"
currency = "EUR"
markets = ["DE"]
time_zone = "Europe/Berlin"
valid_from = {valid_from}
"""
BODY = """
[[zones]]
id = "DE"
countries = ["DE"]

[[services]]
code = "return"
name = "Return"
key = "WEIGHT_TIER"
"""
PRICES = """
return,DE,2 kg,4.00
return,DE,5 kg,5.00
return,DE,31.5 kg,15.00
"""


class Settings(CarrierSettings):
    carrier: ClassVar[str] = "test_carrier"


class Shelf:
    """A directory of cards; each is valid as it is and a test writes only what it is about."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cards = RateCards([root])

    def add(
        self,
        *,
        head: str = "",
        body: str = BODY,
        more: str = "",
        prices: str = PRICES,
        card: str = "card",
        valid_from: str = "2026-01-01",
        valid_until: str = "",
        folder: str = "",
        origin: str = "contract",
    ) -> Path:
        place = self.root / card / (folder or valid_from)
        place.mkdir(parents=True)
        until = f"valid_until = {valid_until}\n" if valid_until else ""
        opening = HEAD.format(id=card, valid_from=valid_from, origin=origin)
        (place / "tariff.toml").write_text(opening + until + head + body + more)
        (place / "prices.csv").write_text("service,zone,up_to,price" + prices)
        return place

    def ask(
        self, parcel: Parcel | str = "1 kg", sides: str | None = None, *, card: str = "card", wishes=None, account=None, **asked
    ) -> QuoteAnswer:
        request = request_for(parcel if isinstance(parcel, Parcel) else Parcel.of(parcel, sides), **asked)
        request = QuoteRequest.model_validate({**dict(request), **(wishes or {})})
        settings = Settings(environment=Environment.SANDBOX, rate_card=card, **(account or {}))
        return self.cards.quote(request, settings=settings, now=NOON)

    def price(self, *parcel, **asked) -> Quote:
        answer = self.ask(*parcel, **asked)
        (quote,) = answer.quotes
        return quote


def request_for(parcel: Parcel, *, country="DE", postcode="80331", customs=False, priced_at=None, ship_date=None) -> QuoteRequest:
    lines = (CustomsLine(description="Shirt", quantity=1, weight=Weight.parse("1 kg"), value=Money.of("20", "EUR")),)
    customer = Address(name="Erika Mustermann", street="Weg", house_number="1", postal_code=postcode, city="Ort", country=country)
    merchant = Address(name="Laden GmbH", street="Hof", house_number="2", postal_code="10115", city="Berlin", country="DE")
    return QuoteRequest(
        account="dhl",
        request=ReturnRequest(
            rma="RMA-1",
            ship_from=customer,
            return_to="berlin",
            parcel=parcel,
            ship_date=ship_date,
            customs=lines if customs else (),
        ),
        return_to=BoundReturnAddress(name="berlin", address=merchant),
        priced_at=priced_at,
    )
