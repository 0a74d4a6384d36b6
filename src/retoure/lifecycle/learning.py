"""The order of learning: one log for the same observations, however and however often they were delivered.

Observations are ordered by when they were learned, one that is there already is left out, as is a message that is delivered
again, and a read whose answer is the last one again is written short. So two logs of the same observations are equal.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from operator import lt
from typing import TypeAlias

from retoure.carrier.shaping import plain_number
from retoure.lifecycle.observations import FailedRead, Observation, Push, Read, RefundIssued, SameRead
from retoure.lifecycle.statements import fingerprint
from retoure.model.tracking import TrackingReport

Key: TypeAlias = tuple[datetime, str, datetime, str, str, str]
"""When it was learned, what it is, when it happened, and what tells one answer from another: digest, number, why it failed."""


def key_of(observation: Observation) -> Key:
    """What observations are ordered by. A read written short has the place of the read that it was."""
    learned = observation.observed_at.astimezone(UTC)
    match observation:
        case Read(report=answer):
            return learned, "read", answer.read_at.astimezone(UTC), answer.digest, plain_number(answer.number), ""
        case SameRead():
            asked, number = observation.read_at.astimezone(UTC), plain_number(observation.number)
            return learned, "read", asked, observation.digest, number, ""
        case FailedRead(failure=answer):
            asked, number = answer.read_at.astimezone(UTC), plain_number(answer.number)
            return learned, observation.type, asked, answer.digest, number, answer.reason
        case Push(message=message):
            return learned, observation.type, learned, message.message_id, plain_number(message.number), ""
        case RefundIssued():
            return learned, observation.type, observation.at.astimezone(UTC), "", "", ""
        case _:
            return learned, observation.type, observation.at.astimezone(UTC), "", plain_number(observation.number), ""


def says_the_same(one: TrackingReport, other: TrackingReport) -> bool:
    """Whether two answers differ in nothing but when they were given."""
    return (
        len(one.events) == len(other.events)
        and one.events == other.events
        and one.destination == other.destination
        and (one.number, one.carrier, one.flags) == (other.number, other.carrier, other.flags)
        and (one.successor, one.pieces) == (other.successor, other.pieces)
    )


def shortened(read: Read, repeats: str) -> SameRead:
    """A read whose answer is known, by the fingerprint of that."""
    report = read.report
    return SameRead.made_of(
        {
            "type": "same_read", "number": report.number, "read_at": report.read_at, "digest": report.digest,
            "observed_at": read.observed_at, "repeats": repeats,
        }
    )  # fmt: skip


def repeated(short: SameRead, report: TrackingReport) -> Read:
    """The read that was written short, with the answer that it repeats; of spellings of the number the answer's is kept."""
    again = TrackingReport(
        report.number, report.carrier, report.events, short.read_at, short.digest,
        report.destination, report.successor, report.pieces, report.flags,
    )  # fmt: skip
    return Read.made_of({"type": "read", "report": again, "observed_at": short.observed_at})


def in_order(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """The log of these observations.

    Raises:
        ValueError: one is written short, and no read holds its answer.
    """
    given = tuple(observations)
    if _is_in_order(given):
        return given
    keyed = sorted(((key_of(one), one) for one in _in_full(given)), key=lambda pair: pair[0])
    settled: list[Observation] = []
    for _, group in groupby(keyed, key=lambda pair: pair[0]):
        settled.extend(_settled([one for _, one in group]))
    return tuple(_in_short(_delivered_once(settled)))


class _Told:
    """An answer that reads may repeat; its name is made when one does."""

    def __init__(self, read: Read) -> None:
        self.report = read.report

    @cached_property
    def name(self) -> str:
        return fingerprint(self.report)


def _is_in_order(observations: Sequence[Observation]) -> bool:
    """Whether they are a log already, as one that was stored is: to see that costs far less than to make one."""
    keys = [key_of(one) for one in observations]
    messages = [message for one in observations if (message := message_of(one))]
    if not all(map(lt, keys, keys[1:])) or len(set(messages)) < len(messages):
        return False
    told: dict[str, _Told] = {}
    for one in observations:
        if isinstance(one, SameRead):
            before = told.get(plain_number(one.number))
            if before is None or (one.number, one.repeats) != (before.report.number, before.name):
                return False
        if isinstance(one, Read):
            before = told.get(plain_number(one.number))
            if before is not None and says_the_same(before.report, one.report):
                return False
            told[plain_number(one.number)] = _Told(one)
    return True


def _settled(group: list[Observation]) -> list[Observation]:
    """What was learned at once, each once, in an order of its own: its JSON's."""
    if len(group) == 1:
        return group
    return [one for _, one in sorted({one.model_dump_json(): one for one in group}.items())]


def message_of(observation: Observation) -> tuple[str, str] | None:
    """What a carrier's message goes by, if it has an id: two observations of the same are deliveries of one message."""
    if not isinstance(observation, Push) or not observation.message.message_id:
        return None
    return plain_number(observation.number), observation.message.message_id


def _delivered_once(observations: Iterable[Observation]) -> Iterator[Observation]:
    told = set()
    for one in observations:
        name = message_of(one)
        if name is None or name not in told:
            told.add(name)
            yield one


def _in_full(observations: Sequence[Observation]) -> Iterator[Observation]:
    short = any(isinstance(one, SameRead) for one in observations)
    reads = [one for one in observations if isinstance(one, Read)] if short else ()
    named = {(plain_number(one.number), fingerprint(one.report)): one for one in reads}
    last: dict[str, Read] = {}
    for one in observations:
        if isinstance(one, Read):
            last[plain_number(one.number)] = one
        if not isinstance(one, SameRead):
            yield one
            continue
        number = plain_number(one.number)
        read = named.get((number, one.repeats)) if one.repeats else last.get(number)
        if read is None or (not one.repeats and key_of(read) > key_of(one)):
            raise ValueError(f"an observation of type same_read of {one.number} must follow the read that it repeats")
        yield repeated(one, read.report)


def _in_short(observations: Iterable[Observation]) -> Iterator[Observation]:
    told: dict[str, _Told] = {}
    for one in observations:
        if not isinstance(one, Read):
            yield one
            continue
        number = plain_number(one.number)
        before = told.get(number)
        if before is not None and says_the_same(before.report, one.report):
            yield shortened(one, before.name)
        else:
            told[number] = _Told(one)
            yield one
