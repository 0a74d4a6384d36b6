"""A canary in every credential appears nowhere that a person or a file may see."""

import logging
import pickle
import traceback
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.client.either import EITHER, Either
from tests.unit.client.toy import CUSTOMER, NOON, REQUEST, Toy, ToySettings, options, plugin

from retoure import AuthenticationFailed, CarrierError, InvalidSettings, Registry, RequestRejected
from retoure.carrier import Carrier, Effect, Environment, HttpRequest, HttpResponse
from retoure.client.config import build_settings
from retoure.client.redaction import Redactor

CANARIES = ("canary-client-id", "canary-client-secret", "canary-username", "canary-password", "canary-token")
PERSONAL = ("Marta Beispiel", "Lindwurmweg", "marta@example.org", "+49 89 5550100")


def _echo(request: httpx.Request) -> httpx.Response:
    """A carrier that repeats everything it was told, in the worst places."""
    if request.url.path == "/token":
        return httpx.Response(200, json={"access_token": "canary-token", "expires_in": 60})
    told = f"{request.url} {dict(request.headers)} {request.content.decode()} Marta Beispiel lives at LINDWURMWEG"
    return httpx.Response(400, text=told)


def _refuse_token(request: httpx.Request) -> httpx.Response:
    return httpx.Response(400, json={"error": "canary-client-id", "error_description": request.content.decode()})


def _lose(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout(f"lost {request.url} {request.headers}", request=request)


def _everything_shown(error: BaseException) -> str:
    chain = []
    seen: BaseException | None = error
    while seen is not None:
        chain += [repr(seen), str(seen), repr(vars(seen)), *traceback.format_exception(seen)]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(chain)


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("auth", ["basic", "key", "grant", "password_grant"])
@pytest.mark.parametrize("reply", [_echo, _refuse_token, _lose], ids=["echo", "token refused", "lost"])
async def test_no_canary_and_no_personal_datum_is_shown_by_an_error_or_a_log(kind, auth, reply, caplog):
    for name in ("", "httpx", "httpcore", "httpcore.http11", "httpcore.connection", "retoure"):
        caplog.set_level(logging.DEBUG, name)
    settings = {"auth": auth, "sealed_in_url": True}
    async with Either(kind, settings=settings, transport=httpx.MockTransport(reply)) as client:
        with pytest.raises(CarrierError) as raised:
            await client.buy()
        shown = _everything_shown(raised.value) + repr(client.client) + caplog.text
    assert [canary for canary in (*CANARIES, *PERSONAL) if canary.casefold() in shown.casefold()] == []


def test_a_redacted_answer_is_kept_on_the_error_to_learn_from():
    with pytest.raises(RequestRejected) as raised:
        _buy_once(_echo)
    assert raised.value.response is not None
    assert raised.value.response.status == 400
    assert "***" in raised.value.response.text


def _buy_once(reply) -> None:
    from tests.unit.client.toy import Clock

    from retoure import Client

    clock = Clock()
    account = ToySettings(environment="sandbox", auth="basic")
    with Client({"toy": account}, transport=httpx.MockTransport(reply), sleep=clock.sleep, **options(clock)) as client:
        client.buy(REQUEST, account="toy", key="k")


@pytest.mark.parametrize("show", [repr, str, lambda s: s.model_dump_json(), lambda s: repr(s.model_dump())])
def test_settings_never_show_a_credential(show):
    settings = ToySettings(environment="sandbox", password=lambda: "canary-password")
    assert "canary" not in show(settings)


def test_a_wrong_setting_is_named_without_its_value():
    from tests.unit.client.toy import plugin

    from retoure import Registry

    registry = Registry(entries=[], plugins=[plugin()])
    wrong = {"carrier": "toy", "password": [CANARIES[3]], "environment": CANARIES[0]}
    with pytest.raises(InvalidSettings) as raised:
        build_settings("a", wrong, registry)
    text = _everything_shown(raised.value)
    assert "environment" in text
    assert "password" in text
    assert "canary" not in text


def test_a_request_shows_neither_its_body_nor_its_seals():
    request = HttpRequest(method="POST", url="https://toy.example/", effect="once", content=b"canary-body")
    assert "canary" not in repr(request)


@pytest.mark.parametrize("kind", EITHER)
async def test_an_observer_sees_placeholders_where_secrets_go(kind):
    seen = []
    async with Either(
        kind, settings={"auth": "basic", "sealed_in_url": True}, transport=httpx.MockTransport(_echo), observer=seen.append
    ) as client:
        with pytest.raises(RequestRejected):
            await client.buy()
    assert "SEALED.password.SEALED" in seen[0].http.url
    assert seen[0].request is REQUEST
    assert not any(canary in repr(seen) + repr(seen[0].http) for canary in CANARIES)


@pytest.mark.parametrize("kind", EITHER)
async def test_the_raw_sink_gets_answers_and_never_a_token(kind):
    kept = {}

    def reply(request):
        body = {"access_token": "canary-token", "expires_in": 60} if request.url.path == "/token" else {"events": []}
        return httpx.Response(200, json=body)

    async with Either(
        kind, settings={"auth": "grant"}, transport=httpx.MockTransport(reply), raw_sink=kept.__setitem__
    ) as client:
        report = await client.track()
    assert list(kept) == [report.digest]
    assert b"canary" not in kept[report.digest].content


class LockingToy(Toy):
    """A carrier that locks a user out after failed logins."""

    def track(self, parcels):
        yield self._request(Effect.READ, "/track")
        raise AuthenticationFailed("too many failed logins", locked_out=True)


@pytest.mark.parametrize("kind", EITHER)
async def test_a_lockout_stops_what_logs_in_so_before_it_leaves_and_nothing_else(kind):
    asked = []

    def reply(request):
        asked.append(request)
        return httpx.Response(200, json={"number": "N1"})

    def build(settings, context):
        toy = LockingToy(settings, context)
        return Carrier(labels=Toy(settings.model_copy(update={"auth": "key"}), context), tracking=toy)

    registry = Registry(entries=[], plugins=[replace(plugin(), build=build)])
    async with Either(kind, settings={"auth": "basic"}, transport=httpx.MockTransport(reply), registry=registry) as client:
        for words in ("too many", "nothing was sent"):
            with pytest.raises(AuthenticationFailed, match=words):
                await client.track()
        assert len(asked) == 1
        assert (await client.buy()).tracking_number == "N1"


def test_an_answer_about_other_people_is_kept_in_outline_only():
    body = '{"title": "Bad", "orders": [{"name1": "Erika Fremd", "houses": ["Fremdweg 9"], "zip": 80331}], "cut": "Frem'
    kept = Redactor().response(HttpResponse(200, {}, body.encode(), NOON)).text
    assert "Fremd" not in kept
    assert "80331" not in kept
    assert '"title": "Bad"' in kept
    assert '"orders"' in kept


def test_xml_about_other_people_is_kept_in_outline_only():
    body = '<data name="piece" code="0" pan-recipient-name="Erika Fremd"><p>Erika Fremd</p><data recipient="Fremd Eri'
    kept = Redactor().response(HttpResponse(200, {}, body.encode(), NOON)).text
    assert "Fremd" not in kept
    assert 'code="0"' in kept


def test_a_page_that_is_neither_json_nor_xml_is_kept_as_it_stands():
    assert "maintenance" in Redactor().response(HttpResponse(503, {}, b"<html>maintenance</html>", NOON)).text


def can_be_masked(secret: str) -> bool:
    """A named function, which Hypothesis describes by its name: to describe a lambda it would parse this file while drawing."""
    return secret.strip() == secret and "*" not in secret


@given(st.text(min_size=3, max_size=40).filter(can_be_masked))
def test_a_masked_value_is_gone_in_every_spelling(secret):
    import base64
    import json
    from urllib.parse import quote, quote_plus

    redactor = Redactor([secret])
    for spelled in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)):
        assert spelled not in redactor.text(f"<{spelled}>")
    assert base64.b64encode(secret.encode()).decode() not in redactor.text(base64.b64encode(secret.encode()).decode())


