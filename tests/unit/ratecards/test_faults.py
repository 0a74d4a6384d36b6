"""What a card is refused for, and where the fault is said to be."""

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.ratecards.shelf import BODY, PRICES

from retoure.errors import InvalidRateCard
from retoure.ratecards import card_json_schema, card_summary, check_cards, load_cards, price_rows
from retoure.ratecards.faults import Lines
from retoure.ratecards.loading import parse_tariff


def faults(shelf) -> list[str]:
    return [str(fault) for fault in check_cards(shelf.root).faults]


def only_fault(shelf) -> str:
    (fault,) = faults(shelf)
    return fault


TARIFF, CSV = "card/2026-01-01/tariff.toml", "card/2026-01-01/prices.csv"


@pytest.mark.parametrize(
    ("prices", "fault"),
    [
        ("\nreturn,DE,2 kg,4.00\nretrun,DE,5 kg,5.00\n", ":3: the tariff has no service 'retrun'"),
        ("\nreturn,DE,2 kg,4.00\nreturn,AT,5 kg,5.00\n", ":3: the tariff has no zone 'AT'"),
        (
            "\nreturn,DE,5 kg,5.00\nreturn,DE,2 kg,4.00\n",
            ":3: service 'return', zone 'DE': the band up to 2 kg stands below",
        ),
        (
            "\nreturn,DE,2 kg,4.00\nreturn,DE,2000 g,5.00\n",
            ":3: service 'return', zone 'DE': the band up to 2000 g stands on",
        ),
        ("\nreturn,DE,2 kg,-4.00\n", ":2: an amount is digits with a decimal point"),
        ("\nreturn,DE,2 kg,4e2\n", ":2: an amount is digits"),
        ("\nreturn,DE,2 kg,NaN\n", ":2: an amount is digits"),
        ('\nreturn,DE,2 kg,"4,00"\n', ":2: an amount is digits"),
        ("\nreturn,DE,2 kg,\n", ":2: an amount is digits"),
        ("\nreturn,DE,2,4.00\n", ":2: up_to '2' is neither a weight like '5 kg' nor a length"),
        ("\nreturn,DE,0 kg,4.00\n", ":2: up_to '0 kg' is neither"),
        ("\nreturn,DE,35 cm,4.00\n", ":2: up_to of service 'return' is a weight, like '5 kg'"),
        ("\nreturn,DE,,4.00\n", ":2: up_to of service 'return' is a weight"),
        ("\nreturn,DE,2 kg\n", ":2: 3 columns instead of 4"),
        ('\nreturn,DE,2 kg,"4.00\n', ":2: not CSV"),
    ],
)
def test_a_faulty_price_is_named_with_its_line(shelf, prices, fault):
    shelf.add(prices=prices)
    found = faults(shelf)
    assert any(text.startswith(CSV + fault) for text in found), found


SECRET = '[[surcharges]]\nid="a"\ncode="A"\ntext="a"\nbasis="FIXED"\namount="-0815"\n'


def test_a_price_is_in_no_fault_because_the_card_may_be_confidential(shelf):
    shelf.add(
        prices="\nreturn,DE,2 kg,-4711.11\n", more='[[surcharges]]\nid="a"\ncode="A"\ntext="a"\nbasis="FIXED"\namount="-0815"\n'
    )
    assert len(faults(shelf)) == 2
    assert not any(secret in text for text in faults(shelf) for secret in ("4711", "0815"))


def test_other_columns_are_refused(shelf):
    place = shelf.add()
    (place / "prices.csv").write_text("service;zone;up_to;price\n")
    assert f"{CSV}:1: the first line must be service,zone,up_to,price" in faults(shelf)


def test_a_file_saved_with_a_byte_order_mark_is_read(shelf):
    place = shelf.add()
    for name in ("prices.csv", "tariff.toml"):
        (place / name).write_bytes(b"\xef\xbb\xbf" + (place / name).read_bytes())
    assert check_cards(shelf.root).ok


