"""A return told from its beginning: what happened, what was learned of it, what follows and from when."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from zoneinfo import ZoneInfo

from retoure.carrier.times import first_instant
from retoure.lifecycle.assessment import Assessment
from retoure.lifecycle.case import ReturnCase
from retoure.lifecycle.folding import signals_of
from retoure.lifecycle.kept import records_at
from retoure.lifecycle.numbers import CaseLabel, with_successors
from retoure.lifecycle.observations import FailedRead, Instant, Observation, Push, Read, RefundIssued, SameRead, settled
from retoure.lifecycle.record import Record
from retoure.lifecycle.rows import Known
from retoure.lifecycle.signals import AnySignal
from retoure.lifecycle.verdict import assess
from retoure.model.base import Model
from retoure.model.tracking import Custody, Place
from retoure.programmes import Policy, load_policy


class Told(StrEnum):
    """What a moment is. SCAN: an event that proves custody. DATE: something that is still to come, or came, by the calendar."""

    LABEL = "LABEL"
    EVENT = "EVENT"
    SCAN = "SCAN"
    READ = "READ"
    FACT = "FACT"
    SIGNAL = "SIGNAL"
    DATE = "DATE"
    VERDICT = "VERDICT"


class Moment(Model):
    """One line of a timeline.

    Attributes:
        at: When it happened, in the policy's zone; of what was told or found, when it was.
        number: The label's, where there are several.
    """

    at: Instant
    what: Told
    text: str
    number: str = ""


class Timeline(Model):
    """A return's moments in order, and the verdict they lead to."""

    assessment: Assessment
    moments: tuple[Moment, ...]


def timeline(case: ReturnCase, policy: str | Policy = "amazon_aprl_de", *, at: datetime) -> Timeline:
    """Everything about a return up to a moment, and the dates that lie ahead, oldest first.

    Args:
        case: The return.
        policy: The programme's rules, or the name of rules that ship with the package.
        at: The moment, aware: what was learned later is not told.

    Raises:
        ValueError: ``at`` has no time zone.
        UnknownPolicy: no policy of that name.
    """
    rules = load_policy(policy) if isinstance(policy, str) else policy
    verdict = assess(case, rules, at=at)
    known = case.model_copy(update={"observations": tuple(one for one in case.observations if one.observed_at <= at)})
    signals = signals_of(known, rules, until=at)
    telling = {signal.at for signal in signals}
    moments = [
        *(moment for label in with_successors(case.labels, known.observations) for moment in _of_label(label)),
        *(moment for record in records_at(known, rules, at).values() for moment in _of_events(record)),
        *(moment for one in _asked(known.observations, telling) for moment in _of_observation(one)),
        *(_of_signal(signal) for signal in signals),
        *_of_dates(verdict, rules),
        Moment(at=at, what=Told.VERDICT, text=f"{verdict.state} ({verdict.detail})", number=verdict.number),
    ]
    zone = rules.zone_of()
    told = [moment.model_copy(update={"at": _shown(moment.at, zone)}) for moment in sorted(moments, key=_order)]
    return Timeline(assessment=verdict, moments=tuple(told))


_ORDER = tuple(Told)


def _order(moment: Moment) -> tuple[float, int]:
    return moment.at.timestamp(), _ORDER.index(moment.what)


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    """A moment in a zone, but for one at either end of the calendar, which is in no other zone than it was told in."""
    try:
        return settled(at.astimezone(zone))
    except OverflowError:
        return at


def _of_label(label: CaseLabel) -> Iterator[Moment]:
    if label.issued_at is not None:
        yield Moment(at=label.issued_at, what=Told.LABEL, text=f"label of {label.carrier} created", number=label.number)


def _of_events(record: Record) -> Iterator[Moment]:
    for known in record.scans.events:
        what = Told.SCAN if known.event.custody is Custody.PHYSICAL else Told.EVENT
        yield Moment(at=known.event.instant, what=what, text=_event_text(known, record), number=record.label.number)
    for aside in record.aside:
        text = f"{_words(aside.event.kind)}: not used, {_words(aside.reason)}"
        yield Moment(at=aside.event.instant, what=Told.EVENT, text=text, number=record.label.number)


def _event_text(known: Known, record: Record) -> str:
    event = known.event
    notes = [
        "first scan" if known is record.scans.first else "",
        "taken back by the carrier" if record.retracted(known) else "",
        f"told until then as {known.superseded[-1].instant:%Y-%m-%d %H:%M}" if known.superseded else "",
        f"code {event.raw_code}" if event.raw_code else "",
    ]
    told = "; ".join(filter(None, (event.text, *notes)))
    return ", ".join(filter(None, (_words(event.kind), _place(event.location)))) + (f" [{told}]" if told else "")


def _asked(observations: Sequence[Observation], telling: Collection[datetime]) -> Iterator[Observation]:
    """The observations without those of a row of equal answers that are neither its last nor show anything."""
    for one, after in zip_longest(observations, observations[1:]):
        alike = isinstance(one, SameRead) and isinstance(after, SameRead) and one.number == after.number
        if not alike or one.observed_at in telling:
            yield one


def _of_observation(observation: Observation) -> Iterator[Moment]:
    match observation:
        case SameRead():
            yield Moment(
                at=observation.observed_at, what=Told.READ, text="the carrier tells the same again", number=observation.number
            )
        case Read(report=report):
            text = f"the carrier tells {len(report.events) or 'no'} event{'' if len(report.events) == 1 else 's'}"
            yield Moment(at=observation.observed_at, what=Told.READ, text=text, number=report.number)
        case FailedRead(failure=failure):
            text = f"the carrier gives no history: {_words(failure.reason)}"
            yield Moment(at=observation.observed_at, what=Told.READ, text=text, number=failure.number)
        case Push(message=message):
            text = f"the carrier sends a message: {', '.join(_words(event.kind) for event in message.events)}"
            yield Moment(at=observation.observed_at, what=Told.READ, text=text, number=message.number)
        case _:
            number = "" if isinstance(observation, RefundIssued) else observation.number
            yield Moment(at=observation.at, what=Told.FACT, text=_words(observation.type), number=number)


def _of_signal(signal: AnySignal) -> Moment:
    return Moment(at=signal.at, what=Told.SIGNAL, text=_words(signal.type), number=signal.number)


def _of_dates(verdict: Assessment, policy: Policy) -> Iterator[Moment]:
    def on(day: date | None, text: str) -> Iterator[Moment]:
        if day is not None:
            yield Moment(at=first_instant(day, policy.zone_of()), what=Told.DATE, text=text, number=verdict.number)

    if verdict.opens_at is not None:
        yield Moment(at=verdict.opens_at, what=Told.DATE, text="counts as lost unless a delivery is seen", number=verdict.number)
    if verdict.recommended_file_from is not None:
        yield Moment(at=verdict.recommended_file_from, what=Told.DATE, text="a claim can be filed safely", number=verdict.number)
    yield from on(verdict.recommended_file_by, "file the claim by this day")
    closed_on = verdict.closes_on and verdict.closes_on + timedelta(days=1)
    yield from on(closed_on, f"the window of a claim against {_words(verdict.claim_route)} is closed")
    yield from on(verdict.refund_due_on, "the refund is due by the end of this day")
    own = verdict.carrier_claim
    if own is not None:
        yield from on(own.trace_from, "ask the carrier for a search from this day on")
        yield from on(own.closes_on, "the last day for a claim at the carrier")


def _words(value: str) -> str:
    return value.replace("_", " ").lower()


def _place(place: Place) -> str:
    return place.text or " ".join(filter(None, (place.postal_code, place.city, place.country)))
