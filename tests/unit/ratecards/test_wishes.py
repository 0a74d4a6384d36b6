"""What is asked beside weight and size: packaging, handing in, options, kinds of weight. Boundary tests 16, 18, 30, 40, 49."""

from decimal import Decimal

import pytest
from tests.unit.ratecards.shelf import BODY

from retoure.errors import ExampleCardOnly, MissingMeasure, OutsideRateCard
from retoure.model import Packaging, Parcel, Transit

LOCKER = """
limits = [
  { measure = "WEIGHT", max = "31.5 kg" },
  { measure = "SIDES", max = "120 x 60 x 60 cm" },
  { measure = "SIDES", max = "75 x 60 x 40 cm", at = ["LOCKER"], rule = "packstation" },
  { measure = "WEIGHT", max = "20 kg", at = ["LOCKER", "SHOP"] },
]
"""


def only_decline(answer):
    (decline,) = answer.declined
    assert not answer.quotes
    return decline


def test_30_a_parcel_on_the_lockers_limit_may_be_handed_in_there(shelf):
    shelf.add(more=LOCKER)
    assert shelf.price("1 kg", "75 x 60 x 40 cm", wishes={"hand_in": "locker"}).hand_in == "locker"


def test_30_a_millimetre_above_it_is_declined_there_and_taken_by_a_courier(shelf):
    shelf.add(more=LOCKER)
    decline = only_decline(shelf.ask("1 kg", "60 x 75.1 x 40 cm", wishes={"hand_in": "locker"}))
    assert (decline.reason, decline.limit, decline.actual) == ("DROP_OFF_LIMIT", "75 x 60 x 40 cm", "60 cm x 75.1 cm x 40 cm")
    assert decline.detail == "maximum size at a locker (rule packstation)"
    assert shelf.price("1 kg", "60 x 75.1 x 40 cm", wishes={"hand_in": "courier"})
    assert shelf.price("1 kg", "60 x 75.1 x 40 cm", wishes={"hand_in": "shop"})


def test_30_where_the_way_of_handing_in_is_open_the_limits_of_each_are_shown(shelf):
    shelf.add(more=LOCKER)
    quote = shelf.price("1 kg", "120 x 60 x 60 cm")
    assert quote.limits == {
        "max_weight": "31.5 kg; 20 kg at locker or shop",
        "max_sides": "120 x 60 x 60 cm; 75 x 60 x 40 cm at locker",
    }


BULKY = """
[[surcharges]]
id = "bulky"
code = "BULKY"
text = "Bulky goods"
amount = 20
when = [ { measure = "SIDES", over = "120 x 60 x 60 cm" }, { packaging = ["roll", "TRIANGULAR"] } ]
unless = [ { measure = "WEIGHT", over = "30 kg" } ]
"""


def codes(quote):
    return [line.code for line in quote.charges]


def test_packaging_triggers_a_surcharge_as_a_measure_does(shelf):
    shelf.add(more=BULKY)
    assert codes(shelf.price("1 kg", "20 x 20 x 20 cm")) == ["BASE"]
    assert codes(shelf.price("1 kg", "120.1 x 20 x 20 cm")) == ["BASE", "BULKY"]
    assert codes(shelf.price(Parcel.of("1 kg", "20 x 20 x 20 cm", packaging=["triangular"]))) == ["BASE", "BULKY"]


def test_packaging_that_triggers_a_surcharge_needs_no_dimensions(shelf):
    shelf.add(more=BULKY)
    assert codes(shelf.price(Parcel.of("1 kg", packaging=["roll"]))) == ["BASE", "BULKY"]
    with pytest.raises(MissingMeasure):
        shelf.ask("1 kg")


def test_a_surcharge_does_not_apply_where_another_condition_forbids_it(shelf):
    shelf.add(more=BULKY)
    assert codes(shelf.price("30 kg", "121 x 20 x 20 cm")) == ["BASE", "BULKY"]
    assert codes(shelf.price("30.001 kg", "121 x 20 x 20 cm")) == ["BASE"]


def test_packaging_that_the_card_says_nothing_of_is_declined(shelf):
    shelf.add(more='accepts = ["WOOD"]\n' + BULKY)
    assert codes(shelf.price(Parcel.of("1 kg", "20 x 20 x 20 cm", packaging=["wood"]))) == ["BASE"]
    decline = only_decline(shelf.ask(Parcel.of("1 kg", "20 x 20 x 20 cm", packaging=["sack", "wood"])))
    assert (decline.reason, decline.actual, decline.limit) == ("PACKAGING_NOT_ACCEPTED", "sack", "roll, triangular, wood")


