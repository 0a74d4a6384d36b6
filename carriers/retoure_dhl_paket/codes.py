"""DHL's codes in our words: tracking codes as (kind, custody), result codes, and the states of a pickup.

A tracking code is the triple of standard event code, ICE and RIC, the standard code first. The codes are those of DHL's list
"Parcel DE ICE event x RIC combinations" (July 2024): 16 standard codes, 52 ICE, 136 RIC, 338 combinations. The same ICE and RIC
stand under several standard codes, so no code is read alone. What proves custody is derived from the meaning of the codes; DHL
does not state it.
"""

from dataclasses import dataclass
from functools import lru_cache

from retoure.model import Custody, Kind, PickupState

NEEDS_REVIEW = "needs_review"
UNLISTED_CODE = "unlisted_code"
RETURN_FLAG = "return_flag"
# On the shipment as a whole it may be the nature of a return label: kept, and decides nothing.
SHIPMENT_RETURN_FLAG = "shipment_return_flag"
FOREIGN_SCAN = "foreign_scan"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one triple says."""

    kind: Kind
    custody: Custody
    flags: tuple[str, ...] = ()


# What a standard code says where ICE and RIC add nothing.
STANDARD = {
    "VA": Kind.DATA_RECEIVED,
    "DD": Kind.INFO,
    "AN": Kind.PICKUP_FAILED,
    "GT": Kind.INFO,
    "ES": Kind.DROPPED_OFF,
    "AE": Kind.PICKED_UP,
    "AA": Kind.HUB_SCAN,
    "EE": Kind.HUB_SCAN,
    "NB": Kind.HUB_SCAN,
    "PO": Kind.HUB_SCAN,
    "LA": Kind.READY_FOR_COLLECTION,
    "ZF": Kind.READY_FOR_COLLECTION,
    "ZO": Kind.CUSTOMS,
    "BV": Kind.EXCEPTION,
    "ZN": Kind.DELIVERY_FAILED,
    "ZU": Kind.EXCEPTION,  # "delivered" is said only together with ICE DLVRD
}
# Electronic data, money and failed pickups: DHL need not have seen the parcel.
STANDARD_WITHOUT_CUSTODY = frozenset({"VA", "DD", "AN", "GT"})
# Under these an ICE never tells another kind than the standard code, but for the retraction of the event before.
_STANDARD_DECIDES = frozenset({"AN", "DD", "GT", "ES", "AE"})

ICE = frozenset(
    ("ADVIS", "ALERT", "ASMVT", "CANCL", "CHECK", "CNFSC", "CNRFC", "DLVRD", "DLVRF", "DMGDS", "DSPSD", "DTNPC", "EXPHD", "FWDCF",
     "HLDCC", "HLDCP", "HLDCU", "HNDDE", "HNDND", "ICPRC", "INFCL", "ITBAR", "LDEXC", "LDTHU", "LDTMV", "MSRTD", "MVARR", "MVDEX",
     "MVDPT", "MVTEX", "NTADT", "NTDEL", "NTPUP", "OFWRD", "PARCV", "PBNDT", "PCKDU", "PMTCR", "PMTCS", "PURCR", "RCCLS", "RELBL",
     "REPCK", "RETRN", "ROUCR", "RSDCP", "SECHK", "SHRCU", "SRTED", "STORN", "TRBCR", "ULFMV")
)  # fmt: skip
ICE_WITHOUT_CUSTODY = frozenset(
    ("CANCL", "DTNPC", "PURCR", "PARCV", "ADVIS", "ALERT", "STORN", "NTPUP", "RCCLS", "CHECK", "ROUCR")
)  # fmt: skip
_NOT_RECEIVED = ("NTADT", "NPRPF")  # expected from the facility before, and not come

# ICE that say the same under every standard code that lets them.
ICE_KINDS = {
    "CANCL": Kind.CANCELLED,
    "NTPUP": Kind.PICKUP_FAILED,
    "DMGDS": Kind.DAMAGED,
    "CNFSC": Kind.DISPOSED,
    "DSPSD": Kind.DISPOSED,
    "RETRN": Kind.RETURNING_TO_ORIGIN,
    "RELBL": Kind.RELABELLED,
    "CNRFC": Kind.READY_FOR_COLLECTION,
    "HLDCC": Kind.READY_FOR_COLLECTION,
    "DLVRF": Kind.DELIVERY_FAILED,
    "NTDEL": Kind.DELIVERY_FAILED,
}
# ICE that are trouble, unless the standard code speaks of a failed delivery anyhow.
_TROUBLE = frozenset({"EXPHD", "LDEXC", "MSRTD", "MVDEX", "MVTEX", "PBNDT", "DTNPC"})
_LOST = ("RCCLS", "LOSTX")
_PAIRS = {
    ("OFWRD", "RTSCR"): Kind.RETURNING_TO_ORIGIN,
    ("OFWRD", "RTSSA"): Kind.RETURNING_TO_ORIGIN,
    _NOT_RECEIVED: Kind.EXCEPTION,
}
_OUT_FOR_DELIVERY = frozenset({"MVMTV", "SECDA"})  # with PO and LDTMV
_DELIVERY_TO_REVIEW = frozenset({"CUSTM", "HNDTC", "ACCDM", "ACCSI"})  # to customs, to another carrier, damaged, incomplete
# Unknown standard code: the ICE alone decides, and these need no place in a delivery to be understood.
_CUSTOMS_ICE = frozenset({"HLDCP", "HLDCU", "ICPRC", "ITBAR", "RSDCP"})


@lru_cache(maxsize=4096)
def classify(standard: str, ice: str, ric: str) -> Reading:
    """What a triple says; an unknown code is told as such and never taken for movement."""
    if standard not in STANDARD and ice not in ICE:
        return Reading(Kind.UNKNOWN, Custody.UNKNOWN, (UNLISTED_CODE,) if standard or ice or ric else ())
    flags = () if standard in STANDARD and (not ice or ice in ICE) else (UNLISTED_CODE,)
    kind = _kind(standard, ice, ric)
    review = (NEEDS_REVIEW,) if _needs_review(standard, ice, ric) else ()
    return Reading(kind, _custody(standard, ice, ric), (*flags, *review))


def _custody(standard: str, ice: str, ric: str) -> Custody:
    data_only = standard in STANDARD_WITHOUT_CUSTODY or ice in ICE_WITHOUT_CUSTODY or (ice, ric) == _NOT_RECEIVED
    return Custody.NONE if data_only else Custody.PHYSICAL


def _kind(standard: str, ice: str, ric: str) -> Kind:
    if ice == "STORN" or (ice, ric) == _LOST:
        return Kind.RETRACTION if ice == "STORN" else Kind.LOST_BY_CARRIER
    if standard in _STANDARD_DECIDES:
        without_scan = standard in ("ES", "AE") and ice in ICE_WITHOUT_CUSTODY
        return Kind.INFO if without_scan else STANDARD[standard]
    if standard == "ZU" and ice == "DLVRD":
        return Kind.DELIVERED_TO_NEIGHBOUR if ric == "NGHBR" else Kind.DELIVERED
    if standard == "PO" and ice == "LDTMV" and ric in _OUT_FOR_DELIVERY:
        return Kind.OUT_FOR_DELIVERY
    kind = _PAIRS.get((ice, ric)) or ICE_KINDS.get(ice)
    if kind:
        return kind
    if ice in _TROUBLE:
        return Kind.DELIVERY_FAILED if standard == "ZN" else Kind.EXCEPTION
    if ice in ICE_WITHOUT_CUSTODY:
        return _announcement(standard, ice)
    if standard == "ZU" and ice == "MVARR":
        return Kind.HUB_SCAN
    if standard in ("LA", "ZF") and ice == "LDTMV":
        return Kind.HUB_SCAN  # on its way to the outlet, not there yet
    return STANDARD.get(standard) or _by_ice_alone(ice)


def _announcement(standard: str, ice: str) -> Kind:
    if standard == "VA" or (standard not in STANDARD and ice in ("PURCR", "PARCV")):
        return Kind.PICKUP_BOOKED if ice == "PURCR" else Kind.DATA_RECEIVED
    return Kind.EXCEPTION if standard in ("BV", "ZN") else Kind.INFO


def _by_ice_alone(ice: str) -> Kind:
    if ice in ("PCKDU", "SHRCU"):
        return Kind.PICKED_UP if ice == "PCKDU" else Kind.DROPPED_OFF
    if ice in _CUSTOMS_ICE:
        return Kind.CUSTOMS
    return Kind.EXCEPTION if ice == "DLVRD" else Kind.HUB_SCAN


def _needs_review(standard: str, ice: str, ric: str) -> bool:
    if standard == "ZU":
        return ice not in ("DLVRD", "DSPSD") or (ice == "DLVRD" and ric in _DELIVERY_TO_REVIEW)
    lost_but_not_closed = ice == "EXPHD" and ric == "LOSTX"
    return lost_but_not_closed or (standard not in STANDARD and ice == "DLVRD")


# Root codes of Parcel DE Tracking, which answers HTTP 200 whatever happened.
NO_DATA = frozenset({100, 200})
SYSTEM_TROUBLE = frozenset({-1, -2, -3, -1000})
WRONG_PARAMETERS = frozenset({41, 45, *range(57, 65)})
LOGIN_FAILED = 5
LOCKED_OUT = 6

PICKUP_CANCELLED = "STORNIERT"
# Values of orderState: description of Parcel DE Pickup 3.0.0, schema OrderDetails.
PICKUP_STATES = {
    "ANGENOMMEN": PickupState.ACCEPTED,
    "FREIGABE": PickupState.ACCEPTED,
    "IN_PRUEFUNG": PickupState.IN_REVIEW,
    "IN_DURCHFUEHRUNG": PickupState.IN_PROGRESS,
    "TEILBESTAETIGT": PickupState.PARTLY_CONFIRMED,
    "ABGEHOLT": PickupState.PICKED_UP,
    "TEILABHOLUNG": PickupState.PARTLY_PICKED_UP,
    "NICHT_ABGEHOLT": PickupState.NOT_PICKED_UP,
    PICKUP_CANCELLED: PickupState.CANCELLED,
    "ABGELEHNT": PickupState.REJECTED,
}
