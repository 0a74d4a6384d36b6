"""UPS's tracking codes in our words: (type, code, statusCode) as a kind and a custody, and the states of a pickup.

The codes are those of the Tracking API's appendix on https://developer.ups.com as of January 2026. The same letters stand in
several tables with other meanings (DP is a departure scan as type I and a manifest as type M, XD a drop-off as type I and an
import scan as type X), so no code is read without its type. What proves custody is derived from the codes' texts; UPS does not
state it. Exceptions that are not listed here prove nothing: a delay or the weather can be posted before the hand-over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from retoure.model import Custody, Kind, PickupState

NEEDS_REVIEW = "needs_review"
UNLISTED_CODE = "unlisted_code"
LOGICAL_SCAN = "logical_scan"
RENUMBERED = frozenset({"CG", "IB"})
"""Exception codes that say: another tracking number goes on from here."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one triple says."""

    kind: Kind
    custody: Custody
    flags: tuple[str, ...] = ()


_REVIEW = (NEEDS_REVIEW,)
_NOTHING = Reading(Kind.UNKNOWN, Custody.UNKNOWN)


def _all(codes: str, kind: Kind, custody: Custody = Custody.PHYSICAL, flags: tuple[str, ...] = ()) -> dict[str, Reading]:
    reading = Reading(kind, custody, flags)
    return dict.fromkeys(codes.split(), reading)


# statusCode: zero-padded to three digits, as UPS writes it.
STATUS: Mapping[str, Reading] = {
    # Only data, or on its way to UPS.
    **_all("003 080 157 166 044 045 079", Kind.DATA_RECEIVED, Custody.NONE),
    **_all("007 043", Kind.CANCELLED, Custody.NONE),
    **_all("077", Kind.PICKUP_BOOKED, Custody.NONE),
    **_all("065 131 135", Kind.PICKUP_FAILED, Custody.NONE),
    **_all("133", Kind.INFO, Custody.NONE),  # a return label was left with the customer: no parcel
    # In UPS's hands.
    **_all("038", Kind.PICKED_UP),
    **_all("160", Kind.ACCEPTED),
    **_all("167 168 169", Kind.DROPPED_OFF),
    **_all("005 010 016 019 025 039 047 057 071 073 074 087 137 138 158 159 164 165", Kind.HUB_SCAN),
    **_all("017 040 143 144 161", Kind.READY_FOR_COLLECTION),
    **_all("006 021 037 072 089 091 146 162", Kind.OUT_FOR_DELIVERY),
    **_all("078", Kind.OUT_FOR_DELIVERY, Custody.UNKNOWN),
    **_all("012 014 084 092 123 126 134", Kind.CUSTOMS, Custody.UNKNOWN),
    # The end, or trouble.
    **_all("011 026", Kind.DELIVERED),
    **_all("022 023 024 060 061 062 064 066 145", Kind.DELIVERY_FAILED),
    **_all("035 036", Kind.RETURNING_TO_ORIGIN),
    **_all("034 067", Kind.RETURNED_TO_ORIGIN, flags=_REVIEW),
    **_all("081", Kind.RETURNED_TO_ORIGIN, flags=_REVIEW),
    **_all("033 118 119", Kind.INFO, Custody.UNKNOWN, _REVIEW),  # a return is asked for or promised; nothing moves yet
    **_all("147 149", Kind.DISPOSED),
    **_all("068", Kind.EXCEPTION, flags=_REVIEW),
    **_all("059", Kind.DAMAGED, Custody.UNKNOWN),
    **_all(
        "013 029 030 032 046 048 049 050 051 052 053 055 058 069 076 083 085 086 090 093 094 124 125 129 130 132 136 139 141",
        Kind.EXCEPTION, Custody.UNKNOWN,
    ),
    # Wishes and confirmations, which tell nothing of the parcel.
    **_all(
        "018 020 027 028 041 042 054 056 063 070 075 082 095 096 097 098 099 100 101 102 103 104 105 106 107 108 109 110 111 112 "
        "113 114 115 116 117 120 121 122 127 128 140 142 153 154 155",
        Kind.INFO, Custody.NONE,
    ),
    **_all("000 088 148 156 163", Kind.UNKNOWN, Custody.UNKNOWN),
}  # fmt: skip