def test_each_word_of_packaging_is_kept_once_in_order():
    parcel = Parcel.of("1 kg", packaging=["wood", "ROLL", "wood"])
    assert parcel.packaging == (Packaging.ROLL, Packaging.WOOD)
    assert Parcel.model_validate_json(parcel.model_dump_json()) == parcel


ISLAND = """
[[surcharges]]
id = "island"
code = "ISLAND"
text = "Island"
amount = 15
postcodes = { DE = ["27498", "25938..25997"] }
"""


@pytest.mark.parametrize(("postcode", "charged"), [("27498", True), ("25980", True), ("25998", False), ("80331", False)])
def test_a_surcharge_may_be_for_some_postcodes_only(shelf, postcode, charged):
    shelf.add(more=ISLAND)
    assert (codes(shelf.price(postcode=postcode)) == ["BASE", "ISLAND"]) is charged


def test_a_surcharge_that_depends_on_a_missing_postcode_cannot_be_told(shelf):
    shelf.add(more=ISLAND)
    with pytest.raises(OutsideRateCard, match="surcharge 'island' depends on the postal code, which is missing"):
        shelf.ask(postcode="")


def test_packaging_is_taken_only_where_the_surcharge_for_it_is_charged(shelf):
    shelf.add(more=f'{ISLAND}when = [ {{ packaging = ["roll"] }} ]\n')
    roll = Parcel.of("1 kg", packaging=["roll"])
    assert codes(shelf.price(roll, postcode="27498")) == ["BASE", "ISLAND"]
    assert only_decline(shelf.ask(roll, postcode="80331")).reason == "PACKAGING_NOT_ACCEPTED"
    with pytest.raises(OutsideRateCard, match="surcharge 'island' depends on the postal code, which is missing"):
        shelf.ask(roll, postcode="")


@pytest.mark.parametrize("postcode", ["25938", "25946", "25980", "25997"])
def test_a_postcode_named_by_itself_leaves_the_range_around_it_whole(shelf, postcode):
    shelf.add(more=ISLAND.replace('"27498"', '"25946", "25940..25950"'))
    assert codes(shelf.price(postcode=postcode)) == ["BASE", "ISLAND"]


PICKUP = """
[[surcharges]]
id = "pickup"
code = "PICKUP"
text = "Pickup"
amount = "3.00"
requirement = "OPTIONAL"
[[surcharges]]
id = "fuel"
code = "FUEL"
text = "Fuel"
basis = "PERCENT_OF_SUBTOTAL"
amount = 10
"""


def test_40_an_optional_surcharge_is_added_when_it_is_asked_for(shelf):
    shelf.add(more=PICKUP)
    plain, wished = shelf.price(), shelf.price(wishes={"include": ["PICKUP"]})
    assert (str(plain.net), [line.optional for line in plain.charges]) == ("4.40 EUR", [False, True, False])
    assert (str(wished.net), [line.optional for line in wished.charges]) == ("7.70 EUR", [False, False, False])
    assert wished.include == ("PICKUP",)
    assert str(shelf.price().net) == "4.40 EUR"


def test_40_an_option_that_a_service_has_not_is_declined_with_those_it_has(shelf):
    shelf.add(more=PICKUP)
    decline = only_decline(shelf.ask(wishes={"include": ["PICKUP", "SATURDAY"]}))
    assert (decline.reason, decline.actual, decline.limit) == ("VAS_UNSUPPORTED", "SATURDAY", "FUEL, PICKUP")


def test_an_option_that_the_service_has_is_no_reason_to_decline_what_is_too_heavy(shelf):
    shelf.add(body=f'{BODY}limits = [ {{ measure = "WEIGHT", max = "3 kg" }} ]\n', more=PICKUP)
    assert only_decline(shelf.ask("4 kg", wishes={"include": ["PICKUP"]})).reason == "WEIGHT_LIMIT"
    both = shelf.ask("4 kg", wishes={"include": ["SATURDAY"]}).declined
    assert [decline.reason for decline in both] == ["WEIGHT_LIMIT", "VAS_UNSUPPORTED"]


def test_an_option_that_hangs_on_a_missing_dimension_is_no_reason_to_decline(shelf):
    large = f'{PICKUP}when = [ {{ measure = "LONGEST", over = "1 m" }} ]\n'
    shelf.add(body=f'{BODY}limits = [ {{ measure = "WEIGHT", max = "3 kg" }} ]\n', more=large)
    assert only_decline(shelf.ask("4 kg", wishes={"include": ["PICKUP"]})).reason == "WEIGHT_LIMIT"