WORDS = st.lists(st.text("abcxyz", min_size=1, max_size=6))


@given(secrets=WORDS, before=WORDS, later=WORDS, people=WORDS)
def test_a_job_masks_all_that_its_account_does_and_its_account_nothing_of_the_job(secrets, before, later, people):
    account = Redactor(secrets, before)
    job = account.also(word for word in people)
    job.learn(word for word in later)
    shown = {word: (account.text(word), job.text(word)) for word in {*secrets, *before, *later, *people}}
    assert shown == {
        word: (masked(word, secrets, before), masked(word, [*secrets, *later], [*before, *people])) for word in shown
    }  # fmt: skip


def masked(word: str, secrets: list[str], people: list[str]) -> str:
    return Redactor(secrets, people).text(word)


def test_what_is_learned_after_a_text_was_masked_is_masked_from_then_on():
    redactor = Redactor(["secret"])
    assert redactor.text("secret token Marta") == "*** token Marta"
    redactor.learn(["token", "no"])
    redactor.learn_of(["Marta"])
    assert redactor.text("secret token Marta no") == "*** *** *** no"


def test_an_account_without_credentials_masks_nothing():
    assert Redactor().text("plain") == "plain"


def test_an_environment_is_never_assumed():
    with pytest.raises(ValueError, match="environment"):
        ToySettings()
    assert ToySettings(environment="production").environment is Environment.PRODUCTION


def test_an_error_survives_pickling_as_its_kind():
    error = RequestRejected("no", carrier_code="7", account="a")
    assert type(pickle.loads(pickle.dumps(error))) is RequestRejected


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("key", ["canary-password\n", "canary-passwörd"])
async def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(kind, key):
    asked = []
    async with Either(kind, settings={"auth": "key", "password": key}, transport=httpx.MockTransport(asked.append)) as client:
        with pytest.raises(InvalidSettings, match="X-Toy-Key") as raised:
            await client.track()
    assert asked == []
    assert "canary" not in str(raised.value) + repr(raised.value)


def test_people_are_masked_as_words_and_the_words_of_a_name_by_themselves():
    redactor = Redactor(["secret"], CUSTOMER.personal)
    told = redactor.text("Beispiel, Marta; Beispielhaft; LINDWURMWEG 7; xsecretx")
    assert told == "***, ***; Beispielhaft; ***; x***x"


def test_a_carriers_code_is_masked_for_credentials_only():
    error = RequestRejected("no", carrier_code="Marta-secret")
    Redactor(["secret"], ["Marta"]).error(error)
    assert error.carrier_code == "Marta-***"


def test_an_xml_spelling_of_a_credential_is_masked():
    assert "canary" not in Redactor(["<canary>&"]).text("&lt;canary&gt;&amp;")