@pytest.mark.parametrize("name", ["tariff.toml", "prices.csv"])
def test_a_file_that_is_not_utf_8_is_refused(shelf, name):
    place = shelf.add()
    (place / name).write_bytes((place / name).read_bytes() + "# ü".encode("latin-1"))
    assert any(f"2026-01-01/{name}: not " in text for text in faults(shelf))


@pytest.mark.parametrize("name", ["tariff.toml", "prices.csv"])
def test_a_missing_file_is_named(shelf, name):
    place = shelf.add()
    (place / name).unlink()
    assert only_fault(shelf) == f"card/2026-01-01/{name}: the file is missing"


def test_broken_toml_is_named_with_its_line(shelf):
    shelf.add(body="\n[[zones]\n" + BODY)
    assert only_fault(shelf).startswith(f"{TARIFF}:13: not TOML")


@pytest.mark.parametrize(
    ("head", "more", "fault"),
    [
        ("round_to = true\n", "", "12: round_to: an amount is a number"),
        ("confidential = 1.5\n", "", "12: confidential: Input should be a valid boolean"),
        ("surprise = 1\n", "", "12: surprise: Extra inputs are not permitted"),
        ("round_to = 0\n", "", "12: round_to: must be greater than zero"),
        ("round_to = 1e-2\n", "", "12: round_to: an amount is digits"),
        ("round_to = nan\n", "", "12: round_to: an amount is digits"),
        ("", 'limits = [ { measure = "WEIGHT", max = "31.5" } ]\n', "21: services[0].limits[0]: '31.5' has no unit"),
        ("", 'limits = [ { measure = "LONGEST", max = "5 kg" } ]\n', "21: services[0].limits[0]: 'kg' is not a unit of length"),
        ("", 'limits = [ { measure = "VOLUME", max = "5 m3" } ]\n', "21: services[0].limits[0]: cannot read '5 m3' as a volume"),
        ("", 'limits = [ { measure = "WEIGHT" } ]\n', "21: services[0].limits[0]: a limit has either max or min"),
        ("", '[[services.billable_weight]]\ndivisor = 5000\n', "21: services[0].billable_weight[0]: divisor and divisor_unit"),
        ("", '[[services.billable_weight]]\ndivisor = 5\ndivisor_unit = "cm3/kg"\n', "21: services[0].billable_weight[0]: a"),
        ("", '[[zones]]\nid = "X"\n', "21: zones[1]: a zone names at least one country"),
        ("", '[[zones]]\nid = "DE"\ncountries = ["AT"]\n', "22: zones[1].id: 'DE' stands there already"),
        ("", '[[zones]]\nid = "X"\ncountries = ["XX"]\n', "23: zones[1].countries[0]: 'XX' is not an ISO"),
        ("", '[[zones]]\nid = "X"\npostcodes = { DE = ["9..10"] }\n', "23: zones[1].postcodes: postcode range '9..10'"),
        ("", '[[taxes]]\ntreatment = "EXEMPT"\nrate_percent = 19\n', "21: taxes[0]: rate_percent belongs to NET_PLUS_VAT"),
        ("", '[[taxes]]\ntreatment = "EXEMPT"\nservices = ["express"]\n', "23: taxes[0].services: the tariff has no"),
        ("", '[[taxes]]\ntreatment = "EXEMPT"\nzones = ["AT"]\n', "23: taxes[0].zones: the tariff has no zone 'AT'"),
        ("", '[[taxes]]\ntreatment = "EXEMPT"\nvalid_from = 2026-02-01\n', "21: taxes: {TAX} has no record from 2026-01-01"),
        ("", '[[taxes]]\ntreatment = "EXEMPT"\nvalid_until = 2026-02-01\n', "21: taxes: {TAX} has no record from 2026-02-01 on"),
        ("", '[[taxes]]\ntreatment = "EXEMPT"\n[[taxes]]\ntreatment = "EXEMPT"\n', "21: taxes: {TAX} has two records from"),
        ("", '[[taxes]]\ntreatment = "EXEMPT"\nvalid_until = 2025-02-01\n', "21: taxes: {TAX} has no record in the card's"),
        ("", '[[taxes]]\ntreatment = "EXEMPT"\nvalid_until = 2026-02-01T00:00:00Z\n', "23: taxes[0].valid_until: Input"),
        ("", '[[taxes]]\ntreatment = "EXEMPT"\nvalid_from = 2026-02-01\nvalid_until = 2026-02-01\n', "21: taxes[0]: valid_"),
        ("valid_until = 2026-01-01\n", "", "12: valid_until: valid_until is exclusive"),
    ],
)  # fmt: skip
def test_a_faulty_tariff_is_named_with_its_line(shelf, head, more, fault):
    shelf.add(head=head, more=more)
    found = faults(shelf)
    assert any(
        text.startswith(f"{TARIFF}:{fault}".replace("{TAX}", "the tax of service 'return', zone 'DE'")) for text in found
    ), found


