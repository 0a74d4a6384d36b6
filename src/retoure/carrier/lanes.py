"""What a lane means at the border, for carriers that leave it to the shipper to know.

The customs unions are those of law: the EU's customs territory holds Monaco (Union Customs Code, article 4), and Liechtenstein
is in Switzerland's. Places inside a member state with a tax border of their own cannot be told by their country.
"""

EU = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MC", "MT",
     "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
_UNIONS = (EU, frozenset({"CH", "LI"}))


def crosses_customs(origin: str, destination: str) -> bool:
    """Whether goods between two countries need a customs declaration."""
    return origin != destination and not any(origin in union and destination in union for union in _UNIONS)
