"""The wire that takes reads alone keeps the rules of the others, over real sockets."""

import asyncio
import gzip
import logging
import os
import threading
import time
import traceback

import pytest
from tests.unit.client.either import Either, OverAiohttp
from tests.unit.client.server import answer, drip, hang_up, serving
from tests.unit.client.toy import NOON, Clock, ToySettings, options

from retoure import AsyncClient, CarrierError, CarrierUnavailable, ConfigurationError, MalformedResponse, RateLimited
from retoure.carrier import Effect, HttpRequest, Quota
from retoure.client._aiohttp import AiohttpWire
from retoure.client._bodies import Unreadable
from retoure.client._httpx_wire import HttpxWire, wire_for_reads
from retoure.client._outgoing import prepare
from retoure.client._retry import TransportFailure
from retoure.client.redaction import Redactor

GOOD = answer(200, b'{"number": "N1"}')
CANARIES = ("canary-client-id", "canary-client-secret", "canary-username", "canary-password", "canary-token")
KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + b'{"number":"N1"}'


def aiohttp_client(server, **more):
    return Either("aiohttp", server.base_url, **more)


async def test_an_answer_is_read_unpacked_and_stamped_with_the_time_of_asking():
    packed = answer(200, gzip.compress(b'{"number": "N1"}'), Content_Encoding="gzip")
    with serving(packed) as server:
        async with aiohttp_client(server) as client:
            report = await client.track()
    assert report.read_at == client.clock()
    assert b"Accept-Encoding: gzip\r\n" in server.requests[0]


async def test_a_body_of_several_members_is_read_to_its_end():
    packed = answer(200, gzip.compress(b'{"number": ') + gzip.compress(b'"N1"}'), Content_Encoding="gzip")
    with serving(packed) as server:
        async with aiohttp_client(server) as client:
            assert (await client.track()).number == "N1"


@pytest.mark.parametrize(
    ("body", "coding", "told"),
    [
        (gzip.compress(b"0" * 40_000_000), "gzip", "larger than 16 MiB"),
        (gzip.compress(gzip.compress(b"{}")), "gzip, gzip", "nobody asked for"),
        (b"{}", "br", "nobody asked for"),
        (b"no gzip", "gzip", "cannot be undone"),
        (gzip.compress(b'{"number": "N1"}' * 1000)[:-20], "gzip", "ends too early"),
        (gzip.compress(b'{"number": "N1"}')[:5], "gzip", "ends too early"),
        (gzip.compress(b'{"number": "N1"}') + b"more", "gzip", "cannot be undone"),
    ],
    ids=["bomb", "packed twice", "brotli", "no gzip", "cut short", "cut in its head", "something behind it"],
)
async def test_a_body_that_cannot_be_unpacked_within_bounds_is_not_read(body, coding, told):
    with serving(answer(200, body, Content_Encoding=coding)) as server:
        async with aiohttp_client(server) as client:
            with pytest.raises(MalformedResponse, match=told) as raised:
                await client.track()
    assert raised.value.__context__ is None


async def fetched(reply, max_bytes=2**20):
    wire = AiohttpWire()
    try:
        with serving(reply) as server:
            request = HttpRequest(method="GET", url=f"{server.base_url}/track", effect=Effect.READ, max_bytes=max_bytes)
            return await wire.send(request, prepare(request, None, Redactor()), 5, NOON)
    finally:
        await wire.close()


LENGTHS = (0, 1, 2**14 - 1, 2**14, 2**14 + 1, 2**15)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("pack", [None, gzip.compress])
async def test_a_body_of_just_as_much_as_is_allowed_is_read_whole(length, pack):
    body = os.urandom(length)
    reply = answer(200, pack(body), Content_Encoding="gzip") if pack else answer(200, body)
    assert (await fetched(reply, max(length, len(pack(body)) if pack else 0))).content == body


@pytest.mark.parametrize("length", LENGTHS[1:])
@pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: chunked\r\n"])
async def test_a_body_of_a_byte_more_than_is_allowed_is_refused_though_no_length_is_told(length, head):
    body = b"x" * length
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (length, body) if head else body
    with pytest.raises(Unreadable, match="larger than"):
        await fetched(b"HTTP/1.1 200 OK\r\nConnection: close\r\n%s\r\n%s" % (head, sent), length - 1)


@pytest.mark.parametrize("length", LENGTHS)
async def test_a_body_that_ends_before_its_told_length_is_no_answer(length):
    with pytest.raises(TransportFailure, match="no whole answer"):
        await fetched(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (length + 1, b"x" * length))


