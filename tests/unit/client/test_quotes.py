"""Asking every account: side by side, and one account's failure is never an exception."""

from dataclasses import replace

import httpx
import pytest
from tests.unit.client.either import EITHER
from tests.unit.client.toy import ORIGIN, REQUEST, Clock, ToySettings, options, plugin

from retoure import AsyncClient, CarrierUnavailable, Client, Money, OutsideRateCard, Registry, RequestRejected
from retoure.carrier import FULL, Effect, HttpRequest, Operation, immediate
from retoure.model import Charge, Decline, Quote, QuoteAnswer


class Quoting:
    """Prices by what the account's settings name as its rate card."""

    def __init__(self, settings, context):
        self.card, self.context = settings.rate_card, context

    def quote(self, request):
        match self.card:
            case "declines":
                declined = Decline(account=request.account, service="s", reason="WEIGHT_LIMIT", limit="1 kg", actual="2 kg")
                return immediate(QuoteAnswer(declined=(declined,)))
            case "outside":
                return self._fail()
            case "live":
                return self._live(request)
        return immediate(QuoteAnswer(quotes=(self._priced(request, self.card),)))

    def _fail(self):
        raise OutsideRateCard("no row for 2 kg")
        yield

    def _live(self, request):
        yield HttpRequest(method="GET", url=ORIGIN + "/api/v1/rates", effect=Effect.READ)
        return QuoteAnswer(quotes=(self._priced(request, "9.00"),))

    def _priced(self, request, amount):
        net = Money.of(amount, "EUR")
        return Quote(
            account=request.account, carrier="toy", service="s", request=request.request, net=net,
            charges=(Charge(code="BASE", text="base", amount=net),), billed_by="FLAT", weight_source="measured",
            price_basis="EXAMPLE", priced_at=self.context.clock(), valid_until=None,
        )  # fmt: skip


def quoting_plugin():
    toy = plugin()

    def build(settings, context):
        return replace(toy.build(settings, context), quotes=Quoting(settings, context))

    return replace(toy, support={**toy.support, Operation.QUOTE: FULL}, build=build)


class Shop:
    """A client of either kind over accounts named after their behaviour."""

    def __init__(self, kind, cards, reply=lambda request: httpx.Response(200, json={"number": "N1"})):
        self.clock = Clock()
        accounts = {name: ToySettings(environment="sandbox", rate_card=card) for name, card in cards.items()}
        more = {**options(self.clock), "registry": Registry(entries=[], plugins=[quoting_plugin()])}
        cls, sleep = (Client, self.clock.sleep) if kind == "sync" else (AsyncClient, self.clock.sleep_async)
        self.client = cls(accounts, transport=httpx.MockTransport(reply), sleep=sleep, **more)
        self.kind = kind

    async def call(self, method, *args, **kwargs):
        result = getattr(self.client, method)(*args, **kwargs)
        return result if self.kind == "sync" else await result


@pytest.mark.parametrize("kind", EITHER)
async def test_every_account_is_asked_and_none_is_missing(kind):
    shop = Shop(kind, {"cheap": "4.00", "dear": "5.00", "live": "live", "small": "declines", "outside": "outside"})
    offers = await shop.call("quote", REQUEST)
    assert [quote.account for quote in offers.quotes] == ["cheap", "dear", "live"]
    assert [decline.account for decline in offers.declined] == ["small"]
    assert isinstance(offers.failed["outside"], OutsideRateCard)
    assert offers.cheapest.account == "cheap"


@pytest.mark.parametrize("kind", EITHER)
async def test_one_accounts_outage_leaves_the_others_prices(kind):
    shop = Shop(kind, {"cheap": "4.00", "live": "live"}, reply=lambda request: httpx.Response(503))
    offers = await shop.call("quote", REQUEST)
    assert [quote.account for quote in offers.quotes] == ["cheap"]
    assert isinstance(offers.failed["live"], CarrierUnavailable)


@pytest.mark.parametrize("kind", EITHER)
async def test_a_named_account_raises_its_failure(kind):
    shop = Shop(kind, {"cheap": "4.00", "outside": "outside"})
    with pytest.raises(OutsideRateCard):
        await shop.call("quote", REQUEST, account="outside")
    assert (await shop.call("quote", REQUEST, account="cheap")).cheapest.net == Money.of("4.00", "EUR")


@pytest.mark.parametrize("kind", EITHER)
async def test_a_quote_can_be_bought_and_knows_its_account(kind):
    shop = Shop(kind, {"cheap": "4.00", "dear": "5.00"})
    offers = await shop.call("quote", REQUEST)
    label = await shop.call("buy", offers.cheapest, key="k")
    assert (label.account, label.service, label.rma) == ("cheap", "s", "R1")


@pytest.mark.parametrize("kind", EITHER)
async def test_an_expired_quote_is_not_bought(kind):
    shop = Shop(kind, {"cheap": "4.00"})
    quote = (await shop.call("quote", REQUEST)).cheapest
    expired = quote.model_copy(update={"valid_until": shop.clock()})
    with pytest.raises(RequestRejected, match="expired"):
        await shop.call("buy", expired, key="k")
