"""The shop under test: which key is bought from which account, and how."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from retoure import Client, OutcomeUnknown, PickupOrder, Purchases, RetoureError, ReturnRequest
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
}
SUPERSEDES = frozenset({"ups_scans", "paket_scans"})


@dataclass(frozen=True)
class Shop:
    """Everything a buyer needs; it is handed to other processes."""

    books: str
    settings: Mapping[str, CarrierSettings]
    return_addresses: Mapping[str, ReturnAddress]

    def client(self, books: Purchases) -> Client:
        return Client(self.settings, purchases=books, return_addresses=self.return_addresses, deadline_s=DEADLINE_S)


def account_of(number: int) -> str:
    return list(ACCOUNTS)[number % len(ACCOUNTS)]


def is_pickup(number: int) -> bool:
    return number % 8 == 7


def key_of(number: int) -> str:
    return f"{'P' if is_pickup(number) else 'L'}{number}"


class Buyer:
    """Buys what its numbers stand for, over and over, until it is killed or done."""

    def __init__(self, shop: Shop, books: Purchases) -> None:
        self._client = shop.client(books)

    def close(self) -> None:
        self._client.close()

    @cached_property
    def _requests(self) -> Mapping[str, Any]:
        samples = {name: {**SAMPLES[name]["request"], "ship_date": None} for name in ("munich_to_berlin", "vienna_to_berlin")}
        return {name: ReturnRequest.model_validate(sample) for name, sample in samples.items()}

    def buy(self, number: int) -> Any:
        account, key = account_of(number), key_of(number)
        if is_pickup(number):
            order = {**SAMPLES["pickup_in_munich"], "account": "paket", "window": {"day": date(2031, 3, 3).isoformat()}}
            return self._client.schedule_pickup(PickupOrder.model_validate({**order, "key": key}), key=key)
        request = self._requests["vienna_to_berlin" if account == "express" else "munich_to_berlin"]
        request = request.model_copy(update={"rma": f"RMA-{number}"})
        how = "supersede" if account in SUPERSEDES else "report"
        return self._client.buy(request, account=account, key=key, on_unknown=how)

    def settle(self, number: int, tries: int, wait_s: float) -> bool:
        """Ask for a key until it is bought; False where its outcome stays unknown."""
        for again in range(tries):
            try:
                self.buy(number)
            except OutcomeUnknown:
                if again + 1 < tries:
                    time.sleep(wait_s)
            else:
                return True
        return False

    def buy_each(self, numbers: Iterable[int], at: Any) -> None:
        """Buy one after another; ``at`` shows whoever kills it which one it is at."""
        for number in numbers:
            at.value = number
            try:
                self.buy(number)
            except RetoureError:
                continue  # whoever comes next asks again
