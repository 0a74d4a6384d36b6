"""One account's trouble is its own."""

import httpx
import pytest
from pydantic import SecretStr
from tests.unit.client.either import EITHER
from tests.unit.client.test_quotes import quoting_plugin
from tests.unit.client.toy import REQUEST, Clock, ToySettings, options

from retoure import AsyncClient, Client, InvalidSettings, PluginLoadError, Registry, TrackingFailure


class OtherSettings(ToySettings):
    """An account of a carrier that is not installed."""

    carrier = "other"


def shop(kind, accounts):
    clock = Clock()
    more = {**options(clock), "registry": Registry(entries=[], plugins=[quoting_plugin()])}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={}))
    cls, sleep = (Client, clock.sleep) if kind == "sync" else (AsyncClient, clock.sleep_async)
    return cls(accounts, transport=transport, sleep=sleep, **more)


async def call(client, method, *args, **kwargs):
    result = getattr(client, method)(*args, **kwargs)
    return result if isinstance(client, Client) else await result


GOOD = ToySettings(environment="sandbox", rate_card="4.00")
MISSING = OtherSettings(environment="sandbox")
WRONG = ToySettings(environment="sandbox", rate_card="5.00", quotas={"hour": 1})


@pytest.mark.parametrize("kind", EITHER)
async def test_a_carrier_that_does_not_load_fails_its_own_account_only(kind):
    offers = await call(shop(kind, {"good": GOOD, "missing": MISSING, "wrong": WRONG}), "quote", REQUEST)
    assert [quote.account for quote in offers.quotes] == ["good"]
    assert isinstance(offers.failed["missing"], PluginLoadError)
    assert isinstance(offers.failed["wrong"], InvalidSettings)


@pytest.mark.parametrize("kind", EITHER)
async def test_tracking_over_several_accounts_reports_the_one_that_cannot_be_asked_by_its_numbers(kind):
    client = shop(kind, {"good": GOOD, "missing": MISSING})
    book = {"issued_at": Clock()(), "rma": "R1"}
    good = await call(client, "adopt", account="good", tracking_number="N1", **book)
    lost = good.model_copy(update={"account": "missing", "tracking_number": "N2"})
    outcomes = await call(client, "track_many", [good, lost])
    assert not isinstance(outcomes["N1"], TrackingFailure)
    assert isinstance(outcomes["N2"], TrackingFailure)
    assert "no carrier 'other'" in outcomes["N2"].message


@pytest.mark.parametrize("kind", EITHER)
async def test_a_single_account_that_cannot_be_asked_raises(kind):
    with pytest.raises(PluginLoadError):
        await call(shop(kind, {"missing": MISSING}), "track_many", ["N1"], account="missing")


def test_a_copy_of_settings_with_another_user_logs_in_as_that_user():
    from retoure_dhl_paket import DhlPaketSettings
    from retoure_dhl_paket.settings import returns_auth

    settings = DhlPaketSettings(
        environment="sandbox", username="first", password="fake", client_id="fake-id", client_secret="fake-secret"
    )
    returns_auth(settings)
    other = settings.model_copy(update={"username": SecretStr("second")})
    assert returns_auth(other).username.get_secret_value() == "second"
