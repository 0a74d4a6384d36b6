"""Quotes: Rating v2409, ``Shop``: every service from the customer to the return address, as a return.

https://developer.ups.com/api/reference/rating - OAuth client credentials. The return service stands under the service options
here, and on the shipment itself when a label is bought. The merchant's negotiated price counts; where UPS leaves it out
without a word, the list price does, and is marked so. Prices are those of now.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from retoure.carrier import (
    Call,
    CarrierContext,
    Effect,
    HttpRequest,
    HttpResponse,
    extras_problems,
    immediate,
    part,
    read_json,
    refuse_card_wishes,
    rejected,
    rows,
    text_of,
)
from retoure.errors import NoPrice, ServiceNotAvailable, Unsupported
from retoure.model import (
    Address,
    BilledBy,
    Decline,
    DeclineReason,
    PriceBasis,
    Quote,
    QuoteAnswer,
    QuoteRequest,
)
from retoure_ups import orders
from retoure_ups.extras import Extras, extras_of
from retoure_ups.prices import billable_weight, charges_of, tax_of, transit_of
from retoure_ups.refusals import check_answer, request_id
from retoure_ups.settings import UpsSettings, shipper_number
from retoure_ups.shipments import address_of, charge_to, measured
from retoure_ups.wire import CODE, LIST_PRICE, PRESENT, alerts_of, api_request, money_of

RATING_PATH = "/rating/v2409/Shop"
SUB_VERSION = "2409"
_DERIVED_TAX = "the tax rate is derived from UPS's amounts, which name none"
_LIMITS = {
    "too_heavy": DeclineReason.WEIGHT_LIMIT,
    "too_long": DeclineReason.LENGTH_LIMIT,
    "too_large": DeclineReason.GIRTH_LIMIT,
}


class UpsQuotes:
    """Live quotes of one account."""

    def __init__(self, settings: UpsSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def quote(self, request: QuoteRequest) -> Call[QuoteAnswer]:
        """Quotes for every service, and what UPS does not take. Costs nothing.

        Raises:
            Unsupported: the prices of a moment are asked for, or what only a rate card can price.
            NoPrice: UPS answered without a usable price.
        """
        refuse_card_wishes(request)
        if declined := tuple(_too_large(request)):
            return (yield from immediate(QuoteAnswer(declined=declined)))
        response = yield build_quote_request(request, self._settings, self._context)
        return parse_quote_response(response, request, self._settings)


def _too_large(request: QuoteRequest) -> Iterator[Decline]:
    for problem in orders.check_parcel(request.request):
        yield Decline(account=request.account, service="", reason=_LIMITS[problem.code], detail=problem.text)


def build_quote_request(request: QuoteRequest, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Ask for the prices of one parcel.

    Raises:
        Unsupported: the account has no shipper number, or the prices of a moment are asked for.
        RequestRejected: something is missing or too long; all of it is told at once, and nothing is sent.
    """
    number = shipper_number(settings, "quotes")
    if request.priced_at is not None:
        raise Unsupported("UPS's prices are those of now: leave priced_at out")
    problems = [*orders.check_parties(request.request, request.return_to, settings)]
    problems += orders.check_dimensions(request.request, request.return_to.address)
    problems += extras_problems(request.request, CODE, Extras)
    if problems:
        raise rejected(problems)
    body = {
        "RateRequest": {
            "Request": {"SubVersion": SUB_VERSION, "RequestOption": "Shop"},
            "Shipment": _shipment(request, settings, number),
        }
    }
    return api_request(context, settings, "POST", RATING_PATH, effect=Effect.READ, body=body)


def _shipment(request: QuoteRequest, settings: UpsSettings, number: str) -> dict[str, Any]:
    sender, receiver, parcel = request.request.ship_from, request.return_to.address, request.request.parcel
    shipper = settings.shipper or receiver
    return {
        "Shipper": {"ShipperNumber": number, "Address": _address(shipper)},
        "ShipTo": {"Address": _address(receiver)},
        "ShipFrom": {"Address": _address(sender)},
        "PaymentDetails": charge_to(number),
        "Package": [{"PackagingType": {"Code": "02"}, **measured(parcel, sender.country)}],
        "ShipmentServiceOptions": {"ReturnService": {"Code": extras_of(request.request).return_service}},
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": PRESENT},
        "TaxInformationIndicator": PRESENT,
    }


def _address(address: Address) -> dict[str, Any]:
    # Rating takes states of two characters only; longer ones are not needed for a price.
    return address_of(address, state=address.state if len(address.state) == 2 else "")


def parse_quote_response(response: HttpResponse, request: QuoteRequest, settings: UpsSettings) -> QuoteAnswer:
    """The quotes, and the services that are no returns or have no usable price.

    Raises:
        RequestRejected, AuthenticationFailed, RateLimited: UPS refused, with the reason.
        NoPrice: no service has a usable price.
    """
    try:
        check_answer(response)
    except ServiceNotAvailable as error:
        decline = Decline(
            account=request.account, service="", reason=DeclineReason.NO_COVERAGE, limit=error.carrier_code, detail=error.message
        )
        return QuoteAnswer(declined=(decline,))
    answer = part(read_json(response), "RateResponse")
    remarks = alerts_of(part(answer, "Response"))
    quotes, declined = [], []
    for rated in rows(answer, "RatedShipment"):
        service = text_of(part(rated, "Service").get("Code"))
        if service in orders.NOT_FOR_RETURNS:
            detail, reason = f"UPS has no returns by service {service}", DeclineReason.SERVICE_NOT_FOR_RETURNS
        elif quote := _quote(rated, service, remarks, response, request, settings):
            quotes.append(quote)
            continue
        else:
            detail, reason = f"UPS named service {service or '?'} without a usable price", DeclineReason.UNKNOWN
        declined.append(Decline(account=request.account, service=service, reason=reason, detail=detail))
    if not quotes:
        said = "; ".join([*remarks, *(one.detail for one in declined)]) or "it names no service"
        raise NoPrice(f"UPS answered without a usable price: {said}", request_id=request_id(response))
    return QuoteAnswer(quotes=tuple(quotes), declined=tuple(declined))


def _quote(
    rated: Mapping[str, Any], service: str, remarks: list[str], response: HttpResponse, request: QuoteRequest,
    settings: UpsSettings,
) -> Quote | None:  # fmt: skip
    negotiated = part(rated, "NegotiatedRateCharges")
    net, side = money_of(part(negotiated, "TotalCharge")), negotiated
    listed = net is None
    if net is None:
        net, side = money_of(part(rated, "TotalCharges")), dict(rated)
    if not service or net is None or net.amount <= 0:
        return None
    tax, gross = tax_of(net, money_of(part(side, "TotalChargesWithTaxes")))
    warnings = [*remarks, *alerts_of(rated, "RatedShipmentAlert"), *alerts_of(rated, "Disclaimer")]
    warnings += [LIST_PRICE] * listed + [_DERIVED_TAX] * (tax is not None)
    return Quote(
        account=request.account,
        carrier=CODE,
        service=service,
        request=request.request,
        net=net,
        tax=tax,
        gross=gross,
        charges=charges_of(rated, side, net, listed=listed),
        billable_weight=billable_weight(part(rated, "BillingWeight")),
        billed_by=BilledBy.CARRIER,
        weight_source=request.request.parcel.weight_source,
        zone=text_of(rated.get("Zone")),
        price_basis=PriceBasis.LIST if listed else PriceBasis.API_LIVE,
        charge_event=settings.charge_event,
        priced_at=response.requested_at,
        transit=transit_of(rated),
        warnings=tuple(warnings),
    )
