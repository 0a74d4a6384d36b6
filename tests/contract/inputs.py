"""Domain input for adapters: what the models allow at all, and what is sensible for a return within Europe.

The wide strategies know no carrier's limits: an adapter either refuses such input before the call or sends what the carrier's
description allows. The sensible ones keep every carrier's limits, so that a request must leave.
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TypeVar

import pycountry
from hypothesis import strategies as st

from retoure.carrier.plugin import Operation
from retoure.model import (
    Address,
    BoundReturnAddress,
    CustomsLine,
    Dimensions,
    DropOffQuery,
    Formats,
    LabelFormat,
    LabelOrder,
    LabelReference,
    Length,
    Model,
    Money,
    Parcel,
    PickupOrder,
    PickupParcel,
    PickupReference,
    PickupWindow,
    QuoteRequest,
    ReturnAddress,
    ReturnRequest,
    TrackedParcel,
    Weight,
)

M = TypeVar("M", bound=Model)
WIDE_COUNTRIES = sorted(country.alpha_2 for country in pycountry.countries)
CURRENCIES = ("EUR", "GBP", "CHF", "JPY")
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
# From the day after the clock of these tests, and no further ahead than any carrier takes a parcel.
SOON = st.dates(date(2026, 3, 2), date(2026, 3, 10))
KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=35)

_LETTERS = "aeiounrst ÄÖÜßéåžŁñ'-."
_WRITTEN = st.characters(categories=("L", "N", "P", "S", "Zs"))
_NAMES = st.text(_LETTERS, min_size=1, max_size=22).map(str.strip).filter(bool)
# What people type where a carrier expects something of another form.
_ODD = st.sampled_from(
    ["", "-", "n/a", "0", "12 345", "D-80331", "max", "max@example", "+49 (0) 89/1234", "Haus 12 b", "№ 5", "上海"]
)

_EMAILS = st.sampled_from(
    ["max", "max@", "@example.org", "no e-mail", "max example@example.org", f"{'m' * 70}@example.org", "a@b"]
)

_POSTCODES = st.sampled_from(["", "1", "n/a", "80331!", "80 331", "80--33", "8001 (CH)", "EC1A 1BB", "ÄÖ 12", "12345678901"])


def _line(*, least: int = 0) -> st.SearchStrategy[str]:
    text = st.text(_WRITTEN, min_size=least, max_size=80) | _ODD | st.integers(1, 200).map("x".__mul__)
    return text.map(str.strip).filter(lambda line: len(line) >= least)


def sensible_addresses(countries: st.SearchStrategy[str]) -> st.SearchStrategy[Address]:
    """An address that every carrier can print."""
    return st.builds(
        Address, name=_NAMES, company=_NAMES | st.just(""), street=_NAMES,
        house_number=st.from_regex(r"[1-9][0-9]{0,2}[a-f]?", fullmatch=True), addition=st.sampled_from(["", "2. OG links"]),
        postal_code=st.from_regex(r"[0-9]{4,5}", fullmatch=True), city=_NAMES, country=countries,
        email=st.sampled_from(["", "erika@example.org"]), phone=st.sampled_from(["", "+49 89 123456"]),
    )  # fmt: skip


GERMAN = sensible_addresses(st.just("DE"))
NEIGHBOURS = sensible_addresses(st.sampled_from(["DE", "AT", "CH"]))
# Carriers that take no parcel over a customs border.
WITHIN_THE_UNION = {"dpd": sensible_addresses(st.sampled_from(["DE", "AT"]))}


def _one_odd(base: st.SearchStrategy[M], odd: dict[str, st.SearchStrategy[object]]) -> st.SearchStrategy[M]:
    """A sensible value with one field as the model takes it at all: were all fields odd, the first would decide for all."""

    def replaced(value: M, change: tuple[str, object]) -> M:
        name, other = change
        return type(value).model_validate({**{field: getattr(value, field) for field in type(value).model_fields}, name: other})

    changes = st.one_of([st.tuples(st.just(name), values) for name, values in odd.items()])
    return st.builds(replaced, base, changes)


def wide_addresses() -> st.SearchStrategy[Address]:
    """An address with one field as odd as the model takes it."""
    optional = dict.fromkeys(("company", "house_number", "addition", "state", "phone"), _line())
    filled = dict.fromkeys(("name", "street", "city"), _line(least=1))
    formed = {"email": _EMAILS, "postal_code": _POSTCODES}
    return _one_odd(NEIGHBOURS, {**optional, **filled, **formed, "country": st.sampled_from(WIDE_COUNTRIES)})


def _weights(most: str) -> st.SearchStrategy[Weight]:
    amount = st.decimals(Decimal("0.001"), Decimal(most), places=3, allow_nan=False)
    return amount.map(lambda kg: Weight(kg, "kg")) | amount.map(lambda kg: Weight(kg * 2, "lb"))


def _sides(most: int) -> st.SearchStrategy[Length]:
    return st.integers(16, most).map(lambda cm: Length(Decimal(cm), "cm"))


def _parcels(heaviest_kg: str, longest_cm: int) -> st.SearchStrategy[Parcel]:
    sides = st.builds(Dimensions, length=_sides(longest_cm), width=_sides(longest_cm), height=_sides(longest_cm))
    return st.builds(Parcel, weight=_weights(heaviest_kg), dimensions=st.none() | sides, contents=st.just("") | _NAMES)


WIDE_PARCELS = _parcels("999.999", 400)
SENSIBLE_PARCELS = _parcels("15", 40)


def _money(currencies: tuple[str, ...], places: int) -> st.SearchStrategy[Money]:
    amounts = st.decimals(0, 200_000, places=places, allow_nan=False)
    return st.builds(Money, amount=amounts, currency=st.sampled_from(currencies))


def _sensible_customs(currency: str) -> st.SearchStrategy[CustomsLine]:
    return st.builds(
        CustomsLine, description=_NAMES, quantity=st.just(1), weight=_weights("2"),
        value=st.builds(Money, amount=st.decimals(1, 500, places=2), currency=st.just(currency)),
        country_of_origin=st.sampled_from(("DE", "CN", "CH")), hs_code=st.sampled_from(("", "610910", "61091000")),
    )  # fmt: skip


def _declarations(least: int, lines: st.SearchStrategy[CustomsLine] | None) -> st.SearchStrategy[tuple[CustomsLine, ...]]:
    """Lines of a declaration; sensible ones are all in one currency."""

    def listed(each: st.SearchStrategy[CustomsLine]) -> st.SearchStrategy[tuple[CustomsLine, ...]]:
        return st.lists(each, min_size=least, max_size=4).map(tuple)

    return listed(lines) if lines is not None else st.sampled_from(("EUR", "CHF")).flatmap(lambda c: listed(_sensible_customs(c)))


WIDE_CUSTOMS = _one_odd(
    st.sampled_from(("EUR", "CHF")).flatmap(_sensible_customs),
    {
        "description": _line(least=1),
        "quantity": st.integers(1, 1000),
        "weight": _weights("99.999"),
        "value": _money(CURRENCIES, 2) | _money(CURRENCIES, 4),
        # Places that carriers' lists of origins tend to leave out come often enough to be met.
        "country_of_origin": st.sampled_from(WIDE_COUNTRIES) | st.sampled_from(["AQ", "EH", "UM"]),
        "hs_code": st.text("0123456789. ", max_size=14),
    },
)
_PDF = st.sampled_from([Formats(), Formats(need=frozenset({LabelFormat.PDF}))])
_SHORT_NOTES = st.just("") | _NAMES
_RMA = st.just("RMA-1001")
_NOTHING = st.just("")
_EITHER = st.booleans()
_NUMBERS_OF_ALL = st.sampled_from(["", "1ZEXMPL19012345675"])
# Carriers that are told the number of every parcel they fetch, or of none.
ALL_NUMBERED = {"dpd_meta": st.just("09999900000202")}
_FORMATS = st.frozensets(st.sampled_from(sorted(LabelFormat)), max_size=2)


def _label_orders(
    account: str,
    bound: BoundReturnAddress,
    *,
    addresses: st.SearchStrategy[Address] = NEIGHBOURS,
    parcels: st.SearchStrategy[Parcel] = SENSIBLE_PARCELS,
    customs: st.SearchStrategy[CustomsLine] | None = None,
    formats: st.SearchStrategy[Formats] = _PDF,
    rmas: st.SearchStrategy[str] = _RMA,
    days: st.SearchStrategy[date] = SOON,
    least_lines: int = 1,
    consents: st.SearchStrategy[bool] = _EITHER,
) -> st.SearchStrategy[LabelOrder]:
    requests = st.builds(
        ReturnRequest, rma=rmas, order_number=st.just("303-1"), ship_from=addresses, return_to=st.just(bound.name),
        parcel=parcels, ship_date=st.none() | days, customs=_declarations(least_lines, customs),
        contact_consent=consents,
    )  # fmt: skip
    return st.builds(
        LabelOrder,
        account=st.just(account),
        request=requests,
        return_to=st.just(bound),
        key=KEYS,
        formats=formats,
        service=st.just(""),
    )


def _pickup_orders(
    account: str,
    *,
    addresses: st.SearchStrategy[Address] = GERMAN,
    parcels: st.SearchStrategy[Parcel | None] = SENSIBLE_PARCELS,
    days: st.SearchStrategy[date | None] = SOON,
    notes: st.SearchStrategy[str] = _SHORT_NOTES,
    bulky: st.SearchStrategy[str] = _NOTHING,
    numbers: st.SearchStrategy[str] = _NUMBERS_OF_ALL,
    consents: st.SearchStrategy[bool] = _EITHER,
) -> st.SearchStrategy[PickupOrder]:
    hours = st.sampled_from([(None, None), (time(9), None), (None, time(17, 30)), (time(9), time(13))])
    windows = st.builds(lambda day, between: PickupWindow(day=day, earliest=between[0], latest=between[1]), days, hours)
    one = st.builds(PickupParcel, parcel=parcels, tracking_number=numbers, bulky=bulky)
    return st.builds(
        PickupOrder, account=st.just(account), key=KEYS, address=addresses, window=windows,
        parcels=st.lists(one, min_size=1, max_size=3).map(tuple), contact_consent=consents, note=notes,
    )  # fmt: skip


def _bound(name: str, entry: ReturnAddress, account: str) -> BoundReturnAddress:
    return BoundReturnAddress(name=name, address=entry.address, binding=entry.bindings.get(account, {}))


# A confirmation number is the carrier's own: 32 characters are what DHL Paket gives.
_CONFIRMED = st.builds(
    PickupReference,
    account=st.just("any"),
    confirmation_number=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
)

_MOMENTS = DAYS.map(lambda day: datetime.combine(day, time(9), UTC))
_LABELS = st.builds(LabelReference, account=st.just("any"), tracking_number=st.from_regex(r"1Z[0-9A-Z]{16}", fullmatch=True),
                    issued_at=_MOMENTS)  # fmt: skip


def _quote_requests(
    account: str,
    bound: BoundReturnAddress,
    *,
    addresses: st.SearchStrategy[Address] = NEIGHBOURS,
    parcels: st.SearchStrategy[Parcel] = SENSIBLE_PARCELS,
) -> st.SearchStrategy[QuoteRequest]:
    orders = _label_orders(account, bound, addresses=addresses, parcels=parcels)
    return orders.map(lambda order: QuoteRequest(account=account, request=order.request, return_to=bound))


def _booked(account: str) -> st.SearchStrategy[PickupReference]:
    return st.builds(
        PickupReference, account=st.just(account), confirmation_number=st.from_regex(r"PRG[0-9]{12}", fullmatch=True),
        order=_pickup_orders(account),
    )  # fmt: skip


_WINDOWS = st.builds(PickupWindow, day=SOON, earliest=st.none() | st.just(time(10)), latest=st.none() | st.just(time(16)))
_INSTANTS = st.datetimes(datetime(2026, 2, 1), datetime(2026, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
_TRACKED = st.lists(
    st.builds(TrackedParcel, number=st.from_regex(r"[0-9]{10}", fullmatch=True), precise=st.just(False)),
    min_size=1,
    max_size=1,  # what every carrier takes in one call
)
_PLACES = st.builds(
    DropOffQuery, country=st.sampled_from(["DE", "AT"]), postal_code=st.sampled_from(["", "1070"]), city=_NAMES,
    street=_SHORT_NOTES, radius_m=st.integers(1, 50_000), limit=st.integers(1, 50), prints_labels=st.just(False),
)  # fmt: skip


def wide(operation: Operation, account: str, name: str, entry: ReturnAddress) -> dict[str, st.SearchStrategy[tuple[object, ...]]]:
    """The arguments of an operation, by the part of them that is as wide as the models are; none for what has no wide part."""
    odd = wide_addresses()
    if operation is Operation.LABEL_CREATE:
        bound = _bound(name, entry, account)
        return {
            "address": st.tuples(_label_orders(account, bound, addresses=odd, consents=st.just(True))),
            "parcel": st.tuples(_label_orders(account, bound, parcels=WIDE_PARCELS)),
            "customs": st.tuples(_label_orders(account, bound, customs=WIDE_CUSTOMS)),
            "formats": st.tuples(_label_orders(account, bound, formats=st.builds(Formats, need=_FORMATS, prefer=_FORMATS))),
            "reference": st.tuples(_label_orders(account, bound, rmas=_line(least=1).map(lambda rma: rma[:50].strip()))),
            "no customs": st.tuples(_label_orders(account, bound, least_lines=0)),
            "day": st.tuples(_label_orders(account, bound, days=DAYS)),
        }
    if operation is Operation.QUOTE:
        bound = _bound(name, entry, account)
        return {
            "address": st.tuples(_quote_requests(account, bound, addresses=odd)),
            "parcel": st.tuples(_quote_requests(account, bound, parcels=WIDE_PARCELS)),
        }
    if operation is Operation.PICKUP_SCHEDULE:
        return {
            "address": st.tuples(_pickup_orders(account, addresses=odd, consents=st.just(True))),
            "parcel": st.tuples(_pickup_orders(account, parcels=st.none() | WIDE_PARCELS)),
            "day": st.tuples(_pickup_orders(account, days=st.none() | DAYS)),
            "note": st.tuples(_pickup_orders(account, notes=_line())),
            "bulky": st.tuples(_pickup_orders(account, bulky=_line())),
            "number": st.tuples(_pickup_orders(account, numbers=st.sampled_from(["001234567890", "1", "no number"]))),
        }
    return {}


def sensible(operation: Operation, account: str, name: str, entry: ReturnAddress) -> st.SearchStrategy[tuple[object, ...]]:
    """The arguments of an operation that no carrier has a reason to refuse.

    Of a move, the first request is what is looked at; the booking that may follow is that of a schedule.
    """
    bound, served = _bound(name, entry, account), WITHIN_THE_UNION.get(account, NEIGHBOURS)
    known: dict[Operation, st.SearchStrategy[tuple[object, ...]]] = {
        Operation.QUOTE: st.tuples(_quote_requests(account, bound)),
        Operation.LABEL_CHECK: st.tuples(_label_orders(account, bound, addresses=served)),
        Operation.LABEL_CREATE: st.tuples(_label_orders(account, bound, addresses=served)),
        Operation.LABEL_DOCUMENTS: st.tuples(_LABELS, _PDF),
        Operation.LABEL_VOID: st.tuples(_LABELS),
        Operation.LABEL_FIND: st.tuples(KEYS, _INSTANTS),
        Operation.PICKUP_SCHEDULE: st.tuples(_pickup_orders(account, numbers=ALL_NUMBERED.get(account, _NUMBERS_OF_ALL))),
        Operation.PICKUP_RESCHEDULE: st.tuples(_booked(account), _WINDOWS),
        Operation.PICKUP_CANCEL: st.tuples(_CONFIRMED),
        Operation.PICKUP_FIND: st.tuples(KEYS, DAYS),
        Operation.TRACK: st.tuples(_TRACKED),
        Operation.DROP_OFFS: st.tuples(_PLACES),
    }
    if operation in known:
        return known[operation]
    raise LookupError(f"no input is known for {operation}: write it here")
