"""Random cards and parcels: as plain dictionaries for the naive pricer, and written out for ours."""

from datetime import date, timedelta

START = date(2026, 1, 1)
UNITS = {"weight": ("g", "kg", "lb", "oz"), "length": ("mm", "cm", "in")}
PER_UNIT = {"g": 1000, "kg": 1, "lb": 2, "oz": 35, "mm": 10, "cm": 1, "in": 0.4}
FLAGS = ("roll", "sack", "wood")


def number(random, most, places):
    return f"{random.randint(1, int(most * 10**places)) / 10**places:.{places}f}"


def a_weight(random, most_kg):
    unit = random.choice(UNITS["weight"])
    return (number(random, most_kg * PER_UNIT[unit], random.choice((0, 1, 2))), unit)


def a_length(random, most_cm):
    unit = random.choice(UNITS["length"])
    return (number(random, most_cm * PER_UNIT[unit], random.choice((0, 1, 2))), unit)


def a_price(random):
    return f"{random.randint(0, 9000) / 100:.2f}"


def a_day(random):
    return START + timedelta(days=random.randint(0, 364))


def a_period(random):
    """Nothing, a beginning, an end, or both."""
    period = {}
    if random.random() < 0.3:
        period["from"] = START + timedelta(days=random.randint(1, 180))
    if random.random() < 0.3:
        period["until"] = START + timedelta(days=random.randint(181, 364))
    return period


def a_limit(random):
    measure = random.choice(("WEIGHT", "LONGEST", "MIDDLE", "SHORTEST", "SHORTEST_PLUS_LONGEST", "L_2W_2H", "2W_2H"))
    limit = {
        "measure": measure,
        "max": a_weight(random, 40) if measure == "WEIGHT" else a_length(random, 400),
        **a_period(random),
    }
    if random.random() < 0.2:
        limit["strict"] = True
    if random.random() < 0.2:
        limit["country"] = random.choice(("DE", "AT"))
    if random.random() < 0.3:
        limit["at"] = random.choice(("locker", "shop"))
    return limit


def a_weight_rule(random):
    rule = {"step": random.choice((("0.5", "kg"), ("1", "kg"), ("1", "lb"), ("100", "g")))}
    if random.random() < 0.7:
        rule["divisor"], rule["divisor_unit"] = random.choice((("5000", "cm3/kg"), ("4000", "cm3/kg"), ("139", "in3/lb")))
    if random.random() < 0.4:
        rule["whole"] = random.choice((("1", "cm"), ("1", "in")))
    if random.random() < 0.4:
        rule["least"] = {"weight": ("40", "kg"), "over": a_length(random, 300)}
    return rule


def some_prices(random, key, zones):
    rows = []
    for zone in random.sample(zones, random.randint(1, len(zones))):
        if key == "FLAT":
            rows.append({"zone": zone, "price": a_price(random)})
            continue
        bounds = sorted({*random.sample(range(1, 180), random.randint(1, 8)), random.choice((160, 240, 400))})
        unit = "cm" if key == "CLASS_SHORTEST_PLUS_LONGEST" else random.choice(("kg", "lb"))
        rows += [{"zone": zone, "up_to": (f"{bound / 4:.2f}", unit), "price": a_price(random)} for bound in bounds]
        if unit == "cm":
            for row in rows:
                row["up_to"] = (row["up_to"][0].replace(".", ""), "mm")
        if key == "PER_KG_ABOVE":
            step = random.choice((("1", "kg"), ("0.5", "kg"), ("1", "lb")))
            rows.append({"zone": zone, "further": True, "up_to": step, "price": a_price(random)})
    return rows


