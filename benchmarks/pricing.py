"""Pricing over five services of thirty-six bands, as ``Quote`` objects, against the bare work on the same prices.

One parcel at a time, and the cheapest of each of a hundred thousand through a client.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from benchmarks.floors_pricing import Picked, make_catalogue_floor, make_floor
from benchmarks.measuring import Row, at_most
from retoure import Client
from retoure.carrier import (
    FULL,
    INTERFACE_VERSION,
    CardQuotes,
    Carrier,
    CarrierPlugin,
    CarrierSettings,
    Environment,
    Operation,
    Registry,
)
from retoure.model import Address, BoundReturnAddress, Parcel, QuoteRequest, ReturnAddress, ReturnRequest
from retoure.ratecards import RateCards

BUDGET, CATALOGUE_BUDGET = 4.0, 1.5
SERVICES = ("economy", "standard", "plus", "fast", "express")
BANDS = 36
ROUNDS, WARM_UP = 330, 30
CATALOGUE, CATALOGUE_ROUNDS = 100_000, 5
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
_CENT = Decimal("0.01")
_HEAD = """
schema = 1
id = "bench"
origin = "contract"
title = "Invented"
source = "invented"
carrier = "bench"
currency = "EUR"
markets = ["DE"]
time_zone = "Europe/Berlin"
valid_from = 2026-01-01
[[zones]]
id = "DE"
countries = ["DE"]
[[taxes]]
treatment = "NET_PLUS_VAT"
rate_percent = 19
"""
_SERVICE = """
[[services]]
code = "{code}"
name = "{code}"
key = "WEIGHT_TIER"
limits = [ {{ measure = "WEIGHT", max = "36 kg" }}, {{ measure = "SIDES", max = "120 x 60 x 60 cm" }} ]
"""


F = TypeVar("F")


class BenchSettings(CarrierSettings):
    """An account that has nothing but a card."""

    carrier: ClassVar[str] = "bench"


def price(service: int, band: int) -> Decimal:
    """The invented price of a band."""
    return Decimal(3 + service) + Decimal(band) * Decimal("0.35")


def write_card(root: Path) -> None:
    """Five services of thirty-six bands, one kilogram each."""
    folder = root / "bench" / "2026-01-01"
    folder.mkdir(parents=True)
    (folder / "tariff.toml").write_text(_HEAD + "".join(_SERVICE.format(code=code) for code in SERVICES))
    rows = [f"{code},DE,{band} kg,{price(index, band)}" for index, code in enumerate(SERVICES) for band in range(1, BANDS + 1)]
    (folder / "prices.csv").write_text("\n".join(["service,zone,up_to,price", *rows]) + "\n")


def build_floor(make: Callable[..., F] = make_floor) -> F:
    """A floor over the same prices."""

    def pick(index: int, code: str, band: int) -> Picked:
        net = price(index, band)
        tax = (net * 19 / 100).quantize(_CENT, "ROUND_HALF_UP")
        return code, net, tax, net + tax

    bounds = [Decimal(band * 1000) for band in range(1, BANDS + 1)]
    services = [(bounds, [pick(index, code, band) for band in range(1, BANDS + 1)]) for index, code in enumerate(SERVICES)]
    sides = (Decimal(1200), Decimal(600), Decimal(600))
    return make([date(2026, 1, 1)], [{"DE": services}], ZoneInfo("Europe/Berlin"), Decimal(36_000), sides)


def ask(parcel: Parcel) -> QuoteRequest:
    """A parcel from a customer in Germany."""
    address = Address(name="Erika Mustermann", street="Weg", house_number="1", postal_code="80331", city="München", country="DE")
    request = ReturnRequest(rma="RMA-1", ship_from=address, return_to="berlin", parcel=parcel)
    return QuoteRequest(account="bench", request=request, return_to=BoundReturnAddress(name="berlin", address=address))


def parcels() -> list[QuoteRequest]:
    """Forty parcels of different weights, so that every band is hit."""
    return [ask(Parcel.of(f"{Decimal(index) * Decimal('0.9'):f} kg", f"{20 + index} x 30 x 10 cm")) for index in range(1, 41)]


def seconds_per_parcel(work: Callable[[QuoteRequest], object], requests: list[QuoteRequest]) -> float:
    """The time of one parcel, over all of them."""
    started = perf_counter()
    for request in requests:
        work(request)
    return (perf_counter() - started) / len(requests)


PLUGIN = CarrierPlugin(
    code="bench", name="Bench", interface_version=INTERFACE_VERSION, settings=BenchSettings, origins={},
    support={Operation.QUOTE: FULL}, build=lambda settings, context: Carrier(quotes=CardQuotes(settings, context)),
)  # fmt: skip


def shop(folder: str) -> Client:
    """A client with one account that has a card, and a return address."""
    address = ask(Parcel.of("1 kg")).return_to.address
    return Client(
        {"bench": BenchSettings(environment=Environment.SANDBOX, rate_card="bench")},
        rate_cards=[folder], return_addresses={"berlin": ReturnAddress(address=address)},
        registry=Registry(entries=[], plugins=[PLUGIN]), clock=lambda: NOW,
    )  # fmt: skip


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def catalogue_ratio(folder: str) -> float:
    """A catalogue from its first parcel to its last, timed beside the same parcels' floor; the median of some rounds."""
    requests = [asked.request for asked in parcels()] * (CATALOGUE // 40)
    floor = build_floor(make_catalogue_floor)
    with shop(folder) as client:

        def ours() -> None:
            for best in client.quote_many(requests):
                if best.quote is None:
                    raise RuntimeError("a parcel has no price")

        def bare() -> None:
            for request in requests:
                if floor(request, NOW) is None:
                    raise RuntimeError("a parcel has no price")

        return median(_seconds(ours) / _seconds(bare) for _ in range(CATALOGUE_ROUNDS))


def run() -> list[Row]:
    """The ratio to each floor, measured in turn in short rounds of the same process; the median of the rounds."""
    with TemporaryDirectory() as folder:
        write_card(Path(folder))
        cards = RateCards([folder])
        settings = BenchSettings(environment=Environment.SANDBOX, rate_card="bench")
        requests, floor = parcels(), build_floor()

        def library(request: QuoteRequest) -> object:
            return cards.quote(request, settings=settings, now=NOW)

        def bare(request: QuoteRequest) -> object:
            return floor(request, NOW)

        rounds = [(seconds_per_parcel(library, requests), seconds_per_parcel(bare, requests)) for _ in range(ROUNDS)]
        many = catalogue_ratio(folder)
    one = round(median(library_s / bare_s for library_s, bare_s in rounds[WARM_UP:]), 2)
    return [
        at_most("one parcel priced over 5 services x 36 bands / floor", one, BUDGET),
        at_most(
            f"the cheapest of each of {CATALOGUE} parcels over 5 services x 36 bands / floor", round(many, 2), CATALOGUE_BUDGET
        ),
    ]
