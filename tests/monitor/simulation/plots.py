"""What can become of a parcel, one plot each: its rows, and when its carrier shows them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from random import Random

from tests.monitor.simulation.world import BACK_HOME, BERLIN, DAY, HOUR, Row, Shop, day_of, first_instant


@dataclass
class Author:
    """Makes up one return.

    Attributes:
        rows: What was made up so far.
    """

    chance: Random
    serial: int
    shop: Shop
    issued_at: datetime
    rows: list[Row] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    label: dict[str, object] = field(default_factory=dict)

    def hours(self, least: float, most: float) -> timedelta:
        return timedelta(minutes=round(self.chance.uniform(least, most) * 60))

    def days(self, least: float, most: float) -> timedelta:
        return self.hours(least * 24, most * 24)

    def by_day(self, moment: datetime) -> datetime:
        """A moment in opening hours of the same day."""
        clock = time(self.chance.randrange(8, 20), self.chance.randrange(60))
        return datetime.combine(day_of(moment), clock, BERLIN).astimezone(UTC)

    def handed_in(self, least: float = 0.3, mean: float = 4, most: float = 22) -> datetime:
        after = min(least + self.chance.expovariate(1 / mean), most)
        return max(self.by_day(self.issued_at + timedelta(days=after)), self.issued_at + 2 * HOUR)

    def row(self, name: str, at: datetime, lag: timedelta | None = None, **told: object) -> Row:
        """Add a row; some carriers have no such row, and tell nothing."""
        row = Row(name, at, at + (lag if lag is not None else self.hours(0.1, 1.5)), **told)  # type: ignore[arg-type]
        if name in self.shop.rows:
            self.rows.append(row)
        return row

    def journey(self, at: datetime, *, hand_in: bool = True, until: str = "delivered") -> datetime:
        """A parcel's way from the hand-in at this moment, to its end or to one of its stations; when that was."""
        names = (
            "dropped_off" if self.chance.random() < 0.7 else "picked_up",
            "origin_hub",
            "hub",
            "out_for_delivery",
            "delivered",
        )
        gaps = ((0, 0), (3, 8), (6, 20), (5, 30), (2, 6))
        names = tuple("dropped_off" if name == "picked_up" and name not in self.shop.rows else name for name in names)
        for name, gap in zip(names, gaps, strict=True):
            at += self.hours(*gap)
            if name != names[0] or hand_in:
                self.row(name, at, self.hours(6, 40) if self.chance.random() < 0.04 else None)
            if name == until or (until == "dropped_off" and name == names[0]):
                break
        return at

    def retold(self, *, twice: bool = True) -> None:
        """Rows come to be shown one after the other, at the earliest with the ones before them; some are shown twice."""
        since = self.issued_at
        for index, row in enumerate(self.rows):
            since = max(since, row.visible)
            self.rows[index] = replace(row, visible=since)
        if twice and self.chance.random() < 0.08:
            again = self.chance.choice(self.rows)
            self.rows.append(replace(again, visible=again.visible + self.days(0.2, 6)))

    def number(self, which: int = 0) -> str:
        return self.shop.numbers.format(self.serial * 4 + which)


# Each plot makes up one return's rows and says when it is over, as far as it ever is.


def ordinary(author: Author) -> None:
    """Handed in, on its way, there."""
    author.journey(author.handed_in())
    author.retold()


def _slow(author: Author) -> None:
    """Silent for days on its way, and there before it counts as lost."""
    at = author.journey(author.handed_in(), until="hub") + author.days(6, 14)
    author.row("delivered", author.by_day(at))
    author.retold()


def _unused(author: Author) -> None:
    """Nobody hands it in."""


def _unused_till_late(author: Author) -> None:
    author.journey(author.issued_at + author.days(36, 55))
    author.retold()


def _expired(author: Author) -> None:
    author.label["expires_on"] = day_of(author.issued_at + author.days(14, 24))


