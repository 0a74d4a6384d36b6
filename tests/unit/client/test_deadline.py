"""The deadline bounds the whole attempt, headers and body."""

import time

import pytest
from tests.unit.client.either import EITHER, Either
from tests.unit.client.server import drip, serving

from retoure import CarrierUnavailable, OutcomeUnknown

IN_THE_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"
IN_THE_HEADERS = b"HTTP/1.1 200 OK\r\nX-Slow: "


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("head", [IN_THE_BODY, IN_THE_HEADERS], ids=["body", "headers"])
async def test_a_dripping_server_is_cut_off_at_the_deadline(kind, head):
    with serving(drip(head)) as server:
        async with Either(kind, server.base_url, deadline_s=0.4) as client:
            started = time.monotonic()
            with pytest.raises(OutcomeUnknown):
                await client.buy()
            took_s = time.monotonic() - started
    assert 0.4 <= took_s < 2
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", EITHER)
async def test_each_attempt_of_a_read_has_a_deadline_of_its_own(kind):
    with serving(drip(IN_THE_BODY)) as server:
        async with Either(kind, server.base_url, deadline_s=0.15) as client:
            with pytest.raises(CarrierUnavailable):
                await client.track()
    assert len(server.requests) == 4
