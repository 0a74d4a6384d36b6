"""Where a customer lives stands in DPD's paths, and in no log and no error."""

import inspect
import json
import logging
from datetime import UTC, datetime

import pytest
from tests.carriers.dpd.asking import account, refused
from tests.unit.client.server import answer, serving

from retoure import AsyncClient, CarrierError, Client, DropOffQuery, TrackedParcel, Unprotected

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ECHO = refused((9999, "OTHER at 80331 München, Müllerstr. 5 7"))
TOLD = ("80331", "80 331", "nchen", "llerstr")


async def shown(kind, ask, caplog, body):
    caplog.set_level(logging.DEBUG)
    with serving(answer(200, json.dumps(body).encode(), Content_Type="application/json")) as script:
        accounts = {"dpd": account(base_url=script.base_url, tracking="order_status")}
        options = {"purchases": Unprotected(), "clock": lambda: NOW, "deadline_s": 10.0}
        client = Client(accounts, **options) if kind == "sync" else AsyncClient(accounts, **options)
        said = ""
        try:
            found = ask(client)
            said = repr(await found if inspect.isawaitable(found) else found)
        except CarrierError as error:
            said = f"{error!r}{error}{error.response}"
        closing = client.close() if isinstance(client, Client) else client.aclose()
        if inspect.isawaitable(closing):
            await closing
        assert b"80331" in script.requests[0]
    return said + caplog.text


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("body", [{"Ack": True, "ParcelShopList": []}, ECHO], ids=["answered", "refused"])
async def test_a_search_for_shops_leaves_the_customers_address_in_no_log_and_no_error(kind, body, caplog):
    query = DropOffQuery(country="DE", postal_code="80331", city="München", street="Müllerstr. 5/7..")
    text = await shown(kind, lambda client: client.drop_offs(query, account="dpd"), caplog, body)
    assert "HTTP Request: GET" in text
    assert [part for part in TOLD if part in text] == []


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_tracking_leaves_the_postcode_in_no_log(kind, caplog):
    parcel = TrackedParcel(number="09999900000101", postal_code="80 331")
    text = await shown(kind, lambda client: client.track_many([parcel], account="dpd"), caplog, {"Ack": True})
    assert "HTTP Request: GET" in text
    assert [part for part in TOLD if part in text] == []
