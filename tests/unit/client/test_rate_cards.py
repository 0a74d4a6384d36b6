"""Quotes from rate cards through both clients: boundary tests 8, 46, 49, 54 and 55 of the rating rules, and catalogues."""

from datetime import UTC, date, datetime

import httpx
import pytest
from tests.unit.client.either import EITHER
from tests.unit.client.toy import Clock

from retoure import (
    Address,
    AsyncClient,
    Client,
    CurrencyMismatch,
    ExampleCardOnly,
    ExchangeRates,
    NoRateCard,
    OutsideRateCard,
    Parcel,
    RequestRejected,
    ReturnAddress,
    ReturnRequest,
    UnknownAccount,
    Unsupported,
)
from retoure_dhl_express import DhlExpressSettings
from retoure_dhl_paket import DhlPaketSettings
from retoure_ups import UpsSettings

TARIFF = """
schema = 1
id = "{id}"
origin = "contract"
title = "Invented"
source = "invented"
carrier = "{carrier}"
currency = "{currency}"
markets = ["DE"]
time_zone = "Europe/Berlin"
valid_from = {valid_from}
price_date_basis = "{basis}"
[[zones]]
id = "DE"
countries = ["DE"]
[[zones]]
id = "CH"
countries = ["CH"]
customs = true
[[services]]
code = "return"
name = "Return"
key = "WEIGHT_TIER"
[[surcharges]]
id = "pickup"
code = "PICKUP"
text = "Pickup"
amount = "3.00"
requirement = "OPTIONAL"
"""
CUSTOMER = Address(name="Erika Mustermann", street="Weg", house_number="1", postal_code="80331", city="Ort", country="DE")
WAREHOUSE = Address(name="Laden GmbH", street="Hof", house_number="2", postal_code="10115", city="Berlin", country="DE")
CREATED, SCANNED = datetime(2026, 6, 28, 9, tzinfo=UTC), datetime(2026, 7, 3, 9, tzinfo=UTC)


def request(weight="1 kg", **changes) -> ReturnRequest:
    return ReturnRequest(**{"rma": "R1", "ship_from": CUSTOMER, "return_to": "berlin", "parcel": Parcel.of(weight), **changes})


class Shop:
    """A client of either kind, whose accounts have cards of their own; the network is closed."""

    def __init__(self, root) -> None:
        self.root, self.accounts = root, {}

    def card(self, name, price="4.00", *, carrier="dhl_paket", valid_from="2026-01-01", basis="LABEL_CREATED", currency="EUR"):
        folder = self.root / name / valid_from
        folder.mkdir(parents=True)
        values = {"id": name, "carrier": carrier, "valid_from": valid_from, "basis": basis, "currency": currency}
        (folder / "tariff.toml").write_text(TARIFF.format(**values))
        rows = "".join(f"return,{zone},5 kg,{price}\n" for zone in ("DE", "CH"))
        (folder / "prices.csv").write_text(f"service,zone,up_to,price\n{rows}")

    def account(self, name, card, **settings):
        self.accounts[name] = DhlPaketSettings(environment="sandbox", rate_card=card, **settings)

    def client(self, kind):
        def closed(request: httpx.Request) -> httpx.Response:
            raise AssertionError(f"nothing may be sent, and {request.url} was asked")

        cls = Client if kind == "sync" else AsyncClient
        book = {"berlin": ReturnAddress(address=WAREHOUSE)}
        transport = httpx.MockTransport(closed)
        client = cls(self.accounts, rate_cards=[self.root], return_addresses=book, transport=transport, clock=Clock())
        return Asking(client, kind)


class Asking:
    def __init__(self, client, kind) -> None:
        self.client, self.kind = client, kind

    async def call(self, method, *args, **kwargs):
        result = getattr(self.client, method)(*args, **kwargs)
        return result if self.kind == "sync" else await result

    async def many(self, *args, **kwargs):
        found = self.client.quote_many(*args, **kwargs)
        return list(found) if self.kind == "sync" else [best async for best in found]


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize(("basis", "charged"), [("LABEL_CREATED", "4.00"), ("FIRST_SCAN", "4.20")])
async def test_8_a_quote_is_rated_again_by_the_day_that_its_card_charges(shop, kind, basis, charged):
    shop.card("card", "4.00", basis=basis)
    shop.card("card", "4.20", basis=basis, valid_from="2026-07-01")
    shop.account("dhl", "card")
    client = shop.client(kind)
    quote = (await client.call("quote", request(), priced_at=CREATED, include=["PICKUP"])).cheapest
    rerating = await client.call("rerate", quote, first_scan=SCANNED)
    assert (str(quote.charges[0].amount), str(rerating.charged.charges[0].amount)) == ("4.00 EUR", f"{charged} EUR")
    assert str(rerating.difference) == ("0.00 EUR" if charged == "4.00" else "0.20 EUR")
    assert rerating.charged.include == ("PICKUP",)


