"""Returns by chance, with the nights on which counting goes wrong drawn far more often than they come."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.lifecycle.daybyday.days import DAY, Days, after, days_of
from tests.lifecycle.daybyday.ledger import moment_of
from tests.lifecycle.daybyday.tables import (
    ACCEPTANCES,
    BEFORE,
    ENDS,
    FAR,
    NIGHTS,
    NOT_PHYSICAL,
    ON_THE_WAY,
    SHIPPED,
    SOURCES,
    WALLS,
)  # fmt: skip
from tests.lifecycle.daybyday.told import Answer, Fact, Failure, Heard, Message, Row, Story
from tests.lifecycle.daybyday.unscanned import RETENTION

MINUTE, SECOND, HOUR = timedelta(minutes=1), timedelta(seconds=1), timedelta(hours=1)


def story_of(seed: int) -> Story:
    """The return of a number: always the same one."""
    return _Teller(Random(seed)).story()


class _Teller:
    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.rules, self.zone = dice.choice(list(SHIPPED.items()))
        if dice.random() < 0.4:
            self.zone = dice.choice(FAR)
            self.rules = f"amazon_aprl_de@{self.zone}"
        self.days: Days = days_of(self.zone)
        self.shift = dice.choice((None, None, 1, -1, 2, 9, -14))
        self.twins = self.chance(0.2)
        self.clock = (
            self.zone if dice.random() < 0.8 else dice.choice(("Europe/Berlin", "UTC", "Asia/Tokyo", "America/Los_Angeles"))
        )
        self.source = dice.choice(("CARRIER", "CARRIER", "STATED", "COUNTRY", "ASSUMED"))
        self.offset = dice.choice((0, 60, 120, -420, 345, 840)) if self.source == "STATED" else None
        if self.source == "ASSUMED":
            self.clock = self.zone

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def wall(self, day: date) -> datetime:
        hour, minute = self.dice.choice(WALLS) if self.chance(0.6) else (self.dice.randrange(24), self.dice.randrange(60))
        return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - a clock on a wall

    def story(self) -> Story:
        dice = self.dice
        start = (
            dice.choice(NIGHTS) - dice.choice((0, 1, 20, 21, 22, 60)) * DAY
            if self.chance(0.6)
            else date(2026, 1, 1) + dice.randrange(1000) * DAY
        )
        issued: datetime | None = self.days.moment_of(self.wall(start - dice.choice((0, 0, 0, 1, 3)) * DAY))
        carrier = dice.choice(("dhl_paket", "dhl_paket", "dpd", "dhl_express", "ups"))
        truth = self.truth(start)
        if issued is not None and self.chance(0.1):
            truth = self.reused(truth, issued)
        if self.chance(0.05):
            issued = None
        expires = start + dice.choice((5, 14, 29, 30, 31, 60)) * DAY if self.chance(0.15) else None
        heard = self.asking(truth, start, issued, expires, carrier)
        heard += self.facts(start)
        heard = self.apart(heard)
        return Story(
            rules=self.rules, zone=self.zone, carrier=carrier,
            source=dice.choice(SOURCES),
            issued=issued, heard=tuple(heard), now=self.question(start, heard), aimed=self.chance(0.7),
            expires=expires, promised=start + dice.randrange(1, 6) * DAY if self.chance(0.5) else None, trusting=self.chance(0.3),
        )  # fmt: skip

    def row(self, kind: str, wall: datetime, sequence: int) -> Row:
        custody = NOT_PHYSICAL.get(kind, "PHYSICAL")
        if kind in ("CUSTOMS", "EXCEPTION"):
            custody = self.dice.choice(("PHYSICAL", "UNKNOWN", "NONE"))
        date_only = self.source == "ASSUMED" or (self.chance(0.08) and kind != "RETRACTION")
        if date_only and self.source != "ASSUMED":
            wall = wall.replace(hour=0, minute=0)
        place = (
            self.dice.choice(("merchant", "merchant", "buyer", "elsewhere", "", ""))
            if kind in ENDS[:6]
            else self.dice.choice(("", "depot"))
        )
        return Row(
            kind, custody, wall, self.clock, f"{kind[:3]}{sequence}", offset=self.offset, source=self.source, date_only=date_only,
            place=place,
            homeward=kind == "DELIVERED" and self.chance(0.15), sequence=sequence,
        )  # fmt: skip

    def kinds(self) -> list[tuple[str, int]]:
        """What happens, each with the days that pass before it."""
        kinds: list[tuple[str, int]] = []
        dice = self.dice
        kinds += [(dice.choice(BEFORE), 0) for _ in range(dice.randrange(3))]
        if self.chance(0.82):
            if self.chance(0.75):
                kinds.append((dice.choice(ACCEPTANCES), 0))
            kinds += [(dice.choice(ON_THE_WAY), dice.choice((0, 0, 1, 2, 7))) for _ in range(dice.randrange(4))]
            if self.chance(0.5):
                kinds.append((dice.choice(ENDS), dice.choice((0, 1, 3, 17, 18, 19, 20, 21, 22, 25))))
                if kinds[-1][0] == "LOST_BY_CARRIER" and self.chance(0.6):
                    kinds.insert(len(kinds) - dice.randrange(2), ("DELIVERED", dice.choice((0, 1, 4))))
                if kinds[-1][0] == "RETURNING_TO_ORIGIN" and self.chance(0.6):
                    kinds.append((dice.choice(("DELIVERED", "RETURNED_TO_ORIGIN")), dice.choice((0, 1, 3))))
            if self.chance(0.08):
                kinds.append((dice.choice(("HUB_SCAN", "INFO", "DATA_RECEIVED", "RETURNING_TO_ORIGIN")), dice.choice((1, 4))))
        if kinds and self.chance(0.06):
            kinds.insert(dice.randrange(1, len(kinds) + 1), ("RETRACTION", 0))
        return kinds

    def truth(self, start: date) -> list[Row]:
        dice, kinds = self.dice, self.kinds()
        rows: list[Row] = []
        day, last = start, None
        for sequence, (kind, pause) in enumerate(kinds):
            day += pause * DAY
            wall = self.wall(day)
            if last is not None and wall <= last:
                wall = last + dice.choice((1, 30, 61)) * MINUTE
            day, last = wall.date(), wall
            rows.append(self.row(kind, wall, sequence))
            if kind == "HUB_SCAN" and not rows[-1].date_only and self.twins and self.chance(0.3):
                day, last = (wall + 2 * HOUR).date(), wall + 2 * HOUR
                rows.append(replace(rows[-1], wall=last))
        return rows

    def reused(self, truth: list[Row], issued: datetime) -> list[Row]:
        """The parcel that had the number before: long ago, or a minute to either side of the boundary."""
        back = issued - DAY - self.dice.choice((-MINUTE, timedelta(), MINUTE, 400 * DAY))
        wall = (
            (back + timedelta(minutes=self.offset or 0)).replace(tzinfo=None)
            if self.offset is not None
            else back.astimezone(ZoneInfo(self.clock)).replace(tzinfo=None)
        )
        old = self.row(self.dice.choice(("DELIVERED", "HUB_SCAN")), wall.replace(second=0), 0)
        return [replace(row, sequence=place) for place, row in enumerate([old, *truth])]

    def asking(self, truth: list[Row], start: date, issued: datetime | None, expires: date | None, carrier: str) -> list[Heard]:
        dice = self.dice
        lag = [
            dice.choice((timedelta(), timedelta(), HOUR, DAY, 5 * DAY, 23 * DAY)) if self.chance(0.3) else timedelta()
            for _ in truth
        ]
        edges = [self.days.on(after(start, wait)) for wait in (19, 20, 21)]
        if issued is not None:
            kept = RETENTION.get(carrier, 60)
            edges += [self.days.on(self.days.date_of(issued) + wait * DAY) for wait in (30, 31, kept, kept + 1)]
        if expires is not None:
            edges.append(self.days.on(expires + DAY))
        heard: list[Heard] = []
        for _ in range(dice.randrange(6)):
            if self.chance(0.5):
                sent = dice.choice(edges) + dice.choice((-SECOND, timedelta(), SECOND, HOUR))
            else:
                sent = self.days.on(start) + timedelta(seconds=dice.randrange(45 * 86400))
            known = sent + dice.choice((timedelta(), SECOND, 2 * SECOND, 30 * SECOND))
            if self.chance(0.2):
                heard.append(Failure(sent, known, dice.choice(("NOT_FOUND", "NOT_FOUND", "FAILED", "WRONG_SHIPMENT"))))
                continue
            rows = [row for row, late in zip(truth, lag, strict=True) if moment_of(row) + late <= sent]
            if self.source != "ASSUMED" and self.chance(0.1):
                rows = [self.corrected(row) for row in rows]
            heard.append(
                Answer(
                    sent,
                    known,
                    tuple(self.told(rows, sent)),
                    dice.choice(("", "merchant", "merchant", "merchant")) if self.chance(0.95) else "stranger",
                )
            )
        if truth and self.source != "ASSUMED" and self.chance(0.12):
            row = dice.choice(truth)
            heard.append(Message(moment_of(row) + dice.choice((MINUTE, HOUR, 3 * DAY)), (row,)))
        return heard

    def corrected(self, row: Row) -> Row:
        """The same row by another clock: UTC, or so many hours off."""
        if row.date_only:
            return row
        if self.twins:
            return row
        if self.shift is None:
            return replace(row, wall=moment_of(row).replace(tzinfo=None), offset=0, source="STATED")
        return replace(row, wall=row.wall + self.shift * HOUR)

    def told(self, rows: list[Row], sent: datetime) -> list[Row]:
        """An answer as the carrier gives it this time: something left out, nothing at all, or a row from the future."""
        if self.chance(0.05):
            return []
        if rows and self.chance(0.07):
            gone = self.dice.choice(rows)
            rows = [row for row in rows if row is not gone]
        if rows and self.source != "ASSUMED" and self.chance(0.06):
            ahead = sent + self.dice.choice((25 * HOUR, 26 * HOUR, 26 * HOUR + MINUTE, 27 * HOUR, 90 * HOUR))
            wall = ahead.astimezone(ZoneInfo("UTC")).replace(tzinfo=None, second=0) + MINUTE * (self.offset or 0)
            if self.offset is None:
                wall = ahead.astimezone(ZoneInfo(self.clock)).replace(tzinfo=None, second=0)
            rows = [*rows, self.row(self.dice.choice(("HUB_SCAN", "DELIVERED")), wall, 90)]
        return rows

    def facts(self, start: date) -> list[Heard]:
        dice = self.dice
        heard: list[Heard] = []
        for what, share, spread in (
            ("refund", 0.6, (-40, 30)),
            ("handover", 0.15, (0, 3)),
            ("receipt", 0.08, (2, 40)),
            ("void", 0.06, (0, 10)),
            ("claim", 0.1, (21, 40)),
        ):
            if self.chance(share):
                at = self.days.moment_of(self.wall(start + dice.randrange(*spread) * DAY))
                how = dice.choice(("RFS", "MANUAL", "AUTOMATED_BY_AMAZON", "")) if what == "refund" else ""
                heard.append(Fact(what, at, at + dice.choice((timedelta(), HOUR, 4 * DAY)), how))
        return heard

    def apart(self, heard: list[Heard]) -> list[Heard]:
        """Nothing is learned at the same second as something else."""
        taken: set[datetime] = set()
        kept: list[Heard] = []
        for one in heard:
            known = one.known
            while known in taken:
                known += SECOND
            taken.add(known)
            kept.append(replace(one, known=known))
        self.dice.shuffle(kept)
        return kept

    def question(self, start: date, heard: list[Heard]) -> datetime:
        dice = self.dice
        if heard and self.chance(0.4):
            return dice.choice(heard).known + dice.choice((-SECOND, timedelta(), timedelta(), SECOND))
        if self.chance(0.5):
            return self.days.on(start + dice.choice((20, 21, 21, 22, 28, 30, 31, 51, 58, 60, 61)) * DAY) + dice.choice(
                (-SECOND, timedelta(), SECOND)
            )
        return self.days.on(start) + timedelta(seconds=dice.randrange(80 * 86400))
