"""An answer that is known ends its call, whichever of the adapter's requests it answers."""

from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import httpx
import pytest
from tests.unit.client.toy import ORIGIN, Clock, Toy, ToySettings, options, plugin

from retoure import AsyncClient, Registry
from retoure.carrier import Carrier, Effect
from retoure.errors import CarrierUnavailable, RequestRejected
from retoure.model import TrackedParcel, TrackingReport

PAGES = {"/track/N1/head": b'{"page": 1}', "/track/N1/rest": b'{"page": 2}'}
PARCEL = TrackedParcel(number="N1")


def digest(path):
    return sha256(PAGES[path]).hexdigest()


class TwoPages(Toy):
    """Asks for a history in two pages, and does without the first where that does not answer."""

    def track(self, parcels):
        (parcel,) = parcels
        with suppress(CarrierUnavailable):
            yield self._request(Effect.READ, f"/track/{parcel.number}/head")
        response = yield self._request(Effect.READ, f"/track/{parcel.number}/rest")
        self._parse(response)
        return {parcel.number: TrackingReport(parcel.number, "toy", (), response.requested_at, response.digest)}


def client_of(statuses):
    def build(settings, context):
        return Carrier(tracking=TwoPages(settings, context))

    def answered(request):
        path = request.url.path.removeprefix("/api/v1")
        return httpx.Response(statuses.get(path, 200), content=PAGES[path])

    clock = Clock()
    chosen = options(clock) | {"registry": Registry(entries=[], plugins=[replace(plugin(), build=build)])}
    account = ToySettings(environment="sandbox")
    return AsyncClient({"toy": account}, transport=httpx.MockTransport(answered), sleep=clock.sleep_async, **chosen)


async def looked_up(known, statuses=None):
    async with client_of(statuses or {}) as client:
        reader = client.reader(attempts=1)
        answers = await reader.read("toy", [PARCEL], known=known)
        await reader.close()
    return answers, [request.url.removeprefix(f"{ORIGIN}/api/v1") for request, _ in answers.exchanges]


@pytest.mark.parametrize(("path", "asked"), [("/track/N1/head", 1), ("/track/N1/rest", 2)])
async def test_a_known_answer_ends_the_call_and_is_handed_back_with_all_that_was_asked(path, asked):
    answers, paths = await looked_up(digest(path))
    assert (answers.outcomes, paths) == ({}, list(PAGES)[:asked])
    assert answers.known is answers.exchanges[-1][1]
    assert answers.known.content == PAGES[path]


async def test_an_answer_that_is_not_known_is_read():
    answers, paths = await looked_up(sha256(b"another").hexdigest())
    assert (set(answers.outcomes), answers.known, paths) == ({"N1"}, None, list(PAGES))


async def test_a_refusal_with_the_bytes_that_are_known_is_a_refusal():
    with pytest.raises(RequestRejected):
        await looked_up(digest("/track/N1/rest"), {"/track/N1/rest": 404})


async def test_an_adapter_that_does_without_a_page_that_fails_is_asked_on():
    answers, paths = await looked_up(digest("/track/N1/rest"), {"/track/N1/head": 503})
    assert (answers.outcomes, paths) == ({}, ["/track/N1/rest"])
    assert answers.known is not None