@pytest.mark.parametrize("kind", EITHER)
async def test_a_label_created_after_the_quote_is_rated_by_its_own_day(shop, kind):
    shop.card("card", "4.00")
    shop.card("card", "4.20", valid_from="2026-07-01")
    shop.account("dhl", "card")
    client = shop.client(kind)
    quote = (await client.call("quote", request(), priced_at=CREATED)).cheapest
    rerating = await client.call("rerate", quote, first_scan=SCANNED, label_created=datetime(2026, 7, 1, 9, tzinfo=UTC))
    assert str(rerating.difference) == "0.20 EUR"


@pytest.mark.parametrize("kind", EITHER)
async def test_a_carriers_own_price_is_not_rated_again(shop, kind):
    shop.card("card")
    shop.account("dhl", "card")
    client = shop.client(kind)
    quote = (await client.call("quote", request())).cheapest
    with pytest.raises(Unsupported, match="only quotes from a rate card are rerated"):
        await client.call("rerate", quote.model_copy(update={"price_date_basis": None}), first_scan=SCANNED)
    with pytest.raises(OutsideRateCard, match="service 'gone' has no price at the moment that counts"):
        await client.call("rerate", quote.model_copy(update={"service": "gone"}), first_scan=SCANNED)


@pytest.mark.parametrize("kind", EITHER)
async def test_46_an_account_without_a_card_fails_by_name_and_stands_beside_the_others_where_all_are_asked(shop, kind):
    shop.card("card")
    shop.account("dhl", "card")
    shop.account("bare", None)
    client = shop.client(kind)
    with pytest.raises(NoRateCard):
        await client.call("quote", request(), account="bare")
    offers = await client.call("quote", request())
    assert ([quote.account for quote in offers.quotes], list(offers.failed)) == (["dhl"], ["bare"])
    (best,) = await client.many([request()])
    assert (best.quote.account, list(best.failed)) == ("dhl", ["bare"])


@pytest.mark.parametrize("kind", EITHER)
async def test_49_an_account_that_refuses_examples_fails_where_its_card_is_one(shop, kind):
    shop.account("dhl", "example-dhl-paket", refuse_examples=True)
    offers = await shop.client(kind).call("quote", request(), priced_at=CREATED)
    assert isinstance(offers.failed["dhl"], ExampleCardOnly)


@pytest.mark.parametrize("kind", EITHER)
async def test_55_an_exempt_item_is_declined_by_the_programme_and_offered_by_the_own_contract(shop, kind):
    shop.card("card")
    shop.account("programme", "card", label_source="amazon_negotiated")
    shop.account("own", "card")
    client = shop.client(kind)
    offers = await client.call("quote", request(exemptions=["HIGH_PRICE"]))
    assert [quote.account for quote in offers.quotes] == ["own"]
    assert [(one.account, one.reason, one.actual) for one in offers.declined] == [("programme", "EXEMPT_ITEM", "HIGH_PRICE")]
    assert [quote.account for quote in (await client.call("quote", request())).quotes] == ["own", "programme"]
    (best,) = await client.many([request(exemptions=["HIGH_PRICE"])], account="programme")
    assert (best.quote, best.declined[0].reason) == (None, "EXEMPT_ITEM")


@pytest.mark.parametrize("kind", EITHER)
async def test_an_unknown_way_of_handing_in_is_refused_by_field(shop, kind):
    shop.card("card")
    shop.account("dhl", "card")
    with pytest.raises(RequestRejected, match="hand_in"):
        await shop.client(kind).call("quote", request(), account="dhl", hand_in="drone")


