"""Places where a customer can hand a return in."""

from datetime import time
from typing import Annotated

from pydantic import AwareDatetime, Field

from retoure.model.addresses import Country
from retoure.model.base import Model
from retoure.model.tracking import Place


class DropOffQuery(Model):
    """Where to look, and what the place must be able to do."""

    country: Country
    postal_code: str = ""
    city: str = ""
    street: str = Field(default="", repr=False)
    radius_m: Annotated[int, Field(gt=0, le=100_000)] = 5000
    limit: Annotated[int, Field(gt=0, le=50)] = 15
    prints_labels: bool = False


class OpeningHours(Model):
    """Local opening hours on one weekday, 1 Monday to 7 Sunday as in ISO 8601."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    opens: time
    closes: time


class Closure(Model):
    """A period in which the place is closed."""

    closed_from: AwareDatetime
    closed_until: AwareDatetime


class DropOffPoint(Model):
    """A place that takes returns. ``prints_labels`` is None where the carrier does not say."""

    id: str
    carrier: str
    name: str
    kind: str
    street: str
    place: Place
    distance_m: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    hours: tuple[OpeningHours, ...] = ()
    closures: tuple[Closure, ...] = ()
    prints_labels: bool | None = None
    services: tuple[str, ...] = ()