# Type I: movement scans.
MOVEMENT: Mapping[str, Reading] = {
    **_all("XD", Kind.DROPPED_OFF),
    **_all("PU PC PT", Kind.PICKED_UP),
    **_all("OR", Kind.ORIGIN_SCAN),
    **_all("AR AT DP DS EP HU IP LC LM UL WH XA XR YH YM YN YP", Kind.HUB_SCAN),
    **_all("DL OD OF OT YF YI", Kind.OUT_FOR_DELIVERY),
    **_all("AG UA UD", Kind.HUB_SCAN, Custody.UNKNOWN),
    **_all("OC PL MP RD", Kind.DATA_RECEIVED, Custody.NONE),
    **_all("VP", Kind.CANCELLED, Custody.NONE),
    **_all("SP", Kind.PICKUP_BOOKED, Custody.NONE),
    **_all("CA CD CL UP UT PX", Kind.INFO, Custody.NONE),
}

# Type X: exceptions; whatever is not here is one that proves nothing.
EXCEPTIONS: Mapping[str, Reading] = {
    **_all("HF Z5", Kind.PICKED_UP),
    **_all("P4 8A K2", Kind.ACCEPTED),
    **_all("2O 3P F0 F3 GD HL IP PG RB RC XD YT YX ZK", Kind.HUB_SCAN),
    **_all("I5 ZP", Kind.READY_FOR_COLLECTION),
    **_all("8I", Kind.READY_FOR_COLLECTION, flags=_REVIEW),  # takes a wrong "collected" back
    **_all("RK RL ZS", Kind.OUT_FOR_DELIVERY),
    **_all("48 49 C4 GB", Kind.DELIVERY_FAILED),
    **_all("S9 TJ YM", Kind.EXCEPTION, flags=_REVIEW),  # lost and found, mail recovery
    **_all("1F 26 8D A2 BZ IY J0 NI YL", Kind.DISPOSED),
    **_all("4S PP TU UA YJ YK", Kind.RETURNED_TO_ORIGIN, flags=_REVIEW),
    **_all("F4 FT KM", Kind.EXCEPTION, flags=_REVIEW),  # the text says delivered, the type does not
    # "Will be returned": an announcement, and to whom is open.
    **_all("24 27 90 3N 4R 6C 7H 8H A1 CF CS DL H8 I1 KP O0 O4 RV UF XU", Kind.EXCEPTION, Custody.UNKNOWN, _REVIEW),
    **_all("TL", Kind.EXCEPTION, Custody.UNKNOWN, _REVIEW),  # delivery information was wrong
    **_all("CG IB", Kind.RELABELLED, Custody.UNKNOWN),
    **_all("G4 G5 K1 KY YU YV YW", Kind.PICKUP_FAILED, Custody.NONE),
    **_all("30 5D TS", Kind.CANCELLED, Custody.NONE),
    **_all("1T 9C", Kind.DATA_RECEIVED, Custody.NONE),
    **_all("TR", Kind.PICKUP_BOOKED, Custody.NONE),
    **_all("6E TC", Kind.EXCEPTION, Custody.NONE),
}

# Type D: delivery codes, where the status does not say "delivered".
DELIVERY: Mapping[str, Reading] = {
    **_all("MY", Kind.INFO, Custody.NONE),  # a return label was left with the customer: no parcel
    **_all("CI CO DI DO EA EB EC EE F1 F2 FI FO FV FZ", Kind.INFO, Custody.NONE),  # results of a pickup request
    **_all("1N 2Q EP 5F", Kind.READY_FOR_COLLECTION),
    **_all("2D 2J A0 F0 F3", Kind.HUB_SCAN),
    **_all("2K", Kind.OUT_FOR_DELIVERY),
    **_all("YC", Kind.INFO, flags=_REVIEW),  # by the local post office; delivered is the status 026
    **_all("B0", Kind.RETURNED_TO_ORIGIN, flags=_REVIEW),
}

