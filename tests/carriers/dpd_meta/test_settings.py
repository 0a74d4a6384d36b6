"""One META-API account: its login, and what its plugin declares."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from pydantic import ValidationError
from tests.carriers.dpd_meta.asking import BERLIN, CONTEXT, NOW, WAREHOUSE, account

from retoure.carrier import CarrierContext, Effect, Environment, HttpResponse, Level, Operation
from retoure.carrier.auth import build_token_request, parse_token_response
from retoure.carrier.settings import CarrierSettings
from retoure.errors import AuthenticationFailed
from retoure.model import Address, BoundReturnAddress, Parcel, QuoteRequest, ReturnRequest
from retoure.ratecards import RateCards, check_cards
from retoure_dpd_common.billing import DpdQuotes
from retoure_dpd_meta import PLUGIN, build

CLIENT = {"username": None, "password": None, "client_id": "fake-id", "client_secret": "fake-secret"}


def jwt(payload):
    def part(value):
        return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(payload)}.c2ln"


def logged_in(token, status=200, body=b""):
    return HttpResponse(status, {"x-dpd-token": token} if token else {}, body, NOW)


def test_a_login_is_an_empty_post_with_credentials_in_headers():
    request = build_token_request(account().auth)
    assert (request.method, request.content, request.effect) == ("POST", b"", Effect.READ)
    assert request.url == "https://api-preprod.dpsin.dpdgroup.com:8443/shipping/v1/login"
    assert request.headers == {
        "Accept": "application/json", "X-DPD-BUCODE": "001", "X-DPD-LOGIN": "fake-user", "X-DPD-PASSWORD": "fake-password",
    }  # fmt: skip


def test_a_login_by_client_id_is_the_other_pair_of_headers():
    headers = build_token_request(account(**CLIENT, bu_code="010").auth).headers
    assert (headers["X-DPD-CLIENTID"], headers["X-DPD-CLIENTSECRET"], headers["X-DPD-BUCODE"]) == (
        "fake-id",
        "fake-secret",
        "010",
    )
    assert headers.keys().isdisjoint({"X-DPD-LOGIN", "X-DPD-PASSWORD"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": None},
        {"username": None, "password": None},
        {**CLIENT, "username": "fake-user"},
        {"client_id": "fake-id", "client_secret": "fake-secret"},
        {**CLIENT, "client_secret": None},
    ],
)
def test_half_a_login_or_two_are_refused(wrong):
    with pytest.raises(ValidationError, match="log in with"):
        account(**wrong)


@pytest.mark.parametrize(
    ("token", "lifetime_s"),
    [
        (jwt({"exp": int((NOW + timedelta(minutes=30)).timestamp())}), 1800.0),
        (jwt({"exp": int((NOW + timedelta(days=9)).timestamp())}), 86_400.0),
        (jwt({"exp": int((NOW - timedelta(minutes=1)).timestamp())}), 300.0),
        (jwt({"exp": "soon"}), 300.0),
        (jwt({"exp": True}), 300.0),
        (jwt({}), 300.0),
        (jwt([]), 300.0),
        ("opaque", 300.0),
        ("a.%%%.c", 300.0),
    ],
)
def test_a_token_lives_as_long_as_its_jwt_says(token, lifetime_s):
    read = parse_token_response(logged_in(token), account().auth)
    assert (read.value, read.lifetime_s) == (token, lifetime_s)


def test_a_login_without_the_token_header_is_an_authentication_error():
    with pytest.raises(AuthenticationFailed, match="X-DPD-TOKEN"):
        parse_token_response(logged_in(""), account().auth)


def test_a_refused_login_says_dpds_reason():
    body = json.dumps({"errorCode": "AUTH_1", "errorMessage": "unknown login", "errorOrigin": "META-API"}).encode()
    with pytest.raises(AuthenticationFailed, match="unknown login") as raised:
        parse_token_response(logged_in("", 401, body), account().auth)
    assert raised.value.carrier_code == "AUTH_1"


@pytest.mark.parametrize("environment", list(Environment))
def test_login_and_calls_stay_in_their_environment(environment):
    (origin,) = PLUGIN.origins[environment]
    assert account(environment=environment).auth.token_url == f"{origin}/login"
    assert ("preprod" in origin) is (environment is Environment.SANDBOX)


def test_it_is_built_from_its_own_settings_only_and_tracks_nothing():
    assert build(account(), CONTEXT).tracking is None
    with pytest.raises(TypeError):
        build(CarrierSettings(environment="sandbox"), CONTEXT)


def test_it_calls_itself_experimental_and_says_how_far_each_operation_goes():
    assert "experimental" in PLUGIN.name
    assert PLUGIN.support.keys() == set(Operation)
    for one in (Operation.PICKUP_CANCEL, Operation.LABEL_FIND, Operation.TRACK):
        assert PLUGIN.support[one].level is Level.NOT_OFFERED


@pytest.mark.parametrize(("country", "net"), [("DE", "4.50 EUR"), ("AT", "11.00 EUR")])
def test_the_example_card_prices_a_return(country, net):
    report = check_cards(PLUGIN.rates)
    assert (report.ok, report.warnings) == (True, ())
    context = CarrierContext(account="dpd_meta", clock=lambda: NOW, rate_cards=RateCards([PLUGIN.rates]), zone=BERLIN)
    customer = Address(name="Erika Muster", street="Weg", house_number="1", postal_code="80331", city="Ort", country=country)
    request = ReturnRequest(rma="R1", ship_from=customer, return_to="berlin", parcel=Parcel.of("2 kg", "30 x 20 x 10 cm"))
    asked = QuoteRequest(account="dpd_meta", request=request, return_to=BoundReturnAddress(name="berlin", address=WAREHOUSE))
    with pytest.raises(StopIteration) as stop:
        next(DpdQuotes(account(rate_card="example-dpd-meta"), context).quote(asked))
    (quote,) = stop.value.value.quotes
    assert (quote.service, str(quote.net)) == ("332", net)
