"""``retoure pickup schedule|cancel|find``."""

from typing import Annotated

import typer
from rich.console import Group, RenderableType

from retoure.cli.failures import handing_over
from retoure.cli.inputs import day_of, made, read_model
from retoure.cli.lookups import LookUp, leave, lookup_facts, outcome_of, values_of
from retoure.cli.options import AccountName, AsJson, InputFile, PurchaseKey, Unbooked
from retoure.cli.output import Output, bullets, facts
from retoure.cli.surroundings import booking, here
from retoure.cli.words import holder, moment, money, word
from retoure.errors import BooksError
from retoure.model.base import Model
from retoure.model.pickups import CancelResult, Pickup, PickupOrder, PickupState

__all__ = ["CancelReport", "PickupSearch", "app", "pickup_facts"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Book and cancel a driver who fetches parcels.")

Day = Annotated[str, typer.Option("--day", metavar="DATE", help="The day it is booked for, like 2026-03-03.")]


class CancelReport(Model):
    """What became of a cancellation."""

    confirmation_number: str
    result: CancelResult


class PickupSearch(LookUp):
    """What a look-up of a pickup found."""

    pickups: tuple[Pickup, ...] = ()


@app.command()
def schedule(
    context: typer.Context,
    order: InputFile,
    *,
    unprotected: Unbooked = False,
    as_json: AsJson = False,
) -> None:
    """Book a pickup, described by a PickupOrder. MAY COST MONEY, per order and per attempt.

    Leaves with 3 if it is not known whether it was booked, or if it was and could not be printed: look it up before asking again.
    """
    out = Output(context, as_json=as_json)
    wanted = read_model(order, PickupOrder)
    with here(context).buying_client(unprotected=unprotected) as client, booking(wanted.key, here(context).clock):
        try:
            pickup = client.schedule_pickup(wanted, key=wanted.key)
        except BooksError as error:
            if error.bought is not None:
                _hand_over(error.bought, wanted.key, out)
            raise
    _hand_over(pickup, wanted.key, out)


def _hand_over(pickup: Pickup, key: str, out: Output) -> None:
    with handing_over(f"the pickup {pickup.confirmation_number} was booked", key):
        out.show(pickup, lambda: Group(pickup_facts(pickup), bullets("The carrier remarks", pickup.notices, "yellow")))


def pickup_facts(pickup: Pickup) -> RenderableType:
    """A pickup as a person reads it."""
    window = pickup.requested
    asked = " ".join(
        f"{name} {at:%H:%M}"
        for name, at in (("from", window.earliest if window else None), ("until", window.latest if window else None))
        if at
    )
    free = {True: "free of charge", False: "not free of charge", None: "the carrier does not say"}[pickup.free_of_charge]
    return facts(
        "Pickup",
        [
            ("confirmation", pickup.confirmation_number),
            ("account", holder(pickup.account, pickup.carrier)),
            ("key", pickup.key),
            ("day", str(pickup.day or "")),
            ("hours asked for", asked),
            ("state", word(pickup.state)),
            ("price", money(pickup.price) if pickup.price else free),
            ("parcels", ", ".join(pickup.tracking_numbers)),
            ("booked at", moment(pickup.booked_at)),
        ],
    )


@app.command()
def cancel(
    context: typer.Context,
    confirmation_number: Annotated[str, typer.Argument(help="The carrier's number of the pickup.")],
    *,
    account: AccountName,
    day: Annotated[str | None, typer.Option("--day", metavar="DATE", help="The day it is booked for.")] = None,
    key: Annotated[str, typer.Option("--key", help="The key it was booked with.")] = "",
    as_json: AsJson = False,
) -> None:
    """Cancel a pickup. Leaves with 1 if the carrier refused: then the pickup stands."""
    out = Output(context, as_json=as_json)
    when = day_of(day, "--day") if day else None
    with here(context).client() as client:
        pickup = made(
            Pickup, "the pickup", account=account, carrier=client.accounts[account].plugin.code,
            confirmation_number=confirmation_number, key=key, day=when, state=PickupState.UNKNOWN,
        )  # fmt: skip
        result = client.cancel_pickup(pickup)
    report = CancelReport(confirmation_number=confirmation_number, result=result)
    out.show(report, lambda: facts("Pickup", [("confirmation", confirmation_number), ("result", word(result))]))


@app.command()
def find(context: typer.Context, *, account: AccountName, key: PurchaseKey, day: Day, as_json: AsJson = False) -> None:
    """Look for a pickup by the key and the day it was booked for: how it stands, or whether a lost answer booked it.

    Leaves with 0 if it was found, else with 1: not finding one proves something only where the answer says so.
    """
    out = Output(context, as_json=as_json)
    with here(context).client() as client:
        found = client.find_pickup(key, day_of(day, "--day"), account=account)
    report = PickupSearch(pickups=values_of(found), **outcome_of(found))
    out.show(report, lambda: Group(lookup_facts(report, "booked"), *map(pickup_facts, report.pickups)))
    leave(report)