def test_weight_rules_leave_no_day_out(shelf):
    rule = '[[services.billable_weight]]\nround_up_to = "1 kg"\n'
    shelf.add(more=f"{rule}valid_until = 2026-03-01\n{rule}valid_from = 2026-03-02\n")
    where = f"{TARIFF}:21: services[0].billable_weight"
    assert only_fault(shelf) == f"{where}: service 'return' has no record from 2026-03-01 until 2026-03-02"


def test_a_weight_rule_does_not_fit_a_service_priced_by_size(shelf):
    body = BODY.replace("WEIGHT_TIER", "FLAT")
    shelf.add(body=body, more='[[services.billable_weight]]\nround_up_to = "1 kg"\n', prices="\nreturn,DE,,4.00\n")
    assert only_fault(shelf).startswith(
        f"{TARIFF}:17: services[0]: billable_weight belongs to a service that is priced by weight"
    )


def test_an_unknown_time_zone_is_refused(shelf):
    place = shelf.add()
    tariff = place / "tariff.toml"
    tariff.write_text(tariff.read_text().replace("Europe/Berlin", "Europe/Bielefeld"))
    assert only_fault(shelf) == f"{TARIFF}:10: time_zone: not a time zone of the IANA database, like 'Europe/Berlin'"


def test_empty_lines_between_prices_are_skipped(shelf):
    shelf.add(prices="\n\nreturn,DE,2 kg,4.00\n\nreturn,DE,5 kg,x\n")
    assert only_fault(shelf).startswith(f"{CSV}:5: ")


def test_a_card_names_a_market(shelf):
    place = shelf.add()
    tariff = place / "tariff.toml"
    tariff.write_text(tariff.read_text().replace('["DE"]', "[]", 1))
    assert only_fault(shelf) == f"{TARIFF}:9: markets: at least one is needed"


def test_two_zones_of_one_service_must_not_overlap(shelf):
    zones = '[[zones]]\nid = "ALL"\ncountries = ["AT", "DE"]\n[[zones]]\nid = "A"\npostcodes = { AT = ["10..20"] }\n'
    zones += '[[zones]]\nid = "B"\npostcodes = { AT = ["20"] }\n'
    shelf.add(more=zones, prices=PRICES + "return,ALL,5 kg,5.00\nreturn,A,5 kg,5.00\nreturn,B,5 kg,5.00\n")
    assert [text.partition(": zones: ")[2] for text in faults(shelf)] == [
        "service 'return': zones 'DE' and 'ALL' both have DE",
        "service 'return': zones 'A' and 'B' both have AT 20",
    ]


def test_a_service_without_a_price_is_refused(shelf):
    shelf.add(more='[[services]]\ncode = "bulky"\nname = "Bulky"\nkey = "FLAT"\n')
    assert only_fault(shelf) == f"{TARIFF}:21: services[1]: service 'bulky' has no price"


def test_an_example_card_must_say_so_in_its_title(shelf):
    place = shelf.add(origin="example")
    tariff = place / "tariff.toml"
    tariff.write_text(tariff.read_text().replace('title = "EXAMPLE"', 'title = "Prices"'))
    assert only_fault(shelf) == f"{TARIFF}:5: title: the title of an example card contains the word EXAMPLE"


