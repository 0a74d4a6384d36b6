"""One DPD account, and what its plugin declares."""

import pytest
from pydantic import ValidationError
from tests.carriers.dpd.asking import CONTEXT, CREDENTIALS, account

from retoure.carrier import Environment, Level, Operation
from retoure.carrier.auth import auth_headers
from retoure.carrier.settings import CarrierSettings
from retoure_dpd import PLUGIN, DpdSettings, build
from retoure_dpd.settings import api_url


@pytest.mark.parametrize("name", sorted(CREDENTIALS))
def test_every_credential_is_needed_and_none_shows(name):
    with pytest.raises(ValidationError, match=name):
        DpdSettings(**{"environment": "sandbox", **CREDENTIALS, name: None})
    assert CREDENTIALS[name] not in repr(account())


def test_the_credentials_are_four_headers():
    assert auth_headers(account().auth, None) == {
        "PartnerCredentials-Name": "fake-partner", "PartnerCredentials-Token": "fake-partner-token",
        "UserCredentials-cloudUserID": "1234567", "UserCredentials-Token": "fake-user-token",
    }  # fmt: skip


@pytest.mark.parametrize("environment", list(Environment))
def test_a_call_stays_in_its_environment(environment):
    (origin,) = PLUGIN.origins[environment]
    url = api_url(account(environment=environment), "/setOrder")
    assert url.startswith(f"{origin}/")
    assert ("stage" in url) is (environment is Environment.SANDBOX)


def test_a_base_url_keeps_the_paths():
    assert api_url(account(base_url="http://127.0.0.1:1"), "/setOrder") == "http://127.0.0.1:1/api/v1/setOrder"


def test_it_is_built_from_its_own_settings_only():
    assert build(account(), CONTEXT).pickups is None
    with pytest.raises(TypeError):
        build(CarrierSettings(environment="sandbox"), CONTEXT)


def test_every_operation_says_how_far_it_goes():
    assert PLUGIN.support.keys() == set(Operation)
    assert all(PLUGIN.support[one].level is Level.NOT_OFFERED for one in Operation if one.startswith("pickups."))


def test_messages_are_trusted_only_where_the_account_says_so():
    assert not account().trust_push
    assert account(trust_push=True).trust_push
