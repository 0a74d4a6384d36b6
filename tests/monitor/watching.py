"""One label, watched: a carrier that tells what has happened by then, and every read as the planner wants it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from retoure.lifecycle import FailedRead, Observation, Read, ReturnCase, fold
from retoure.model import ReadFailure, TrackingEvent, TrackingFailure, TrackingReport
from retoure.monitor import Cadence, FailureClass, Outlook, Plan, Reads, Reason, next_read, outlook_of
from retoure.monitor.outcomes import class_of
from retoure.programmes import Policy, load_policy
from tests.lifecycle.builders import NUMBER, REFUND, label, when

DE = load_policy("amazon_aprl_de")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

Answer = Callable[[datetime], "tuple[TrackingEvent, ...] | ReadFailure"]


def truth(*events: TrackingEvent) -> Answer:
    """A carrier that tells each event as soon as it has happened, and knows of no number before."""
    return lambda at: tuple(one for one in events if one.instant <= at) or ReadFailure.NOT_FOUND


@dataclass
class Watched:
    """A label and its reads so far."""

    answer: Answer
    policy: Policy = DE
    draw: float = 0.5
    case: ReturnCase = field(default_factory=lambda: ReturnCase(rma="RMA-1", labels=(label(),)))
    watched_at: datetime = field(default_factory=lambda: when("06-01 08:00"))
    refund_at_scan: bool = False
    reads: Reads = Reads()  # noqa: RUF009 - frozen
    made: list[tuple[datetime, Reason, bool]] = field(default_factory=list)
    signals: list[object] = field(default_factory=list)
    outlook: Outlook = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.watched_at
        self.outlook = self._look(None)
        self._plan()

    def run(self, until: str) -> "Watched":
        """Read, and fold by the clock, whenever it is due until that moment."""
        end = when(until).astimezone(UTC)
        while due := [at for at in (self.plan.at, self.plan.wake_at) if at is not None and at <= end]:
            self.now = max(self.now, min(due)).astimezone(UTC)
            if self.plan.wake_at is not None and self.plan.wake_at <= self.now:
                self.observe(None)
            else:
                self.ask()
        self.now = end
        return self

    def observe(self, observation: Observation | None) -> None:
        self.case, signals = fold(self.case, observation, self.policy, self.now)
        self.signals += signals
        self.outlook = self._look(self.outlook)
        self._plan()

    def ask(self) -> None:
        self.made.append((self.now, self.plan.reason, self.plan.precise))
        reason, answer = self.plan.reason, self.answer(self.now)
        outcome: TrackingReport | TrackingFailure
        if isinstance(answer, ReadFailure):
            outcome = TrackingFailure(number=NUMBER, carrier="dhl_paket", reason=answer, read_at=self.now)
        else:
            told = tuple(replace(one, sequence=index) for index, one in enumerate(answer))
            outcome = TrackingReport(number=NUMBER, carrier="dhl_paket", events=told, read_at=self.now, digest="")
        failure = class_of(outcome, self.outlook, asked_at=self.now)
        answered = failure is None or failure.answered
        today = self.reads.today + 1 if self.reads.asked_at and self.reads.asked_at.date() == self.now.date() else 1
        self.reads = Reads(
            asked_at=self.now, answered_at=self.now if answered else self.reads.answered_at, reason=reason, failure=failure,
            failures=0 if answered else self.reads.failures + 1, today=today,
        )  # fmt: skip
        self.observe(Read(report=outcome) if isinstance(outcome, TrackingReport) else FailedRead(failure=outcome))

    def times(self, since: str, *, reason: Reason | None = None) -> list[str]:
        """When it was read since then, by Berlin's clock."""
        berlin = when(since).tzinfo
        return [
            f"{at.astimezone(berlin):%m-%d %H:%M}"
            for at, why, _ in self.made
            if at >= when(since) and (reason is None or why is reason)
        ]

    def told(self) -> list[str]:
        return [signal.type for signal in self.signals]  # type: ignore[attr-defined]

    def _look(self, before: Outlook | None) -> Outlook:
        return outlook_of(
            self.case, self.policy, NUMBER, at=self.now, watched_at=self.watched_at, before=before,
            refund_at_scan=self.refund_at_scan,
        )  # fmt: skip

    def _plan(self) -> None:
        now = self.now.astimezone(UTC)
        self.plan = next_read(self.outlook, self.reads, now=now, draw=self.draw)


def watched(*events: TrackingEvent, refunded: bool = True, **more: object) -> Watched:
    """The label of the stories, created on 1 June at 8:00, whose carrier tells these events."""
    made = Watched(truth(*events), **more)  # type: ignore[arg-type]
    if refunded:
        made.now = REFUND.at
        made.case = made.case.observed(REFUND)
        made.now = made.watched_at
        made.outlook = made._look(None)
        made._plan()
    return made


def outlook(phase: Reason, **more: object) -> Outlook:
    """An outlook in that phase: issued and watched since 1 June 8:00, nothing known beyond it."""
    start = when("06-01 08:00").astimezone(UTC)
    values: dict[str, object] = {
        "phase": phase, "since": start, "issued_at": start, "watched_at": start, "known": phase != Reason.UNSCANNED,
        "zone": "Europe/Berlin", "day_zone": "Europe/Berlin",
    }  # fmt: skip
    return Outlook(**(values | more))  # type: ignore[arg-type]


def answered(at: str | datetime, **more: object) -> Reads:
    """A read at that moment that gave a history."""
    moment = (when(at) if isinstance(at, str) else at).astimezone(UTC)
    values: dict[str, object] = {"asked_at": moment, "answered_at": moment, "today": 1}
    return Reads(**(values | more))  # type: ignore[arg-type]


def unanswered(at: str, failure: FailureClass, *, failures: int = 1, answered_at: str = "", **more: object) -> Reads:
    """A read at that moment that failed, and the last one that was answered."""
    last = when(answered_at).astimezone(UTC) if answered_at else None
    return Reads(asked_at=when(at).astimezone(UTC), answered_at=last, failure=failure, failures=failures, **more)  # type: ignore[arg-type]


def planned(outlook: Outlook, reads: Reads, now: str | datetime | None = None, **more: object) -> Plan:
    """The plan, by default made as soon as the last read was answered, and without a move by chance."""
    moment = when(now) if isinstance(now, str) else now or reads.asked_at
    assert moment is not None
    return next_read(outlook, reads, now=moment, **({"draw": 0.5} | more))  # type: ignore[arg-type]


def hours_until(outlook: Outlook, reads: Reads, **more: object) -> float:
    """How long after the last read the next one is due."""
    plan = planned(outlook, reads, **more)
    assert plan.at is not None
    assert reads.asked_at is not None
    return (plan.at - reads.asked_at) / HOUR


STRICT = Cadence(jitter_share=0)
