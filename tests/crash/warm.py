"""Imported by the server that buyers are forked from: whatever takes its time is built once, and no connection is opened."""

import retoure.client
import retoure.purchases.sql
from retoure.replay import find, verify
from tests.crash.shop import Buyer

for name in (
    "ups/labels/gif", "ups/labels/found", "dhl_paket/labels/pdf_and_qr", "dhl_paket/pickups/scheduled", "dhl_paket/pickups/found",
    "dhl_express/labels/from_vienna", "dhl_express/labels/found",
):  # fmt: skip
    verify(find(name))

__all__ = ["Buyer", "retoure"]
