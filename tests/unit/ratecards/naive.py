"""A second pricer, written apart from the first: slow, short, in whole numbers and fractions, over plain dictionaries.

It knows nothing of the library. A card is what :mod:`tests.unit.ratecards.random_cards` draws; every rule is applied by looking
at every record, in the order in which a carrier's tariff sheet would be read.
"""

from fractions import Fraction
from functools import cache
from math import floor

GRAMS = {"g": Fraction(1), "kg": Fraction(1000), "lb": Fraction("453.59237"), "oz": Fraction("28.349523125")}
MILLIMETRES = {"mm": Fraction(1), "cm": Fraction(10), "m": Fraction(1000), "in": Fraction("25.4")}


SCALE = 10**12


@cache
def grams(measure):
    """In whole billionths of a milligram, so that nothing is ever a fraction."""
    number, unit = measure
    return whole(Fraction(number) * GRAMS[unit] * SCALE)


@cache
def millimetres(measure):
    number, unit = measure
    return whole(Fraction(number) * MILLIMETRES[unit] * SCALE)


def whole(number):
    assert number.denominator == 1
    return number.numerator


@cache
def exact(text):
    return Fraction(text)


def cents(amount):
    """To the cent, a half up, away from zero."""
    sign = -1 if amount < 0 else 1
    return Fraction(sign * floor((abs(amount) * 200 + 1) / 2), 100)


