from datetime import time

import pytest
from pydantic import ValidationError
from tests.carriers.ups.asking import CONTEXT, account, label_order, parcel, pickup_order, quote_request

from retoure.carrier import Billed, Environment, Operation, Registry
from retoure.carrier.auth import build_token_request
from retoure.errors import Unsupported
from retoure_ups import PLUGIN
from retoure_ups.labels import build_create_request
from retoure_ups.pickups import build_schedule_request
from retoure_ups.quotes import build_quote_request
from retoure_ups.tracking import build_track_request


def test_the_plugin_is_found_by_its_entry_point():
    assert Registry().get("ups") is PLUGIN


@pytest.mark.parametrize(("environment", "host"), [("sandbox", "wwwcie.ups.com"), ("production", "onlinetools.ups.com")])
def test_the_token_is_asked_for_beside_the_api_and_not_below_it(environment, host):
    request = build_token_request(account(environment=environment).grant)
    assert request.url == f"https://{host}/security/v1/oauth/token"
    assert request.headers["Authorization"].startswith("Basic ")
    assert request.content == b"grant_type=client_credentials"


@pytest.mark.parametrize("environment", list(Environment))
def test_every_call_of_an_account_is_allowed(environment):
    own = account(environment=environment)
    for url in (build_track_request(parcel(), own, CONTEXT).url, own.grant.token_url):
        assert any(url.startswith(prefix) for prefix in PLUGIN.origins[environment])


def test_a_replaced_origin_keeps_the_paths():
    own = account(base_url="http://localhost:8080")
    assert own.grant.token_url == "http://localhost:8080/security/v1/oauth/token"
    assert build_track_request(parcel(), own, CONTEXT).url.startswith("http://localhost:8080/api/track/v1/details/")


def test_a_copy_of_an_account_with_another_origin_asks_there_for_its_token():
    own = account(environment="sandbox")
    assert own.grant.token_url.startswith("https://wwwcie.ups.com/")
    moved = own.model_copy(update={"base_url": "http://127.0.0.1:9"})
    assert moved.grant.token_url == "http://127.0.0.1:9/security/v1/oauth/token"


@pytest.mark.parametrize("number", ["12345", "1234567", "12-456"])
def test_a_shipper_number_has_six_letters_and_digits(number):
    with pytest.raises(ValidationError, match="account_number"):
        account(account_number=number)


def test_a_shipper_number_is_written_in_capitals():
    assert account(account_number=" exmpl1 ").account_number == "EXMPL1"


@pytest.mark.parametrize(
    "build",
    [
        lambda own: build_create_request(label_order(), own, CONTEXT),
        lambda own: build_quote_request(quote_request(), own, CONTEXT),
        lambda own: build_schedule_request(pickup_order(), own, CONTEXT),
    ],
)
def test_what_is_paid_for_needs_a_shipper_number(build):
    with pytest.raises(Unsupported, match="account_number"):
        build(account(account_number=None))


def test_pickup_hours_are_in_order():
    with pytest.raises(ValidationError, match="pickup_from"):
        account(pickup_from=time(18))


def test_whether_unused_labels_are_billed_is_not_known_unless_told():
    assert account().unused_labels_billed is Billed.UNKNOWN


def test_no_operation_is_missing_from_the_declaration():
    assert set(PLUGIN.support) == set(Operation)


def test_the_ceiling_of_calls_can_be_changed_by_name():
    (quota,) = PLUGIN.quotas
    assert account(quotas={quota.name: 5}).quotas == {quota.name: 5}
