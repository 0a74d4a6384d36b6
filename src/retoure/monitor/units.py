"""A unit of work: what bounds it, what it came to, and which calls it is made of."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from retoure.client.reading import Fare
from retoure.monitor.outbox import Tally
from retoure.monitor.records import Lease, Pause
from retoure.monitor.standing import on_trial

READ = "READ"


@dataclass(slots=True)
class Unit:
    """What one unit of work came to, and what it must leave alone by now.

    Attributes:
        calls: How many calls were made.
        outcomes: Labels by what came of asking: ``READ``, or the class of a failure.
        unasked: Leased labels that were not asked for.
        troubles: What is wrong with an account, by its name.
        later: When an account is to be asked again at the earliest; None: not before somebody has mended it.
        forced_only: Until when an account is asked for forced reads alone.
        held: Credentials that nothing more is asked with; False where forced reads still are.
        at_work: Accounts that have not yet read what they took first: the others go on as long as there are any.
    """

    calls: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    unasked: list[Lease] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)
    later: dict[str, datetime | None] = field(default_factory=dict)
    forced_only: dict[str, datetime] = field(default_factory=dict)
    held: dict[str, bool] = field(default_factory=dict)
    at_work: set[str] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much is done at a time.

    Attributes:
        at_a_time: Calls under way in all.
        per_credential: Of one credential: a carrier that hangs must leave room for the others.
        lease: For how long labels are taken; it outlives the deadline of a call.
        deadline_s: The longest that a call may take.
    """

    at_a_time: int
    per_credential: int
    lease: timedelta
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a credential may be asked with now.

    Attributes:
        until: When it may be, where it may not.
        forced_until: Until when only forced reads go out.
        trial: One call may show whether the carrier answers again.
    """

    open: bool
    until: datetime | None = None
    forced_until: datetime | None = None
    trial: bool = False


def gate_of(pause: Pause, now: datetime) -> Gate:
    """What a pause lets out."""
    if pause.stopped:
        return Gate(open=False)
    if pause.until is not None and now < pause.until:
        return Gate(open=False, until=pause.until)
    forced = pause.ordinary_until is not None and now < pause.ordinary_until
    return Gate(open=True, forced_until=pause.ordinary_until if forced else None, trial=on_trial(pause))


def fitting(fare: Fare, within: timedelta) -> int:
    """How many calls come to their turn within some time, by the account's rates."""
    return min((quota.calls * within // quota.per for quota in fare.quotas if quota.per), default=2**31)


def batched(leases: Iterable[Lease], size: int) -> list[list[Lease]]:
    """Labels as they are asked for together: in their order, those that want exact times alone where others share a call."""
    together: list[list[Lease]] = []
    alone: list[list[Lease]] = []
    for lease in leases:
        if size > 1 and lease.parcel.precise:
            alone.append([lease])
        elif together and len(together[-1]) < size:
            together[-1].append(lease)
        else:
            together.append([lease])
    return [*alone, *together]
