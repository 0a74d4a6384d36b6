"""Returns as a simulation knows them: what happens to each, what its carrier shows of it and when, what the merchant does."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)

SCANS = frozenset(
    ("dropped_off", "picked_up", "origin_hub", "hub", "out_for_delivery", "ready_for_collection", "delivery_failed", "turned",
     "delivered", "returned", "disposed")
)  # fmt: skip
"""The rows that prove that the carrier has the parcel; ``announced``, ``lost``, ``unknown``, ``relabelled`` do not."""


@dataclass(frozen=True)
class Shop:
    """One account: whose labels, how many of all, which rules."""

    account: str
    carrier: str
    source: str
    share: float
    policy: str = "amazon_aprl_de"
    retention_days: int = 60
    numbers: str = ""
    rows: frozenset[str] = frozenset()


_EVERYWHERE = frozenset(("announced", "dropped_off", "origin_hub", "hub", "delivered", "unknown"))
_PAKET = _EVERYWHERE | {"picked_up", "out_for_delivery", "turned", "disposed", "lost", "retraction", "pickup_failed", "elsewhere"}
_UPS = _EVERYWHERE | {"out_for_delivery", "ready_for_collection", "returned", "relabelled", "elsewhere"}
_EXPRESS = _EVERYWHERE | {"picked_up", "out_for_delivery", "delivery_failed", "returned", "elsewhere"}
SHOPS = (
    Shop("dhl_amazon", "dhl_paket", "AMAZON_NEGOTIATED", 0.42, retention_days=90, numbers="99991{:09d}", rows=_PAKET),
    Shop("dhl_own", "dhl_paket", "OWN_CONTRACT", 0.2, retention_days=90, numbers="99992{:09d}", rows=_PAKET),
    Shop("dpd_amazon", "dpd", "AMAZON_NEGOTIATED", 0.18, numbers="09999{:09d}", rows=_EVERYWHERE),
    Shop("ups_own", "ups", "OWN_CONTRACT", 0.12, "own_shop_de", 120, "1ZEXMPL1{:010d}", _UPS),
    Shop("express_own", "dhl_express", "OWN_CONTRACT", 0.08, "own_shop_de", 60, "9{:09d}", _EXPRESS),
)
TOWNS = {"dhl_express": ("AT", "1010", "Vienna")}  # DHL Express writes towns in English, and knows no other name of them
ORIGIN = ("DE", "80331", "München")
DESTINATION = ("DE", "10115", "Berlin")
BACK_HOME = {"dhl_paket": "München", "ups": "München", "dhl_express": "VIENNA"}


@dataclass(frozen=True)
class Row:
    """A row of a history.

    Attributes:
        visible: From when on the carrier shows it.
        hidden: From when on it does not any more.
        where: Another town than usual.
        own: It is this parcel's: not an older one's under the same number.
        leg: Under which of the parcel's numbers it is shown.
    """

    name: str
    at: datetime
    visible: datetime
    hidden: datetime | None = None
    where: str = ""
    own: bool = True
    leg: int = 0

    @property
    def scan(self) -> bool:
        return self.own and self.name in SCANS


@dataclass(frozen=True)
class Parcel:
    """One label and what becomes of it."""

    number: str
    shop: Shop
    issued_at: datetime
    rows: tuple[Row, ...]
    known_from: datetime
    gone_from: datetime | None = None
    expires_on: date | None = None
    superseded: bool = False
    successor: str = ""


@dataclass(frozen=True)
class Return:
    """One return: its labels, and what the merchant does."""

    rma: str
    plot: str
    parcels: tuple[Parcel, ...]
    refund_at_scan: bool = False
    refund_at: datetime | None = None
    receipt_at: datetime | None = None
    claim_at: datetime | None = None
    voided_at: datetime | None = None

    @property
    def shop(self) -> Shop:
        return self.parcels[0].shop


def first_instant(day: date) -> datetime:
    """The first instant of a date in the policy's zone: midnight exists on all of its dates."""
    return datetime.combine(day, time(), BERLIN).astimezone(UTC)


def day_of(moment: datetime) -> date:
    return moment.astimezone(BERLIN).date()
