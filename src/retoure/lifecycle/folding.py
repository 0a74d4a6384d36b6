"""A return's log grows by one observation: the case after it, and what there is to tell.

A case keeps what it was folded to beside its fields, so that the next observation costs what it changes and no more: a read that
says nothing new is compared, noted and done with, until the next date on which something may come due. What is kept goes
along to the next case; folding an older case again, or one that was read from JSON, goes through its log once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from retoure.carrier.shaping import plain_number
from retoure.lifecycle.ahead import next_date, waits_for_answer
from retoure.lifecycle.case import ReturnCase, belongs, foreign
from retoure.lifecycle.changing import NOTHING, Before, Fact, changes, together, waits
from retoure.lifecycle.claiming import Standing, stand
from retoure.lifecycle.kept import Kept, concerned
from retoure.lifecycle.learning import Key, key_of, message_of, says_the_same, shortened
from retoure.lifecycle.logs import Log
from retoure.lifecycle.numbers import roots_of, tells_more, with_successors
from retoure.lifecycle.observations import FailedRead, Observation, Read, SameRead
from retoure.lifecycle.record import Record
from retoure.lifecycle.signals import AnySignal, DuplicateLabel, signal_id
from retoure.lifecycle.telling import facts_of, news
from retoure.lifecycle.verdict import refuse_naive, shipment_of, used
from retoure.model.tracking import ReadFailure
from retoure.programmes import Policy, load_policy

_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_ANSWERED = (FailedRead, Read, SameRead)


def fold(
    case: ReturnCase, observation: Observation | None, policy: str | Policy, now: datetime
) -> tuple[ReturnCase, tuple[AnySignal, ...]]:
    """The case with one more observation, and the signals that follow from it and from the time that has passed.

    The same observation again changes nothing. Observations may come in any order: the case is always the same for the same
    ones, and in the order of a case's log, which settles what was learned at the same instant too, the signals have the same ids
    every time; :func:`signals_of` gives those. After an observation that came late
    there may be signals that the right order would not have given; none is ever taken back. A signal can be given
    again, with its id, after the case was read from JSON: book each id once.

    Args:
        case: The return so far. What it already holds is taken as told.
        observation: What was learned; None where only time has passed.
        policy: The programme's rules, or the name of rules that ship with the package. The same object every time is quickest.
        now: The moment, aware. One that lies before what was learned counts as the moment of learning.

    Raises:
        ValueError: the observation is of another return, it names a number as its own successor, or ``now`` has no time zone.
            Of a number that no answer has named yet as well: fold it again after the answer that does.
        UnknownPolicy: no policy of that name.
    """
    refuse_naive(now)
    rules = load_policy(policy) if isinstance(policy, str) else policy
    folded = _Folded.of(case, rules) or _Folded(case, rules)
    try:
        return folded.after(case, observation, now.astimezone(UTC))
    except ValueError:
        folded.keep(case)  # nothing was changed
        raise


def signals_of(
    case: ReturnCase, policy: str | Policy = "amazon_aprl_de", *, until: datetime | None = None
) -> tuple[AnySignal, ...]:
    """Every signal that the case's log gives when it is folded as it was learned, and by the clock alone ``until`` a moment."""
    rules = load_policy(policy) if isinstance(policy, str) else policy
    at = ReturnCase(rma=case.rma, labels=with_successors(case.labels, ()))
    told: dict[str, AnySignal] = {}
    waiting: list[Observation] = []
    for observation in case.observations:
        waiting.append(observation)
        # What was asked under a number that no answer had named yet is taken after the answer that did.
        while one := next((one for one in waiting if not foreign(one, at.rma, roots_of(at.labels))), None):
            waiting.remove(one)
            at, signals = fold(at, one, rules, observation.observed_at)
            told |= {signal.id: signal for signal in signals if signal.id not in told}
    if until is not None:
        told |= {signal.id: signal for signal in fold(at, None, rules, until)[1] if signal.id not in told}
    return tuple(told.values())


def quiet_until(case: ReturnCase, policy: str | Policy, number: str) -> datetime | None:
    """Until when a number's last answer, told again, or no answer at all gives no signal and changes no verdict.

    Args:
        case: A case that :func:`fold` just gave.
        policy: The rules that it was folded by.
        number: One of its numbers.

    Returns:
        The moment; None where every answer has to be folded, or the case was not just folded by these rules.
    """
    rules = load_policy(policy) if isinstance(policy, str) else policy
    folded = _Folded.of(case, rules)
    if folded is None:
        return None
    folded.keep(case)
    leg = folded.records[folded.roots[plain_number(number)]].leg(number)
    settled = leg.report is None or leg.history.holds(leg.report)
    return folded.quiet_until if settled else None


