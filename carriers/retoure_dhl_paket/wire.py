"""What all of the package's calls share: its code, its headers, and what DHL does not offer."""

from collections.abc import Mapping

CODE = "dhl_paket"
NO_REPRINT = "the Returns API cannot show a label again: keep the documents of the purchase"
NO_SEARCH = "the Returns API has no search: a lost answer can only be cleared up in DHL's business portal, by shipment reference"
NO_CHANGE = "DHL cannot move a pickup: cancel it and schedule a new one under another key"
NO_HOUSE_NUMBER = "DHL needs the house number apart from the street"

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json", "Accept": "application/json, application/problem+json"}
READ_HEADERS: Mapping[str, str] = {"Accept": "application/json, application/problem+json"}