def an_extra(random, name, services, zones):
    extra = {
        "id": name, "basis": random.choice(("FIXED", "PERCENT_OF_BASE", "PERCENT_OF_SUBTOTAL", "PER_KG")), **a_period(random)
    }  # fmt: skip
    if random.random() < 0.25:
        extra["index"] = "energy"
    else:
        extra["amount"] = f"{random.randint(0, 2000) / 100:.2f}"
    for wish, chance, value in (
        ("over", 0.3, lambda: random.choice((("WEIGHT", a_weight(random, 30)), ("LONGEST", a_length(random, 150))))),
        ("unless", 0.2, lambda: random.choice((("WEIGHT", a_weight(random, 30)), ("MIDDLE", a_length(random, 150))))),
        ("flags", 0.3, lambda: random.sample(FLAGS, random.randint(1, 2))),
        ("prefix", 0.2, lambda: random.choice(("8", "80", "27498"))),
        ("service", 0.2, lambda: random.choice(services)),
        ("zone", 0.2, lambda: random.choice(zones)),
        ("for_returns", 0.1, lambda: False),
    ):
        if random.random() < chance:
            extra[wish] = value()
    return extra


def a_table(random, months, worth):
    rows, first = [], random.randint(0, 3)
    for month in range(first, random.randint(10, months)):
        if random.random() < 0.95:
            start, until = (date(2025 + (10 + place) // 12, (10 + place) % 12 + 1, 1) for place in (month, month + 1))
            rows.append({"from": start, "until": until, "value": worth()})
    return rows


def a_card(random):
    zones = [{"id": "DE", "country": "DE"}, {"id": "ISLAND", "country": "DE", "prefixes": ["27498", "259"]}]
    zones += [{"id": "AT", "country": "AT"}]
    names = [zone["id"] for zone in zones]
    services = []
    for place in range(random.randint(1, 2)):
        key = random.choice(("WEIGHT_TIER", "WEIGHT_TIER", "PER_KG_ABOVE", "CLASS_SHORTEST_PLUS_LONGEST", "FLAT"))
        service = {"code": f"service{place}", "key": key, "limits": [a_limit(random) for _ in range(random.randint(0, 3))]}
        if key in ("WEIGHT_TIER", "PER_KG_ABOVE") and random.random() < 0.5:
            service["weight"] = a_weight_rule(random)
        service["prices"] = some_prices(random, key, names)
        services.append(service)
    codes = [service["code"] for service in services]
    card = {
        "zones": zones,
        "services": services,
        "extras": [an_extra(random, f"extra{place}", codes, names) for place in range(random.randint(0, 4))],
        "taxes": [],
        "tables": {
            "energy": a_table(random, 16, lambda: f"{random.randint(0, 1500) / 100:.2f}"),
            "volume": a_table(random, 16, lambda: str(random.randint(0, 900))),
        },
    }
    if random.random() < 0.7:
        change, methods = START + timedelta(days=181), ("TOTAL", "LINE")
        card["taxes"] = [
            {"until": change, "rate": "16", "method": random.choice(methods)},
            {"from": change, "rate": random.choice(("19", "8.1")), "method": random.choice(methods)},
        ]
    if random.random() < 0.3:
        card["discount"] = {"counts": "volume", "steps": [(100, "2.5"), (random.randint(200, 600), "10")]}
    return card


def a_plain_card(random):
    """A card where weight alone decides, so that a catalogue goes the quick way."""
    card = a_card(random)
    card["zones"] = [zone for zone in card["zones"] if "prefixes" not in zone]
    for service in card["services"]:
        service["key"] = random.choice(("WEIGHT_TIER", "FLAT"))
        service["prices"] = some_prices(random, service["key"], ["DE", "AT"])
        service.pop("weight", None)
    for extra in card["extras"]:
        extra["basis"] = random.choice(("FIXED", "PERCENT_OF_BASE", "PERCENT_OF_SUBTOTAL"))
        for condition in ("over", "unless", "flags", "prefix", "index"):
            extra.pop(condition, None)
        extra.setdefault("amount", "5")
        extra["zone"] = "DE"
    return card


def a_parcel(random):
    country = random.choice(("DE", "DE", "DE", "AT"))
    return {
        "country": country,
        "postcode": random.choice(("80331", "27498", "25938", "10115")) if country == "DE" else "8010",
        "weight": a_weight(random, 45),
        "sides": [a_length(random, random.choice((40, 130))) for _ in range(3)],
        "flags": random.sample(FLAGS, 1) if random.random() < 0.15 else [],
        "hand_in": random.choice((None, None, "locker", "shop", "courier")),
    }


def written(card, name):
    """The card as tariff.toml, prices.csv and its dated tables."""
    lines = [
        "schema = 1", f'id = "{name}"', 'origin = "contract"', 'title = "Random"', 'source = "invented"',
        'carrier = "test_carrier"', 'currency = "EUR"', 'markets = ["DE"]', 'time_zone = "Europe/Berlin"',
        f"valid_from = {START}",
    ]  # fmt: skip
    for zone in card["zones"]:
        lines += ["[[zones]]", f'id = "{zone["id"]}"']
        prefixes = ", ".join(f'"{prefix}"' for prefix in zone.get("prefixes", ()))
        lines.append(f"postcodes = {{ {zone['country']} = [{prefixes}] }}" if prefixes else f'countries = ["{zone["country"]}"]')
    for service in card["services"]:
        lines += ["[[services]]", f'code = "{service["code"]}"', 'name = "A service"', f'key = "{service["key"]}"']
        lines += ["may_fall = true", f"limits = [{', '.join(map(limit_text, service['limits']))}]"]
        lines += weight_text(service.get("weight"))
    for extra in card["extras"]:
        lines += ["[[surcharges]]", f'id = "{extra["id"]}"', 'code = "EXTRA"', 'text = "Extra"', f'basis = "{extra["basis"]}"']
        lines += extra_text(extra)
    if rule := card.get("discount"):
        steps = ", ".join(f'{{ from = {at}, amount = "{percent}" }}' for at, percent in rule["steps"])
        lines += ["[[discounts]]", 'id = "volume"', f'counts = "{rule["counts"]}"', f"steps = [{steps}]"]
    for tax in card["taxes"]:
        lines += ["[[taxes]]", 'treatment = "NET_PLUS_VAT"', f"rate_percent = {tax['rate']}", f'rounding = "{tax["method"]}"']
        lines += period_text(tax)
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


def limit_text(limit):
    parts = [f'measure = "{limit["measure"]}"', f'max = "{" ".join(limit["max"])}"', *period_text(limit)]
    parts += ['comparison = "LT"'] * limit.get("strict", False)
    parts += [f'{name} = ["{limit[key]}"]' for key, name in (("country", "countries"), ("at", "at")) if key in limit]
    return f"{{ {', '.join(parts)} }}"


def weight_text(rule):
    if not rule:
        return []
    lines = ["[[services.billable_weight]]", f'round_up_to = "{" ".join(rule["step"])}"']
    if "divisor" in rule:
        lines += [f"divisor = {rule['divisor']}", f'divisor_unit = "{rule["divisor_unit"]}"']
    if "whole" in rule:
        lines.append(f'round_sides = {{ to = "{" ".join(rule["whole"])}" }}')
    if least := rule.get("least"):
        when = f'{{ measure = "L_2W_2H", over = "{" ".join(least["over"])}" }}'
        lines.append(f'minimums = [ {{ weight = "{" ".join(least["weight"])}", when = [ {when} ] }} ]')
    return lines


def extra_text(extra):
    lines = period_text(extra)
    lines.append(f'index = "{extra["index"]}"' if "index" in extra else f'amount = "{extra["amount"]}"')
    when = []
    if "over" in extra:
        when.append(f'{{ measure = "{extra["over"][0]}", over = "{" ".join(extra["over"][1])}" }}')
    if "flags" in extra:
        when.append(f"{{ packaging = {extra['flags']} }}")
    lines += [f"when = [{', '.join(when)}]"] * bool(when)
    if "unless" in extra:
        lines.append(f'unless = [ {{ measure = "{extra["unless"][0]}", over = "{" ".join(extra["unless"][1])}" }} ]')
    if "prefix" in extra:
        lines.append(f'postcodes = {{ DE = ["{extra["prefix"]}"], AT = ["{extra["prefix"]}"] }}')
    lines += [f'{field}s = ["{extra[field]}"]' for field in ("service", "zone") if field in extra]
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
