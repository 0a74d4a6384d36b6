"""The bare work of pricing a parcel: convert once, compare with the limits, bisect, pick. A test holds it to our values."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from retoure.model import QuoteRequest, ReturnRequest

Picked = tuple[str, Decimal, Decimal, Decimal]
"""Service, net, tax, gross."""

Bands = tuple[list[Decimal], list[Picked]]
"""Upper bounds in grams, and what stands at each."""


def make_floor(
    starts: list[date], lanes: list[dict[str, list[Bands]]], zone: ZoneInfo, max_grams: Decimal, max_sides: tuple[Decimal, ...]
) -> Callable[[QuoteRequest, datetime], list[Picked]]:
    """Price over plain tables: for each start date, the bands of every service by country."""
    first, second, third = max_sides

    def floor(asked: QuoteRequest, now: datetime) -> list[Picked]:
        request = asked.request
        parcel = request.parcel
        grams = parcel.weight.grams
        dimensions = parcel.dimensions
        if dimensions is None:
            return []
        shortest, middle, longest = sorted(
            (dimensions.length.millimetres, dimensions.width.millimetres, dimensions.height.millimetres)
        )
        day = (asked.priced_at or now).astimezone(zone).date()
        services = lanes[bisect_right(starts, day) - 1][request.ship_from.country]
        picked = []
        for bounds, prices in services:
            if grams > max_grams or longest > first or middle > second or shortest > third:
                continue
            picked.append(prices[bisect_left(bounds, grams)])
        return picked

    return floor


def make_catalogue_floor(
    starts: list[date], lanes: list[dict[str, list[Bands]]], zone: ZoneInfo, max_grams: Decimal, max_sides: tuple[Decimal, ...]
) -> Callable[[ReturnRequest, datetime], Picked | None]:
    """The cheapest by gross over plain tables, for one parcel of many whose prices are all those of one instant."""
    first, second, third = max_sides
    days: dict[datetime, dict[str, list[Bands]]] = {}

    def floor(request: ReturnRequest, now: datetime) -> Picked | None:
        parcel = request.parcel
        grams = parcel.weight.grams
        dimensions = parcel.dimensions
        if dimensions is None:
            return None
        shortest, middle, longest = sorted(
            (dimensions.length.millimetres, dimensions.width.millimetres, dimensions.height.millimetres)
        )
        if grams > max_grams or longest > first or middle > second or shortest > third:
            return None
        if now not in days:
            days[now] = lanes[bisect_right(starts, now.astimezone(zone).date()) - 1]
        best = None
        for bounds, prices in days[now][request.ship_from.country]:
            picked = prices[bisect_left(bounds, grams)]
            if best is None or picked[3] < best[3]:
                best = picked
        return best

    return floor