@dataclass(slots=True)
class _Parcel:
    record: Record
    told: Before = NOTHING
    standing: Standing | None = None


class _Folded(Kept):
    """What a case was folded to."""

    __slots__ = ("duplicates", "entries", "labels", "looked_at", "messages", "parcels", "quiet_until", "roots")

    def __init__(self, case: ReturnCase, policy: Policy) -> None:
        super().__init__(case, policy)
        self.labels = case.labels
        self.roots = roots_of(case.labels)
        self.parcels = {root: _Parcel(record) for root, record in self.records.items()}
        self.looked_at = _EVER
        self.quiet_until: datetime | None = None
        self.duplicates: tuple[str, ...] = ()
        self.entries = list(case.observations)
        self.messages = set(filter(None, map(message_of, case.observations)))
        for observation in case.observations:
            concerned(self.records, observation)
        if case.observations:
            self.last = key_of(case.observations[-1])
            for _ in self._look(self.last[0]):
                pass

    def standings(self, at: datetime) -> list[Standing] | None:
        """Where each parcel stands: as it was found, if it was just looked at."""
        found = [parcel.standing for parcel in self.parcels.values() if parcel.standing and parcel.standing.at == at]
        return found if len(found) == len(self.parcels) else super().standings(at)

    def after(self, case: ReturnCase, observation: Observation | None, now: datetime) -> tuple[ReturnCase, tuple[AnySignal, ...]]:
        """The next case, which takes this along."""
        if observation is None:
            return self.keep(case.model_copy()), self._signals(case.rma, self._at(now), None)
        belongs(observation, case.rma, self.roots)
        key = key_of(observation)
        behind = self.last is not None and key <= self.last
        if behind or self._elsewhere(observation) or message_of(observation) in self.messages:
            return self._late(case, observation, now)
        return self.next(case, observation, key, now)

    def next(
        self, case: ReturnCase, observation: Observation, key: Key, now: datetime
    ) -> tuple[ReturnCase, tuple[AnySignal, ...]]:
        """The next case, by an observation that is the next one of its log."""
        turned = self._turned(case.rma, key[0], max(now, key[0]))
        observation, quiet = self._written(observation)
        concerned(self.records, observation)
        self.last = key
        if message := message_of(observation):
            self.messages.add(message)
        self.entries.append(observation)
        self.observations = Log(self.entries)
        grown = type(case).made_of({**case.__dict__, "observations": self.observations})
        if quiet and self.quiet_until is not None and max(now, key[0]) < self.quiet_until:
            for parcel in self.parcels.values():
                parcel.standing = None  # the verdict is the same, when it was last asked for is not
            return self.keep(grown), ()
        return self.keep(grown), (*turned, *self._signals(case.rma, self._at(now), observation))

    def _at(self, now: datetime) -> datetime:
        return max(now, self.last[0]) if self.last else now

    def _turned(self, rma: str, until: datetime, now: datetime) -> tuple[AnySignal, ...]:
        """What changed as the rules turned since the last look, found now: it changed then, whatever is learned afterwards."""
        turns = [turn for turn in self.policy.turning if self.looked_at < turn <= until]
        self.looked_at = turns[-1] if turns else self.looked_at
        return tuple(signal for turn in turns for signal in self._told(rma, now, self._changed(turn)))

    def _changed(self, turn: datetime) -> Iterator[tuple[_Parcel, Fact]]:
        for parcel in self.parcels.values():
            parcel.standing = standing = stand(parcel.record, turn)
            yield from ((parcel, fact) for fact in changes(standing, parcel.told, turn))
            parcel.told = replace(parcel.told, state=standing.finding.state)

    def _elsewhere(self, observation: Observation) -> bool:
        """Whether a carrier names a number that the way goes on under, for the first time, or repeats what is not its last."""
        if isinstance(observation, SameRead):
            said = self.records[self.roots[plain_number(observation.number)]].leg(observation.number).said
            return not said or observation.repeats not in ("", said)
        if not isinstance(observation, Read) or not observation.report.successor:
            return False
        return tells_more(observation, {plain_number(label.number): label for label in self.labels})

    def _written(self, observation: Observation) -> tuple[Observation, bool]:
        """The observation as it stands in the log, and whether it says nothing new."""
        if not isinstance(observation, _ANSWERED):
            return observation, False
        number = plain_number(observation.number)
        record = self.records[self.roots[number]]
        if isinstance(observation, FailedRead):
            # The first asking is what a label without a date of its own is waited for from.
            return observation, observation.failure.reason is not ReadFailure.WRONG_SHIPMENT and record.first_asked is not None
        leg = record.legs[number]
        if isinstance(observation, Read):
            if leg.report is None or not says_the_same(leg.report, observation.report):
                return observation, False
            observation = shortened(observation, leg.said)
        elif leg.report and (observation.number, observation.repeats) != (leg.report.number, leg.said):
            observation = observation.model_copy(update={"number": leg.report.number, "repeats": leg.said})
        return observation, leg.report is not None and leg.history.holds(leg.report)

    def _late(self, case: ReturnCase, observation: Observation, now: datetime) -> tuple[ReturnCase, tuple[AnySignal, ...]]:
        """An observation that belongs somewhere into the log: what follows it is folded anew."""
        grown = case.observed(observation)
        if grown.observations == case.observations:
            return self.keep(case.model_copy()), self._signals(case.rma, self._at(now), None)
        turned = self._turned(case.rma, self._at(now), self._at(now))
        anew = _Folded(grown, self.policy)
        for parcel in anew.parcels.values():
            parcel.told = together([self.parcels[number].told for number in parcel.record.legs if number in self.parcels])
        anew.duplicates, anew.looked_at = self.duplicates, max(self.looked_at, anew.looked_at)
        return anew.keep(grown), (*turned, *anew._signals(case.rma, anew._at(now), observation))

    def _signals(self, rma: str, at: datetime, observation: Observation | None) -> tuple[AnySignal, ...]:
        learned_at = observation.observed_at.astimezone(UTC) if observation else at
        since = max(learned_at, self.looked_at)
        if any(since < turn <= at for turn in self.policy.turning):  # it was learned before they turned, and is told now
            return (*self._told(rma, at, self._look(since, learned_at)), *self._signals(rma, at, None))
        return (*self._turned(rma, at, at), *self._told(rma, at, self._look(at, learned_at)))

    def _told(self, rma: str, at: datetime, facts: Iterator[tuple[_Parcel, Fact]]) -> tuple[AnySignal, ...]:
        rules = {}
        signals = []
        for parcel, (kind, key, contents) in facts:
            record, standing = parcel.record, parcel.standing
            if standing is None:
                continue
            if id(parcel) not in rules:
                rules[id(parcel)] = used(standing.rules)
            name = kind.model_fields["type"].default
            signals.append(
                kind.model_validate(
                    {
                        "id": signal_id(rma, record.label, name, key),
                        "rma": rma,
                        "number": record.label.number,
                        "carrier": record.label.carrier,
                        "at": at,
                        "policy": self.policy.id,
                        "rules": rules[id(parcel)],
                        **contents(),
                    }
                )
            )
        return tuple(signals)

    def _look(self, at: datetime, learned_at: datetime | None = None) -> Iterator[tuple[_Parcel, Fact]]:
        """Where each parcel stands now, and the facts that were not told before."""
        quiet_until, self.looked_at = _NEVER, at
        for parcel in self.parcels.values():
            parcel.standing = standing = stand(parcel.record, at)
            before = parcel.told
            facts = list(facts_of(standing, before, learned_at))
            first, waiting = parcel.record.scans.first, waits(parcel.record)
            parcel.told = Before(
                standing.finding.state, first.event if first else None, waiting.event if waiting else None,
                frozenset((kind, key) for kind, key, _ in facts), before.scanned or parcel.record.was_scanned,
            )  # fmt: skip
            yield from ((parcel, fact) for fact in news(facts, before))
            quiet_until = min(quiet_until, _quiet_until(standing))
        self.quiet_until = quiet_until
        yield from self._doubled()

    def _doubled(self) -> Iterator[tuple[_Parcel, Fact]]:
        scanned = [parcel for parcel in self.parcels.values() if parcel.record.scans.first is not None]
        numbers = tuple(sorted(parcel.record.label.number for parcel in scanned))
        if len({shipment_of(parcel.record.label) for parcel in scanned}) > 1 and numbers != self.duplicates:
            self.duplicates = numbers
            yield scanned[0], (DuplicateLabel, "/".join(numbers), lambda: {"numbers": numbers})


def _quiet_until(standing: Standing) -> datetime:
    """Until when an answer without news gives no news either; what waits for a fresh answer is never quiet."""
    return standing.at if waits_for_answer(standing) else next_date(standing) or _NEVER
