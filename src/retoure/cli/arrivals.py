"""Returns to be watched as a file or a command's options have them: a row, a label, or a whole return."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import AwareDatetime, ValidationError

from retoure.cli.inputs import BadInput, problems_of
from retoure.cli.sheets import Row
from retoure.client.accounts import Accounts
from retoure.errors import ConfigurationError, Problem
from retoure.lifecycle import CaseLabel, ReturnCase, case_of
from retoure.model.addresses import Country, ReturnAddress
from retoure.model.base import Model
from retoure.model.labels import Label, LabelSource
from retoure.model.tracking import Place, TrackingNumber

__all__ = ["Arrival", "Arriving", "Defaults", "arrivals_in_lines", "arrivals_in_rows", "read_arrival"]


class Arriving(Model):
    """A label that was issued elsewhere, to be watched: a line of an imported file.

    Attributes:
        number: As text; leading zeros count.
        account: Whose quota is used to ask for it, by its name in the configuration.
        carrier: May be told to be compared with the account's.
        issued_at: When the label was created, with its offset from UTC; events from before it belong to another parcel.
        label_source: Whose contract it is on; the account's, unless told.
        return_to: Where it goes, by its name in the configuration's return addresses; or country, postal_code and city.
        expires_on: The last day it can be used.
        refund_at_scan: The buyer is refunded at the first scan: it is read more often until then.
        policy: Its rules, by name; the configured ones, unless told.
    """

    number: TrackingNumber
    account: str = ""
    carrier: str = ""
    rma: str = ""
    issued_at: AwareDatetime | None = None
    label_source: LabelSource | None = None
    return_to: str = ""
    country: Country | None = None
    postal_code: str = ""
    city: str = ""
    expires_on: date | None = None
    refund_at_scan: bool = False
    policy: str = ""


COLUMNS = tuple(Arriving.model_fields)
_FORM = "number"
_BAD_NUMBER = "a tracking number has 1 to 50 letters, digits, spaces, dots and hyphens"


@dataclass(frozen=True)
class Defaults:
    """What holds for every row that does not say otherwise, and what names in rows mean."""

    accounts: Accounts
    return_addresses: Mapping[str, ReturnAddress]
    account: str = ""
    policy: str = ""
    refund_at_scan: bool = False


@dataclass
class Arrival:
    """One row of an input by its line: what to watch, or what is wrong with it."""

    line: int
    number: str = ""
    what: ReturnCase | None = None
    policy: str = ""
    refund_at_scan: bool = False
    problems: list[Problem] = field(default_factory=list)


def arrivals_in_rows(rows: Iterable[Row], defaults: Defaults) -> Iterator[Arrival]:
    """The rows of a CSV file."""
    for row in rows:
        told = {name: cell.strip() for name, cell in row.cells.items() if name and cell.strip()}
        if row.problem:
            yield Arrival(row.line, told.get(_FORM, ""), problems=[Problem("", "unreadable", row.problem)])
        else:
            yield read_arrival(told, row.line, defaults)


def arrivals_in_lines(text: Iterable[str], defaults: Defaults) -> Iterator[Arrival]:
    """The lines of a JSON Lines file, each a row, a Label, a CaseLabel or a ReturnCase; empty ones are left out."""
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line.encode("utf-8", "surrogateescape").decode("utf-8"), parse_float=str)
        except (ValueError, RecursionError) as error:
            why = "the file is UTF-16 or no text: save it as UTF-8" if "\0" in line else f"the line is no JSON object: {error}"
            yield Arrival(number, problems=[Problem("", "unreadable", why)])
            continue
        if isinstance(value, dict):
            yield read_arrival(value, number, defaults)
        else:
            yield Arrival(number, problems=[Problem("", "unreadable", "the line is no JSON object")])


def read_arrival(value: Mapping[str, Any], line: int, defaults: Defaults) -> Arrival:
    """One row, label or return, with all that is wrong with it."""
    found = Arrival(line, str(value.get("tracking_number") or value.get(_FORM) or ""))
    found.policy, found.refund_at_scan = defaults.policy, defaults.refund_at_scan
    try:
        found.what = _watching(value, found, defaults)
    except ValidationError as error:
        found.problems = [_plain(problem) for problem in problems_of(error)]
    except BadInput as error:
        found.problems = list(error.problems)
    return found


def _watching(value: Mapping[str, Any], found: Arrival, defaults: Defaults) -> ReturnCase:
    if "labels" in value:
        return ReturnCase.model_validate(value)
    if "tracking_number" in value:
        return case_of(Label.model_validate_json(json.dumps(value)))
    row = Arriving.model_validate(dict(value))
    found.policy = row.policy or defaults.policy
    found.refund_at_scan = row.refund_at_scan or defaults.refund_at_scan
    return _case_of(row, defaults)


def _case_of(row: Arriving, defaults: Defaults) -> ReturnCase:
    name = row.account or defaults.account
    if not name:
        raise _bad("account", "missing", "name the account in the row, or for all of them with --account")
    try:
        account = defaults.accounts[name]
    except ConfigurationError as error:
        raise _bad("account", "unknown", str(error)) from None
    if row.carrier and row.carrier != account.plugin.code:
        of = defaults.accounts.of_carrier(row.carrier)
        hint = f"name one of {', '.join(of)}" if of else f"configure an account of {row.carrier} first"
        raise _bad("carrier", "another_carrier", f"account {name!r} is of {account.plugin.code}, not of {row.carrier}: {hint}")
    label = CaseLabel(
        number=row.number,
        carrier=account.plugin.code,
        account=name,
        label_source=row.label_source or account.settings.label_source,
        issued_at=row.issued_at,
        destination=_destination(row, defaults),
        expires_on=row.expires_on,
    )
    return ReturnCase(rma=row.rma, labels=(label,))


def _destination(row: Arriving, defaults: Defaults) -> Place | None:
    if row.return_to:
        if row.return_to not in defaults.return_addresses:
            known = ", ".join(sorted(defaults.return_addresses)) or "none"
            raise _bad("return_to", "unknown", f"there is no return address {row.return_to!r}; there are: {known}")
        address = defaults.return_addresses[row.return_to].address
        return Place(country=address.country, postal_code=address.postal_code, city=address.city)
    told = Place(country=row.country or "", postal_code=row.postal_code, city=row.city)
    return told if told != Place() else None


def _bad(field_: str, code: str, text: str) -> BadInput:
    return BadInput(f"{field_}: {text}", [Problem(field_, code, text)])


def _plain(problem: Problem) -> Problem:
    """A number that cannot be one, in words instead of a pattern."""
    return (
        Problem(_FORM, problem.code, _BAD_NUMBER)
        if (problem.field, problem.code) == (_FORM, "string_pattern_mismatch")
        else problem
    )
