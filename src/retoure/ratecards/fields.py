"""The kinds of value in a card: exact amounts, measures with their unit, dates, codes."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from retoure.model.addresses import Country
from retoure.model.measures import Length, Weight

_PLAIN_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?\Z")


def plain_decimal(value: Any) -> Decimal:  # noqa: ANN401 - whatever a card holds
    """Read an amount: an integer, a decimal, or its text; no float, sign, exponent, NaN or infinity.

    Raises:
        ValueError: anything else. The value is not repeated, because a tariff may be confidential.
    """
    if isinstance(value, float):
        raise ValueError("a float is not exact: write the amount as text, like '4.10'")  # noqa: TRY004 - pydantic wants ValueError
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("an amount is a number with a decimal point")  # noqa: TRY004
    text = value if isinstance(value, str) else str(value)
    if not _PLAIN_NUMBER.match(text):
        raise ValueError("an amount is digits with a decimal point: not negative, no comma, no exponent, at most six decimals")
    return Decimal(text)


def _positive(value: Decimal) -> Decimal:
    if value <= 0:
        raise ValueError("must be greater than zero")
    return value


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a directory
        raise ValueError("not a time zone of the IANA database, like 'Europe/Berlin'") from None
    return name


def _weight(text: str) -> str:
    Weight.parse(text)
    return text


def _length(text: str) -> str:
    Length.parse(text)
    return text


def _days(text: str) -> str:
    earliest, _, latest = text.partition("-")
    if latest and int(latest) < int(earliest):
        raise ValueError(f"days {text!r}: the fewer first")
    return text


def _filled(values: tuple[object, ...]) -> tuple[object, ...]:
    if not values:
        raise ValueError("at least one is needed")
    return values


# Not min_length: pydantic leaves faulty items out before it counts, and would report the list as empty too.
AT_LEAST_ONE = AfterValidator(_filled)
_AMOUNT_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "number", "minimum": 0}, {"type": "string"}]}
Amount = Annotated[Decimal, BeforeValidator(plain_decimal), WithJsonSchema(_AMOUNT_SCHEMA)]
PositiveAmount = Annotated[Amount, AfterValidator(_positive)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
WeightText = Annotated[str, AfterValidator(_weight)]
LengthText = Annotated[str, AfterValidator(_length)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Day = Annotated[date, Field(strict=True)]
PostcodeArea = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]+(\.\.[0-9A-Z]+)?$")]
"""A prefix, ``"27498"``, or a range of prefixes of one length, ``"25938..25997"``, both ends included."""


def _forward(areas: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for area in (area for several in areas.values() for area in several):
        first, _, last = area.partition("..")
        if last and (len(first) != len(last) or last < first):
            raise ValueError(f"postcode range {area!r}: both ends have the same length, the lower one first")
    return areas


Areas = Annotated[dict[Country, tuple[PostcodeArea, ...]], AfterValidator(_forward)]
"""Parts of countries by postcode."""

ChargeCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_\-]*$")]
DaysText = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}(-[0-9]{1,2})?$"), AfterValidator(_days)]
"""Days of transit: ``"2"``, or ``"1-3"``."""

CardId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_\-]*$")]