_BEFORE_HAND_OVER = frozenset(
    ("003", "007", "043", "044", "045", "065", "077", "079", "080", "131", "133", "135", "157", "166"),
)
"""Statuses with which no row is a scan, whatever its type and code."""
_DATA_TYPES = {"M": Kind.DATA_RECEIVED, "MV": Kind.CANCELLED, "U": Kind.INFO}
_DATA_CANCELLED = frozenset({"VP"})
# Types of older documents.
_OLD_TYPES = {
    "P": Reading(Kind.PICKED_UP, Custody.PHYSICAL),
    "O": Reading(Kind.OUT_FOR_DELIVERY, Custody.PHYSICAL),
    "RS": Reading(Kind.RETURNED_TO_ORIGIN, Custody.PHYSICAL, _REVIEW),
}
_PARCEL_TYPES = frozenset({"I", "X", "D", "", *_OLD_TYPES})
_DELIVERED = frozenset({"011", "026"})
_SILENT = frozenset({Kind.HUB_SCAN, Kind.INFO, Kind.EXCEPTION, Kind.UNKNOWN, Kind.CUSTOMS})
"""Kinds of a status that say less than a movement's own code."""
_TROUBLE = frozenset({Kind.EXCEPTION, Kind.DAMAGED})
_HAND_OVER = frozenset({Kind.PICKED_UP, Kind.ACCEPTED, Kind.DROPPED_OFF})
_OPEN_MOVEMENTS = frozenset({"AG", "UA", "UD"})


@lru_cache(maxsize=4096)
def classify(type_: str, code: str, status: str, *, logical: bool = False, counted: frozenset[str] = frozenset()) -> Reading:
    """What a triple says; an unknown code is told as such.

    Args:
        type_: The activity's status type; empty where UPS left it out, and then the status code alone decides.
        code: Its code, which means something within its type only.
        status: The three-digit status code.
        logical: UPS marks the row as no physical scan. Its absence, or a "no", proves nothing.
        counted: Codes of doubtful custody that the account wants to be scans.
    """
    reading = _read(type_, code, status, counted)
    if logical and reading.custody is not Custody.NONE:
        # A delivery that nobody scanned stays what it is called, begins nothing, and a person should look.
        flags = (*reading.flags, LOGICAL_SCAN, *(_REVIEW if reading.kind is Kind.DELIVERED else ()))
        return Reading(reading.kind, Custody.NONE, flags)
    return reading


def _read(type_: str, code: str, status: str, counted: frozenset[str]) -> Reading:
    if type_ in _DATA_TYPES:
        kind = Kind.CANCELLED if code in _DATA_CANCELLED or STATUS.get(status, _NOTHING).kind is Kind.CANCELLED else None
        return Reading(kind or _DATA_TYPES[type_], Custody.NONE)
    if type_ in _PARCEL_TYPES and status in _BEFORE_HAND_OVER:
        return STATUS[status]
    if type_ == "X":
        return _exception(code, status)
    if type_ == "D":
        return _delivery(code, status)
    if type_ in ("I", *_OLD_TYPES):
        return _movement(type_, code, status, counted)
    if not type_:
        return STATUS.get(status, Reading(Kind.UNKNOWN, Custody.UNKNOWN, _unlisted(code, status)))
    # NA and the freight types, which no parcel has.
    return Reading(Kind.UNKNOWN, Custody.UNKNOWN, (UNLISTED_CODE,) if type_ not in ("NA", "DO", "DD", "W") else ())


def _unlisted(*codes: str) -> tuple[str, ...]:
    return (UNLISTED_CODE,) if any(codes) else ()


