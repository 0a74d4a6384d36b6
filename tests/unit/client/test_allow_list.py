"""Only the carrier's own URLs are called, whatever an adapter asks for."""

import httpx
import pytest
from tests.unit.client.either import EITHER, Either
from tests.unit.client.toy import ORIGIN, ToySettings, plugin

from retoure import ConfigurationError

PERMITTED = ["/api/v1/labels", "/api/v1", "/api/v1?x=1"]
REFUSED = [
    "https://toy.example.evil.example/api/v1/labels",
    "https://toy.example@evil.example/api/v1/labels",
    "http://toy.example/api/v1/labels",
    "https://evil.example/api/v1",
    ORIGIN + "/prod/labels",
    ORIGIN + "/api/v10/labels",
    ORIGIN + "/api/v1/../../prod/labels",
    ORIGIN + "/api/v1/%2e%2e/prod",
    ORIGIN + "/api/v1\\..\\prod",
    "//toy.example/api/v1",
    "",
]


def _account(**settings):
    from tests.unit.client.toy import Clock, options

    from retoure import Client

    return Client({"toy": ToySettings(environment="sandbox", **settings)}, **options(Clock())).accounts["toy"]


@pytest.mark.parametrize("path", PERMITTED)
def test_the_carriers_own_url_is_permitted(path):
    _account().permit(ORIGIN + path)


@pytest.mark.parametrize("url", REFUSED)
def test_any_other_url_is_refused_by_name(url):
    with pytest.raises(ConfigurationError, match="refused"):
        _account().permit(url)


@pytest.mark.parametrize("kind", EITHER)
async def test_a_refused_url_sends_nothing(kind):
    asked = []
    transport = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(200))
    async with Either(kind, settings={"path": "/prod"}, transport=transport) as client:
        with pytest.raises(ConfigurationError, match="may call only"):
            await client.buy()
    assert asked == []


def test_a_base_url_replaces_the_origin_and_keeps_the_paths():
    account = _account(base_url="http://127.0.0.1:8080/")
    assert account.origins == {"http://127.0.0.1:8080/api/v1", "http://127.0.0.1:8080/token"}


@pytest.mark.parametrize(
    "url", ["http://toy.example", "ftp://127.0.0.1", "https://user@toy.example", "https://", "https://a.example/?q"]
)
def test_an_unsafe_base_url_is_refused(url):
    with pytest.raises(ValueError, match="base_url"):
        ToySettings(environment="sandbox", base_url=url)


def test_production_and_sandbox_do_not_reach_each_other():
    assert plugin().origins["sandbox"].isdisjoint(plugin().origins["production"] - {ORIGIN + "/token"})
