"""What a lane decides: whether goods are declared, the usual product, and when the parcel is handed in."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from retoure.carrier import EU, CarrierContext, aware, crosses_customs, read_extras, undeclared
from retoure.model import Address, Model, Parcel, ReturnRequest
from retoure_dhl_express.settings import DhlExpressSettings, zone_of
from retoure_dhl_express.wire import CODE

# Product codes for goods, as others report them; the account's own are in its quotes.
_DOMESTIC, _WITHIN_EU, _WORLDWIDE = "N", "U", "P"
FURTHEST_DAYS = 10
_STEP = Decimal("0.001")
SOONEST = timedelta(minutes=30)  # DHL refuses a time that has passed when the request arrives


class Extras(Model):
    """Wishes that only DHL Express understands.

    Attributes:
        declarable: Whether the goods need a declaration, where that is otherwise than countries and postcodes tell.
    """

    declarable: bool | None = None


def is_declarable(request: ReturnRequest, destination: Address) -> bool:
    """Whether this return needs a customs declaration; the request's own word decides where it says one."""
    said = read_extras(request, CODE, Extras).declarable
    return crosses_customs(request.ship_from, destination) if said is None else said


def lines_left_out(request: ReturnRequest, destination: Address) -> list[str]:
    """The notice that says so where the request has customs lines and nothing is declared."""
    if not request.customs or is_declarable(request, destination):
        return []
    said = read_extras(request, CODE, Extras).declarable is not None
    return [undeclared(request.ship_from, destination, said=said)]


def product_of(service: str, origin: str, destination: str, settings: DhlExpressSettings, *, declarable: bool) -> tuple[str, str]:
    """Product and local product: those named, else the account's, else the lane's usual product without a local one."""
    if not service and not settings.product:
        inside = {origin, destination} <= EU and not declarable
        return _DOMESTIC if origin == destination else _WITHIN_EU if inside else _WORLDWIDE, ""
    code, _, local = (service or settings.product or "").partition("/")
    return code, local or code


def service_name(product: str, local: str) -> str:
    """Product and local product as the name of a service: ``P``, or ``P/S`` where they differ."""
    return product if local in ("", product) else f"{product}/{local}"


def planned_shipping(request: ReturnRequest, settings: DhlExpressSettings, context: CarrierContext) -> datetime:
    """When the parcel is expected to be handed in, local time of its origin; without a ship date that is tomorrow.

    In a country with several zones of which the account names none, the account's own zone is taken: the day is what counts.
    Raises ``ValueError`` where the day has passed or is more than 10 days ahead.
    """
    now = context.clock()
    rough = now.replace(tzinfo=None)
    zone = zone_of(request.ship_from.country, rough, settings) or context.zone
    day = request.ship_date or now.astimezone(zone).date() + timedelta(days=1)
    return handed_in(day, settings.ship_time, zone, now)


def handed_in(day: date, at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """A day and an hour as an instant that DHL accepts; later on the day itself where the hour has passed.

    Raises:
        ValueError: the day has passed, has no time left, or is more than 10 days ahead.
    """
    today = now.astimezone(zone).date()
    instant, _ = aware(datetime.combine(day, at), zone)
    soonest = (now + SOONEST).astimezone(zone).replace(second=0, microsecond=0)
    if instant < soonest:
        instant = soonest
    if instant.astimezone(zone).date() > day:
        raise ValueError(f"{day:%Y-%m-%d} has passed, or has no time left")
    if day > today + timedelta(days=FURTHEST_DAYS):
        raise ValueError(f"DHL takes at most {FURTHEST_DAYS} days ahead, until {today + timedelta(days=FURTHEST_DAYS):%Y-%m-%d}")
    return instant


def package(parcel: Parcel) -> dict[str, Any]:
    """A parcel in kilograms and centimetres, three decimals at most, never lighter or smaller than it is."""
    weight = {"weight": parcel.weight.round_up("kg", _STEP)}
    if parcel.dimensions is None:
        return weight
    sides = {name: getattr(parcel.dimensions, name).round_up("cm", _STEP) for name in ("length", "width", "height")}
    return {**weight, "dimensions": sides}