def up_to_a_multiple(value, step):
    return -(-value // step) * step


def prices(card, parcel, day):
    """What every service answers: ``("price", net, tax, gross, weight, why)``, ``("no", reasons)`` or ``("unknown",)``."""
    return {service["code"]: one_service(card, service, parcel, day) for service in card["services"]}


def in_force(record, day):
    return record.get("from", day) <= day and (record.get("until") is None or day < record["until"])


def zone_of(card, service, parcel):
    """Among the zones that the service has prices for, a postcode prefix counts before the country, the longest first."""
    found, length = None, -1
    priced = {row["zone"] for row in service["prices"]}
    for zone in (zone for zone in card["zones"] if zone["id"] in priced):
        for prefix in zone.get("prefixes", ()):
            if zone["country"] == parcel["country"] and parcel["postcode"].startswith(prefix) and len(prefix) > length:
                found, length = zone["id"], len(prefix)
        if length < 0 and not zone.get("prefixes") and zone["country"] == parcel["country"]:
            found = zone["id"]
    return found


def one_service(card, service, parcel, day):
    zone = zone_of(card, service, parcel)
    bands = [row for row in service["prices"] if row["zone"] == zone]
    if not bands:
        return ("no", {"NO_COVERAGE"})
    sides = sorted(millimetres(side) for side in parcel["sides"])
    rule = service.get("weight")
    if rule and rule.get("whole"):
        sides = sorted(up_to_a_multiple(side, millimetres(rule["whole"])) for side in sides)
    short, middle, long = sides
    weight = grams(parcel["weight"])
    reasons = broken_limits(service, parcel, weight, short, middle, long, day)
    here = [extra for extra in card["extras"] if for_lane(extra, service, zone, day)]
    if set(parcel["flags"]) - {flag for extra in here for flag in extra.get("flags", ())}:
        reasons.add("PACKAGING_NOT_ACCEPTED")
    if reasons:
        return ("no", reasons)
    billed, why = billed_weight(rule, weight, short * middle * long, long + 2 * middle + 2 * short)
    base = base_price(service, bands, billed, short + long)
    if base is None:
        return ("unknown",)
    lines = lines_of(card, here, parcel, day, base, billed, (weight, short, middle, long))
    if lines is None:
        return ("unknown",)
    net, tax = sum(lines), tax_on(card, lines, day)
    why = {"WEIGHT_TIER": why, "PER_KG_ABOVE": why, "CLASS_SHORTEST_PLUS_LONGEST": "CLASS", "FLAT": "FLAT"}[service["key"]]
    by_weight = service["key"] in ("WEIGHT_TIER", "PER_KG_ABOVE")
    return ("price", net, tax, None if tax is None else net + tax, billed if by_weight else None, why)


def lines_of(card, extras, parcel, day, base, billed, size):
    lines = [base]
    for extra in extras:
        if not holds(extra, parcel, *size):
            continue
        amount = value_of(extra, card, day)
        if amount is None:
            return None
        kind = extra["basis"]
        if kind == "PERCENT_OF_BASE":
            amount = cents(base * amount / 100)
        elif kind == "PERCENT_OF_SUBTOTAL":
            amount = cents(sum(lines) * amount / 100)
        elif kind == "PER_KG":
            amount = cents(amount * Fraction(billed, 1000 * SCALE))
        lines.append(amount)
    off = discount(card, day)
    if off == "unknown":
        return None
    return [*lines, -cents(sum(lines) * off / 100)] if off else lines


def tax_on(card, lines, day):
    for record in card["taxes"]:
        if in_force(record, day):
            rate = exact(record["rate"])
            each = sum(cents(line * rate / 100) for line in lines)
            return each if record["method"] == "LINE" else cents(sum(lines) * rate / 100)
    return None


def broken_limits(service, parcel, weight, short, middle, long, day):
    measures = {
        "WEIGHT": weight, "LONGEST": long, "MIDDLE": middle, "SHORTEST": short, "SHORTEST_PLUS_LONGEST": short + long,
        "L_2W_2H": long + 2 * middle + 2 * short, "2W_2H": 2 * middle + 2 * short,
    }  # fmt: skip
    names = {"WEIGHT": "WEIGHT_LIMIT", "LONGEST": "LENGTH_LIMIT", "L_2W_2H": "GIRTH_LIMIT", "2W_2H": "GIRTH_LIMIT"}
    reasons = set()
    for limit in service["limits"]:
        if not in_force(limit, day) or limit.get("country", parcel["country"]) != parcel["country"]:
            continue
        if limit.get("at") and parcel["hand_in"] != limit["at"]:
            continue
        bound = (grams if limit["measure"] == "WEIGHT" else millimetres)(limit["max"])
        if measures[limit["measure"]] > bound or (limit.get("strict") and measures[limit["measure"]] == bound):
            reasons.add("DROP_OFF_LIMIT" if limit.get("at") else names.get(limit["measure"], "SIZE_LIMIT"))
    return reasons


def billed_weight(rule, weight, volume, length_and_girth):
    if not rule:
        return weight, "ACTUAL"
    step = grams(rule["step"])
    billed, why = up_to_a_multiple(weight, step), "ACTUAL"
    if rule.get("divisor"):
        length, unit = ("cm", "kg") if rule["divisor_unit"] == "cm3/kg" else ("in", "lb")
        by_volume = Fraction(volume, SCALE**2) / MILLIMETRES[length] ** 3 / int(rule["divisor"]) * GRAMS[unit]
        if up_to_a_multiple(by_volume, step) > billed:
            billed, why = up_to_a_multiple(by_volume, step), "DIMENSIONAL"
    least = rule.get("least")
    if least and length_and_girth > millimetres(least["over"]) and grams(least["weight"]) > billed:
        billed, why = grams(least["weight"]), "MINIMUM"
    return billed, why


def base_price(service, bands, billed, size_sum):
    if service["key"] == "FLAT":
        return exact(bands[0]["price"])
    read = millimetres if service["key"] == "CLASS_SHORTEST_PLUS_LONGEST" else grams
    value = size_sum if service["key"] == "CLASS_SHORTEST_PLUS_LONGEST" else billed
    last = None
    for row in bands:
        if row.get("further"):
            steps = -((read(last["up_to"]) - value) // read(row["up_to"]))
            return exact(last["price"]) + steps * exact(row["price"])
        if value <= read(row["up_to"]):
            return exact(row["price"])
        last = row
    return None


def for_lane(extra, service, zone, day):
    return (
        in_force(extra, day)
        and extra.get("service", service["code"]) == service["code"]
        and extra.get("zone", zone) == zone
        and extra.get("for_returns", True)
    )


def holds(extra, parcel, weight, short, middle, long):
    measures = {"WEIGHT": (weight, grams), "LONGEST": (long, millimetres), "MIDDLE": (middle, millimetres)}

    def over(condition):
        measured, read = measures[condition[0]]
        return measured > read(condition[1])

    if extra.get("prefix") and not parcel["postcode"].startswith(extra["prefix"]):
        return False
    if extra.get("unless") and over(extra["unless"]):
        return False
    if extra.get("over") or extra.get("flags"):
        return bool((extra.get("over") and over(extra["over"])) or set(extra.get("flags", ())) & set(parcel["flags"]))
    return True


def value_of(extra, card, day):
    if not extra.get("index"):
        return exact(extra["amount"])
    for row in card["tables"][extra["index"]]:
        if row["from"] <= day < row["until"]:
            return exact(row["value"])
    return None


def discount(card, day):
    """The percentage that the month before this day's brings; "unknown" where its count is missing among others."""
    rule = card.get("discount")
    if not rule:
        return 0
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    rows = card["tables"][rule["counts"]]
    if not rows or (year, month) < (rows[0]["from"].year, rows[0]["from"].month):
        return 0
    for row in rows:
        if (row["from"].year, row["from"].month) == (year, month):
            reached = [exact(percent) for count, percent in rule["steps"] if int(row["value"]) >= count]
            return reached[-1] if reached else 0
    return "unknown"