def test_an_option_that_a_service_has_not_is_declined_above_the_last_band_too(shelf):
    shelf.add(more=PICKUP)
    assert only_decline(shelf.ask("40 kg", wishes={"include": ["SATURDAY"]})).reason == "VAS_UNSUPPORTED"


def test_an_included_surcharge_is_a_line_of_nothing(shelf):
    shelf.add(more='[[surcharges]]\nid = "toll"\ncode = "TOLL"\ntext = "Toll"\nrequirement = "INCLUDED"\n')
    quote = shelf.price(wishes={"include": ["TOLL"]})
    assert [(line.code, line.text, line.amount.amount) for line in quote.charges[1:]] == [("TOLL", "Toll (included)", Decimal(0))]


PROGRAMME = 'weight_sources = ["buy_shipping", "LISTED"]\n'
THREE = {"listed": "2.0 kg", "buy_shipping": "2.4 kg"}


def test_18_a_programme_bills_the_buy_shipping_weight_and_tells_the_measured_one(shelf):
    shelf.add(head=PROGRAMME)
    quote = shelf.price(Parcel.of("3.1 kg", other_weights=THREE))
    assert (str(quote.billable_weight), quote.weight_source) == ("2.4 kg", "buy_shipping")
    assert quote.warnings == ("billed by the buy_shipping weight of 2.4 kg; measured were 3.1 kg",)


def test_18_without_one_it_bills_the_listed_weight(shelf):
    shelf.add(head=PROGRAMME)
    quote = shelf.price(Parcel.of("3.1 kg", other_weights={"listed": "2.0 kg"}))
    assert (str(quote.billable_weight), quote.weight_source, str(quote.net)) == ("2.0 kg", "listed", "4.00 EUR")


def test_18_without_either_it_cannot_be_priced(shelf):
    shelf.add(head=PROGRAMME)
    with pytest.raises(MissingMeasure, match="by buy_shipping or listed, and the parcel has it by measured only"):
        shelf.ask("3.1 kg")


def test_a_limit_holds_for_the_heaviest_weight_that_is_known(shelf):
    shelf.add(head=PROGRAMME, more='limits = [ { measure = "WEIGHT", max = "3 kg" } ]\n')
    decline = only_decline(shelf.ask(Parcel.of("3.1 kg", other_weights=THREE)))
    assert (decline.reason, decline.actual) == ("WEIGHT_LIMIT", "3.1 kg")


@pytest.mark.parametrize("weight", ["0 kg", "-1 kg", "NaN kg", "5,0 kg", "5.0", "", "kg"])
def test_16_what_is_no_weight_makes_no_parcel(weight):
    with pytest.raises(ValueError, match=r"weight|no unit|greater than zero"):
        Parcel.of(weight)


def test_49_an_account_may_refuse_example_cards(shelf):
    shelf.add(origin="example")
    with pytest.raises(ExampleCardOnly, match="account 'dhl' refuses examples, and its rate card 'card' is one"):
        shelf.ask(account={"refuse_examples": True})


def test_49_an_account_that_refuses_examples_takes_a_contract(shelf):
    shelf.add()
    assert shelf.ask(account={"refuse_examples": True}).quotes


ABOVE = """
[[zones]]
id = "DE"
countries = ["DE"]
[[services]]
code = "return"
name = "Return"
key = "PER_KG_ABOVE"
"""
ABOVE_PRICES = "\nreturn,DE,5 kg,5.00\nreturn,DE,10 kg,8.00\nreturn,DE,+1 kg,0.75\n"


@pytest.mark.parametrize(
    ("weight", "net"), [("10 kg", "8.00"), ("10.001 kg", "8.75"), ("11 kg", "8.75"), ("11.01 kg", "9.50"), ("110 kg", "83.00")]
)
def test_above_the_last_band_each_further_kilogram_begun_costs_its_price(shelf, weight, net):
    shelf.add(body=ABOVE, prices=ABOVE_PRICES)
    assert str(shelf.price(weight).net.amount) == net


def test_a_price_above_the_last_band_says_how_it_came_about(shelf):
    shelf.add(body=ABOVE, prices=ABOVE_PRICES)
    (line,) = shelf.price("12.5 kg").charges
    assert (line.text, line.record) == ("Return, zone DE, up to 10 kg and 3 x 1 kg more", "return/DE/10 kg+3x1 kg")


def test_transit_is_told_by_zone(shelf):
    shelf.add(more='transit = { DE = "1-2" }\n')
    assert shelf.price().transit == Transit(earliest_days=1, latest_days=2)