REQUESTS = [request("1 kg"), request("6 kg"), request("2 kg", ship_date=date(2026, 7, 1)), request("1 kg", return_to="nowhere")]


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("wishes", [{}, {"account": "dhl"}, {"include": ["PICKUP"]}, {"priced_at": SCANNED}], ids=str)
async def test_a_catalogue_answers_as_each_request_by_itself_does(shop, kind, wishes):
    shop.card("card", "4.00")
    shop.card("card", "4.20", valid_from="2026-07-01")
    shop.card("other", "4.10")
    shop.account("dhl", "card")
    shop.account("second", "other")
    client = shop.client(kind)
    found = await client.many(REQUESTS, **wishes)
    assert len(found) == len(REQUESTS)
    for one, best in zip(REQUESTS, found, strict=True):
        try:
            alone = (await client.call("quote", one, **wishes)).cheapest
        except (LookupError, OutsideRateCard, RequestRejected):
            alone = None
        assert best.quote == alone
        assert (best.quote is not None) or best.failed


@pytest.mark.parametrize("kind", EITHER)
async def test_a_catalogue_is_read_as_its_answers_are(shop, kind):
    shop.card("card")
    shop.account("dhl", "card")
    read = []

    def endless():
        while True:
            read.append(len(read))
            yield request()

    found = shop.client(kind).client.quote_many(endless())
    first = next(found) if kind == "sync" else await anext(found)
    assert first.quote.account == "dhl"
    assert len(read) <= 64


@pytest.mark.parametrize("kind", EITHER)
async def test_a_catalogue_of_an_unknown_account_is_refused(shop, kind):
    with pytest.raises(UnknownAccount):
        await shop.client(kind).many([request()], account="nobody")


@pytest.mark.parametrize("kind", EITHER)
async def test_43_a_catalogue_in_two_currencies_needs_rates(shop, kind):
    shop.card("euros", "4.00")
    shop.card("pounds", "3.00", currency="GBP")
    shop.account("e", "euros")
    shop.account("p", "pounds")
    client = shop.client(kind)
    with pytest.raises(CurrencyMismatch):
        _ = (await client.call("quote", request())).cheapest
    (best,) = await client.many([request()])
    assert (best.quote, "EUR and GBP" in best.problem) == (None, True)
    rates = ExchangeRates(currency="EUR", day=date(2026, 3, 1), source="invented", rates={"GBP": "1.2"})
    (best,) = await client.many([request()], rates=rates)
    assert best.quote.account == "p"


UPS = UpsSettings(environment="sandbox", client_id="fake-id", client_secret="fake-secret", account_number="1A2B3C")
EXPRESS = DhlExpressSettings(environment="sandbox", username="fake-user", password="fake-password", account_number="123456789")


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("settings", [UPS, EXPRESS], ids=["ups", "dhl_express"])
async def test_a_card_is_asked_instead_of_the_carriers_price_call_where_the_account_names_one(shop, kind, settings):
    shop.card("card", carrier=settings.carrier)
    shop.accounts["live"] = settings.model_copy(update={"rate_card": "card"})
    offers = await shop.client(kind).call("quote", request())
    assert [(quote.carrier, str(quote.net)) for quote in offers.quotes] == [(settings.carrier, "4.00 EUR")]


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("settings", [UPS, EXPRESS], ids=["ups", "dhl_express"])
@pytest.mark.parametrize(
    ("wishes", "parcel"),
    [({"include": ["PICKUP"]}, Parcel.of("1 kg")), ({"hand_in": "shop"}, Parcel.of("1 kg")),
     ({}, Parcel.of("1 kg", packaging=["roll"]))],
    ids=["include", "hand_in", "packaging"],
)  # fmt: skip
async def test_a_carriers_price_call_is_not_asked_what_only_a_card_can_price(shop, kind, settings, wishes, parcel):
    shop.accounts["live"] = settings
    with pytest.raises(Unsupported, match="the carrier's price call is not asked with that"):
        await shop.client(kind).call("quote", request(parcel=parcel), account="live", **wishes)


@pytest.mark.parametrize("kind", EITHER)
async def test_54_a_sender_across_customs_needs_customs_lines(shop, kind):
    shop.card("card")
    shop.account("dhl", "card")
    swiss = CUSTOMER.model_copy(update={"country": "CH", "postal_code": "8001"})
    (best,) = await shop.client(kind).many([request(ship_from=swiss)])
    assert [one.reason for one in best.declined] == ["CUSTOMS_DATA_MISSING"]
