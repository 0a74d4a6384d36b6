"""One request file, whichever account: a carrier is swapped by naming another account."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from retoure import Registry
from retoure.replay import find
from retoure.testing.samples import SAMPLES

SITUATIONS = {"vienna_to_berlin": "from_vienna", "zurich_to_berlin": "customs_from_zurich"}
REGISTRY = Registry()
CARRIERS = REGISTRY.codes()


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items() if item is not None) + "}"
    return json.dumps(value, ensure_ascii=False)


def _shop(situation: str) -> str:
    """A configuration with one account of every installed carrier, named by its code."""
    accounts, bindings, place = {}, {}, {}
    for code in CARRIERS:
        account = find(f"{code}/labels/{situation}", REGISTRY).account
        accounts[code] = {"carrier": code, **account.settings}
        bindings |= account.return_addresses["berlin"].bindings
        place = account.return_addresses["berlin"].address.model_dump(mode="json", exclude_defaults=True)
    book = {"berlin": {"address": place, "bindings": bindings}}
    return f'client = {{purchases = "unprotected"}}\naccounts = {_toml(accounts)}\nreturn_addresses = {_toml(book)}\n'


def _request(sample: str) -> Mapping[str, Any]:
    """The sample as every carrier takes it: an origin on each customs line."""
    request = SAMPLES[sample]["request"]
    lines = request.get("customs", ())
    return {**request, "customs": [{"country_of_origin": "CH", **line} for line in lines]}


@pytest.fixture(params=SITUATIONS)
def shop(request, retoure):
    situation = SITUATIONS[request.param]
    retoure.config = retoure.folder / "shop.toml"
    retoure.config.write_text(_shop(situation), "utf-8")
    names = [f"{code}/labels/{situation}" for code in CARRIERS]
    retoure.replaying(*names)
    # A carrier that cannot serve the lane has a scenario that says so, in which nothing is sent.
    expected = {name.partition("/")[0]: find(name, REGISTRY).expect.error for name in names}
    retoure.refused_by = {code: error for code, error in expected.items() if error}
    retoure.asked = retoure.file(_request(request.param), "request.json")
    return retoure


@pytest.mark.parametrize("account", CARRIERS)
def test_the_same_file_buys_a_label_from_each_account_or_is_refused_by_name(shop, account):
    ran = shop("label", "buy", shop.asked, "--account", account, "--key", f"{account}/1", "--json")
    if (refusal := shop.refused_by.get(account)) is not None:
        assert (ran.code, ran.error["type"]) == (1, refusal.type)
        assert shop.replay.mounted.sent == []
        return
    assert ran.code == 0, ran.err
    assert (ran.value["account"], ran.value["carrier"]) == (account, account)
    assert ran.value["tracking_number"]
    assert ran.value["documents"]


@pytest.mark.parametrize("wanted", ["GIF", "QR"])
@pytest.mark.parametrize("account", CARRIERS)
def test_a_format_comes_or_is_refused_by_name_before_anything_is_sent(shop, account, wanted):
    ran = shop("label", "buy", shop.asked, "--account", account, "--key", "a/1", "--format", wanted, "--json")
    if ran.code == 0:
        notices = " ".join(ran.value["notices"])
        assert wanted in {one["format"] for one in ran.value["documents"]} or wanted in notices
    else:
        assert (ran.code, ran.error["type"]) == (1, "Unsupported")
        assert wanted in ran.error["message"]
        assert shop.replay.mounted.sent == []


def test_one_table_holds_the_prices_of_cards_and_of_live_carriers(retoure):
    retoure.config = retoure.folder / "shop.toml"
    retoure.config.write_text(_shop("from_vienna"), "utf-8")
    live = ("dhl_express/quotes/from_vienna", "ups/quotes/negotiated")
    asked = retoure.file(_request("vienna_to_berlin"), "request.json")
    ran = retoure.replaying(*live)("quote", asked, "--json")
    assert ran.code == 0, ran.err
    quotes = ran.value["quotes"]
    assert ran.value["failed"] == {}
    assert {one["account"] for one in quotes} == set(CARRIERS)
    prices = [Decimal(one[ran.value["sorted_by"]]["amount"]) for one in quotes]
    assert prices == sorted(prices)
    from_cards = {one["account"] for one in quotes if one["price_basis"] == "EXAMPLE"}
    assert from_cards == {"dhl_paket", "dpd", "dpd_meta"}
    table = retoure.replaying(*live)("quote", asked).out
    assert all(code in table for code in CARRIERS)
