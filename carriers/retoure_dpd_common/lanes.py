"""Which lanes cross customs.

The unions are those of law: the EU's customs territory holds Monaco (Union Customs Code, article 4), Switzerland's
Liechtenstein.
"""

_EU = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MC", "MT",
     "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
_UNIONS = (_EU, frozenset({"CH", "LI"}))


def crosses_customs(origin: str, destination: str) -> bool:
    """Whether goods between two countries need a customs declaration."""
    return origin != destination and not any(origin in union and destination in union for union in _UNIONS)
