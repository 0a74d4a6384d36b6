"""The shop under test: which key is bought from which account, and how."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from random import Random
from threading import Timer
from typing import Any

from retoure import (
    AsyncClient,
    Client,
    ConfigurationError,
    Formats,
    LabelFormat,
    OutcomeUnknown,
    PickupOrder,
    PickupWindow,
    PurchaseConflict,
    Purchases,
    RetoureError,
    ReturnRequest,
)
from retoure.carrier import CarrierSettings
from retoure.model import ReturnAddress
from retoure.testing.samples import SAMPLES

DEADLINE_S = 0.5
ACCOUNTS = {
    "ups": {"carrier": "ups"},
    "ups_scans": {"carrier": "ups", "unused_labels_billed": "no"},
    "express": {"carrier": "dhl_express"},
    "paket": {"carrier": "dhl_paket"},
    "paket_scans": {"carrier": "dhl_paket", "unused_labels_billed": "no"},
    "dpd": {"carrier": "dpd"},
}
SUPERSEDES = frozenset({"ups_scans", "paket_scans"})
_DAY, _NEXT_DAY = PickupWindow(day=date(2031, 3, 3)), PickupWindow(day=date(2031, 3, 4))
_TWO_REQUESTS = Formats(need=frozenset({LabelFormat.PDF}))  # UPS brings a PDF by a second call only
_LONGEST_PURCHASE_S = 0.2


@dataclass(frozen=True)
class Shop:
    """Everything a buyer needs; it is handed to other processes."""

    books: str
    settings: Mapping[str, CarrierSettings]
    return_addresses: Mapping[str, ReturnAddress]

    def options(self, books: Purchases) -> dict[str, Any]:
        return {"purchases": books, "return_addresses": self.return_addresses, "deadline_s": DEADLINE_S}

    def client(self, books: Purchases) -> Client:
        return Client(self.settings, **self.options(books))

    def async_client(self, books: Purchases) -> AsyncClient:
        return AsyncClient(self.settings, **self.options(books))


def account_of(number: int) -> str:
    if is_pickup(number):
        return "paket" if number % 8 == 7 else "ups"
    return list(ACCOUNTS)[number % len(ACCOUNTS)]


def is_pickup(number: int) -> bool:
    return number % 8 in (3, 7)


def is_moved(number: int) -> bool:
    return is_pickup(number) and account_of(number) == "ups"


def is_given_up(number: int) -> bool:
    """Its label is voided, or its pickup cancelled, as soon as it is bought."""
    return number % 5 == 2 and account_of(number) in ("ups", "ups_scans")


def by_task(number: int) -> bool:
    return (number // 8 + number) % 3 == 1


def while_closing(number: int) -> bool:
    return number % 9 == 4 and not by_task(number)


def key_of(number: int) -> str:
    return f"{'P' if is_pickup(number) else 'L'}{number}"


class Buyer:
    """Buys what its numbers stand for, over and over, until it is killed or done."""

    def __init__(self, shop: Shop, books: Purchases) -> None:
        self._shop = shop
        self._books = books
        self._open()
        self._runner = asyncio.Runner()
        self._chance = Random()

    def _open(self) -> None:
        self._client = self._shop.client(self._books)
        self._tasks = self._shop.async_client(self._books)

    def _hang_up(self) -> None:
        self._client.close()
        self._runner.run(self._tasks.aclose())

    def close(self) -> None:
        self._hang_up()
        self._runner.close()

    def begin_anew(self) -> None:
        """Be another process that starts once a carrier that asked for minutes of rest takes orders again."""
        self._hang_up()
        self._open()

    @cached_property
    def _requests(self) -> Mapping[str, Any]:
        samples = {name: {**SAMPLES[name]["request"], "ship_date": None} for name in ("munich_to_berlin", "vienna_to_berlin")}
        return {name: ReturnRequest.model_validate(sample) for name, sample in samples.items()}

    def buy(self, number: int) -> None:
        """Buy what the number stands for, and do with it what is done with it afterwards."""
        if by_task(number):
            self._with(number, lambda name, *given, **named: self._runner.run(getattr(self._tasks, name)(*given, **named)))
        elif while_closing(number):
            with closing(self._shop.client(self._books)) as client:
                closes = Timer(self._chance.uniform(0, _LONGEST_PURCHASE_S), client.close)
                closes.start()
                try:
                    self._with(number, lambda name, *given, **named: getattr(client, name)(*given, **named))
                finally:
                    closes.join()
        else:
            self._with(number, lambda name, *given, **named: getattr(self._client, name)(*given, **named))

    def _with(self, number: int, ask: Any) -> None:
        bought = self._book(number, ask) if is_pickup(number) else self._label(number, ask)
        if is_given_up(number):
            ask("cancel_pickup" if is_pickup(number) else "void", bought)

    def _book(self, number: int, ask: Any) -> Any:
        parcels = [{**parcel, "tracking_number": ""} for parcel in SAMPLES["pickup_in_munich"]["parcels"]]
        order = {**SAMPLES["pickup_in_munich"], "account": account_of(number), "window": _DAY.model_dump(mode="json")}
        order |= {"parcels": parcels} if is_moved(number) else {}
        key = key_of(number)
        pickup = ask("schedule_pickup", PickupOrder.model_validate({**order, "key": key}), key=key)
        if is_moved(number) and pickup.day == _DAY.day:
            pickup = ask("reschedule_pickup", pickup, _NEXT_DAY)
        return pickup

    def _label(self, number: int, ask: Any) -> Any:
        account = account_of(number)
        request = self._requests["vienna_to_berlin" if account == "express" else "munich_to_berlin"]
        request = request.model_copy(update={"rma": f"RMA-{number}"})
        how = "supersede" if account in SUPERSEDES else "report"
        formats = _TWO_REQUESTS if number % 2 == 0 else Formats()
        return ask("buy", request, account=account, key=key_of(number), on_unknown=how, formats=formats)

    def settle(self, number: int, tries: int, wait_s: float) -> bool:
        """Ask for a key until it is bought, or given up as it should be; False where its outcome stays unknown."""
        for again in range(tries):
            try:
                self.buy(number)
            except OutcomeUnknown:
                if again + 1 < tries:
                    time.sleep(wait_s)
            except PurchaseConflict:
                return True
            else:
                return True
        return False

    def buy_each(self, numbers: Iterable[int], at: Any) -> None:
        """Buy one after another; ``at`` shows whoever kills it which one it is at."""
        for number in numbers:
            at.value = number
            try:
                self.buy(number)
            except (RetoureError, ConfigurationError):
                continue  # whoever comes next asks again