def test_a_card_lies_in_the_folder_of_its_id_and_date(shelf):
    shelf.add(folder="2026-02-01")
    place = shelf.add(card="other")
    place.parent.rename(shelf.root / "moved")
    assert faults(shelf) == [
        "card/2026-02-01/tariff.toml:11: valid_from: the card lies in the folder of 2026-02-01",
        "moved/2026-01-01/tariff.toml:3: id: the card lies in the folder 'moved'",
    ]


@pytest.mark.parametrize("name", ["january", "2026-13-01", "2026-01-01.0", "2026-01-01.x"])
def test_a_folder_that_is_not_named_after_a_date_is_refused(shelf, name):
    shelf.add()
    (shelf.root / "card" / name).mkdir()
    assert only_fault(shelf) == f"card/{name}: a card's folder is named <YYYY-MM-DD> or <YYYY-MM-DD>.<n>"


def test_cards_of_one_id_have_one_time_zone(shelf):
    shelf.add()
    place = shelf.add(valid_from="2026-07-01")
    tariff = place / "tariff.toml"
    tariff.write_text(tariff.read_text().replace("Europe/Berlin", "UTC"))
    assert only_fault(shelf) == "card: all cards of one id have the same time_zone, not Europe/Berlin and UTC"


def test_all_faults_of_all_files_come_in_one_pass(shelf):
    shelf.add(
        head="round_to = 0\n",
        more='[[taxes]]\ntreatment = "FREE"\nzones = ["AT"]\n',
        prices="\nreturn,AT,2 kg,x\nreturn,AT,2 kg,1\nsend,DE,1,1\n",
    )
    shelf.add(card="second", prices="\nreturn,XX,2 kg,4.00\n")
    with pytest.raises(InvalidRateCard) as invalid:
        load_cards(shelf.root)
    assert [fault.partition(": ")[0] for fault in invalid.value.faults] == [
        f"{TARIFF}:12", f"{TARIFF}:23", f"{TARIFF}:24", f"{CSV}:2", f"{CSV}:4", f"{CSV}:3",
        "second/2026-01-01/prices.csv:2", "second/2026-01-01/tariff.toml:17",
    ]  # fmt: skip


def test_42_a_float_is_refused_with_its_place_and_a_decimal_is_exact():
    def card(rate: object) -> dict[str, object]:
        return {
            "schema": 1, "id": "card", "origin": "contract", "title": "t", "source": "s", "carrier": "c", "currency": "EUR",
            "markets": ["DE"], "time_zone": "UTC", "valid_from": date(2026, 1, 1),
            "zones": [{"id": "DE", "countries": ["DE"]}], "services": [{"code": "a", "name": "a", "key": "FLAT"}],
            "taxes": [{"treatment": "NET_PLUS_VAT", "rate_percent": rate}],
        }  # fmt: skip

    tariff, found = parse_tariff(card(4.1))
    assert tariff is None
    assert found == [(("taxes", 0, "rate_percent"), "a float is not exact: write the amount as text, like '4.10'")]
    for exact in ("4.10", Decimal("4.10")):
        tariff, _ = parse_tariff(card(exact))
        assert str(tariff.taxes[0].rate_percent) == "4.10"


def test_a_decimal_in_a_file_is_read_exactly(shelf):
    shelf.add(more='[[taxes]]\ntreatment = "NET_PLUS_VAT"\nrate_percent = 8.10\n')
    assert str(shelf.price().tax.rate_percent) == "8.10"


def test_a_faulty_revision_that_was_replaced_is_a_warning(shelf):
    shelf.add(prices="\nreturn,AT,2 kg,4.00\n")
    shelf.add(folder="2026-01-01.1")
    report = check_cards(shelf.root)
    assert report.ok
    assert f"{CSV}:2: in a replaced revision: the tariff has no zone 'AT'" in [str(warning) for warning in report.warnings]
    assert shelf.price()
    with pytest.raises(InvalidRateCard, match="revision '2026-01-01', cannot be used"):
        shelf.cards.card("card").revision("2026-01-01")