def _voided(author: Author) -> None:
    author.facts["voided_at"] = author.issued_at + author.days(0.5, 3)
    if author.chance.random() < 0.3:
        author.journey(author.issued_at + author.days(6, 12))
        author.retold()


def _lost(author: Author) -> None:
    author.journey(author.handed_in(most=15), until=author.chance.choice(("dropped_off", "origin_hub", "hub")))
    author.retold()
    _claimed(author)


def _claimed(author: Author) -> None:
    if author.chance.random() < 0.4:
        author.facts["claim_at"] = author.rows[0].at + author.days(24, 40)


def _found(author: Author) -> None:
    """Counts as lost, and is delivered later."""
    start = author.handed_in(most=12)
    author.journey(start, until="hub")
    if author.chance.random() < 0.5:
        author.row("hub", start + author.days(24, 26), where="Hannover")
    author.row("delivered", start + author.days(28, 45))
    author.retold()
    if author.chance.random() < 0.3:
        author.facts["claim_at"] = start + author.days(22.5, 24)


def _told_late(author: Author) -> None:
    """Delivered in time, and the carrier says so only after it counts as lost."""
    start = author.handed_in(most=12)
    at = author.journey(start, until="hub")
    author.row("delivered", at + author.days(1, 4), author.days(23, 30))
    author.retold()


def _returned(author: Author) -> None:
    """Goes back to the customer."""
    at = author.journey(author.handed_in(), until="hub") + author.hours(6, 20)
    home = BACK_HOME[author.shop.carrier]
    author.row("delivery_failed", at)
    author.row("turned", at)
    at += author.days(2, 5)
    author.row("delivered" if "turned" in author.shop.rows else "returned", at, where=home)
    author.retold()


def _disposed(author: Author) -> None:
    author.row("disposed", author.journey(author.handed_in(), until="hub") + author.days(3, 9))
    author.retold()


def _declared_lost(author: Author) -> None:
    at = author.journey(author.handed_in(), until="hub") + author.days(5, 11)
    author.row("lost", at)
    if author.chance.random() < 0.5:
        author.row("delivered", at + author.days(14, 25))
    author.retold()


def _waits(author: Author) -> None:
    """Waits for the merchant at a shop."""
    at = author.journey(author.handed_in(), until="hub") + author.hours(8, 20)
    author.row("ready_for_collection", at)
    author.row("delivered", at + author.days(2, 6))
    author.retold()


def _missed(author: Author) -> None:
    """Nobody there at the first attempt."""
    at = author.journey(author.handed_in(), until="out_for_delivery") + author.hours(2, 5)
    author.row("delivery_failed", at)
    author.row("delivered", at + author.hours(20, 28))
    author.retold()


def _first_seen_at_a_hub(author: Author) -> None:
    author.journey(author.handed_in(), hand_in=False)
    author.retold()


def _backfilled(author: Author) -> None:
    """The hand-in is told days after the hub."""
    start = author.handed_in()
    author.journey(start, hand_in=False, until=author.chance.choice(("hub", "delivered")))
    author.retold()
    author.row("dropped_off", start, author.days(3, 12))


def _backfilled_after_the_opening(author: Author) -> None:
    """An older hand-in, told on the last evening, opens the window at once."""
    start = author.handed_in(most=12)
    author.row("hub", start + author.days(1.5, 2.5))
    author.retold()
    author.row("dropped_off", start, first_instant(day_of(start) + 21 * DAY) + author.hours(2, 12) - start)


def _reused(author: Author) -> None:
    """An older parcel answers under the number until the new one is handed in."""
    old = author.issued_at - author.days(200, 600)
    start = author.handed_in(least=2)
    for name, gap in (("dropped_off", 0), ("hub", 20), ("delivered", 40)):
        author.row(name, old + gap * HOUR, own=False)
    author.rows = [replace(row, visible=author.issued_at, hidden=start) for row in author.rows]
    told = len(author.rows)
    author.journey(start, until=author.chance.choice(("hub", "delivered")))
    mine = Author(author.chance, author.serial, author.shop, author.issued_at, author.rows[told:])
    mine.retold()
    author.rows[told:] = mine.rows


