"""Random cards and parcels: as plain dictionaries for the naive pricer, and written out for ours."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

START, END = date(2026, 1, 1), date(2027, 1, 1)
UNITS = {"weight": ("g", "kg", "lb", "oz"), "length": ("mm", "cm", "in")}
PER_UNIT = {"g": 1000, "kg": 1, "lb": 2, "oz": 35, "mm": 10, "cm": 1, "in": 0.4}
LENGTHS = ("LONGEST", "MIDDLE", "SHORTEST", "SHORTEST_PLUS_LONGEST")
FLAGS = ("roll", "sack", "wood")
TIME_ZONES = ("Europe/Berlin", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
POSTCODES = ("80331", "10115", "27498", "25937", "25938", "25946", "25997", "25998")
# Sides whose volumetric weight is a whole number of steps: 2.5 litres are half a kilogram by 5000 cm3/kg, 139 in3 a pound.
ON_A_STEP = {"cm": ("50", "50", "10"), "mm": ("400", "250", "100"), "in": ("69.5", "2", "1")}


def number(random, most, places, least=0.0):
    smallest = max(1, int(least * 10**places))
    return f"{random.randint(smallest, max(smallest, int(most * 10**places))) / 10**places:.{places}f}"


def a_measure(random, kind, most, least):
    unit = random.choice(UNITS[kind])
    return (number(random, most * PER_UNIT[unit], random.choice((0, 1, 2)), least * PER_UNIT[unit]), unit)


def a_weight(random, most_kg, least_kg=0.0):
    return a_measure(random, "weight", most_kg, least_kg)


def a_length(random, most_cm, least_cm=0.0):
    return a_measure(random, "length", most_cm, least_cm)


def a_price(random):
    return f"{random.randint(0, 9000) / 100:.2f}"


def a_moment(random, card):
    """Some moment of the year, or the last second before or the first of a day on which the card may change, in its zone."""
    zone, day = ZoneInfo(card["time_zone"]), START + timedelta(days=random.randint(0, 364))
    hours = timedelta(hours=random.randint(0, 23), minutes=random.randint(0, 59))
    if random.random() < 0.5:
        day = random.choice(sorted(day for day in {START, *days_of(card)} if START <= day < END))
        hours = random.choice((timedelta(0), timedelta(seconds=-1)))
    return (datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) + hours).astimezone(random.choice((UTC, zone)))


def days_of(record):
    """Every day that stands anywhere in a card."""
    return [] if isinstance(record, (str, int)) else [record] if isinstance(record, date) else [
        day for part in (record.values() if isinstance(record, dict) else record) if part is not None for day in days_of(part)
    ]  # fmt: skip


def a_period(random):
    """Nothing, a beginning, an end, or both."""
    period = {}
    if random.random() < 0.3:
        period["from"] = START + timedelta(days=random.randint(1, 180))
    if random.random() < 0.3:
        period["until"] = START + timedelta(days=random.randint(181, 364))
    return period


def a_limit(random):
    measure = random.choice(("WEIGHT", "WEIGHT", "SIDES", "VOLUME", *LENGTHS, "L_2W_2H", "2W_2H"))
    bound = random.choices(("max", "min"), (8, 1))[0]
    larger = 1 if bound == "max" else 0.03
    limit = {"measure": measure, **a_period(random)}
    if measure == "WEIGHT":
        limit["max"] = a_weight(random, 60, 15)
    elif measure == "SIDES":
        limit[bound] = [a_length(random, 220 * larger, 60 * larger) for _ in range(3)]
    elif measure == "VOLUME":
        limit["max"] = (str(random.randint(60, 900)), "l")
    else:
        limit[bound] = a_length(random, 400 * larger, 100 * larger)
    if random.random() < 0.2 and measure != "SIDES":
        limit["strict"] = True
    if random.random() < 0.2:
        limit["country"] = random.choice(("DE", "AT"))
    if random.random() < 0.3 and "max" in limit:
        limit["at"] = random.choice(("locker", "shop"))
    return limit


def a_weight_rule(random):
    rule = {}
    if random.random() < 0.9:
        rule["step"] = random.choice((("0.5", "kg"), ("1", "kg"), ("1", "lb"), ("100", "g")))
    if "step" in rule and random.random() < 0.8:
        rule["divisor"], rule["divisor_unit"] = random.choice((("5000", "cm3/kg"), ("4000", "cm3/kg"), ("139", "in3/lb")))
    if random.random() < 0.4:
        rule["whole"] = (random.choice((("1", "cm"), ("1", "in"))), random.choice(("UP", "NEAREST")))
    if random.random() < 0.4:
        rule["minimums"] = [{"weight": ("40", "kg"), "over": ("L_2W_2H", a_length(random, 300))}]
        if random.random() < 0.3:
            rule["minimums"].append({"weight": random.choice((("2", "kg"), ("5", "lb")))})
    return rule


def weight_rules(random):
    """One rule, or another from a day on."""
    if random.random() < 0.6:
        return [a_weight_rule(random)]
    change = START + timedelta(days=random.randint(60, 200))
    return [{**a_weight_rule(random), "until": change}, {**a_weight_rule(random), "from": change}]


def some_prices(random, key, zones):
    rows = []
    for zone in zones if random.random() < 0.8 else random.sample(zones, random.randint(1, len(zones))):
        if key == "FLAT":
            rows.append({"zone": zone, "price": a_price(random)})
            continue
        unit = "cm" if key == "CLASS_SHORTEST_PLUS_LONGEST" else random.choice(("kg", "lb"))
        last = random.choice((200, 400, 1200) if unit == "kg" else (600, 1200, 2400))
        bounds = sorted({*random.sample(range(1, 400 if unit == "cm" else 180), random.randint(1, 8)), last})
        rows += [{"zone": zone, "up_to": (f"{bound / 4:.2f}", unit), "price": a_price(random)} for bound in bounds]
        if unit == "cm":
            for row in rows:
                row["up_to"] = (row["up_to"][0].replace(".", ""), "mm")
        if key == "PER_KG_ABOVE":
            step = random.choice((("1", "kg"), ("0.5", "kg"), ("1", "lb")))
            rows.append({"zone": zone, "further": True, "up_to": step, "price": a_price(random)})
    return rows


def a_condition(random):
    measure = random.choice(("WEIGHT", *LENGTHS, "L_2W_2H", "VOLUME"))
    if measure == "VOLUME":
        return (measure, (str(random.randint(20, 300)), "l"))
    return (measure, a_weight(random, 30) if measure == "WEIGHT" else a_length(random, 300 if measure == "L_2W_2H" else 150))


def an_extra(random, name, services, zones):
    extra = {
        "id": name, "code": random.choice(("PICKUP", "ENERGY", "PEAK")),
        "basis": random.choice(("FIXED", "PERCENT_OF_BASE", "PERCENT_OF_SUBTOTAL", "PER_KG")), **a_period(random),
    }  # fmt: skip
    if random.random() < 0.25:
        extra["index"] = "energy"
    else:
        extra["amount"] = f"{random.randint(0, 2000) / 100:.2f}"
    for wish, chance, value in (
        ("over", 0.3, lambda: a_condition(random)),
        ("unless", 0.2, lambda: a_condition(random)),
        ("flags", 0.5, lambda: random.sample(FLAGS, random.randint(1, 2))),
        ("postcodes", 0.2, lambda: random.choice(("8", "80", "27498", "25938..25996"))),
        ("requirement", 0.2, lambda: random.choice(("OPTIONAL", "OPTIONAL", "INCLUDED"))),
        ("service", 0.2, lambda: random.choice(services)),
        ("zone", 0.2, lambda: random.choice(zones)),
        ("for_returns", 0.1, lambda: False),
    ):
        if random.random() < chance:
            extra[wish] = value()
    return extra


def a_table(random, months, worth):
    rows, first = [], random.choice((0, 0, 0, 2, 3))
    for month in range(first, random.choice((10, months, months, months))):
        if random.random() < 0.98:
            start, until = (date(2025 + (10 + place) // 12, (10 + place) % 12 + 1, 1) for place in (month, month + 1))
            rows.append({"from": start, "until": until, "value": worth()})
    return rows


def some_taxes(random, services):
    """None; one that changes in July; or only for the first of the services."""
    chance, methods = random.random(), ("TOTAL", "LINE")
    if chance < 0.3:
        return []
    if chance < 0.45:
        treatment = random.choice(("EXEMPT", "GROSS_INCL_VAT", "NET_PLUS_VAT"))
        tax = {"treatment": treatment, "method": random.choice(methods), "service": services[0]}
        return [tax if treatment == "EXEMPT" else {**tax, "rate": "19"}]
    change = START + timedelta(days=181)
    first, then = ({"treatment": "NET_PLUS_VAT", "method": random.choice(methods)} for _ in range(2))
    return [{**first, "until": change, "rate": "16"}, {**then, "from": change, "rate": random.choice(("19", "8.1"))}]


def some_discounts(random, services):
    discounts = []
    for place in range(random.choice((0, 0, 1, 2))):
        basis = random.choice(("FIXED", "PERCENT_OF_BASE", "PERCENT_OF_SUBTOTAL"))
        steps = [(random.choice((1, 100)), "2.5"), (random.randint(200, 600), "10")]
        discount = {"id": f"volume{place}", "basis": basis, "counts": "volume", "lag": random.randint(0, 2), "steps": steps}
        if random.random() < 0.2:
            discount["service"] = random.choice(services)
        discounts.append({**discount, **a_period(random)})
    return discounts


def a_card(random):
    zones = [{"id": "DE", "country": "DE"}, {"id": "ISLAND", "country": "DE", "postcodes": ["27498", "25938..25997", "25946"]}]
    zones += [{"id": "NORTH", "country": "DE", "postcodes": ["2"]}] * (random.random() < 0.3)
    zones += [{"id": "AT", "country": "AT"}]
    names = [zone["id"] for zone in zones]
    services = []
    for place in range(random.randint(1, 2)):
        key = random.choice(("WEIGHT_TIER", "WEIGHT_TIER", "PER_KG_ABOVE", "CLASS_SHORTEST_PLUS_LONGEST", "FLAT"))
        service = {"code": f"service{place}", "key": key, "limits": [a_limit(random) for _ in range(random.randint(0, 3))]}
        if random.random() < (0.6 if key in ("WEIGHT_TIER", "PER_KG_ABOVE") else 0):
            service["weight"] = weight_rules(random)
        if random.random() < 0.6:
            service["accepts"] = random.sample(FLAGS, random.randint(1, 3))
        service["prices"] = some_prices(random, key, names)
        services.append(service)
    codes = [service["code"] for service in services]
    card = {
        "time_zone": random.choice(TIME_ZONES),
        "from": START,
        "zones": zones,
        "services": services,
        "extras": [an_extra(random, f"extra{place}", codes, names) for place in range(random.randint(0, 4))],
        "taxes": some_taxes(random, codes),
        "discounts": some_discounts(random, codes),
        "tables": {
            "energy": a_table(random, 16, lambda: f"{random.randint(0, 1500) / 100:.2f}"),
            "volume": a_table(random, 16, lambda: str(random.randint(0, 900))),
        },
    }
    if random.random() < 0.05:
        card["until"] = START + timedelta(days=random.randint(200, 364))
    if random.random() < 0.2:
        card["round_to"] = random.choice(("0.01", "0.05", "0.1"))
        card["round_mode"] = random.choice(("HALF_UP", "HALF_EVEN", "UP", "DOWN"))
    return card


def a_plain_card(random):
    """A card where weight alone decides, so that a catalogue goes the quick way."""
    card = a_card(random)
    card["zones"] = [zone for zone in card["zones"] if "postcodes" not in zone]
    for service in card["services"]:
        service["key"] = random.choice(("WEIGHT_TIER", "FLAT"))
        service["prices"] = some_prices(random, service["key"], ["DE", "AT"])
        service.pop("weight", None)
    for extra in card["extras"]:
        extra["basis"] = random.choice(("FIXED", "PERCENT_OF_BASE", "PERCENT_OF_SUBTOTAL"))
        for condition in ("over", "unless", "flags", "postcodes", "index"):
            extra.pop(condition, None)
        extra.setdefault("amount", "5")
        extra["zone"] = "DE"
    return card


def a_parcel(random, edges=()):
    """Anything a parcel may be; with the measures of a card, often one that is exactly on one of them."""
    country = random.choice(("DE", "DE", "DE", "AT"))
    weight, sides = a_weight(random, 45), [a_length(random, random.choice((40, 130))) for _ in range(3)]
    chance = random.random()
    if edges and chance < 0.5:
        on = random.choice(edges)
        if on[1] in UNITS["weight"]:
            weight = on
        elif on[1] in UNITS["length"]:
            sides = sides_on(random, on)
    elif chance < 0.6:
        unit = random.choice(UNITS["length"])
        first, second, third = ON_A_STEP[unit]
        sides = [(first, unit), (second, unit), (str(int(third) * random.randint(1, 9)), unit)]
    return {
        "country": country,
        "postcode": random.choice(POSTCODES) if country == "DE" else "8010",
        "weight": weight,
        "sides": random.sample(sides, 3),
        "flags": random.sample(FLAGS, 1) if random.random() < 0.15 else [],
        "hand_in": random.choice((None, None, "locker", "shop", "courier")),
        "include": random.sample(("PICKUP", "ENERGY"), 1) if random.random() < 0.05 else [],
    }


def measures_of(card):
    """Every weight and length of a card: each is the edge of a rule."""
    found, parts = [], [service[key] for service in card["services"] for key in ("limits", "prices", "weight") if key in service]
    parts += [extra[key] for extra in card["extras"] for key in ("over", "unless") if key in extra]
    while parts:
        part = parts.pop()
        if isinstance(part, tuple) and len(part) == 2 and part[1] in PER_UNIT:
            found.append(part)
        elif isinstance(part, (list, tuple, dict)):
            parts += part.values() if isinstance(part, dict) else part
    return found


def sides_on(random, edge):
    """Sides that come to the edge by one measure or another: longest, girth, length and girth, shortest and longest."""
    value, unit = Decimal(edge[0]), edge[1]
    parts = random.choice(
        (("1", "0.5", "0.25"), ("0.2", "0.25", "0.15"), ("0.6", "0.5", "0.4"), ("0.4", "0.3", "0.2"), ("0.7", "0.3", "0.3"))
    )
    sides = [max(value * Decimal(part), Decimal("0.01")) for part in parts]
    return [(f"{side.quantize(Decimal('0.000001')):f}", unit) for side in sides]


def written(card, name):
    """The card as tariff.toml, prices.csv and its dated tables."""
    lines = [
        "schema = 1", f'id = "{name}"', 'origin = "contract"', 'title = "Random"', 'source = "invented"',
        'carrier = "test_carrier"', 'currency = "EUR"', 'markets = ["DE"]', f'time_zone = "{card["time_zone"]}"',
    ]  # fmt: skip
    lines += [*period_text(card), *(f'{name} = "{card[name]}"' for name in ("round_to", "round_mode") if name in card)]
    for zone in card["zones"]:
        lines += ["[[zones]]", f'id = "{zone["id"]}"']
        if "postcodes" in zone:
            lines.append(f"postcodes = {{ {zone['country']} = {zone['postcodes']} }}")
        else:
            lines.append(f'countries = ["{zone["country"]}"]')
    for service in card["services"]:
        lines += ["[[services]]", f'code = "{service["code"]}"', 'name = "A service"', f'key = "{service["key"]}"']
        lines += ["may_fall = true", f"limits = [{', '.join(map(limit_text, service['limits']))}]"]
        lines.append(f"accepts = {service.get('accepts', [])}")
        for rule in service.get("weight", ()):
            lines += weight_text(rule)
    for extra in card["extras"]:
        lines += [
            "[[surcharges]]",
            f'id = "{extra["id"]}"',
            f'code = "{extra["code"]}"',
            'text = "Extra"',
            f'basis = "{extra["basis"]}"',
        ]
        lines += extra_text(extra)
    for rule in card["discounts"]:
        steps = ", ".join(f'{{ from = {at}, amount = "{amount}" }}' for at, amount in rule["steps"])
        lines += ["[[discounts]]", f'id = "{rule["id"]}"', f'counts = "{rule["counts"]}"', f'basis = "{rule["basis"]}"']
        lines += [f"lag_months = {rule['lag']}", f"steps = [{steps}]", *period_text(rule), *service_text(rule)]
    for tax in card["taxes"]:
        lines += ["[[taxes]]", f'treatment = "{tax["treatment"]}"', f'rounding = "{tax["method"]}"', *period_text(tax)]
        lines += [*service_text(tax), *(f"{name}_percent = {tax[name]}" for name in ("rate",) if name in tax)]
    prices = ["service,zone,up_to,price"]
    for service in card["services"]:
        for row in service["prices"]:
            bound = f"{'+' * row.get('further', False)}{' '.join(row['up_to'])}" if row.get("up_to") else ""
            prices.append(f"{service['code']},{row['zone']},{bound},{row['price']}")
    tables = {
        name: ["valid_from,valid_until,value", *(f"{row['from']},{row['until']},{row['value']}" for row in rows)]
        for name, rows in card["tables"].items()
    }
    return lines, prices, tables


def period_text(record):
    return [f"{name} = {record[key]}" for key, name in (("from", "valid_from"), ("until", "valid_until")) if key in record]


def service_text(record):
    return [f'{key}s = ["{record[key]}"]' for key in ("service", "zone") if key in record]


def sides_text(sides):
    return " x ".join(map(" ".join, sides))


def limit_text(limit):
    bound = "max" if "max" in limit else "min"
    value = sides_text(limit[bound]) if limit["measure"] == "SIDES" else " ".join(limit[bound])
    parts = [f'measure = "{limit["measure"]}"', f'{bound} = "{value}"', *period_text(limit)]
    parts += ['comparison = "LT"'] * limit.get("strict", False)
    parts += [f'{name} = ["{limit[key]}"]' for key, name in (("country", "countries"), ("at", "at")) if key in limit]
    return f"{{ {', '.join(parts)} }}"


def over_text(condition):
    return f'{{ measure = "{condition[0]}", over = "{" ".join(condition[1])}" }}'


def least_text(least):
    when = f", when = [ {over_text(least['over'])} ]" if "over" in least else ""
    return f'{{ weight = "{" ".join(least["weight"])}"{when} }}'


def weight_text(rule):
    lines = ["[[services.billable_weight]]", *period_text(rule)]
    if "step" in rule:
        lines.append(f'round_up_to = "{" ".join(rule["step"])}"')
    if "divisor" in rule:
        lines += [f"divisor = {rule['divisor']}", f'divisor_unit = "{rule["divisor_unit"]}"']
    if "whole" in rule:
        lines.append(f'round_sides = {{ to = "{" ".join(rule["whole"][0])}", mode = "{rule["whole"][1]}" }}')
    if "minimums" in rule:
        lines.append(f"minimums = [ {', '.join(map(least_text, rule['minimums']))} ]")
    return lines


def extra_text(extra):
    lines = period_text(extra)
    if extra.get("requirement") != "INCLUDED":
        lines.append(f'index = "{extra["index"]}"' if "index" in extra else f'amount = "{extra["amount"]}"')
    when = [over_text(extra["over"])] if "over" in extra else []
    if "flags" in extra:
        when.append(f"{{ packaging = {extra['flags']} }}")
    lines += [f"when = [{', '.join(when)}]"] * bool(when)
    if "unless" in extra:
        lines.append(f"unless = [ {over_text(extra['unless'])} ]")
    if "postcodes" in extra:
        lines.append(f'postcodes = {{ DE = ["{extra["postcodes"]}"], AT = ["{extra["postcodes"]}"] }}')
    if "requirement" in extra:
        lines.append(f'requirement = "{extra["requirement"]}"')
    lines += service_text(extra)
    lines += ["applies_to_returns = false"] * ("for_returns" in extra)
    return lines


def put(root, card, name):
    """Write the card into a directory of cards."""
    folder = root / name
    (folder / str(START)).mkdir(parents=True)
    tariff, prices, tables = written(card, name)
    (folder / str(START) / "tariff.toml").write_text("\n".join(tariff) + "\n")
    (folder / str(START) / "prices.csv").write_text("\n".join(prices) + "\n")
    for table, rows in tables.items():
        (folder / f"{table}.csv").write_text("\n".join(rows) + "\n")
