"""What holds for every parcel and card: boundary tests 12, 17, 23 and 41 of the rating rules, over random ones."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.ratecards.shelf import BODY, Shelf

from retoure.model import Dimensions, Length, Parcel, Weight

INCH, OUNCE = Decimal("25.4"), Decimal("28.349523125")
VOLUMETRIC = """
[[services.billable_weight]]
divisor = 5000
divisor_unit = "cm3/kg"
round_up_to = "0.5 kg"
"""

relaxed = settings(deadline=None)  # the first example of a test compiles its card
amounts = st.decimals(min_value=0, max_value=500, places=2)
lengths = st.decimals(min_value="0.1", max_value=120, places=3)
weights = st.decimals(min_value="0.1", max_value=1000, places=2)


@pytest.fixture(scope="module")
def volumetric(new_shelf) -> Shelf:
    shelf = new_shelf()
    shelf.add(more=VOLUMETRIC, prices="".join(f"\nreturn,DE,{kg} kg,{kg}.00" for kg in range(1, 8001)))
    return shelf


@pytest.fixture(scope="module")
def banded(new_shelf) -> Shelf:
    shelf = new_shelf()
    shelf.add(prices="".join(f"\nreturn,DE,{grams} g,{grams}" for grams in range(500, 32_501, 500)))
    return shelf


def parcel_of(grams: Decimal, sides: list[Decimal], weight_unit: str, length_unit: str) -> Parcel:
    length, width, height = (Length(side, length_unit) for side in sides)
    return Parcel(weight=Weight(grams, weight_unit), dimensions=Dimensions(length=length, width=width, height=height))


@relaxed
@given(sides=st.tuples(lengths, lengths, lengths), order=st.permutations([0, 1, 2]), weight=weights)
def test_23_the_order_of_the_sides_does_not_matter(volumetric, sides, order, weight):
    written = volumetric.price(parcel_of(weight, list(sides), "kg", "cm"))
    turned = volumetric.price(parcel_of(weight, [sides[index] for index in order], "kg", "cm"))
    assert (written.net, written.billable_weight, written.billed_by) == (turned.net, turned.billable_weight, turned.billed_by)


@relaxed
@given(inches=st.tuples(lengths, lengths, lengths), ounces=weights)
def test_17_the_unit_of_entry_does_not_matter(volumetric, inches, ounces):
    imperial = volumetric.price(parcel_of(ounces, list(inches), "oz", "in"))
    metric = volumetric.price(parcel_of(ounces * OUNCE, [side * INCH for side in inches], "g", "mm"))
    assert (imperial.net, imperial.billable_weight, imperial.billed_by) == (metric.net, metric.billable_weight, metric.billed_by)


@relaxed
@given(grams=st.integers(min_value=1, max_value=31_500), above=st.decimals(min_value="0.000001", max_value="0.9", places=6))
def test_12_a_bands_limit_belongs_to_it_and_everything_above_to_the_next(banded, grams, above):
    on_limit = -(-grams // 500) * 500
    assert banded.price(f"{grams} g").net.amount == on_limit
    assert banded.price(f"{on_limit} g").net.amount == on_limit
    assert banded.price(f"{on_limit + above} g").net.amount == on_limit + 500


@relaxed
@given(sides=st.tuples(lengths, lengths, lengths), weight=weights)
def test_the_billed_weight_is_the_least_step_that_is_not_below_actual_and_volumetric_weight(volumetric, sides, weight):
    """Compared as whole numbers: grams and cubic centimetres, each scaled so that no fraction is left."""
    quote = volumetric.price(parcel_of(weight, list(sides), "kg", "cm"))
    first, second, third = (int(side * 1000) for side in sides)
    volumetric_steps = -(-first * second * third * 2 // (5000 * 10**9))
    actual_steps = -(-int(weight * 100) // 50)
    assert quote.billable_weight.value == Decimal("0.5") * max(actual_steps, volumetric_steps)
    assert quote.billed_by == ("DIMENSIONAL" if volumetric_steps > actual_steps else "ACTUAL")


def surcharge(index: int, basis: str, amount: Decimal, requirement: str) -> str:
    return f"""
