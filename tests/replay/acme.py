"""An invented carrier, small enough to be read: labels over OAuth and JSON, tracking with a secret inside XML inside the URL."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar
from xml.etree.ElementTree import Element, tostring

from retoure.carrier import (
    FULL,
    INTERFACE_VERSION,
    ApiKeyAuth,
    Carrier,
    CarrierContext,
    CarrierPlugin,
    CarrierSettings,
    ClientCredentialsGrant,
    Credential,
    Effect,
    Environment,
    HttpRequest,
    NotSeen,
    Operation,
    Registry,
    Seal,
    immediate,
    read_base64_document,
    read_json,
    read_xml,
    sealed,
    url_with,
)
from retoure.errors import AddressRejected, Problem, Unsupported
from retoure.model import DropOffPoint, Label, Place, ReadFailure, TrackingFailure, TrackingReport
from retoure.replay.files import to_json

BASE = "https://api.acme.example/v1"
DATA = Path(__file__).parent / "data"


class AcmeSettings(CarrierSettings):
    carrier: ClassVar = "acme"
    client_id: Credential
    client_secret: Credential
    app_name: Credential


class AcmeLabels:
    def __init__(self, settings, context):
        self._settings, self._context = settings, context

    def check(self, order):
        return immediate(())

    def create(self, order):
        sender = order.request.ship_from
        if order.service == "PIGEON":
            raise Unsupported("acme has no pigeons")
        body = {
            "reference": order.key,
            "receiver": order.return_to.binding["receiver_id"],
            "sender": {"name": sender.name, "postcode": sender.postal_code, "city": sender.city},
            "grams": int(order.request.parcel.weight.grams),
        }
        response = yield HttpRequest(
            method="POST",
            url=f"{BASE}/labels",
            effect=Effect.ONCE,
            headers={"Content-Type": "application/json"},
            content=to_json(body).encode(),
            auth=ClientCredentialsGrant(f"{BASE}/oauth/token", self._settings.client_id, self._settings.client_secret),
        )
        answer = read_json(response)
        if response.status == 422:
            raise AddressRejected(
                carrier_code=answer["code"], problems=[Problem("ship_from.postal_code", answer["code"], answer["text"])]
            )
        return Label(
            account=order.account,
            carrier="acme",
            tracking_number=answer["number"],
            documents=(read_base64_document(answer["pdf"]),),
            issued_at=response.requested_at,
        )

    def documents(self, label, formats):
        raise Unsupported("acme does not reprint")

    def void(self, label):
        raise Unsupported("acme has no void")

    def find(self, key, attempted_at):
        return immediate(NotSeen(conclusive=False, reason="acme has no look-up"))


class AcmeTracking:
    batch_size = 20

    def __init__(self, settings):
        self._settings = settings

    def track(self, parcels: Sequence):
        query = Element("data", {"appname": sealed("app"), "piece-code": ";".join(parcel.number for parcel in parcels)})
        response = yield HttpRequest(
            method="GET",
            url=url_with(BASE, "/track", {"xml": tostring(query, "unicode"), "language": "en"}),
            effect=Effect.READ,
            auth=ApiKeyAuth("X-Acme-Key", self._settings.client_secret),
            seals={"app": Seal(self._settings.app_name)},
        )
        known = {piece.get("number") for piece in read_xml(response).iter("piece")}
        return {
            parcel.number: TrackingReport(parcel.number, "acme", (), response.requested_at, response.digest)
            if parcel.number in known
            else TrackingFailure(parcel.number, "acme", ReadFailure.NOT_FOUND, response.requested_at)
            for parcel in parcels
        }


class AcmeDropOffs:
    def near(self, query):
        first = yield HttpRequest(
            method="GET", url=url_with(BASE, "/places", {"country": query.country, "page": "1"}), effect=Effect.READ
        )
        second = yield HttpRequest(
            method="GET", url=url_with(BASE, "/places", {"country": query.country, "page": "2"}), effect=Effect.READ
        )
        return tuple(
            DropOffPoint(
                id=place["id"], carrier="acme", name=place["name"], kind="shop", street="", place=Place(text=place["name"])
            )
            for answer in (first, second)
            for place in read_json(answer)
        )


def build(settings: AcmeSettings, context: CarrierContext) -> Carrier:
    return Carrier(labels=AcmeLabels(settings, context), tracking=AcmeTracking(settings), drop_offs=AcmeDropOffs())


def acme_plugin(scenarios: Path = DATA / "acme") -> CarrierPlugin:
    return CarrierPlugin(
        code="acme",
        name="Acme Parcels",
        interface_version=INTERFACE_VERSION,
        settings=AcmeSettings,
        origins={Environment.SANDBOX: frozenset({BASE}), Environment.PRODUCTION: frozenset({"https://acme.example"})},
        support={
            operation: FULL for operation in Operation if operation.partition(".")[0] in ("labels", "tracking", "drop_offs")
        },
        scenarios=scenarios,
        build=build,
    )


def acme_registry(scenarios: Path = DATA / "acme") -> Registry:
    return Registry(entries=(), plugins=[acme_plugin(scenarios)])
