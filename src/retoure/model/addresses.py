"""Where a parcel comes from and where it goes back to."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from retoure.model.base import Model


def _known_country(code: str) -> str:
    import pycountry  # its tables load on first use, not at import

    if pycountry.countries.get(alpha_2=code) is None:
        raise ValueError(f"{code!r} is not an ISO 3166-1 alpha-2 country code, like 'DE'")
    return code


def alpha_3(country: str) -> str:
    """The three-letter code of a two-letter country code: ``DE`` is ``DEU``."""
    import pycountry

    found = pycountry.countries.get(alpha_2=country)
    if found is None:
        raise ValueError(f"{country!r} is not an ISO 3166-1 alpha-2 country code, like 'DE'")
    return str(found.alpha_3)


Country = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True), AfterValidator(_known_country)]
"""An ISO 3166-1 alpha-2 code, upper case."""

_SHORTEST_NAME = 4
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
FilledLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Address(Model):
    """A postal address. Its personal parts stay out of every repr.

    Postcode and house number are text: they have leading zeros and letters. Some carriers need ``house_number`` apart from the
    street and refuse an address without one before the call; others print both as one line.
    """

    name: FilledLine = Field(repr=False)
    company: Line = Field(default="", repr=False)
    street: FilledLine = Field(repr=False)
    house_number: Line = Field(default="", repr=False)
    addition: Line = Field(default="", repr=False)
    postal_code: Line = Field(default="", repr=False)
    city: FilledLine = Field(repr=False)
    state: Line = Field(default="", repr=False)
    country: Country
    email: Line = Field(default="", repr=False)
    phone: Line = Field(default="", repr=False)

    @property
    def street_line(self) -> str:
        """Street and house number on one line."""
        return f"{self.street} {self.house_number}".strip()

    @property
    def personal(self) -> frozenset[str]:
        """The parts that identify a person, and the longer words of the name by themselves: what redaction masks."""
        words = [word for word in self.name.split() if len(word) >= _SHORTEST_NAME]
        lines = (self.name, self.company, self.street, self.street_line, self.addition, self.email, self.phone)
        return frozenset(filter(None, (*lines, *words)))


class ReturnAddress(Model):
    """One entry of the return-address book.

    Attributes:
        address: Where the parcel goes.
        bindings: What each account needs to send it there, by account name. For DHL Paket
            ``{"dhl": {"receiver_ids": {"DE": "deu", "AT": "aut"}}}``: one receiver id per sender country.
    """

    address: Address
    bindings: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)


class BoundReturnAddress(Model):
    """A return address resolved for one account: its name in the book, the address, and the account's own binding."""

    name: str
    address: Address
    binding: Mapping[str, Any] = Field(default_factory=dict)
