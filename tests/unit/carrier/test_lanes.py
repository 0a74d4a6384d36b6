import pytest
from pydantic import ValidationError

from retoure.carrier import crosses_customs, extras_problems, read_extras
from retoure.model import Model, ReturnRequest
from retoure.testing.samples import SAMPLES


class Wishes(Model):
    gift: bool = False


def request(**extras):
    return ReturnRequest.model_validate({**SAMPLES["munich_to_berlin"]["request"], "extras": extras})


@pytest.mark.parametrize(("origin", "destination"), [("DE", "DE"), ("AT", "DE"), ("MC", "FR"), ("CH", "LI"), ("US", "US")])
def test_within_a_union_no_customs_are_crossed(origin, destination):
    assert not crosses_customs(origin, destination)


@pytest.mark.parametrize(("origin", "destination"), [("CH", "DE"), ("GB", "DE"), ("DE", "NO"), ("LI", "AT"), ("US", "PR")])
def test_between_unions_they_are(origin, destination):
    assert crosses_customs(origin, destination)
    assert crosses_customs(destination, origin)


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
