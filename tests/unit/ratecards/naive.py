"""A slow pricer to check the quick one by: it reads a random card line by line, as rating rules are written, in exact fractions."""

from datetime import timedelta
from fractions import Fraction
from functools import cache
from math import ceil, floor

GRAMS = {"g": "1", "kg": "1000", "lb": "453.59237", "oz": "28.349523125"}
MILLIMETRES = {"mm": "1", "cm": "10", "m": "1000", "in": "25.4"}
REASONS = {
    "WEIGHT": "WEIGHT_LIMIT",
    "LONGEST": "LENGTH_LIMIT",
    "MIDDLE": "SIZE_LIMIT",
    "SHORTEST": "SIZE_LIMIT",
    "SHORTEST_PLUS_LONGEST": "SIZE_LIMIT",
    "L_2W_2H": "GIRTH_LIMIT",
    "2W_2H": "GIRTH_LIMIT",
}


class Unknown(Exception):
    """The card does not say what this costs."""


def prices(card, parcel, day):
    """What each service answers: ("price", net, tax, gross, grams, billed by), ("no", reasons) or ("unknown",)."""
    found = {}
    for service in card["services"]:
        zone = the_zone(card["zones"], service, parcel["country"], parcel["postcode"])
        rows = [row for row in service["prices"] if row["zone"] == zone]
        reasons = {"NO_COVERAGE"} if not rows else set(refusals(card, service, zone, parcel, day))
        try:
            found[service["code"]] = ("no", reasons) if reasons else a_price(card, service, rows, parcel, day)
        except Unknown:
            found[service["code"]] = ("unknown",)
    return found


@cache
def amount_of(measure):
    """Grams or millimetres, whichever the unit is one of."""
    number, unit = measure
    return Fraction(number) * Fraction(GRAMS.get(unit) or MILLIMETRES[unit])


exact = cache(Fraction)


def in_force(record, day):
    """From the first day on, and before the day at which it ends."""
    if "from" in record and day < record["from"]:
        return False
    return "until" not in record or day < record["until"]


def the_zone(zones, service, country, postcode):
    """The zone with the longest beginning of the postcode, of those that the service has prices for; a whole country has none of it."""
    best, length = None, -1
    priced = {row["zone"] for row in service["prices"]}
    for zone in zones:
        if zone["country"] == country and zone["id"] in priced:
            for prefix in zone.get("prefixes", [""]):
                if postcode.startswith(prefix) and len(prefix) > length:
                    best, length = zone["id"], len(prefix)
    return best


def up_to_the_next(amount, step):
    return ceil(amount / step) * step


def to_the_cent(amount):
    """A half goes away from zero."""
    cents = floor(abs(amount) * 100 + Fraction(1, 2))
    return Fraction(cents if amount >= 0 else -cents, 100)


def sides_of(service, parcel):
    """Rounded where the service says so, then longest first."""
    sides = [amount_of(side) for side in parcel["sides"]]
    if whole := service.get("weight", {}).get("whole"):
        sides = [up_to_the_next(side, amount_of(whole)) for side in sides]
    return sorted(sides, reverse=True)


def measured(measure, service, parcel):
    if measure == "WEIGHT":
        return amount_of(parcel["weight"])
    longest, middle, shortest = sides_of(service, parcel)
    if measure == "LONGEST":
        return longest
    if measure == "MIDDLE":
        return middle
    if measure == "SHORTEST":
        return shortest
    if measure == "SHORTEST_PLUS_LONGEST":
        return shortest + longest
    girth = 2 * middle + 2 * shortest
    return {"2W_2H": girth, "L_2W_2H": longest + girth}[measure]


def is_over(condition, service, parcel):
    measure, threshold = condition
    return measured(measure, service, parcel) > amount_of(threshold)


def refusals(card, service, zone, parcel, day):
    """Every reason for which the carrier does not take the parcel."""
    for limit in service["limits"]:
        if not in_force(limit, day) or limit.get("country", parcel["country"]) != parcel["country"]:
            continue
        if "at" in limit and limit["at"] != parcel["hand_in"]:
            continue
        most, actual = amount_of(limit["max"]), measured(limit["measure"], service, parcel)
        if actual > most or (actual == most and limit.get("strict")):
            yield "DROP_OFF_LIMIT" if "at" in limit else REASONS[limit["measure"]]
    for flag in parcel["flags"]:
        if not any(flag in extra.get("flags", ()) and concerns(extra, service, zone, parcel, day) for extra in card["extras"]):
            yield "PACKAGING_NOT_ACCEPTED"


