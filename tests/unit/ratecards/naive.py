"""A slow pricer to check the quick one by: it reads a random card line by line, in whole numbers and fractions."""

from datetime import timedelta
from fractions import Fraction
from functools import cache, lru_cache
from math import ceil
from zoneinfo import ZoneInfo

UNITS = {"g": "1", "kg": "1000", "lb": "453.59237", "oz": "28.349523125", "mm": "1", "cm": "10", "in": "25.4", "l": "1000000"}
FINE = 10**12  # measures are whole numbers of a millionth of a millionth of a gram or a millimetre: every unit comes out even
REASONS = {
    "WEIGHT": "WEIGHT_LIMIT",
    "LONGEST": "LENGTH_LIMIT",
    "MIDDLE": "SIZE_LIMIT",
    "SHORTEST": "SIZE_LIMIT",
    "SHORTEST_PLUS_LONGEST": "SIZE_LIMIT",
    "L_2W_2H": "GIRTH_LIMIT",
    "2W_2H": "GIRTH_LIMIT",
    "VOLUME": "SIZE_LIMIT",
    "SIDES": "SIZE_LIMIT",
}


class UnknownPriceError(Exception):
    """The card does not say what this costs."""


def prices(card, parcel, moment):
    """What each service answers: ("price", net, tax, gross, grams, billed by), ("no", reasons) or ("unknown",)."""
    day, found = moment.astimezone(ZoneInfo(card["time_zone"])).date(), {}
    if not in_force(card, day):
        return {service["code"]: ("unknown",) for service in card["services"]}
    for service in card["services"]:
        zone = the_zone(card["zones"], service, parcel["country"], parcel["postcode"])
        rows = [row for row in service["prices"] if row["zone"] == zone]
        reasons = {"NO_COVERAGE"} if not rows else set(refusals(card, service, zone, parcel, day))
        try:
            found[service["code"]] = ("no", reasons) if reasons else a_price(card, service, rows, parcel, day)
        except UnknownPriceError:
            found[service["code"]] = ("unknown",)
    return found


@cache
def amount_of(measure):
    """A weight, a length or a volume in the fine units."""
    number, unit = measure
    amount = Fraction(number) * Fraction(UNITS[unit]) * (FINE**3 if unit == "l" else FINE)
    assert amount.denominator == 1
    return int(amount)


exact = cache(Fraction)


def in_force(record, day):
    """From the first day on, and before the day at which it ends."""
    if "from" in record and day < record["from"]:
        return False
    return "until" not in record or day < record["until"]


def the_zone(zones, service, country, postcode):
    """Of the zones that the service has prices for, the one with the longest beginning of the postcode, else the country's."""
    best, length = None, -1
    priced = {row["zone"] for row in service["prices"]}
    for zone in zones:
        if zone["country"] == country and zone["id"] in priced:
            for pattern in zone.get("postcodes", [""]):
                reach = len(pattern.split("..")[0])
                if matches(postcode, pattern) and reach > length:
                    best, length = zone["id"], reach
    return best


def matches(postcode, pattern):
    """A pattern is the beginning of a postcode, or two of them with two dots between: from the first to the last."""
    if ".." not in pattern:
        return postcode.startswith(pattern)
    first, last = pattern.split("..")
    return first <= postcode[: len(first)] <= last


def up_to_the_next(amount, step):
    return steps_to(amount, step) * step


