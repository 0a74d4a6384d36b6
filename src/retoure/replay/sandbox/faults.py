"""What goes wrong in a box: chosen by chance from a seed, so that a run can be had again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from threading import Lock
from typing import Annotated, TypeAlias

from pydantic import Field, field_validator

from retoure.model.base import Model


class Fault(StrEnum):
    """What may happen to one purchase or one booking. Only those before it leave nothing behind."""

    CUT_BEFORE = "cut_before"  # the line is cut, nothing was booked
    ERROR_BEFORE = "error_before"  # HTTP 500, nothing was booked
    BUSY = "busy"  # HTTP 429, nothing was booked
    CUT_AFTER = "cut_after"  # booked, and the line is cut
    CUT_WITHIN = "cut_within"  # booked, and half the answer comes
    ERROR_AFTER = "error_after"  # booked, and HTTP 500
    EMPTY_AFTER = "empty_after"  # booked, and a success that says nothing
    LATE = "late"  # booked, and the answer comes late
    BOOKED_LATE = "booked_late"  # booked late, when whoever asked may have given up


BOOKED = frozenset({Fault.CUT_AFTER, Fault.CUT_WITHIN, Fault.ERROR_AFTER, Fault.EMPTY_AFTER, Fault.LATE, Fault.BOOKED_LATE})


_ROUNDING = 1e-9
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Seconds: TypeAlias = Annotated[float, Field(ge=0, le=86400)]


class Faults(Model):
    """How often what goes wrong, as shares of one.

    Attributes:
        rates: The share of purchases and bookings that each fault befalls.
        slow_s: How long every answer takes.
        late_s: How late what is late is.
        look_up_lag_s: How long look-ups do not see what was bought.
        look_up_forgets: The share of purchases that look-ups never see.
        look_up_fails: The share of look-ups whose line is cut.
        token_fails: The share of requests for a token that are answered with HTTP 503.
    """

    rates: Mapping[Fault, Share] = Field(default_factory=dict)
    slow_s: Seconds = 0.0
    late_s: Seconds = 5.0
    look_up_lag_s: Seconds = 0.0
    look_up_forgets: Share = 0.0
    look_up_fails: Share = 0.0
    token_fails: Share = 0.0

    @field_validator("rates")
    @classmethod
    def _of_one(cls, rates: Mapping[Fault, float]) -> Mapping[Fault, float]:
        if (together := sum(rates.values())) > 1 + _ROUNDING:
            raise ValueError(f"one fault at most befalls a purchase: together these are {together:g}, above 1")
        return rates


@dataclass
class Chance:
    """Draws faults. Safe for threads."""

    faults: Faults
    seed: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 - chance, not secrecy

    def fault(self) -> Fault | None:
        """What befalls the next purchase."""
        drawn = self._draw()
        for fault, rate in self.faults.rates.items():
            drawn -= rate
            if drawn < 0:
                return fault
        return None

    def befalls(self, share: float) -> bool:
        """Whether something of this share happens now."""
        return share > 0 and self._draw() < share

    def seen_from(self, now: datetime) -> datetime | None:
        """From when on look-ups see what is bought now; None: never."""
        if self.befalls(self.faults.look_up_forgets):
            return None
        return now + timedelta(seconds=self.faults.look_up_lag_s)

    def _draw(self) -> float:
        with self._lock:
            return self._random.random()
