"""Imported by the server that processes are forked from: whatever takes its time is built once, and no connection is opened."""

import aiohttp

import retoure.client
import retoure.monitor.monitor
import retoure.purchases.sql
from retoure.programmes import load_policy
from retoure.replay import find, verify
from tests.crash.returns import World
from tests.crash.shop import Buyer

for name in (
    "ups/labels/gif", "ups/labels/found", "dhl_paket/labels/pdf_and_qr", "dhl_paket/pickups/scheduled", "dhl_paket/pickups/found",
    "dhl_express/labels/from_vienna", "dhl_express/labels/found",
    "ups/tracking/delivered", "dhl_paket/tracking/delivered", "dhl_express/tracking/delivered",
):  # fmt: skip
    verify(find(name))
load_policy("amazon_aprl_de")

__all__ = ["Buyer", "World", "aiohttp", "retoure"]
