"""Asking a carrier for a batch of leased labels: one outcome for each, whatever becomes of the calls."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from retoure.carrier.times import in_reach
from retoure.carrier.wire import HttpRequest, HttpResponse
from retoure.client.reading import Answers, Reader
from retoure.errors import CarrierError, MalformedResponse, NotFound, RateLimited, RequestRejected
from retoure.lifecycle import FailedRead, Read, SameRead, fingerprint
from retoure.lifecycle.observations import settled
from retoure.model.tracking import ReadFailure, TrackingFailure, TrackingReport
from retoure.monitor.budgets import TurnedAway
from retoure.monitor.outcomes import class_of
from retoure.monitor.reasons import FailureClass
from retoure.monitor.records import Exchange, Lease, Outcome
from retoure.monitor.standing import LONGEST_TOLD

_SPOILING = (RequestRejected, MalformedResponse, NotFound)
_PATIENCE = 10
"""So many calls in a row that end the same are enough to know that it is no single number: halving 200 takes eight."""


@dataclass(slots=True)
class Asked:
    """What asking for a batch came to.

    Attributes:
        outcomes: One for each label that was asked for.
        calls: How many calls it took.
        unasked: Labels that nothing was asked for, because our own quota or the carrier let nothing more out.
        failure: What the last call failed by as a whole; None where the carrier answered.
        told: How long the carrier asked to be left alone.
        resets_at: When the next day's budget begins, where this day's is spent.
        turned_away: Our own quota's refusal.
    """

    outcomes: list[Outcome]
    calls: int = 0
    unasked: Sequence[Lease] = ()
    failure: FailureClass | None = None
    told: timedelta | None = None
    resets_at: datetime | None = None
    turned_away: TurnedAway | None = None


_REMEMBERED = 50_000


@dataclass(slots=True)
class _Answers:
    """What each label's last answer was, raw and read: one that comes again, byte for byte, says the same.

    It is remembered by the process that read it, and not stored: another version of an adapter may read it differently.
    """

    _of: dict[int, tuple[str, str, bool]] = field(default_factory=dict)

    def known(self, group: Sequence[Lease]) -> str:
        """The digest of the raw answer that says what the store knows last of a single label; else empty."""
        if len(group) > 1 or (before := self._of.get(group[0].label)) is None:
            return ""
        digest, said, precise = before
        return digest if (said, precise) == (group[0].row["fingerprint"], group[0].parcel.precise) else ""

    def remember(self, lease: Lease, digest: str, said: str) -> None:
        """Take note of an answer to a single label's call."""
        self._of.pop(lease.label, None)
        if len(self._of) >= _REMEMBERED:
            del self._of[next(iter(self._of))]
        self._of[lease.label] = digest, said, lease.parcel.precise


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks by a reader.

    Attributes:
        spent: Tells when an account's next day begins, where this day's budget is used up by our own count.
    """

    reader: Reader
    clock: Callable[[], datetime]
    spent: Callable[[str], Awaitable[datetime | None]]
    _answers: _Answers = field(default_factory=_Answers)

    async def ask(self, batch: Sequence[Lease]) -> Asked:
        """Ask for labels of one account in one call; where one number spoils it for the rest, in as many as that takes.

        Raises:
            ConfigurationError: the account cannot be used.
        """
        asked, waiting, in_a_row = Asked([]), [batch], 0
        while waiting:
            group = waiting.pop()
            asked_at = self.clock()
            asked.calls += 1
            known = self._answers.known(group)
            try:
                answers = await self.reader.read(
                    group[0].account, [lease.parcel for lease in group],
                    urgent=any(lease.deadline for lease in group), known=known,
                )  # fmt: skip
            except TurnedAway as refusal:
                asked.calls -= 1
                asked.turned_away = refusal
                break
            except CarrierError as error:
                failure = error
                if isinstance(error, RequestRejected) and error.response is None:
                    asked.calls -= 1  # the number was refused here; nothing was sent
            else:
                asked.failure, in_a_row = None, 0
                asked.outcomes += self._outcomes(group, answers, known)
                continue
            in_a_row += 1
            if isinstance(failure, _SPOILING) and len(group) > 1 and in_a_row < _PATIENCE:
                waiting += [group[len(group) // 2 :], group[: len(group) // 2]]
                continue
            if in_a_row >= _PATIENCE:  # it is no number's fault: the rest would fare the same
                group, waiting = [*group, *(lease for rest in waiting for lease in rest)], []
            await self._fail(asked, group, failure, asked_at)
            if not isinstance(failure, _SPOILING):
                break
        if len(asked.outcomes) < len(batch):
            done = {outcome.lease.label for outcome in asked.outcomes}
            asked.unasked = [lease for lease in batch if lease.label not in done]
        return asked

    def _outcomes(self, group: Sequence[Lease], answers: Answers, known_digest: str) -> Iterator[Outcome]:
        known_at, exchanges = self.clock(), answers.exchanges
        only = Exchange(*exchanges[0]) if len(exchanges) == 1 else None
        if answers.known is not None:
            (lease,) = group
            yield Outcome(lease, _again(lease, answers.known.requested_at, known_digest, known_at), exchange=only)
            return
        raw = _by_digest(exchanges) if only is None else {}
        for lease in group:
            answer = answers.outcomes[lease.parcel.number]
            exchange = only or raw.get(answer.digest)
            known = max(known_at, answer.read_at)  # a clock that went back must not have an answer known before it was asked for
            observation: Read | SameRead | FailedRead
            said = fingerprint(answer) if isinstance(answer, TrackingReport) else ""
            if isinstance(answer, TrackingFailure):
                observation = FailedRead(failure=answer, observed_at=known)
            elif said == lease.row["fingerprint"]:
                observation = _again(lease, answer.read_at, answer.digest, known_at)
            else:
                observation = Read(report=answer, observed_at=known)
            failure = class_of(answer, lease.outlook, asked_at=answer.read_at)
            if isinstance(answer, TrackingReport) and answer.events and only is not None and len(group) == 1:
                self._answers.remember(lease, answer.digest, said)
            yield Outcome(lease, observation, failure, exchange=exchange)

    async def _fail(self, asked: Asked, group: Sequence[Lease], error: CarrierError, asked_at: datetime) -> None:
        if isinstance(error, RateLimited):
            asked.resets_at = await self.spent(group[0].account)
        asked.told = error.retry_after and min(error.retry_after, LONGEST_TOLD)
        known_at = max(self.clock(), asked_at)
        rests_until = asked.resets_at or (known_at + asked.told if asked.told else None)
        for lease in group:
            asked.failure = class_of(error, lease.outlook, asked_at=asked_at, day_spent=asked.resets_at is not None)
            told = TrackingFailure(
                lease.parcel.number, lease.carrier, ReadFailure.FAILED, asked_at, error.message, error.carrier_code
            )
            observation = FailedRead(failure=told, observed_at=known_at)
            asked.outcomes.append(Outcome(lease, observation, asked.failure, not_before=rests_until))


def _again(lease: Lease, read_at: datetime, digest: str, known_at: datetime) -> SameRead:
    """A read that says what the store knows last of the label."""
    known = max(known_at, read_at)  # a clock that went back must not have an answer known before it was asked for
    return SameRead.made_of(
        {
            "type": "same_read", "number": lease.parcel.number, "read_at": settled(read_at), "digest": digest,
            "observed_at": in_reach(settled(known)), "repeats": lease.row["fingerprint"],
        }
    )  # fmt: skip


def _by_digest(exchanges: Sequence[tuple[HttpRequest, HttpResponse]]) -> dict[str, Exchange]:
    return {response.digest: Exchange(request, response) for request, response in exchanges}