def _exception(code: str, status: str) -> Reading:
    """An exception: its own table decides; the status may tell the kind and never proves custody."""
    by_status = STATUS.get(status, _NOTHING)
    if listed := EXCEPTIONS.get(code):
        return listed
    custody = Custody.NONE if by_status.custody is Custody.NONE else Custody.UNKNOWN
    kind = Kind.EXCEPTION if by_status.kind in _SILENT or by_status.kind is Kind.DELIVERED else by_status.kind
    return Reading(kind, custody, by_status.flags)


def _delivery(code: str, status: str) -> Reading:
    """Type D: delivered only together with its status, for the type covers loading and access points, too.

    A code that is not listed proves nothing: among those that are, some are said of parcels that nobody handed in.
    """
    if status in _DELIVERED:
        return STATUS[status]
    by_code, by_status = DELIVERY.get(code), STATUS.get(status)
    if by_code and by_code.custody is Custody.NONE:
        return by_code
    if by_code and by_status:
        return _joined(by_code, by_status, code)
    return by_status or by_code or Reading(Kind.UNKNOWN, Custody.UNKNOWN, (UNLISTED_CODE,))


def _movement(type_: str, code: str, status: str, counted: frozenset[str]) -> Reading:
    by_code, by_status = MOVEMENT.get(code), STATUS.get(status)
    if code in counted:
        by_code = Reading(Kind.ORIGIN_SCAN if code in ("OC", "PL") else Kind.HUB_SCAN, Custody.PHYSICAL)
    if by_code and by_code.custody is Custody.NONE:
        return by_code
    by_code = _OLD_TYPES.get(type_) or by_code
    if code in _OPEN_MOVEMENTS and code not in counted:
        # On its way to UPS, or a correction: only a status that speaks of the hand-over itself proves it.
        if by_status and by_status.kind in _HAND_OVER:
            return by_status
        return Reading(Kind.HUB_SCAN, Custody.UNKNOWN)
    return _joined(by_code, by_status, code)


def _joined(by_code: Reading | None, by_status: Reading | None, code: str) -> Reading:
    """What code and status say together: the more telling of them the kind, either of them the custody."""
    if by_status is None or by_status.kind is Kind.UNKNOWN:
        # UPS adds codes: an unknown movement is a movement all the same, and is told as unknown. None at all is none.
        return by_code or Reading(Kind.UNKNOWN, Custody.PHYSICAL if code else Custody.UNKNOWN, (UNLISTED_CODE,))
    if by_status.kind is Kind.DELIVERED:
        # Delivered is type D; here the parcel is in UPS's hands and a person should look.
        return Reading(by_code.kind if by_code else Kind.UNKNOWN, Custody.PHYSICAL, _REVIEW)
    flags = tuple(dict.fromkeys((*by_status.flags, *(by_code.flags if by_code else _unlisted(code)))))
    kind = by_code.kind if by_code and by_status.kind in _SILENT else by_status.kind
    if by_code:
        return Reading(kind, by_code.custody, flags)
    # Trouble does not take a movement back, though its code is unknown; a wish, a promise or clearance leaves it open.
    moved = code and by_status.kind in _TROUBLE
    return Reading(kind, Custody.PHYSICAL if moved else by_status.custody, flags)


PICKUP_CANCELLED = "007"
# OnCallStatusCode: description of Pickup v2409, PendingStatus.
PICKUP_STATES: Mapping[str, PickupState] = {
    "001": PickupState.ACCEPTED,
    "002": PickupState.IN_PROGRESS,
    "003": PickupState.PICKED_UP,
    "004": PickupState.NOT_PICKED_UP,
    "005": PickupState.NOT_PICKED_UP,
    PICKUP_CANCELLED: PickupState.CANCELLED,
    "008": PickupState.REJECTED,
    "012": PickupState.IN_REVIEW,
}


def says_renumbered(raw_codes: Iterable[str]) -> bool:
    """Whether one of the codes, written type first, says that another number goes on."""
    return any(raw.startswith("X/") and raw[2:4] in RENUMBERED for raw in raw_codes)
