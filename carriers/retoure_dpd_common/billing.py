"""What the account's contract says of labels that nobody used: it decides when a label is charged, and what a void is."""

from retoure.carrier import Billed, Call, CarrierContext, CarrierSettings, immediate
from retoure.errors import Unsupported
from retoure.model import ChargeEvent, LabelReference, LabelSource, Quote, QuoteAnswer, QuoteRequest, VoidResult

_NO_VOID = (
    "DPD cannot cancel a label, and this account's unused labels are or may be billed (unused_labels_billed is {billed}): "
    "leave the label unused; if the contract bills only scanned labels, set unused_labels_billed to 'no'"
)
_NOT_OURS = (
    "this label is not on the account's contract (its source is {source}), so the account does not know what an unused one "
    "costs: give it up where it was bought"
)


def void_without_call(label: LabelReference, settings: CarrierSettings) -> VoidResult:
    """What a void comes to; raises ``Unsupported`` where giving the label up may cost money. DPD has no call for it."""
    if label.label_source not in (settings.label_source, LabelSource.UNKNOWN):
        raise Unsupported(_NOT_OURS.format(source=label.label_source))
    if settings.unused_labels_billed is Billed.NO:
        return VoidResult.NOT_NEEDED
    raise Unsupported(_NO_VOID.format(billed=settings.unused_labels_billed))


class DpdQuotes:
    """Quotes of one account, from its rate card: none of DPD's interfaces tells prices."""

    def __init__(self, settings: CarrierSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def quote(self, request: QuoteRequest) -> Call[QuoteAnswer]:
        """Quotes and declines for one parcel. Costs nothing and calls nobody; raises ``RateCardError`` when the call runs."""
        answer = self._context.rate_cards.quote(request, settings=self._settings, now=self._context.clock())
        event = self._settings.charge_event
        quotes = tuple(_charged(quote, event) for quote in answer.quotes)
        return (yield from immediate(answer.model_copy(update={"quotes": quotes})))


def _charged(quote: Quote, event: ChargeEvent) -> Quote:
    """The quote with the account's charge event where its card states none."""
    return quote.model_copy(update={"charge_event": event}) if quote.charge_event is ChargeEvent.UNKNOWN else quote
