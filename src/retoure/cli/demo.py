"""``retoure demo``: a return's whole journey, told at human speed on a terminal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer
from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from retoure.cli.inputs import BadInput
from retoure.cli.journey import DemoReport, load_journey, travel
from retoure.cli.labels import label_facts
from retoure.cli.options import AsJson, CarrierCode
from retoure.cli.output import Output, facts
from retoure.cli.pickups import pickup_facts
from retoure.cli.quotes import declines_table, offers_table
from retoure.cli.surroundings import here
from retoure.cli.tracking import tracking_table
from retoure.cli.verdicts import verdict_facts
from retoure.cli.words import moment, money, place, word
from retoure.model.labels import ChargeEvent, LabelSource
from retoure.model.quotes import PriceBasis

__all__ = ["DemoReport", "demo"]

_BEFORE_S, _AFTER_S = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class _Chapter:
    """One step of the story: when it plays, what it is about, what is said, what is shown."""

    at: datetime | None
    title: str
    said: str
    shown: RenderableType


def demo(
    context: typer.Context,
    *,
    carrier: CarrierCode = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", file_okay=False, help="Where the label is written; else a new folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a return's whole journey: quote, label, pickup, tracking, first scan, lost in transit.

    Everything is replayed: no credentials, no network, and nothing is bought. The real client runs over exchanges that come
    with the package. On a terminal it takes about ten seconds; with --json, or where nobody watches, it is done at once.
    """
    out = Output(context, as_json=as_json)
    surroundings = here(context)
    journey = load_journey(carrier, surroundings.registry)
    try:
        folder = out_folder or Path(mkdtemp(prefix="retoure-demo-"))
        report = travel(journey, folder, surroundings.registry)
    except OSError as error:
        raise BadInput(f"the label cannot be written: {error.strerror}") from None
    if as_json:
        out.show(report, Group)
        return
    pause = surroundings.sleep if out.console.is_terminal else _at_once
    _tell(out.console, report, pause)


def _at_once(_seconds: float) -> None:
    """Nobody watches."""


def _tell(screen: Console, report: DemoReport, pause: Callable[[float], None]) -> None:
    screen.print(_opening(report))
    pause(_AFTER_S)
    for number, chapter in enumerate(_chapters(report), start=1):
        screen.print()
        when = f"{chapter.at:%a %d %b %Y, %H:%M}" if chapter.at else ""
        screen.print(Text.assemble((f" {number} ", "bold white on blue"), " ", (chapter.title, "bold"), (f"  {when}", "dim")))
        screen.print(Padding(Text(chapter.said), (0, 0, 0, 3)))
        pause(_BEFORE_S)
        screen.print(Padding(chapter.shown, (0, 0, 0, 3)))
        pause(_AFTER_S)
    screen.print()
    screen.print(_closing(report))


def _opening(report: DemoReport) -> RenderableType:
    sender, parcel = report.request.ship_from, report.request.parcel
    text = Text.assemble(
        ("Everything here is replayed.", "bold"),
        " No credentials, no network, nothing is bought; people and prices are invented.\n\n",
        f"A customer in {sender.city} sends a parcel back: return {report.request.rma}, {parcel.weight}, "
        f"{parcel.dimensions}, to the warehouse in {_destination(report)}.",
    )
    return Panel(text, title="retoure: the journey of a return", title_align="left", box=box.ROUNDED, style="")


def _destination(report: DemoReport) -> str:
    place = report.label_details.return_to
    return place.address.city if place else report.request.return_to