async def test_a_header_that_stands_several_times_in_any_case_is_joined():
    headers = (await fetched(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nB: 3\r\nX-A: 4\r\nContent-Length: 0\r\n\r\n")).headers
    assert headers == {"x-a": "1, 2, 4", "b": "3", "content-length": "0"}


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{", b"HTTP/1.1 200 OK\r\nX-Slow: "])
async def test_a_dripping_server_is_cut_off_at_the_deadline(head):
    with serving(drip(head)) as server:
        async with aiohttp_client(server, deadline_s=0.2) as client:
            started = time.monotonic()
            with pytest.raises(CarrierUnavailable, match="within the deadline"):
                await client.track()
    assert time.monotonic() - started < 5
    assert len(server.requests) == 4


async def test_a_connection_lost_on_a_kept_connection_is_not_sent_again_behind_our_back():
    def once_more(connection):
        connection.sendall(KEPT)
        connection.recv(65536)  # the second request on the same connection is read, and never answered

    with serving(once_more, hang_up) as server:
        async with aiohttp_client(server) as client:
            reader = client.client.reader(attempts=1)
            parcels = [client.client._operations.tracked("N1", "toy")[1]]
            await reader.read("toy", parcels)
            with pytest.raises(CarrierUnavailable):
                await reader.read("toy", parcels)
            await reader.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize("auth", ["basic", "key", "grant", "password_grant"])
@pytest.mark.parametrize("trouble", ["refused", "lost", "redirected"])
async def test_no_canary_and_no_personal_datum_is_shown_by_an_error_or_a_log(auth, trouble, caplog):
    caplog.set_level(logging.DEBUG)
    token = b"canary-token-1" if "grant" in auth else b""  # no other scheme has one
    told = b'{"text": "canary-username canary-password %s"}' % token
    elsewhere = answer(302, Location="https://elsewhere.example/?password=canary-password", Set_Cookie="a=canary-password")
    steps = {"refused": answer(400, told), "lost": hang_up, "redirected": elsewhere}
    with serving(steps[trouble]) as server:
        async with aiohttp_client(server, settings={"auth": auth, "sealed_in_url": True}) as client:
            with pytest.raises(CarrierError) as raised:
                await client.track()
    shown = "".join(traceback.format_exception(raised.value)) + repr(vars(raised.value)) + repr(client.client) + caplog.text
    assert [canary for canary in CANARIES if canary in shown] == []


async def test_a_cookie_of_one_answer_does_not_ride_along_with_the_next_request():
    with serving(answer(200, b'{"number": "N1"}', Set_Cookie="session=someone; Path=/")) as server:
        async with aiohttp_client(server) as client:
            await client.track()
            await client.track()
    assert b"ookie" not in server.requests[1]


async def test_proxies_and_netrc_of_the_environment_are_not_used(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password theirs\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving(GOOD) as server:
        async with aiohttp_client(server) as client:
            await client.track()
    assert b"Authorization" not in server.requests[0]


async def test_a_path_and_query_arrive_to_the_letter():
    with serving(GOOD) as server:
        async with aiohttp_client(server, settings={"sealed_in_url": True, "password": "a%2Fb+c"}) as client:
            await client.track()
    assert server.requests[0].startswith(b"GET /api/v1/track/N1?password=a%2Fb+c HTTP/1.1\r\n")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("content", [b"", b"{}"])
async def test_no_kind_of_body_is_told_where_the_adapter_tells_none(method, content):
    wire = AiohttpWire()
    with serving(GOOD) as server:
        request = HttpRequest(method=method, url=f"{server.base_url}/track", effect=Effect.READ, content=content)
        assert (await wire.send(request, prepare(request, None, Redactor()), 5, NOON)).ok
        await wire.close()
    assert b"content-type" not in server.requests[0].lower()


async def test_fifty_looks_that_need_a_token_at_once_make_one_token_request():
    with serving(GOOD) as server:
        account = ToySettings(environment="sandbox", base_url=server.base_url, auth="grant")
        async with OverAiohttp({"toy": account}, deadline_s=20, **options(Clock())) as client:
            await asyncio.gather(*(client.track(f"N{number}", account="toy") for number in range(50)))
    assert server.tokens == 1
    assert len(server.requests) == 50


async def test_a_server_that_cannot_prove_who_it_is_gets_nothing():
    import ssl

    import trustme

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    asked = []

    async def accept(reader, writer):
        asked.append(await reader.read(1))
        writer.close()

    tls = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    async with tls:
        port = tls.sockets[0].getsockname()[1]
        async with Either("aiohttp", f"https://127.0.0.1:{port}") as client:
            with pytest.raises(CarrierUnavailable, match="could not be reached"):
                await client.track()
    assert asked == []


async def test_a_used_up_day_sends_nothing():
    with serving(GOOD) as server:
        async with aiohttp_client(server, quotas=(Quota("day", calls=1, daily_zone="UTC"),)) as client:
            await client.track()
            with pytest.raises(RateLimited):
                await client.track()
    assert len(server.requests) == 1


async def test_another_event_loop_is_refused():
    with serving(GOOD) as server:
        async with aiohttp_client(server) as client:
            await client.track()

            def in_another_loop():
                with pytest.raises(ConfigurationError, match="one event loop"):
                    asyncio.run(client.track())

            await asyncio.to_thread(in_another_loop)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
async def test_a_forked_child_starts_without_its_parents_connections():
    def remember(connection):
        connection.sendall(KEPT)
        threading.Event().wait(0.2)

    with serving(remember) as server:
        async with aiohttp_client(server) as client:
            await client.track()
            wire = client.client._driver._wire
            child = os.fork()
            if child == 0:
                os._exit(0 if wire._session is None and client.client._driver._loop is None else 1)
            assert (await asyncio.to_thread(os.waitpid, child, 0))[1] == 0
            assert wire._session is not None
            assert (await client.track()).number == "N1"


async def test_a_reader_goes_over_aiohttp_unless_the_client_has_a_transport_of_its_own():
    import httpx

    assert isinstance(wire_for_reads(None), AiohttpWire)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={}))
    assert isinstance(wire_for_reads(transport), HttpxWire)
    async with AsyncClient({"toy": ToySettings(environment="sandbox")}, transport=transport, **options(Clock())) as client:
        reader = client.reader()
        answers = await reader.read("toy", [client._operations.tracked("N1", "toy")[1]])
        assert [request.url for request, _ in answers.exchanges] == ["https://toy.example/api/v1/track/N1"]
        await reader.close()
