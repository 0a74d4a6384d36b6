"""Quotes: Rating v2409, ``Shop``: every service from the customer to the return address, as a return.

https://developer.ups.com/api/reference/rating - OAuth client credentials. The return service stands under the service options
here, and on the shipment itself when a label is bought. The merchant's negotiated price counts; where UPS leaves it out
without a word, the list price does, and is marked so. Prices are those of now.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from retoure.carrier import Call, CarrierContext, Effect, HttpRequest, HttpResponse, immediate, read_json, refuse_card_wishes
from retoure.errors import NoPrice, Problem, ServiceNotAvailable, Unsupported
from retoure.model import (
    BilledBy,
    Charge,
    Decline,
    DeclineReason,
    Money,
    PriceBasis,
    Quote,
    QuoteAnswer,
    QuoteRequest,
    Tax,
    Transit,
    Weight,
)
from retoure_ups import orders
from retoure_ups.refusals import check_answer, rejected, request_id
from retoure_ups.settings import UpsSettings, shipper_number
from retoure_ups.wire import PRESENT, alerts_of, api_request, filled, money_of, part, rows, text_of

RATING_PATH = "/rating/v2409/Shop"
SUB_VERSION = "2409"
LIST_PRICE = "UPS named no negotiated price: this is its list price"
_DERIVED_TAX = "the tax rate is derived from UPS's amounts, which name none"
_LIVE = timedelta(days=1)
_LIMITS = {
    "too_heavy": DeclineReason.WEIGHT_LIMIT,
    "too_long": DeclineReason.LENGTH_LIMIT,
    "too_large": DeclineReason.GIRTH_LIMIT,
}
_UNITS = {"KGS": "kg", "LBS": "lb"}
_HUNDREDTH = Decimal("0.01")


class UpsQuotes:
    """Live quotes of one account."""

    def __init__(self, settings: UpsSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def quote(self, request: QuoteRequest) -> Call[QuoteAnswer]:
        """Quotes for every service, and what UPS does not take. Costs nothing.

        Raises:
            Unsupported: another moment's prices are asked for, or what only a rate card can price.
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
        Unsupported: the account has no shipper number, or another moment's prices are asked for.
        RequestRejected: something is missing or too long; all of it is told at once, and nothing is sent.
    """
    number = shipper_number(settings, "quotes")
    if request.priced_at is not None and abs(request.priced_at - context.clock()) > _LIVE:
        raise Unsupported("UPS tells today's prices only: leave priced_at out")
    problems = [*orders.check_parties(request.request, request.return_to, settings)]
    problems += orders.check_dimensions(request.request, request.return_to.address)
    try:
        service = orders.read_extras(request.request).return_service
    except ValidationError as error:
        problems += [Problem(f"extras.ups.{'.'.join(map(str, f['loc']))}", "unknown", f["msg"]) for f in error.errors()]
        service = orders.PRINT
    if problems:
        raise rejected(problems)
    body = {
        "RateRequest": {
            "Request": {"SubVersion": SUB_VERSION, "RequestOption": "Shop"},
            "Shipment": _shipment(request, settings, number, service),
        }
    }
    return api_request(context, settings, "POST", RATING_PATH, effect=Effect.READ, body=body)


def _shipment(request: QuoteRequest, settings: UpsSettings, number: str, service: str) -> dict[str, Any]:
    sender, receiver, parcel = request.request.ship_from, request.return_to.address, request.request.parcel
    shipper = settings.shipper or receiver
    package = filled(
        PackagingType={"Code": "02"},
        Dimensions=orders.dimensions_of(parcel, sender.country),
        PackageWeight=orders.weight_of(parcel, sender.country),
    )
    return {
        "Shipper": {"ShipperNumber": number, "Address": _address(shipper)},
        "ShipTo": {"Address": _address(receiver)},
        "ShipFrom": {"Address": _address(sender)},
        "PaymentDetails": orders.charge_to(number),
        "Package": [package],
        "ShipmentServiceOptions": {"ReturnService": {"Code": service}},
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": PRESENT},
        "TaxInformationIndicator": PRESENT,
    }


def _address(address: Any) -> dict[str, Any]:  # noqa: ANN401
    # Rating takes states of two characters only; longer ones are not needed for a price.
    return orders.address_of(address, state=address.state if len(address.state) == 2 else "")


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
    tax, gross = _tax(net, money_of(part(side, "TotalChargesWithTaxes")))
    warnings = [*remarks, *alerts_of(rated, "RatedShipmentAlert"), *alerts_of(rated, "Disclaimer")]
    warnings += [LIST_PRICE] * listed + [_DERIVED_TAX] * (tax is not None)
    return Quote(
        account=request.account,
        carrier="ups",
        service=service,
        request=request.request,
        net=net,
        tax=tax,
        gross=gross,
        charges=_charges(rated, side, net, listed=listed),
        billable_weight=_billable(part(rated, "BillingWeight")),
        billed_by=BilledBy.CARRIER,
        weight_source=request.request.parcel.weight_source,
        zone=text_of(rated.get("Zone")),
        price_basis=PriceBasis.LIST if listed else PriceBasis.API_LIVE,
        charge_event=settings.charge_event,
        priced_at=response.requested_at,
        transit=_transit(rated),
        warnings=tuple(warnings),
    )


def _tax(net: Money, gross: Money | None) -> tuple[Tax | None, Money | None]:
    """The tax is the difference to the figure with taxes on the same side; without that figure it is not known."""
    if gross is None or gross.currency != net.currency or gross.amount < net.amount:
        return None, None
    amount = gross.amount - net.amount
    rate = (amount / net.amount * 100).quantize(_HUNDREDTH)
    return Tax(rate_percent=rate, amount=Money(amount=amount, currency=net.currency)), gross


def _charges(rated: Mapping[str, Any], side: Mapping[str, Any], net: Money, *, listed: bool) -> tuple[Charge, ...]:
    """The lines of a price, which add up to it: those UPS names, and one for what it does not."""
    lines = [_line("BASE", "base charge", row) for row in rows(side, "BaseServiceCharge")]
    lines += [_line(text_of(row.get("Code")), text_of(row.get("Description")), row) for row in rows(side, "ItemizedCharges")]
    if not listed:
        lines += [_modifier(row, net) for row in rows(side, "RateModifier")]
    named = [line for line in lines if line is not None and line.amount.currency == net.currency]
    if len(named) < len(lines):
        named = []  # a line that cannot be read makes all of them doubtful
    rest = net.amount - sum((line.amount.amount for line in named), Decimal(0))
    if rest or not named:
        code, text = ("TOTAL", "total charge") if not named else _rest(rated, rest, listed=listed)
        named.append(Charge(code=code, text=text, amount=Money(amount=rest, currency=net.currency)))
    return tuple(named)


def _rest(rated: Mapping[str, Any], rest: Decimal, *, listed: bool) -> tuple[str, str]:
    options = money_of(part(rated, "ServiceOptionsCharges"))
    if listed and options and options.amount == rest:
        return "OPTIONS", "service options"
    return "REST", "not itemised by UPS"


def _line(code: str, text: str, row: Mapping[str, Any]) -> Charge | None:
    amount = money_of(row)
    return Charge(code=code, text=text or code, amount=amount) if amount else None


def _modifier(row: Mapping[str, Any], net: Money) -> Charge | None:
    try:
        amount = Money(amount=Decimal(text_of(row.get("Amount"))), currency=net.currency)
    except (InvalidOperation, ValueError):
        return None
    return Charge(code=text_of(row.get("ModifierType")), text=text_of(row.get("ModifierDesc")), amount=amount)


def _billable(weight: Mapping[str, Any]) -> Weight | None:
    """UPS's own figure, by its published divisor; the price goes by the account's."""
    unit = _UNITS.get(text_of(part(weight, "UnitOfMeasurement").get("Code")))
    try:
        amount = Decimal(text_of(weight.get("Weight")))
        return Weight(amount, unit) if unit and amount > 0 else None
    except (InvalidOperation, ValueError):
        return None


def _transit(rated: Mapping[str, Any]) -> Transit | None:
    days = text_of(part(rated, "GuaranteedDelivery").get("BusinessDaysInTransit"))
    return Transit(latest_days=int(days)) if days.isdecimal() else None
