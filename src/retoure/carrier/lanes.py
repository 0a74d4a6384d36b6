"""What a lane means at the border, for carriers that leave it to the shipper to know.

The customs unions are those of law: the EU's customs territory holds Monaco (Union Customs Code, article 4), Liechtenstein
and Büsingen are in Switzerland's (treaties of 1923 and 1964), and goods of Northern Ireland are treated as the EU's (Windsor
Framework) without a border to the rest of the United Kingdom. Places inside a member state with a tax border of their own are
told by their postcode: Directive 2006/112/EC, article 6, and Union Customs Code, article 4.
"""

from collections.abc import Mapping
from typing import Protocol

from retoure.carrier.shaping import plain_number

EU = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MC", "MT",
     "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip

# By country, how postcodes begin and whose territory that is: ISO 3166 where it has a code, else one of the EU's geonomenclature
# (XC, XL, XI), else the postcode. The first that fits counts.
_TERRITORIES: Mapping[str, Mapping[str, str]] = {
    "DE": {"27498": "Heligoland", "78266": "Büsingen"},
    "ES": {"35": "IC", "38": "IC", "51": "XC", "52": "XL"},  # Canary Islands, Ceuta, Melilla
    "FI": {"22": "AX", "AX": "AX"},  # Åland writes AX-22100
    "FR": {
        "97133": "BL", "97150": "MF", "971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT",
        "980": "MC", "984": "TF", "986": "WF", "987": "PF", "988": "NC",
    },
    "GB": {"BT": "XI"},
    "GR": {"63086": "Athos"},
    "IT": {"23041": "Livigno", "22061": "Campione"},
}  # fmt: skip
_UNIONS = (EU | {"XI"}, frozenset({"GB", "XI"}), frozenset({"CH", "LI", "Büsingen"}))


class Located(Protocol):
    """A place with a country and, where known, a postcode: an address or a place."""

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2."""

    @property
    def postal_code(self) -> str:
        """As written; empty where not known."""


def _territory(place: Located) -> str:
    known = _TERRITORIES.get(place.country)
    if not known:
        return place.country
    postcode = plain_number(place.postal_code).removeprefix(place.country)
    return next((territory for begin, territory in known.items() if postcode.startswith(begin)), place.country)


def crosses_customs(origin: Located, destination: Located) -> bool:
    """Whether goods between two places need a declaration, for customs or for a tax border inside a customs union.

    A place without a postcode is taken for its country's mainland.
    """
    start, end = _territory(origin), _territory(destination)
    return start != end and not any(start in union and end in union for union in _UNIONS)


def undeclared(origin: Located, destination: Located, *, said: bool = False) -> str:
    """The notice of a label whose order has customs lines that were not sent; ``said`` where the request itself decided so."""
    lane = f"a return from {origin.country} to {destination.country}"
    why = f"{lane} is not declared by the order's own word" if said else f"{lane} crosses no customs or tax border"
    return f"the customs lines were not sent: {why}"
