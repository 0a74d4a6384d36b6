import pytest
from pydantic import ValidationError
from tests.carriers.dhl_express.asking import CONTEXT, account, label_order, parcel

from retoure.carrier import BasicAuth, Billed, Environment, Operation, Registry
from retoure_dhl_express import PLUGIN, DhlExpressSettings
from retoure_dhl_express.labels import build_create_request
from retoure_dhl_express.tracking import build_track_requests


def test_the_plugin_is_found_by_its_entry_point():
    assert Registry().get("dhl_express") is PLUGIN


def test_every_operation_has_a_word_on_its_support():
    assert set(PLUGIN.support) == set(Operation)


@pytest.mark.parametrize(
    ("environment", "base"),
    [
        ("sandbox", "https://express.api.dhl.com/mydhlapi/test/"),
        ("production", "https://express.api.dhl.com/mydhlapi/"),
    ],
)
def test_every_call_goes_below_the_path_of_the_environment(environment, base):
    settings = account(environment=environment)
    urls = [build_create_request(label_order(), settings, CONTEXT).url, build_track_requests([parcel()], settings)[0][0].url]
    assert all(url.startswith(base) for url in urls)
    assert environment == "sandbox" or not any("/test" in url for url in urls)


def test_the_sandbox_may_call_nothing_but_the_test_path():
    assert PLUGIN.origins[Environment.SANDBOX] == {"https://express.api.dhl.com/mydhlapi/test"}


@pytest.mark.parametrize("environment", ["sandbox", "production"])
@pytest.mark.parametrize("path", ["/mydhlapi", "/mydhlapi/test"])
def test_a_base_url_cannot_put_one_environment_in_place_of_the_other(environment, path):
    with pytest.raises(ValidationError, match="the environment decides"):
        account(environment=environment, base_url=f"https://express.api.dhl.com{path}")


def test_a_base_url_replaces_the_origin_and_keeps_the_path():
    request = build_track_requests([parcel()], account(base_url="http://localhost:8080"))[0][0]
    assert request.url.startswith("http://localhost:8080/mydhlapi/test/tracking?")


def test_every_call_sends_user_and_password_at_once():
    assert isinstance(build_track_requests([parcel()], account())[0][0].auth, BasicAuth)


@pytest.mark.parametrize("absent", ["username", "password", "account_number"])
def test_an_account_without_its_essentials_is_refused(absent):
    with pytest.raises(ValidationError, match=absent):
        account(**{absent: None})


def test_whether_unused_labels_are_billed_is_unknown_unless_the_contract_says():
    assert account().unused_labels_billed is Billed.UNKNOWN


def test_the_quota_of_the_test_environment_can_be_set():
    (quota,) = PLUGIN.quotas
    assert (quota.calls, quota.path) == (500, "/mydhlapi/test")
    assert account(quotas={quota.name: 2000}).quotas == {quota.name: 2000}


@pytest.mark.parametrize(("months", "service"), [(3, "PT"), (6, "PU"), (12, "PV"), (24, "PW")])
def test_data_staging_is_one_service_by_its_months(months, service):
    assert account(data_staging_months=months, services=("PH", service)).return_services == ("PH", service)


def test_a_zone_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError, match="IANA"):
        account(zones={"ES": "Europe/Sevilla"})


def test_no_credential_shows_in_a_repr():
    settings = account(username="canary-user", password="canary-password")
    assert "canary" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_the_plugin_refuses_another_carriers_settings():
    with pytest.raises(TypeError, match="DhlExpressSettings"):
        PLUGIN.build(object(), CONTEXT)


def test_the_merchants_account_may_stand_as_shipper_or_payer_and_nothing_else():
    assert {account(bill_to=kind).accounts[0]["typeCode"] for kind in ("shipper", "payer")} == {"shipper", "payer"}
    with pytest.raises(ValidationError, match="bill_to"):
        DhlExpressSettings(environment="sandbox", username="u", password="p", account_number="1", bill_to="duties-taxes")
