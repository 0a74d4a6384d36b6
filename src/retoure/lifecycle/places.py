"""Is this the place a parcel was bound for? Told as far as two incomplete places can be compared, and no further."""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from retoure.model.tracking import Place

_WORD = re.compile(r"\w+")
_COUNTRY_BEFORE = re.compile(r"^[A-Za-z]{1,2}[- ]?(?=\d{4})")
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


class Relation(StrEnum):
    """How a place relates to another. UNKNOWN: too little is told of one of them."""

    SAME = "SAME"
    ELSEWHERE = "ELSEWHERE"
    UNKNOWN = "UNKNOWN"


class Where(StrEnum):
    """Where something happened, as seen by a return."""

    DESTINATION = "DESTINATION"
    ORIGIN = "ORIGIN"
    ELSEWHERE = "ELSEWHERE"
    UNKNOWN = "UNKNOWN"


def where_is(place: Place, origin: Place | None, destination: Place | None) -> Where:
    """Whether something happened at the return address, at the customer's, or at neither.

    Customer and merchant in one town are told apart by postcode or not at all. ELSEWHERE means: surely not at the return address,
    and not shown to be at the customer's.
    """
    at_destination = relation_of(place, destination) if destination else Relation.UNKNOWN
    at_origin = relation_of(place, origin) if origin else Relation.UNKNOWN
    if at_destination is at_origin is Relation.SAME:
        return Where.UNKNOWN
    if at_destination is Relation.SAME:
        return Where.DESTINATION
    if at_origin is Relation.SAME:
        return Where.ORIGIN
    return Where.ELSEWHERE if at_destination is Relation.ELSEWHERE else Where.UNKNOWN


def relation_of(told: Place, wanted: Place) -> Relation:
    """Whether a place that was told is the one that is wanted: by country, then postcode, then town, then a town in its text.

    A town has many postcodes, so another postcode in a town of the same name is the same place. Free text can only confirm: a
    carrier's depot has a name of its own.
    """
    if _differ(_country(told), _country(wanted)):
        return Relation.ELSEWHERE
    by_code = _by_postcode(told, wanted)
    if by_code is Relation.SAME:
        return Relation.SAME
    if told.city and wanted.city:
        return Relation.SAME if _same_town(told.city, wanted.city) else Relation.ELSEWHERE
    if by_code is Relation.ELSEWHERE:
        return Relation.ELSEWHERE
    if told.text and wanted.city and _mentions(told.text, wanted.city):
        return Relation.SAME
    return Relation.UNKNOWN


def bound_for(told: Place, wanted: Place) -> Relation:
    """Whether an answer's destination is the label's: by country and postcode, to tell another shipment behind its number."""
    if _differ(_country(told), _country(wanted)):
        return Relation.ELSEWHERE
    return _by_postcode(told, wanted)


def _by_postcode(told: Place, wanted: Place) -> Relation:
    """By as much of the postcodes as both tell: a carrier may add a delivery route to one, or leave out its end."""
    shorter, longer = sorted((_postcode(told.postal_code), _postcode(wanted.postal_code)), key=len)
    if not shorter:
        return Relation.UNKNOWN
    if shorter == longer:
        return Relation.SAME
    if not longer.startswith(shorter):
        return Relation.ELSEWHERE
    # Without both countries it may be the shorter code of another country.
    return Relation.SAME if _country(told) and _country(wanted) else Relation.UNKNOWN


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _country(place: Place) -> str:
    """The two-letter code; anything else a carrier calls a country says nothing here."""
    return place.country.upper() if len(place.country) == 2 else ""


def _postcode(code: str) -> str:
    """Letters and digits, without the country that some write before the digits: ``D-10115``."""
    return "".join(c for c in _COUNTRY_BEFORE.sub("", code.strip()) if c.isalnum()).casefold()


def _same_town(one: str, other: str) -> bool:
    """Spelt alike, or one of them with an addition: ``Frankfurt`` is ``Frankfurt am Main``."""
    return any(mine[: len(theirs)] == theirs[: len(mine)] for mine in _spellings(one) for theirs in _spellings(other))


def _mentions(text: str, town: str) -> bool:
    return any(
        words[start : start + len(name)] == name
        for words in _spellings(text)
        for name in _spellings(town)
        for start in range(len(words) - len(name) + 1)
    )


@lru_cache(maxsize=4096)
def _spellings(name: str) -> frozenset[tuple[str, ...]]:
    """A name in words, with umlauts spelt out and with them dropped: ``koeln`` and ``koln``."""
    folded = unicodedata.normalize("NFC", name).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return frozenset(tuple(_WORD.findall(form)) for form in (folded.translate(_SPELT_OUT), bare)) - {()}