@pytest.mark.parametrize(("today", "warned"), [(date(2026, 12, 1), False), (date(2026, 12, 2), True), (date(2027, 6, 1), True)])
def test_the_last_card_warns_thirty_days_before_it_ends(shelf, today, warned):
    shelf.add(valid_until="2027-01-01")
    warnings = [str(warning) for warning in check_cards(shelf.root, today=today).warnings]
    assert (warnings == ["card/2026-01-01: the last card of 'card' ends before 2027-01-01; add the next one"]) is warned


def test_a_price_that_falls_with_weight_is_refused_unless_the_service_says_that_it_may(shelf, new_shelf):
    falls = "\nreturn,DE,2 kg,4.00\nreturn,DE,5 kg,3.00\n"
    shelf.add(prices=falls)
    assert only_fault(shelf).startswith(f"{CSV}:3: service 'return', zone 'DE': the price falls after the band up to 2 kg")
    allowed = new_shelf()
    allowed.add(more="may_fall = true\n", prices=falls)
    assert allowed.price("3 kg").net.amount == Decimal("3.00")


def test_a_zone_without_any_price_is_a_warning(shelf):
    shelf.add(more='[[zones]]\nid = "AT"\ncountries = ["AT"]\n')
    assert [str(warning) for warning in check_cards(shelf.root).warnings] == [f"{TARIFF}:21: zones[1]: zone 'AT' has no price"]


def test_a_directory_that_is_not_there_is_a_fault(tmp_path):
    report = check_cards(str(tmp_path / "absent"))
    assert [str(fault) for fault in report.faults] == [f"{tmp_path / 'absent'}: no such directory"]


def test_an_empty_card_folder_is_a_fault(shelf):
    (shelf.root / "card").mkdir()
    assert only_fault(shelf) == "card: the folder holds no card"


def test_files_beside_the_cards_are_left_alone(shelf):
    place = shelf.add()
    (shelf.root / "README.md").touch()
    (place.parent / "notes.txt").touch()
    (shelf.root / "__pycache__").mkdir()
    assert check_cards(shelf.root).ok


def test_a_card_is_shown_as_plain_rows(shelf):
    shelf.add()
    (history,) = load_cards(shelf.root)
    assert price_rows(history.spans[0].card)[1] == {
        "service": "return", "zone": "DE", "up_to": "5 kg", "price": "5.00", "currency": "EUR",
    }  # fmt: skip
    (row,) = card_summary(history)
    assert (row["id"], row["revision"], row["valid_from"], row["valid_until"], row["services"]) == (
        "card", "2026-01-01", "2026-01-01", "", "return",
    )  # fmt: skip


def test_the_format_has_a_json_schema():
    schema = card_json_schema()
    assert {"schema", "id", "zones", "services"} <= set(schema["required"])
    assert schema["additionalProperties"] is False


def test_lines_are_found_by_table_and_key():
    lines = Lines('a = 1\n[[b]]\nc = 2\n[[b.d]]\ne = 3\n[[b.d]]\ne = 4\n[[b]]\nc = 5\n[f]\n"g" = 6\n')
    places = [("a",), ("b", 0, "c"), ("b", 0, "d", 1, "e"), ("b", 1), ("b", 1, "c"), ("b", 1, "x"), ("f", "g"), ("z",)]
    assert [lines.of(place) for place in places] == [1, 3, 7, 8, 9, 8, 11, None]


@pytest.mark.parametrize(
    ("prices", "fault"),
    [
        ("\nreturn,DE,2 kg,4.00\nreturn,DE,+1 kg,5.00\n", ":3: service 'return', zone 'DE': '+1 kg' needs key = 'PER_KG_ABOVE'"),
        ("\nreturn,DE,2 kg,4.00\nreturn,DE,+5 cm,5.00\n", ":3: up_to '+5 cm': only a weight is counted further"),
        ("\nreturn,DE,2 kg,4.00\nreturn,DE,+kg,5.00\n", ":3: up_to 'kg' is neither"),
    ],
)
def test_a_row_above_the_last_band_has_its_place(shelf, prices, fault):
    shelf.add(prices=prices)
    assert any(text.startswith(CSV + fault) for text in faults(shelf)), faults(shelf)


