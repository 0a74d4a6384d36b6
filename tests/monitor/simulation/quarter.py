"""A quarter of returns, made up from a seed.

Every return is drawn from a number of its own, so that one of twenty thousand can be had again alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from tests.monitor.simulation.plots import PLOTS, Author, fitting, ordinary
from tests.monitor.simulation.world import BERLIN, DAY, MINUTE, SHOPS, Parcel, Return, Row


def quarter(returns: int, begins: date, days: int, seed: int) -> Iterator[Return]:
    """The returns of so many days, in the order of their labels."""
    moments = sorted(_moment(Random(f"{seed}/when/{serial}"), begins, days) for serial in range(returns))
    for serial, moment in enumerate(moments):
        yield made_up(serial, moment, seed)


def _moment(chance: Random, begins: date, days: int) -> datetime:
    clock = time(min(int(chance.betavariate(3, 2) * 24), 23), chance.randrange(60))
    return datetime.combine(begins + chance.randrange(days) * DAY, clock, BERLIN).astimezone(UTC)


def made_up(serial: int, issued_at: datetime, seed: int) -> Return:
    """One return."""
    chance = Random(f"{seed}/{serial}")
    (shop,) = chance.choices(SHOPS, [shop.share for shop in SHOPS])
    (plot,) = chance.choices(list(PLOTS), list(PLOTS.values()))
    plot = fitting(plot, shop)
    author = Author(chance, serial, shop, issued_at)
    plot(author)
    parcel = _parcel(author, author.number())
    facts = {"refund_at_scan": chance.random() < 0.35, **author.facts}
    told = Return(f"RMA-{serial:06d}", plot.__name__.strip("_"), (parcel,), **facts)  # type: ignore[arg-type]
    told = replace(told, refund_at=_refund_at(told, chance))
    if plot is ordinary and chance.random() < 0.015:
        return _with_another_label(told, author)
    return told


def _parcel(author: Author, number: str) -> Parcel:
    announced_at = author.issued_at.replace(second=0)
    first = min((row.visible for row in author.rows), default=None)
    # DPD and some others know a number only once the parcel is there.
    late = first is not None and author.chance.random() < 0.15
    known_from = first if late and first else announced_at + author.hours(0.1, 0.4)
    announced = () if late else (Row("announced", announced_at, known_from),)
    rows = (*announced, *author.rows)
    known_from = min(row.visible for row in rows)
    return Parcel(number, author.shop, author.issued_at, rows, known_from, **author.label)  # type: ignore[arg-type]


def _refund_at(told: Return, chance: Random) -> datetime | None:
    """Soon after the first scan where that was promised; else some days after the delivery, and sometimes never."""
    scans = sorted(row.visible for parcel in told.parcels for row in parcel.rows if row.scan)
    if not scans:
        return None
    if told.refund_at_scan:
        return scans[0] + timedelta(minutes=round(chance.uniform(36, 60) * 60))
    end = told.receipt_at or scans[-1]
    return end + timedelta(minutes=round(chance.uniform(36, 140) * 60)) if chance.random() < 0.8 else None


def _with_another_label(told: Return, author: Author) -> Return:
    """A second label of the same return: an orphan of a purchase that went astray, or a duplicate; both may be used."""
    orphan = author.chance.random() < 0.5
    other = Author(author.chance, author.serial, author.shop, author.issued_at + 5 * MINUTE)
    if author.chance.random() < 0.6:
        ordinary(other)
    other.label["superseded"] = orphan
    second = _parcel(other, other.number(2))
    return replace(told, plot="orphan" if orphan else "two labels", parcels=(*told.parcels, second))
