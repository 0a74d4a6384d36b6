"""One return from quote to verdict, run by a real client over replayed exchanges.

Any carrier can be shown that brings the scenarios ``labels/demo``, ``tracking/demo_first_scan`` and ``tracking/demo_silence``,
where it is asked for live prices ``quotes/demo`` and, unless it declines a far too long box unasked, ``quotes/demo_too_long``,
and ``pickups/demo`` where it offers pickups. They are compared exactly: what the client sends is what they say.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from retoure.carrier.registry import Registry
from retoure.client import Client
from retoure.errors import ConfigurationError
from retoure.lifecycle import Assessment, Read, RefundIssued, Scan, assess, case_of
from retoure.model.base import Model
from retoure.model.labels import Label, LabelFormat, ReturnRequest
from retoure.model.measures import Parcel
from retoure.model.pickups import Pickup
from retoure.model.quotes import Decline, Quote
from retoure.model.tracking import TrackingReport
from retoure.purchases import Unprotected
from retoure.replay import Mounted, Origin, Scenario, UnknownScenario, find
from retoure.replay.given import asked

__all__ = ["POLICY", "DemoReport", "Journey", "ReplayedExchange", "load_journey", "travel"]

POLICY = "amazon_aprl_de"
TOO_LONG = Parcel.of("2.4 kg", "310 x 40 x 40 cm")
_REFUNDED_AFTER = timedelta(days=12)


class ReplayedExchange(Model):
    """A scenario that was played, and what it rests on."""

    name: str
    origin: Origin


class DemoReport(Model):
    """The whole journey.

    Attributes:
        replayed: The exchanges that stood in for the carrier: nobody was asked, nothing was bought.
        quotes: Prices for the parcel, from an example card or as the carrier answered.
        declined: Why other services do not take it, and why the same return is declined when its box is too long.
        label: The path of the printed label, a PDF.
        label_details: The label without its documents.
        pickup: The driver who was booked; None where the carrier offers no pickups.
        tracking: Both looks at the parcel.
        verdicts: The same parcel before the claim window opens, and after.
    """

    replayed: tuple[ReplayedExchange, ...]
    request: ReturnRequest
    quotes: tuple[Quote, ...]
    declined: tuple[Decline, ...]
    label: Path
    label_details: Label
    pickup: Pickup | None
    tracking: tuple[TrackingReport, TrackingReport]
    first_scan: Scan
    refund: RefundIssued
    verdicts: tuple[Assessment, Assessment]


@dataclass(frozen=True, slots=True)
class Journey:
    """The scenarios of a carrier that the journey is made of."""

    quotes: Scenario | None
    too_long: Scenario | None
    label: Scenario
    pickup: Scenario | None
    first_look: Scenario
    second_look: Scenario

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Those there are, in the order of the journey."""
        story = (self.quotes, self.too_long, self.label, self.pickup, self.first_look, self.second_look)
        return tuple(scenario for scenario in story if scenario)


def load_journey(carrier: str | None, registry: Registry) -> Journey:
    """The journey of a carrier, or else of an installed one: first of those whose label is the programme's.

    Raises:
        ConfigurationError: the carrier is not installed, or no carrier brings the scenarios.
    """
    journeys, problems = [], []
    for code in registry.codes() if carrier is None else (carrier,):
        try:
            journeys.append(_journey(code, registry))
        except UnknownScenario:
            problems.append(f"{code!r} brings no scenarios for it")
        except ConfigurationError as error:
            problems.append(str(error))
    if not journeys:
        raise ConfigurationError(f"there is no demo to play: {'; '.join(problems) or 'no carrier is installed'}")
    return min(journeys, key=_on_own_contract)


def _journey(code: str, registry: Registry) -> Journey:
    return Journey(
        quotes=_if_any(f"{code}/quotes/demo", registry),
        too_long=_if_any(f"{code}/quotes/demo_too_long", registry),
        label=find(f"{code}/labels/demo", registry),
        pickup=_if_any(f"{code}/pickups/demo", registry),
        first_look=find(f"{code}/tracking/demo_first_scan", registry),
        second_look=find(f"{code}/tracking/demo_silence", registry),
    )


def _on_own_contract(journey: Journey) -> bool:
    return "label_source" not in journey.label.account.settings


def _if_any(name: str, registry: Registry) -> Scenario | None:
    try:
        return find(name, registry)
    except UnknownScenario:
        return None


class _Calendar:
    """A clock that is set by hand, in the carrier's zone."""

    def __init__(self, zone: ZoneInfo, now: datetime) -> None:
        self._zone = zone
        self.now = now

    def __call__(self) -> datetime:
        return self.now.astimezone(self._zone)


def travel(journey: Journey, folder: Path, registry: Registry) -> DemoReport:
    """Run the journey. Nobody is asked over the network and nothing is bought."""
    account = journey.label.carrier
    recorded = journey.label.account
    exchanges = Mounted(journey.scenarios, "exact")
    plugin = registry.get(account)
    calendar = _Calendar(ZoneInfo(plugin.zone), journey.label.clock)
    client = Client(
        {account: plugin.settings(**recorded.settings)},
        purchases=Unprotected(),
        return_addresses=recorded.return_addresses,
        registry=registry,
        transport=exchanges.transport(),
        clock=calendar,
    )
    purchase, _ = asked(journey.label)
    request: ReturnRequest = purchase.request
    with client:
        offers = client.quote(request, account=account)
        oversize = client.quote(request.model_copy(update={"parcel": TOO_LONG}), account=account)
        label = client.buy(offers.cheapest, key=purchase.key, formats=purchase.formats)
        pickup = _fetched(client, label, journey.pickup, calendar)
        reads = []
        for look in (journey.first_look, journey.second_look):
            calendar.now = look.clock
            reads.append(client.track(label))
    exchanges.verify_used()
    first, second = reads
    refund = RefundIssued(rma=request.rma, at=first.read_at + _REFUNDED_AFTER)
    case = case_of(label, [Read(report=first), refund])
    before = assess(case, POLICY, at=first.read_at)
    after = assess(case.observed(Read(report=second)), POLICY, at=second.read_at)
    if before.first_scan is None:
        raise ConfigurationError("the demo's first look holds no scan")
    printed = label.document(LabelFormat.PDF)
    paths = label.save(folder)
    return DemoReport(
        replayed=tuple(ReplayedExchange(name=one.name, origin=one.origin) for one in journey.scenarios),
        request=request,
        quotes=offers.quotes,
        declined=(*offers.declined, *oversize.declined),
        label=paths[label.documents.index(printed)] if printed else paths[0],
        label_details=label.model_copy(update={"documents": ()}),
        pickup=pickup,
        tracking=(first, second),
        first_scan=before.first_scan,
        refund=refund,
        verdicts=(before, after),
    )


def _fetched(client: Client, label: Label, scenario: Scenario | None, calendar: _Calendar) -> Pickup | None:
    if scenario is None:
        return None
    calendar.now = scenario.clock
    order = asked(scenario)[0].order
    return client.schedule_pickup(label, order.window, key=order.key)