@pytest.mark.parametrize(
    ("prices", "line"),
    [
        ("\nreturn,DE,2 kg,4.00\nreturn,DE,5 kg,5.00\n", 3),
        ("\nreturn,DE,+1 kg,4.00\n", 2),
        ("\nreturn,DE,2 kg,4.00\nreturn,DE,+1 kg,1.00\nreturn,DE,5 kg,5.00\n", 3),
        ("\nreturn,DE,2 kg,4.00\nreturn,DE,+1 kg,1.00\nreturn,DE,+2 kg,1.00\n", 3),
    ],
)
def test_a_service_priced_above_its_last_band_has_one_such_row_and_it_is_the_last(shelf, prices, line):
    shelf.add(body=BODY.replace("WEIGHT_TIER", "PER_KG_ABOVE"), prices=prices)
    assert only_fault(shelf).startswith(f"{CSV}:{line}: service 'return', zone 'DE': one row, the last, prices what is above")


SURCHARGE = '[[surcharges]]\nid = "a"\ncode = "A"\ntext = "a"\n'


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        (SURCHARGE, "21: surcharges[0]: a surcharge has either amount or index"),
        (SURCHARGE + 'amount = 1\nindex = "energy"\n', "21: surcharges[0]: a surcharge has either amount or index"),
        (SURCHARGE + 'amount = 1\nrequirement = "INCLUDED"\n', "21: surcharges[0]: a surcharge has either amount or index"),
        (SURCHARGE + "amount = 1\nwhen = [ {} ]\n", "26: surcharges[0].when[0]: a condition is either measure and over, or"),
        (SURCHARGE + 'amount = 1\nwhen = [ { measure = "WEIGHT" } ]\n', "26: surcharges[0].when[0]: a condition is either"),
        (
            SURCHARGE + 'amount = 1\nwhen = [ { measure = "WEIGHT", over = "1 kg", packaging = ["roll"] } ]\n',
            "26: surcharges[0].when[0]: a condition is either",
        ),
        (SURCHARGE + 'amount = 1\nunless = [ { packaging = ["box"] } ]\n', "26: surcharges[0].unless[0].packaging[0]: Input"),
        (SURCHARGE + 'amount = 1\nunless = [ { measure = "WEIGHT", over = "1 cm" } ]\n', "26: surcharges[0].unless[0]: 'cm'"),
        (SURCHARGE + 'amount = 1\npostcodes = { DE = ["9..10"] }\n', "26: surcharges[0].postcodes: postcode range '9..10'"),
        (SURCHARGE + 'index = "../energy"\n', "25: surcharges[0].index: String should match pattern"),
        ('limits = [ { measure = "WEIGHT", max = "1 kg", at = ["HOME"] } ]\n', "21: services[0].limits[0].at[0]: Input"),
        ('transit = { AT = "1" }\n', "21: services[0].transit: the tariff has no zone 'AT'"),
        ('transit = { DE = "3-1" }\n', "21: services[0].transit.DE: days '3-1': the fewer first"),
        ('transit = { DE = "soon" }\n', "21: services[0].transit.DE: String should match"),
        ('accepts = ["BOX"]\n', "21: services[0].accepts[0]: Input"),
        (
            '[[discounts]]\nid = "v"\ncounts = "v"\nsteps = [ { from = 1, amount = 1 } ]\nzones = ["AT"]\n',
            "25: discounts[0].zones",
        ),
    ],
)
def test_a_faulty_record_is_named_with_its_line(shelf, more, fault):
    shelf.add(more=more)
    assert any(text.startswith(f"{TARIFF}:{fault}") for text in faults(shelf)), faults(shelf)