def _chapters(report: DemoReport) -> Iterator[_Chapter]:
    label, scan = report.label_details, report.first_scan
    before, after = report.verdicts
    asked, first_look, second_look = label.issued_at, *(look.read_at for look in report.tracking)
    declined = {(one.account, one.service, one.reason): one for one in report.declined}
    yield _Chapter(
        asked,
        "What does it cost?",
        "Every account is asked side by side. Whoever does not take a parcel says why, here also of the same return in a box "
        "that is far too long.",
        Group(
            offers_table(report.quotes, "Quotes"),
            *_example_note(report),
            declines_table(tuple(declined.values())),
        ),
    )
    yield _Chapter(
        asked,
        "The label",
        f"Bought under the key {label.key}: the same key again gives this label, never a second one. {_charge(report)}",
        label_facts(label, [report.label]),
    )
    if report.pickup is not None:
        yield _Chapter(
            report.pickup.booked_at,
            "The pickup",
            "A driver is booked at the customer's door, under a key like a purchase.",
            pickup_facts(report.pickup),
        )
    yield _Chapter(
        first_look,
        "Tracking, and the first scan",
        f"Only a scan proves that the carrier had the parcel: {word(scan.kind)} on {_day(scan.instant)}. {_trigger(report)} 20 "
        f"full calendar days, so the parcel counts as lost from {before.opens_on}.",
        tracking_table(report.tracking[0]),
    )
    yield _Chapter(
        before.at,
        "The verdict before the window opens",
        f"On its way. Nobody can claim yet; the window opens on {before.opens_on}.",
        verdict_facts(before),
    )
    yield _Chapter(
        second_look,
        "Three weeks later",
        f"The customer was refunded on {_day(report.refund.at)}. The carrier is asked again, now that the window is open, "
        "and tells nothing new. Only such an answer can show a loss; silence cannot.",
        _second_look(report),
    )
    yield _Chapter(
        after.at,
        "The verdict after it",
        _lost(report),
        verdict_facts(after),
    )


def _example_note(report: DemoReport) -> Iterator[RenderableType]:
    if PriceBasis.EXAMPLE in {quote.price_basis for quote in report.quotes}:
        yield Text("EXAMPLE prices, invented: no carrier charges them.", "yellow")
    yield Text()


def _charge(report: DemoReport) -> str:
    price = next((quote for quote in report.quotes if quote.account == report.label_details.account), None)
    amount = f"{money(price.net)} net" if price else "its price"
    event = report.label_details.charge_event
    when = "charged at a time that the account does not state" if event is ChargeEvent.UNKNOWN else f"charged {word(event)}"
    return f"It costs {amount}, {when}."


def _trigger(report: DemoReport) -> str:
    charges = report.label_details.charge_event is ChargeEvent.ON_FIRST_SCAN
    return "It triggers the charge, and it starts the clock:" if charges else "It starts the clock:"


def _lost(report: DemoReport) -> str:
    after = report.verdicts[1]
    source = report.label_details.label_source
    own = source is LabelSource.OWN_CONTRACT
    whose = "The label is on the merchant's own contract" if own else f"The label's source is {source.name}"
    until = f", by {after.recommended_file_by} at the latest" if after.recommended_file_by else ""
    file = f"File from {after.recommended_file_from:%Y-%m-%d}{until}."
    return f"Presumed lost. {whose}, so the claim goes to {after.claim_route}. {file}"


def _second_look(report: DemoReport) -> RenderableType:
    first, second = report.tracking
    fresh = len(second.events) - len(first.events)
    last = second.events[-1]
    return facts(
        second.number,
        [
            ("read", moment(second.read_at)),
            ("new events", str(fresh)),
            ("last event", f"{word(last.kind)}, {moment(last.instant)}, {place(last.location)}"),
        ],
    )


def _day(instant: datetime) -> str:
    return f"{instant.day} {instant:%B %Y}"


def _closing(report: DemoReport) -> RenderableType:
    played = "\n".join(f"  {one.name} ({one.origin})" for one in report.replayed)
    text = Text.assemble(
        "Played by the real client over these exchanges:\n", (played, "dim"), "\n\n",
        ("Next: ", "bold"), "retoure carriers, retoure schema ReturnRequest, retoure doctor, retoure demo --json",
    )  # fmt: skip
    return Panel(text, box=box.ROUNDED)
