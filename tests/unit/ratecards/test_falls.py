"""A heavier parcel costs no less than a lighter one, whatever surcharge ends, unless the service says that it may."""

import pytest

from retoure.ratecards import check_cards

BODY = '[[zones]]\nid = "DE"\ncountries = ["DE"]\n[[services]]\ncode = "return"\nname = "Return"\nkey = "WEIGHT_TIER"\n%s\n'
OVER_3 = '{ measure = "WEIGHT", over = "3 kg" }'
FLAT_5 = "\nreturn,DE,31.5 kg,5.00\n"


def surcharge(name: str, amount: str = "5.00", *more: str) -> str:
    rest = "\n".join(more)
    return f'[[surcharges]]\nid = "{name}"\ncode = "{name.upper()}"\ntext = "{name}"\namount = "{amount}"\n{rest}\n'


ENDS = f"unless = [ {OVER_3} ]"


def falls(shelf, more: str, service: str = "", prices: str = FLAT_5) -> list[str]:
    shelf.add(body=BODY % service, more=more, prices=prices)
    return [fault.text for fault in check_cards(shelf.root).faults]


def test_a_surcharge_that_ends_with_weight_lets_the_price_fall(shelf):
    (fault,) = falls(shelf, surcharge("light", "5.00", ENDS))
    assert fault.startswith(
        "service 'return', zone 'DE': the price falls above 3 kg, where surcharge 'light' ends: if that is meant"
    )


def test_a_service_may_say_that_its_price_falls(shelf):
    assert falls(shelf, surcharge("light", "5.00", ENDS), "may_fall = true") == []
    assert [shelf.price(weight).net.amount for weight in ("2.9 kg", "3.1 kg")] == [10, 5]


@pytest.mark.parametrize(("amount", "fallen"), [("4.99", 1), ("5.00", 0)])
def test_one_surcharge_may_take_the_place_of_another(shelf, amount, fallen):
    more = surcharge("light", "5.00", ENDS) + surcharge("heavy", amount, f"when = [ {OVER_3} ]")
    assert len(falls(shelf, more)) == fallen


@pytest.mark.parametrize(("prices", "fallen"), [("9.99", 1), ("10.00", 0)])
def test_the_next_band_may_make_up_for_it(shelf, prices, fallen):
    assert len(falls(shelf, surcharge("light", "5.00", ENDS), "", f"\nreturn,DE,3 kg,5\nreturn,DE,9 kg,{prices}\n")) == fallen


def test_the_next_band_does_not_make_up_for_it_where_volume_is_billed(shelf):
    volume = '[[services.billable_weight]]\ndivisor = 5000\ndivisor_unit = "cm3/kg"\nround_up_to = "0.5 kg"\n'
    more = surcharge("light", "5.00", ENDS)
    assert len(falls(shelf, volume + more, "", "\nreturn,DE,3 kg,5\nreturn,DE,9 kg,10\n")) == 1


def test_a_weight_that_is_not_taken_is_not_looked_at(shelf):
    limit = 'limits = [ { measure = "WEIGHT", max = "3 kg" } ]'
    assert falls(shelf, surcharge("light", "5.00", ENDS), limit) == []


def test_the_last_band_is_not_compared_with_what_lies_above_it(shelf):
    assert falls(shelf, surcharge("light", "5.00", ENDS), "", "\nreturn,DE,3 kg,5.00\n") == []


def test_a_surcharge_for_long_parcels_that_weight_ends_falls_for_them(shelf):
    long = 'when = [ { measure = "LONGEST", over = "1 m" } ]'
    assert len(falls(shelf, surcharge("long", "5.00", long, ENDS))) == 1


def test_conditions_that_cannot_differ_are_not_told_apart(shelf):
    """What ends a surcharge begins the next one, for the same parcels, by weight or by length."""
    either = f'[ {OVER_3}, {{ measure = "LONGEST", over = "175 cm" }} ]'
    more = surcharge("long", "5.00", 'when = [ { measure = "LONGEST", over = "130 cm" } ]', f"unless = {either}")
    assert falls(shelf, more + surcharge("oversize", "40.00", f"when = {either}")) == []


def test_a_percentage_between_two_surcharges_counts(shelf):
    fee = '[[surcharges]]\nid = "fee"\ncode = "FEE"\ntext = "Fee"\nbasis = "PERCENT_OF_SUBTOTAL"\namount = 10\n'
    more = surcharge("light", "5.00", ENDS) + fee + surcharge("heavy", "5.00", f"when = [ {OVER_3} ]")
    assert len(falls(shelf, more)) == 1


def test_an_optional_surcharge_that_ends_makes_no_price_fall_but_one_that_another_replaces_does(shelf, new_shelf):
    optional = 'requirement = "OPTIONAL"'
    light = surcharge("light", "5.00", ENDS, optional)
    assert falls(shelf, light) == []
    assert (
        len(falls(new_shelf(), light + surcharge("heavy", "4.00", f"when = [ {OVER_3} ]", optional).replace("HEAVY", "LIGHT")))
        == 1
    )


def test_a_surcharge_falls_on_the_days_on_which_it_holds(shelf):
    period = "valid_from = 2027-01-01\nvalid_until = 2027-02-01"
    assert len(falls(shelf, surcharge("light", "5.00", ENDS, period))) == 1


def test_a_surcharge_whose_table_has_no_value_makes_no_price_and_none_that_falls(shelf):
    more = surcharge("light", "5.00", ENDS).replace('amount = "5.00"', 'index = "toll"')
    (shelf.root / "card").mkdir()
    (shelf.root / "card" / "toll.csv").write_text("valid_from,valid_until,value\n2026-02-01,2026-03-01,0\n")
    assert falls(shelf, more) == []
    (shelf.root / "card" / "toll.csv").write_text("valid_from,valid_until,value\n2026-02-01,2026-03-01,0.50\n")
    assert len(check_cards(shelf.root).faults) == 1


def test_a_service_by_size_or_at_one_price_may_fall_with_weight_no_more_than_others(shelf):
    shelf.add(
        body=(BODY % "").replace("WEIGHT_TIER", "FLAT"), more=surcharge("light", "5.00", ENDS), prices="\nreturn,DE,,5.00\n"
    )
    assert len(check_cards(shelf.root).faults) == 1
