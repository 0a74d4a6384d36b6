"""Quotes: MyDHL API, version 3.3.1, ``POST /rates``, in the direction of the label: customer to merchant.

https://developer.dhl.com/api-reference/dhl-express-mydhl-api - HTTP Basic, free of charge. A total stands in up to three
currencies: BILLC is what is billed; PULCL and BASEC may be zero and without a currency. An answer without a usable price is
``NoPrice``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from retoure.carrier import (
    Call,
    CarrierContext,
    Effect,
    HttpRequest,
    HttpResponse,
    declared_value,
    extras_problems,
    filled,
    part,
    read_json,
    refuse_card_wishes,
    rejected,
    rows,
    text_of,
    texts,
)
from retoure.errors import MalformedResponse, NoPrice, Problem, ServiceNotAvailable
from retoure.model import (
    BilledBy,
    Decline,
    DeclineReason,
    Money,
    PriceBasis,
    Quote,
    QuoteAnswer,
    QuoteRequest,
    Tax,
)
from retoure_dhl_express.codes import DECLINES, LIST_PRICE_WARNINGS
from retoure_dhl_express.lanes import Extras, is_declarable, package, planned_shipping, service_name
from retoure_dhl_express.parties import place
from retoure_dhl_express.prices import billable_weight, billed_price, billed_rows, charges_of, stated_tax, tax_rate, transit_of
from retoure_dhl_express.refusals import refusal
from retoure_dhl_express.settings import DhlExpressSettings
from retoure_dhl_express.wire import CODE, api_request, dhl_time

_LIST_WORDS = "account settings"
_HEAVY = frozenset({"410101", "410106"})


class DhlExpressQuotes:
    """Quotes of one account."""

    def __init__(self, settings: DhlExpressSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def quote(self, request: QuoteRequest) -> Call[QuoteAnswer]:
        """Quotes and declines for one parcel. Costs nothing.

        Raises:
            Unsupported: something is asked that only a rate card can price.
            NoPrice: DHL answered without a usable price.
        """
        refuse_card_wishes(request)
        if declined := declined_here(request):
            return QuoteAnswer(declined=(declined,))
        response = yield build_rate_request(request, self._settings, self._context)
        return parse_rate_response(response, request, self._settings)


def declined_here(asked: QuoteRequest) -> Decline | None:
    """The decline of a lane across customs without a declaration: DHL prices none without a value."""
    request, destination = asked.request, asked.return_to.address
    if any(extras_problems(request, CODE, Extras)) or request.customs or not is_declarable(request, destination):
        return None
    detail = f"a return from {request.ship_from.country} to {destination.country} needs customs lines"
    return Decline(account=asked.account, service="", reason=DeclineReason.CUSTOMS_DATA_MISSING, detail=detail)


def _problems(asked: QuoteRequest, settings: DhlExpressSettings, context: CarrierContext) -> list[Problem]:
    request = asked.request
    problems = list(extras_problems(request, CODE, Extras))
    declarable = not problems and is_declarable(request, asked.return_to.address)
    if declarable and len({line.value.currency for line in request.customs}) > 1:
        problems.append(Problem("customs", "several_currencies", "DHL takes one currency for all lines of a declaration"))
    if asked.priced_at is not None:
        text = "DHL's prices are those of the day of shipping: set ship_date and leave priced_at out"
        problems.append(Problem("priced_at", "not_offered", text))
    try:
        planned_shipping(request, settings, context)
    except ValueError as error:
        problems.append(Problem("ship_date", "out_of_range", str(error)))
    for field, address in (
        ("ship_from", request.ship_from),
        (f"return_addresses.{asked.return_to.name}", asked.return_to.address),
    ):
        problems += [
            Problem(f"{field}.{name}", "too_long", f"DHL takes at most {most} characters, this has {len(value)}")
            for name, value, most in (("postal_code", address.postal_code, 12), ("city", address.city, 45))
            if len(value) > most
        ]
    return problems


def build_rate_request(asked: QuoteRequest, settings: DhlExpressSettings, context: CarrierContext) -> HttpRequest:
    """Ask for every product's price, with the services that every return of the account carries.

    Raises:
        RequestRejected: the day of shipping cannot be had, or something is too long; nothing is sent.
    """
    if problems := _problems(asked, settings, context):
        raise rejected(problems)
    request, destination = asked.request, asked.return_to.address
    declarable = is_declarable(request, destination)
    value = declared_value(request.customs) if declarable else None
    body = filled(
        customerDetails={"shipperDetails": place(request.ship_from), "receiverDetails": place(destination)},
        accounts=settings.accounts,
        valueAddedServices=[{"serviceCode": code} for code in settings.return_services],
        plannedShippingDateAndTime=dhl_time(planned_shipping(request, settings, context)),
        unitOfMeasurement="metric",
        monetaryAmount=[{"typeCode": "declaredValue", "value": value.amount, "currency": value.currency}] if value else None,
        packages=[package(request.parcel)],
    )
    return api_request(settings, "POST", "/rates", effect=Effect.READ, body={**body, "isCustomsDeclarable": declarable})


def parse_rate_response(response: HttpResponse, asked: QuoteRequest, settings: DhlExpressSettings) -> QuoteAnswer:
    """A quote for each product with a price. That DHL has none for the lane is a decline.

    Raises:
        NoPrice: the answer has no usable price.
        RequestRejected, AuthenticationFailed: DHL refused.
        MalformedResponse: the answer is not what was promised.
    """
    if not response.ok:
        error = refusal(response)
        heavy = error.carrier_code in _HEAVY
        if isinstance(error, ServiceNotAvailable) or heavy:
            named = DECLINES.get(error.carrier_code, DeclineReason.NO_COVERAGE)
            reason = DeclineReason.WEIGHT_LIMIT if heavy else named
            return QuoteAnswer(declined=(Decline(account=asked.account, service="", reason=reason, detail=error.message),))
        raise error
    answer = read_json(response)
    if not isinstance(answer, dict):
        raise MalformedResponse("the answer is no object")
    warnings = texts(answer, "warnings")
    products = rows(answer, "products")
    priced = [(product, price) for product in products if (price := billed_price(product))]
    if not priced:
        why = "; ".join(warnings) or (f"{len(products)} products without a price" if products else "no products and no reason")
        raise NoPrice(f"DHL answered without a usable price: {why}")
    unpriced = [_name(product) for product in products if not billed_price(product)]
    if unpriced:
        warnings.append(f"DHL offers {', '.join(unpriced)} without a price")
    basis = PriceBasis.LIST if any(map(_tells_list_price, warnings)) else PriceBasis.API_LIVE
    quotes = [_quote(product, price, asked, response, settings, basis, warnings) for product, price in priced]
    return QuoteAnswer(quotes=tuple(quotes))


def _tells_list_price(warning: str) -> bool:
    return warning.startswith(LIST_PRICE_WARNINGS) or _LIST_WORDS in warning.casefold()


def _name(product: Mapping[str, Any]) -> str:
    return service_name(text_of(product.get("productCode")), text_of(product.get("localProductCode")))


def _quote(
    product: Mapping[str, Any],
    price: Money,
    asked: QuoteRequest,
    response: HttpResponse,
    settings: DhlExpressSettings,
    basis: PriceBasis,
    warnings: Sequence[str],
) -> Quote:
    rates = billed_rows(product)
    tax, taxed = stated_tax(product), settings.total_includes_tax
    own = list(warnings)
    if tax and taxed is None:
        own.append(
            f"DHL states a tax of {tax:f} {price.currency}; whether the price includes it is not known: see total_includes_tax"
        )
    if product.get("isCustomerAgreement") is True:
        own.append("this product needs a special agreement with DHL, which the account may not have")
    net = Money(amount=price.amount - tax, currency=price.currency) if tax and taxed else price
    known = Tax(rate_percent=tax_rate(rates, tax, net.amount), amount=Money(amount=tax, currency=price.currency)) if (
        tax and taxed is not None
    ) else None  # fmt: skip
    return Quote(
        account=asked.account,
        carrier=CODE,
        service=_name(product),
        request=asked.request,
        net=net,
        tax=known,
        gross=net + known.amount if known else None,
        charges=charges_of(rates, net, text_of(product.get("productName"))),
        billable_weight=billable_weight(product),
        billed_by=BilledBy.CARRIER,
        weight_source=asked.request.parcel.weight_source,
        price_basis=basis,
        charge_event=settings.charge_event,
        priced_at=response.requested_at,
        transit=transit_of(product),
        limits=filled(local_cutoff=text_of(part(product, "pickupCapabilities").get("localCutoffDateAndTime"))),
        warnings=tuple(own),
    )