def steps_to(amount, step):
    """How many steps have begun."""
    return -(-amount // step)


def rounded(amount, card):
    """To the card's step; the card's mode says what becomes of the rest, and counts from zero: a discount rounds as a charge."""
    step, mode = exact(card.get("round_to", "0.01")), card.get("round_mode", "HALF_UP")
    steps = abs(amount) / step
    down, rest = divmod(steps.numerator, steps.denominator)
    over_half = 2 * rest - steps.denominator
    up = (
        (mode == "UP" and rest > 0)
        or (mode == "HALF_UP" and over_half >= 0)
        or (mode == "HALF_EVEN" and (over_half > 0 or (over_half == 0 and down % 2 == 1)))
    )
    return (down + up) * step * (1 if amount >= 0 else -1)


def rule_of(service, day):
    """How the service weighs on that day: no rule is no rounding."""
    for rule in service.get("weight", ()):
        if in_force(rule, day):
            return rule
    return {}


@lru_cache(maxsize=8)
def sides_of(sides, to, mode):
    """Rounded where the service says so, then longest first."""
    lengths = [amount_of(side) for side in sides]
    if to and mode == "UP":
        lengths = [up_to_the_next(length, amount_of(to)) for length in lengths]
    if to and mode == "NEAREST":
        lengths = [(2 * length + amount_of(to)) // (2 * amount_of(to)) * amount_of(to) for length in lengths]
    return sorted(lengths, reverse=True)


def measured(measure, rule, parcel):
    """The parcel's own weight, whatever is billed; its sides as the service rounds them."""
    if measure == "WEIGHT":
        return amount_of(parcel["weight"])
    longest, middle, shortest = sides_of(tuple(parcel["sides"]), *rule.get("whole", (None, None)))
    if measure == "LONGEST":
        return longest
    if measure == "MIDDLE":
        return middle
    if measure == "SHORTEST":
        return shortest
    if measure == "SHORTEST_PLUS_LONGEST":
        return shortest + longest
    if measure == "VOLUME":
        return longest * middle * shortest
    girth = 2 * middle + 2 * shortest
    return girth if measure == "2W_2H" else longest + girth


def is_over(condition, rule, parcel):
    measure, threshold = condition
    return measured(measure, rule, parcel) > amount_of(threshold)


def breaks(limit, rule, parcel):
    """Exactly on a limit is allowed, unless it is strict."""
    if limit["measure"] == "SIDES":
        own = sides_of(tuple(parcel["sides"]), *rule.get("whole", (None, None)))
        pairs = list(zip(own, sides_of(tuple(limit.get("max") or limit["min"]), None, None), strict=True))
    else:
        pairs = [(measured(limit["measure"], rule, parcel), amount_of(limit.get("max") or limit["min"]))]
    if "min" in limit:
        pairs = [(bound, own) for own, bound in pairs]
    return any(own > bound or (own == bound and limit.get("strict", False)) for own, bound in pairs)


def refusals(card, service, zone, parcel, day):
    """Every reason for which the carrier does not take the parcel."""
    for limit in service["limits"]:
        if not in_force(limit, day) or limit.get("country", parcel["country"]) != parcel["country"]:
            continue
        if "at" in limit and limit["at"] != parcel["hand_in"]:
            continue
        if breaks(limit, rule_of(service, day), parcel):
            yield "DROP_OFF_LIMIT" if "at" in limit else "BELOW_MINIMUM_SIZE" if "min" in limit else REASONS[limit["measure"]]
    here = [extra for extra in card["extras"] if concerns(extra, service, zone, parcel, day)]
    for flag in parcel["flags"]:
        if flag not in service.get("accepts", ()) and not any(flag in extra.get("flags", ()) for extra in here):
            yield "PACKAGING_NOT_ACCEPTED"
    if not set(parcel["include"]) <= {extra["code"] for extra in here if applies(extra, service, zone, parcel, day)}:
        yield "VAS_UNSUPPORTED"


def concerns(extra, service, zone, parcel, day):
    """Whether a surcharge is one of this service, lane and day at all, whatever the parcel is like."""
    return (
        in_force(extra, day)
        and extra.get("for_returns", True)
        and extra.get("service", service["code"]) == service["code"]
        and extra.get("zone", zone) == zone
        and matches(parcel["postcode"], extra.get("postcodes", ""))
    )


def applies(extra, service, zone, parcel, day):
    if not concerns(extra, service, zone, parcel, day):
        return False
    rule = rule_of(service, day)
    if "unless" in extra and is_over(extra["unless"], rule, parcel):
        return False
    if "over" not in extra and "flags" not in extra:
        return True
    if "over" in extra and is_over(extra["over"], rule, parcel):
        return True
    return any(flag in extra.get("flags", ()) for flag in parcel["flags"])


def billed_weight(rule, parcel):
    """The weight that is billed, and which of the weights it is."""
    weight, by = amount_of(parcel["weight"]), "ACTUAL"
    step = amount_of(rule["step"]) if "step" in rule else None
    if step:
        weight = up_to_the_next(weight, step)
    if "divisor" in rule:
        side, unit = {"cm3/kg": ("cm", "kg"), "in3/lb": ("in", "lb")}[rule["divisor_unit"]]
        steps_in_a_unit = Fraction(amount_of(("1", unit)), step)
        volume = Fraction(measured("VOLUME", rule, parcel), amount_of(("1", side)) ** 3)
        dimensional = ceil(volume / exact(rule["divisor"]) * steps_in_a_unit) * step
        if dimensional > weight:
            weight, by = dimensional, "DIMENSIONAL"
    for least in rule.get("minimums", ()):
        minimum = amount_of(least["weight"])
        if minimum > weight and ("over" not in least or is_over(least["over"], rule, parcel)):
            weight, by = minimum, "MINIMUM"
    return weight, by


def row_price(rows, amount):
    """The price of the first band that reaches the amount; beyond the last one, each further step begun costs the same."""
    last = None
    for row in rows:
        if row.get("further"):
            step = amount_of(row["up_to"])
            return exact(last["price"]) + steps_to(amount - amount_of(last["up_to"]), step) * exact(row["price"])
        if amount <= amount_of(row["up_to"]):
            return exact(row["price"])
        last = row
    raise UnknownPriceError


def months_before(day, months):
    for _ in range(months):
        day = day.replace(day=1) - timedelta(days=1)
    return day


def dated_value(table, day):
    for row in table:
        if in_force(row, day):
            return exact(row["value"])
    raise UnknownPriceError


def worth(basis, value, base, subtotal, kilograms, card):
    """An amount as it is written; a share or a price by weight as the card rounds."""
    if basis == "FIXED":
        return value
    if basis == "PER_KG":
        return rounded(value * kilograms, card)
    return rounded((base if basis == "PERCENT_OF_BASE" else subtotal) * value / 100, card)


def taken_off(discount, card, base, subtotal, day):
    """An earlier month's count decides. Before the first count there is no discount; one missing later leaves it unknown."""
    table, counted = card["tables"][discount["counts"]], months_before(day, discount["lag"])
    if counted < table[0]["from"]:
        return 0
    count, value = dated_value(table, counted), Fraction(0)
    for at_least, step in discount["steps"]:
        if count >= at_least:
            value = exact(step)
    return worth(discount["basis"], value, base, subtotal, None, card)


def a_price(card, service, rows, parcel, day):
    zone, rule = rows[0]["zone"], rule_of(service, day)
    billed, by = None, service["key"]
    if by == "FLAT":
        base = exact(rows[0]["price"])
    elif by == "CLASS_SHORTEST_PLUS_LONGEST":
        base, by = row_price(rows, measured("SHORTEST_PLUS_LONGEST", rule, parcel)), "CLASS"
    else:
        billed, by = billed_weight(rule, parcel)
        base = row_price(rows, billed)
    lines, kilograms = [base], Fraction(billed or amount_of(parcel["weight"]), amount_of(("1", "kg")))
    for extra in card["extras"]:
        asked = extra.get("requirement") != "OPTIONAL" or extra["code"] in parcel["include"]
        if asked and extra.get("requirement") != "INCLUDED" and applies(extra, service, zone, parcel, day):
            value = dated_value(card["tables"][extra["index"]], day) if "index" in extra else exact(extra["amount"])
            lines.append(worth(extra["basis"], value, base, sum(lines), kilograms, card))
    for discount in card["discounts"]:
        if in_force(discount, day) and discount.get("service", service["code"]) == service["code"]:
            lines.append(-taken_off(discount, card, base, sum(lines), day))
    if sum(lines) < 0:
        raise UnknownPriceError
    return ("price", *taxed(card, lines, service, zone, day), billed and Fraction(billed, FINE), by)


def taxed(card, lines, service, zone, day):
    """Net, tax and gross; without a record the tax is unknown."""
    net = sum(lines)
    for record in card["taxes"]:
        if not in_force(record, day) or record.get("service", service["code"]) != service["code"]:
            continue
        if record["treatment"] == "EXEMPT":
            return net, 0, net
        parts = lines if record["method"] == "LINE" else [net]
        if record["treatment"] == "GROSS_INCL_VAT":
            rate = exact(record["rate"])
            tax = sum(rounded(part * rate / (100 + rate), card) for part in parts)
            return net - tax, tax, net
        tax = sum(rounded(part * exact(record["rate"]) / 100, card) for part in parts)
        return net, tax, net + tax
    return net, None, None
