"""A stored quote priced again by the very card that priced it, whatever newer cards and revisions there are by now."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from retoure.errors import NoRateCard, NoRateForDate
from retoure.model.quotes import CardReference, Quote, QuoteRequest
from retoure.ratecards.asking import asked_of, nobodys
from retoure.ratecards.history import CardHistory
from retoure.ratecards.loading import Span
from retoure.ratecards.source import RateCards, answer_of, day_of
from retoure.ratecards.tables import CardTables


def requoted(cards: RateCards, quote: Quote, reference: CardReference) -> Quote:
    """The same service for the same request at the same instant, by the revision that ``reference`` names.

    Raises:
        NoRateCard: the card or its revision is gone, or its content is not what priced the quote; so with the rows of its
            dated tables.
        InvalidRateCard: the card cannot be used any more.
        NoRateForDate: the quote's instant is none of the revision's.
    """
    tables = _tables(cards.card(reference.id), reference.revision)
    tariff = tables.card.tariff
    what = f"rate card {reference.id!r}, revision {reference.revision!r}"
    if tables.card.sha256 != reference.sha256:
        raise NoRateCard(f"{what}, has changed: the quote names sha256 {reference.sha256}, and it is {tables.card.sha256} now")
    day = day_of(quote.priced_at, ZoneInfo(tariff.time_zone), reference.id)
    if day < tariff.valid_from or (tariff.valid_until is not None and day >= tariff.valid_until):
        raise NoRateForDate(f"{what}, has no prices for {day}")
    segment = tables.on(day)
    wanted = {"account": quote.account, "request": quote.request, "include": quote.include, "hand_in": quote.hand_in}
    request: QuoteRequest = nobodys(quote.account).model_copy(update=wanted)
    answer = answer_of(segment, asked_of(request, quote.priced_at, tariff, quote.charge_event))
    again = next((one for one in answer.quotes if one.service == quote.service), None)
    if again is None:
        raise NoRateCard(f"{what}, has no price for service {quote.service!r} any more")
    lost = [line.record for line in quote.charges if line not in again.charges]
    found = [line.record for line in again.charges if line not in quote.charges and not line.optional]
    if lost or found:
        was, now = (", ".join(records) or "nothing" for records in (lost, found))
        raise NoRateCard(f"{what}: a dated table beside it has changed, where the quote was made with {was} there is {now} now")
    # What is known by now beside it - a later row of an optional surcharge, the day the card ended - is not what was quoted.
    kept = {"charges": quote.charges, "warnings": quote.warnings, "valid_until": quote.valid_until}
    return again.model_copy(update=kept)


@lru_cache(maxsize=16)
def _tables(history: CardHistory, revision: str) -> CardTables:
    card = history.revision(revision)
    return CardTables(Span(card, card.tariff.valid_from, card.tariff.valid_until), history.series)