def _wrong_shipment(author: Author) -> None:
    """A parcel to another country answers under the number until the new one is handed in."""
    start = author.handed_in(least=2)
    author.row("elsewhere", author.issued_at + HOUR, hidden=start, own=False)
    author.journey(start)
    author.rows[1:] = [replace(row, visible=max(row.visible, start)) for row in author.rows[1:]]


def _unknown_code(author: Author) -> None:
    start = author.handed_in()
    author.journey(start)
    author.row("unknown", start + author.hours(1, 2))
    author.rows.sort(key=lambda row: row.at)
    author.retold()


def _only_an_unknown_code(author: Author) -> None:
    author.row("unknown", author.handed_in())


def _relabelled(author: Author) -> None:
    """Goes on under another number."""
    at = author.journey(author.handed_in(most=15), until="hub") + author.hours(4, 10)
    author.label["successor"] = author.number(1)
    author.row("relabelled", at)
    author.row("hub", at + author.hours(8, 20), leg=1, where="Hannover")
    if author.chance.random() < 0.6:
        author.row("delivered", at + author.hours(26, 50), leg=1)
    author.retold()


def _vanishing(author: Author) -> None:
    """A row is left out again, days after it was told."""
    start = author.handed_in()
    author.journey(start, until="hub")
    author.row("delivered", start + author.days(6, 9))
    author.retold(twice=False)
    which = author.chance.randrange(2)
    author.rows[which] = replace(author.rows[which], hidden=author.rows[which].visible + author.days(3, 4.5))


def _shifted(author: Author) -> None:
    """A row is told anew, an hour or two away from where it was."""
    start = author.handed_in()
    author.journey(start, until="hub")
    author.row("delivered", start + author.days(7, 10))
    author.retold(twice=False)
    which = author.chance.randrange(2)
    row = author.rows[which]
    shown = max(row.visible, start) + author.days(3, 4.5)
    author.rows[which] = replace(row, hidden=shown)
    author.rows.append(replace(row, at=row.at + author.chance.choice((-2, -1, 1)) * HOUR, visible=shown))


def _forgotten(author: Author) -> None:
    """The carrier deletes the history before anybody could see whether it is lost."""
    start = author.handed_in(most=12)
    author.journey(start, until="hub")
    author.retold()
    author.label["gone_from"] = start + author.days(8, 16)


def _received(author: Author) -> None:
    """The merchant has it, and the carrier never says so."""
    start = author.handed_in(most=15)
    author.journey(start, until="hub")
    author.retold()
    author.facts["receipt_at"] = start + (author.days(4, 15) if author.chance.random() < 0.6 else author.days(23, 35))


PLOTS: dict[Callable[[Author], None], float] = {
    ordinary: 60, _slow: 2, _unused: 10, _unused_till_late: 1, _expired: 1, _voided: 1, _lost: 5, _found: 2, _told_late: 1,
    _returned: 2, _disposed: 0.7, _declared_lost: 0.7, _waits: 1.5, _missed: 1.5, _first_seen_at_a_hub: 3, _backfilled: 2,
    _backfilled_after_the_opening: 0.7, _reused: 1.5, _wrong_shipment: 0.5, _unknown_code: 1, _only_an_unknown_code: 0.3,
    _relabelled: 1, _vanishing: 1, _shifted: 1, _forgotten: 0.6, _received: 1,
}  # fmt: skip
_NEEDS = {
    _returned: "turned returned", _disposed: "disposed", _declared_lost: "lost", _waits: "ready_for_collection",
    _missed: "delivery_failed", _relabelled: "relabelled", _wrong_shipment: "elsewhere",
}  # fmt: skip


def fitting(plot: Callable[[Author], None], shop: Shop) -> Callable[[Author], None]:
    """The plot, or an ordinary one where the carrier has no rows to tell it with."""
    return plot if plot not in _NEEDS or shop.rows & set(_NEEDS[plot].split()) else ordinary
