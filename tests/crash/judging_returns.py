"""The verdict on a monitor: what carriers have shown, and what was booked, against what the store knows in the end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from retoure.carrier.times import first_instant
from retoure.lifecycle import Read
from retoure.monitor.store import Store
from retoure.replay.sandbox.scripts import Script
from tests.crash.journal import Journal
from tests.crash.returns import BERLIN

_SCANS = frozenset({"dropped_off", "origin_hub", "hub", "out_for_delivery", "delivered"})
_ONCE = frozenset({"first_scan", "delivered", "lost_presumed"})


@dataclass(frozen=True)
class Shown:
    """That a process asked for a number, and the box answered: what it surely showed."""

    who: str
    number: str
    at: datetime
    rows: tuple[datetime, ...]


@dataclass
class Verdict:
    """What is missing, and what is there twice or from nowhere; each in words."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)


def judge(
    store: Store, scripts: Mapping[str, Script], shown: Iterable[Shown], polled: Journal, booked: Journal, until: datetime
) -> Verdict:
    """Compare the store with what processes wrote down and with what the box showed."""
    verdict = Verdict()
    known = {number: _events(store, number) for number in scripts}
    _judge_events(verdict, known, scripts, shown, polled, until)
    _judge_signals(verdict, store, scripts, booked, until)
    return verdict


def _events(store: Store, number: str) -> set[datetime]:
    reads = [one for one in store.case(number).observations if isinstance(one, Read)]
    return {_minute(event.instant) for read in reads for event in read.report.events}


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _judge_events(
    verdict: Verdict, known: Mapping[str, set[datetime]], scripts: Mapping[str, Script], shown: Iterable[Shown], polled: Journal,
    until: datetime,
) -> None:  # fmt: skip
    done = {line["who"]: datetime.fromisoformat(line["at"]) for line in polled.read()}
    for one in shown:
        if one.at <= done.get(one.who, datetime.min.replace(tzinfo=UTC)):
            missing = {_minute(at) for at in one.rows} - known[one.number]
            verdict.lost += [f"event of {one.number} at {at:%d %H:%M}, shown to {one.who}" for at in sorted(missing)]
    for number, script in scripts.items():
        visible = {_minute(row.at) for row in script.shown(until)}
        verdict.lost += [f"event of {number} at {at:%d %H:%M}" for at in sorted(visible - known[number])]
        strange = known[number] - {_minute(row.at) for row in script.rows}
        verdict.double += [f"event of {number} at {at:%d %H:%M}, which nobody showed" for at in sorted(strange)]


def _judge_signals(verdict: Verdict, store: Store, scripts: Mapping[str, Script], booked: Journal, until: datetime) -> None:
    asked: dict[str, int] = {}
    acknowledged: dict[str, int] = {}
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for place, line in enumerate(booked.read()):
        match line["what"]:
            case "asks":
                asked[line["who"]] = place
            case "has":
                ids[line["number"], line["type"]].add(line["id"])
                if acknowledged.get(line["id"], place) < asked[line["who"]]:
                    verdict.double.append(f"{line['type']} of {line['number']} was handed out after its acknowledgement")
            case "acknowledged":
                acknowledged.setdefault(line["id"], place)
    for (number, kind), several in ids.items():
        if kind in _ONCE and len(several) > 1:
            verdict.double.append(f"{kind} of {number} was told {len(several)} times")
    for number, script in scripts.items():
        told = {str(one.signal["id"]): one for one in store.show(number).signals}
        had = {key: kind for (of, kind), several in ids.items() if of == number for key in several}
        verdict.lost += [f"{kind} of {number}" for kind in expected(script, until) if kind not in had.values()]
        verdict.lost += [f"{told[key].signal['type']} of {number} was never booked" for key in told.keys() - had.keys()]
        verdict.lost += [f"{had[key]} of {number}, which the store handed out" for key in had.keys() - told.keys()]
        verdict.lost += [f"{one.signal['type']} of {number} still waits" for one in told.values() if one.acknowledged_at is None]


def expected(script: Script, until: datetime) -> list[str]:
    """What must have been told by then, by what the carrier showed."""
    rows = script.shown(until)
    scans = [row.at for row in rows if row.row in _SCANS]
    if not scans:
        return []
    if any(row.row == "delivered" for row in rows):
        return ["first_scan", "delivered"]
    opens = first_instant(min(scans).astimezone(BERLIN).date() + timedelta(days=21), BERLIN)
    return ["first_scan", "lost_presumed"] if opens <= until else ["first_scan"]
