import pytest
from pydantic import ValidationError

from retoure.carrier import crosses_customs, extras_problems, read_extras, undeclared
from retoure.model import Model, Place, ReturnRequest
from retoure.testing.samples import SAMPLES


class Wishes(Model):
    gift: bool = False


def request(**extras):
    return ReturnRequest.model_validate({**SAMPLES["munich_to_berlin"]["request"], "extras": extras})


def at(where):
    country, _, postal_code = where.partition(" ")
    return Place(country=country, postal_code=postal_code)


def crosses(origin, destination):
    there, back = crosses_customs(at(origin), at(destination)), crosses_customs(at(destination), at(origin))
    assert there == back
    return there


@pytest.mark.parametrize(("origin", "destination"), [("DE", "DE"), ("AT", "DE"), ("MC", "FR"), ("CH", "LI"), ("US", "US")])
def test_within_a_union_no_customs_are_crossed(origin, destination):
    assert not crosses(origin, destination)


@pytest.mark.parametrize(("origin", "destination"), [("CH", "DE"), ("GB", "DE"), ("DE", "NO"), ("LI", "AT"), ("US", "PR")])
def test_between_unions_they_are(origin, destination):
    assert crosses(origin, destination)


@pytest.mark.parametrize(
    "place",
    [
        "ES 35001", "ES 38001", "ES 51001", "ES 52001", "DE 27498", "DE 78266", "IT 23041", "IT 22061", "FI 22100", "FI AX-22100",
        "FI FI-22100", "GR 63086", "GR 630 86", "FR 97110", "FR 97133", "FR 97150", "FR 97200", "FR 97300", "FR 97400",
        "FR 97500", "FR 97600", "FR 98600", "FR 98714", "FR 98800",
    ],
)  # fmt: skip
def test_a_place_with_a_tax_border_of_its_own_is_declared_within_its_country_too(place):
    assert crosses(place, place[:2])
    assert crosses(place, "AT 1010")
    assert not crosses(place, place)


@pytest.mark.parametrize("place", ["ES 28001", "ES 03501", "DE 27499", "FI 00220", "FR 75001", "IT 23030", "GR 10431", "ES"])
def test_the_mainland_around_them_is_not(place):
    assert not crosses(place, "DE 10115")


def test_overseas_france_is_a_border_for_each_of_its_parts_and_monaco_none():
    assert crosses("FR 97110", "FR 97200")
    assert not crosses("FR 97110", "GP 97110")
    assert not crosses("FR 98000", "FR 75001")
    assert not crosses("FR 98000", "MC 98000")


@pytest.mark.parametrize("postcode", ["BT1 1AA", "bt11aa"])
def test_northern_ireland_has_no_border_to_either_side(postcode):
    assert not crosses(f"GB {postcode}", "DE 10115")
    assert not crosses(f"GB {postcode}", "IE D01 F5P2")
    assert not crosses(f"GB {postcode}", "GB SW1A 1AA")
    assert crosses(f"GB {postcode}", "CH 8001")
    assert crosses("GB B1 1AA", "DE 10115")


def test_buesingen_belongs_to_switzerlands_customs():
    assert not crosses("DE 78266", "CH 8200")


def test_a_notice_says_why_lines_were_not_sent_and_no_postcode():
    assert undeclared(at("AT 1010"), at("DE 10115")) == (
        "the customs lines were not sent: a return from AT to DE crosses no customs or tax border"
    )
    assert "the order's own word" in undeclared(at("CH 8001"), at("DE 10115"), said=True)


def test_a_carriers_own_wishes_are_read_and_another_carriers_are_not():
    assert read_extras(request(x={"gift": True}, y={"nonsense": 1}), "x", Wishes).gift
    assert read_extras(request(y={"nonsense": 1}), "x", Wishes) == Wishes()
    assert not list(extras_problems(request(y={"nonsense": 1}), "x", Wishes))


@pytest.mark.parametrize(("own", "field"), [({"gifts": True}, "extras.x.gifts"), ({"gift": "yes"}, "extras.x.gift")])
def test_a_wish_that_does_not_exist_is_named_with_those_that_do(own, field):
    (problem,) = extras_problems(request(x=own), "x", Wishes)
    assert (problem.field, problem.code) == (field, "unknown")
    assert problem.text.endswith("there are: gift")
    with pytest.raises(ValidationError):
        read_extras(request(x=own), "x", Wishes)
