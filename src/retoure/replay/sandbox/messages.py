"""What comes into a box and what goes out, and what changes in it from booking to booking."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import unquote

from retoure.replay.differences import json_leaves, parse_xml, xml_leaves
from retoure.replay.given import asked
from retoure.replay.scenario import Scenario

Values: TypeAlias = Mapping[str, str]
"""What changes from booking to booking: ``key``, ``number``, ``parcel`` (the number a pickup fetches), ``day`` and ``day8``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came in, its path without the carrier's code."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    def leaves(self) -> dict[str, str]:
        """Every value of the request by its place."""
        found = {"path": unquote(self.path)}
        for name, value in self.query:
            found.update(_text_leaves(f"query.{name}", value, found.get(f"query.{name}")))
        found.update({f"header.{name.lower()}": value for name, value in self.headers.items()})
        found.update(_body_leaves(self.content))
        return found


def _text_leaves(place: str, text: str, before: str | None) -> Iterator[tuple[str, str]]:
    root = parse_xml(text)
    if root is not None:
        yield from ((f"{place}{path}", value) for path, value in xml_leaves(root))
    else:
        yield place, text if before is None else f"{before};{text}"


def _body_leaves(content: bytes) -> dict[str, str]:
    text = content.decode("utf-8", "replace")
    try:
        root = parse_xml(text)
        if root is not None:
            return dict(xml_leaves(root))
        return {path: str(value) for path, value in json_leaves(json.loads(text, parse_float=Decimal))}
    except (ValueError, RecursionError):
        return {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


def days(day: str) -> dict[str, str]:
    """A day in both of the forms in which carriers write it."""
    return {"day": day, "day8": day.replace("-", "")}


def recorded_values(scenario: Scenario) -> Values:
    """What stands in a scenario in the places of key, number and day."""
    it = asked(scenario)[0]
    purchase = getattr(it, "order", None) or it
    reference = getattr(it, "label", None) or getattr(it, "pickup", None)
    parcels = getattr(it, "parcels", ())
    told = scenario.expect.result if isinstance(scenario.expect.result, dict) else {}
    told = told.get("found", told)
    day = getattr(getattr(it, "window", None) or getattr(purchase, "window", None), "day", None) or getattr(it, "day", None)
    fetched = getattr(purchase, "parcels", ()) if purchase is not it else ()
    values = {
        "key": getattr(reference or purchase, "key", ""),
        "number": getattr(reference, "confirmation_number", "") or getattr(reference, "tracking_number", "")
        or told.get("confirmation_number", "") or told.get("tracking_number", "") or (parcels[0].number if parcels else ""),
        "parcel": fetched[0].tracking_number if fetched else next(iter(told.get("tracking_numbers", ())), ""),
        **(days(day.isoformat()) if day else {}),
    }  # fmt: skip
    return {name: value for name, value in values.items() if value}