[[surcharges]]
id = "extra-{index}"
code = "EXTRA"
text = "Extra"
basis = "{basis}"
amount = "{amount:f}"
requirement = "{requirement}"
"""


@relaxed
@given(
    base=amounts,
    extras=st.lists(
        st.tuples(
            st.sampled_from(["FIXED", "PERCENT_OF_BASE", "PERCENT_OF_SUBTOTAL", "PER_KG"]),
            amounts,
            st.sampled_from(["MANDATORY", "OPTIONAL"]),
        ),
        max_size=5,
    ),
    treatment=st.sampled_from(["NET_PLUS_VAT", "GROSS_INCL_VAT"]),
    method=st.sampled_from(["TOTAL", "LINE"]),
    rate=st.decimals(min_value=0, max_value=30, places=1),
)
def test_41_the_net_is_the_sum_of_its_lines_and_the_gross_the_net_and_the_tax(new_shelf, base, extras, treatment, method, rate):
    shelf = new_shelf()
    more = "".join(surcharge(index, *extra) for index, extra in enumerate(extras))
    more += f'[[taxes]]\ntreatment = "{treatment}"\nrate_percent = "{rate}"\nrounding = "{method}"\n'
    shelf.add(more=more, prices=f"\nreturn,DE,5 kg,{base:f}\n")
    quote = shelf.price("3.2 kg")
    assert quote.net.amount == sum(line.amount.amount for line in quote.charges if not line.optional)
    assert quote.gross.amount == quote.net.amount + quote.tax.amount.amount
    if treatment == "GROSS_INCL_VAT" and not extras:
        assert quote.gross.amount == base


@relaxed
@given(
    prices=st.lists(st.integers(min_value=0, max_value=9000), min_size=2, max_size=8),
    pair=st.tuples(weights, weights),
    percent=st.integers(min_value=0, max_value=100),
)
def test_a_heavier_parcel_never_costs_less_unless_the_card_allows_it(new_shelf, prices, pair, percent):
    shelf, rows = new_shelf(), enumerate(sorted(prices), start=1)
    bands = "".join(f"\nreturn,DE,{place * 100} kg,{cents / 100:.2f}" for place, cents in rows) + "\nreturn,DE,+50 kg,1.00"
    more = surcharge(0, "PERCENT_OF_SUBTOTAL", Decimal(percent), "MANDATORY") + surcharge(
        1, "PER_KG", Decimal("0.10"), "MANDATORY"
    )
    shelf.add(body=BODY.replace("WEIGHT_TIER", "PER_KG_ABOVE"), more=more, prices=bands)
    light, heavy = sorted(pair)
    assert shelf.price(f"{light} kg").net.amount <= shelf.price(f"{heavy} kg").net.amount


@relaxed
@given(
    base=amounts,
    steps=st.lists(st.decimals(min_value="0.01", max_value=100, places=2), min_size=1, max_size=3),
    count=st.integers(min_value=0, max_value=400),
)
def test_41_a_discount_is_a_line_and_never_takes_more_than_there_is(new_shelf, base, steps, count):
    shelf = new_shelf()
    text = ", ".join(f'{{ from = {100 * place}, amount = "{percent:f}" }}' for place, percent in enumerate(steps, start=1))
    shelf.add(more=f'[[discounts]]\nid = "v"\ncounts = "v"\nsteps = [ {text} ]\n', prices=f"\nreturn,DE,5 kg,{base:f}\n")
    (shelf.root / "card" / "v.csv").write_text(f"valid_from,valid_until,value\n2026-02-01,2026-03-01,{count}\n")
    quote = shelf.price()
    assert quote.net.amount == sum(line.amount.amount for line in quote.charges) >= 0
    assert (len(quote.charges) == 2) is (count >= 100)