def concerns(extra, service, zone, parcel, day):
    """Whether a surcharge is one of this service, lane and day at all, whatever the parcel is like."""
    return (
        in_force(extra, day)
        and extra.get("for_returns", True)
        and extra.get("service", service["code"]) == service["code"]
        and extra.get("zone", zone) == zone
        and parcel["postcode"].startswith(extra.get("prefix", ""))
    )


def is_charged(extra, service, zone, parcel, day):
    if not concerns(extra, service, zone, parcel, day):
        return False
    if "unless" in extra and is_over(extra["unless"], service, parcel):
        return False
    if "over" not in extra and "flags" not in extra:
        return True
    if "over" in extra and is_over(extra["over"], service, parcel):
        return True
    return any(flag in extra.get("flags", ()) for flag in parcel["flags"])


def billed_weight(service, parcel):
    """The weight in grams that is billed, and which of the weights it is."""
    weight, rule = amount_of(parcel["weight"]), service.get("weight")
    if not rule:
        return weight, "ACTUAL"
    step, by = amount_of(rule["step"]), "ACTUAL"
    weight = up_to_the_next(weight, step)
    if "divisor" in rule:
        length, weight_unit = {"cm3/kg": ("cm", "kg"), "in3/lb": ("in", "lb")}[rule["divisor_unit"]]
        volume = Fraction(1)
        for side in sides_of(service, parcel):
            volume *= side / amount_of(("1", length))
        dimensional = up_to_the_next(volume / exact(rule["divisor"]) * amount_of(("1", weight_unit)), step)
        if dimensional > weight:
            weight, by = dimensional, "DIMENSIONAL"
    if least := rule.get("least"):
        minimum = amount_of(least["weight"])
        if minimum > weight and is_over(("L_2W_2H", least["over"]), service, parcel):
            weight, by = minimum, "MINIMUM"
    return weight, by


def row_price(rows, amount):
    """The price of the first band that reaches the amount; beyond the last one, each further step begun costs the same."""
    last = None
    for row in rows:
        if row.get("further"):
            step = amount_of(row["up_to"])
            return exact(last["price"]) + ceil((amount - amount_of(last["up_to"])) / step) * exact(row["price"])
        if amount <= amount_of(row["up_to"]):
            return exact(row["price"])
        last = row
    raise Unknown


def month_before(day):
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def dated_value(table, day):
    for row in table:
        if in_force(row, day):
            return exact(row["value"])
    raise Unknown


def percent_off(rule, tables, day):
    """Last month's count decides. Before the first count there is no discount; a count missing later leaves it unknown."""
    table, month = tables[rule["counts"]], month_before(day)
    if month < min(row["from"] for row in table):
        return 0
    count, percent = dated_value(table, month), 0
    for at_least, worth in rule["steps"]:
        if count >= at_least:
            percent = exact(worth)
    return percent


def extra_worth(extra, card, base, subtotal, kilograms, day):
    value = dated_value(card["tables"][extra["index"]], day) if "index" in extra else exact(extra["amount"])
    if extra["basis"] == "FIXED":
        return value
    if extra["basis"] == "PER_KG":
        return to_the_cent(value * kilograms)
    return to_the_cent({"PERCENT_OF_BASE": base, "PERCENT_OF_SUBTOTAL": subtotal}[extra["basis"]] * value / 100)


def a_price(card, service, rows, parcel, day):
    zone, actual = rows[0]["zone"], amount_of(parcel["weight"])
    billed, by = None, service["key"]
    if by == "FLAT":
        base = exact(rows[0]["price"])
    elif by == "CLASS_SHORTEST_PLUS_LONGEST":
        base, by = row_price(rows, measured("SHORTEST_PLUS_LONGEST", service, parcel)), "CLASS"
    else:
        billed, by = billed_weight(service, parcel)
        base = row_price(rows, billed)
    lines = [base]
    for extra in card["extras"]:
        if is_charged(extra, service, zone, parcel, day):
            kilograms = (billed or actual) / 1000
            lines.append(extra_worth(extra, card, base, sum(lines), kilograms, day))
    if rule := card.get("discount"):
        lines.append(-to_the_cent(sum(lines) * percent_off(rule, card["tables"], day) / 100))
    net = sum(lines)
    for record in card["taxes"]:
        if in_force(record, day):
            taxed = lines if record["method"] == "LINE" else [net]
            tax = sum(to_the_cent(line * exact(record["rate"]) / 100) for line in taxed)
            return ("price", net, tax, net + tax, billed, by)
    return ("price", net, None, None, billed, by)
