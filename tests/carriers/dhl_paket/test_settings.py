import pytest
from pydantic import ValidationError
from tests.carriers.dhl_paket.asking import CONTEXT, CREDENTIALS, account, key_only

from retoure.carrier import Billed, CombinedAuth, Operation, PasswordGrant, Registry
from retoure.errors import Unsupported
from retoure_dhl_paket import PLUGIN, DhlPaketSettings
from retoure_dhl_paket.settings import app_key_auth, pickup_auth, returns_auth
from retoure_dhl_paket.tracking import ParcelDeTracking
from retoure_dhl_paket.unified import UnifiedTracking


def test_the_plugin_is_found_by_its_entry_point():
    assert Registry().get("dhl_paket") is PLUGIN


def test_every_operation_has_a_word_on_its_support():
    assert set(PLUGIN.support) == set(Operation)


def test_oauth_is_the_default_and_asks_the_environments_own_token_endpoint():
    grant = returns_auth(account())
    assert isinstance(grant, PasswordGrant)
    assert grant.token_url == "https://api-sandbox.dhl.com/parcel/de/account/auth/ropc/v1/token"


def test_a_base_url_replaces_the_origin_and_keeps_the_path():
    grant = returns_auth(account(base_url="http://localhost:8080"))
    assert grant.token_url == "http://localhost:8080/parcel/de/account/auth/ropc/v1/token"


def test_labels_can_be_asked_for_with_a_key_beside_basic():
    assert isinstance(returns_auth(account(auth="api_key")), CombinedAuth)


def test_pickups_know_no_other_way_than_oauth():
    with pytest.raises(Unsupported, match="OAuth tokens only"):
        pickup_auth(account(auth="api_key"))


@pytest.mark.parametrize("absent", sorted(CREDENTIALS))
def test_labels_name_the_credential_that_is_missing(absent):
    with pytest.raises(Unsupported, match=f"missing: {absent}$"):
        returns_auth(account(**{absent: None}))


def test_a_key_alone_cannot_be_used_in_the_sandbox():
    with pytest.raises(Unsupported, match="no sandbox"):
        app_key_auth(key_only(environment="sandbox"), "tracking")


def test_an_account_with_everything_tracks_by_the_api_that_has_codes():
    assert isinstance(PLUGIN.build(account(), CONTEXT).tracking, ParcelDeTracking)


def test_an_account_with_nothing_but_a_key_tracks_one_number_a_call():
    tracking = PLUGIN.build(key_only(), CONTEXT).tracking
    assert isinstance(tracking, UnifiedTracking)
    assert tracking.batch_size == 1


def test_unused_labels_are_not_billed_unless_the_contract_says_so():
    assert account().unused_labels_billed is Billed.NO


@pytest.mark.parametrize("number", ["2222222222070", "222222222207011", "22222222220 01", "abcdefghij0701"])
def test_a_billing_number_of_another_form_is_refused(number):
    with pytest.raises(ValidationError):
        account(billing_number=number)


def test_half_a_tracking_user_is_refused():
    with pytest.raises(ValidationError, match="together"):
        account(tracking_username="someone")


def test_no_credential_shows_in_a_repr():
    secrets = {
        field: f"canary-{field}"
        for field in (*CREDENTIALS, "api_key", "tracking_username", "tracking_password")
    }  # fmt: skip
    settings = DhlPaketSettings(environment="sandbox", **secrets)
    assert "canary" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_the_plugin_refuses_another_carriers_settings():
    with pytest.raises(TypeError, match="DhlPaketSettings"):
        PLUGIN.build(object(), CONTEXT)
