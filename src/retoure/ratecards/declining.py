"""Why a carrier does not take a parcel: everything that it does not accept, with the limit and the parcel's own value."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from retoure.errors import MissingMeasure, OutsideRateCard
from retoure.model.quotes import Decline, DeclineReason
from retoure.ratecards.lanes import Bound, Lane
from retoure.ratecards.measures import Measure, Size, actual, decline_reason, described

if TYPE_CHECKING:
    from retoure.ratecards.asking import Asked

_MINIMUM_REASONS: Final = {Measure.WEIGHT: DeclineReason.WEIGHT_LIMIT}


def declines(lane: Lane, asked: "Asked", held: Size) -> list[Decline]:
    """Every reason why one service does not take the parcel; what a missing dimension or postcode hides is none."""
    return list(_declines(lane, asked, held))


def _declines(lane: Lane, asked: "Asked", held: Size) -> Iterator[Decline]:
    def decline(reason: DeclineReason, limit: str, found: str, detail: str) -> Decline:
        return Decline(account=asked.account, service=lane.service.code, reason=reason, limit=limit, actual=found, detail=detail)

    parcel = asked.request.parcel
    size = asked.size if lane.weighing is None else lane.weighing.sized(asked.size)
    weight = max(parcel.weight, *parcel.other_weights.values()) if asked.held else asked.weight
    for bound in lane.limits[asked.hand_in].bounds:
        if bound.broken(held):
            yield decline(_reason(bound), bound.text, actual(bound.limit.measure, parcel, weight, held), _detail(bound))
    if lane.customs and not asked.request.customs:
        detail = f"zone {lane.zone} needs a customs declaration: give the request's 'customs' lines"
        yield decline(DeclineReason.CUSTOMS_DATA_MISSING, "at least one customs line", "none", detail)
    with suppress(OutsideRateCard):
        if refused := lane.refused(held, asked.request.ship_from):
            accepted = ", ".join(sorted(lane.accepts)) or "none"
            detail = "the card has neither a surcharge for this packaging nor accepts it without"
            yield decline(DeclineReason.PACKAGING_NOT_ACCEPTED, accepted, ", ".join(refused), detail)
    with suppress(MissingMeasure, OutsideRateCard):
        codes = sorted({extra.record.code for extra in lane.charged(size, asked.request.ship_from)}) if asked.include else []
        if missing := [code for code in asked.include if code not in codes]:
            detail = "no surcharge of the card with this code applies to the parcel"
            yield decline(DeclineReason.VAS_UNSUPPORTED, ", ".join(codes) or "none", ", ".join(missing), detail)


def _reason(bound: Bound) -> DeclineReason:
    limit = bound.limit
    if limit.at:
        return DeclineReason.DROP_OFF_LIMIT
    if limit.max is not None:
        return decline_reason(limit.measure)
    return _MINIMUM_REASONS.get(limit.measure, DeclineReason.BELOW_MINIMUM_SIZE)


def _detail(bound: Bound) -> str:
    limit = bound.limit
    side = "maximum" if limit.max is not None else "minimum"
    where = f" at a {' or '.join(limit.at)}" if limit.at else ""
    rule = f" (rule {limit.rule})" if limit.rule else ""
    return f"{side} {described(limit.measure)}{where}{rule}"
