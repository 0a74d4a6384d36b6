"""A carrier with one call per effect, for tests of what stands between an adapter and the wire."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pydantic

from retoure import Address, Label, Parcel, Registry, ReturnAddress, ReturnRequest, Unprotected
from retoure.carrier import (
    FULL,
    INTERFACE_VERSION,
    ApiKeyAuth,
    BasicAuth,
    Call,
    Carrier,
    CarrierContext,
    CarrierPlugin,
    CarrierSettings,
    ClientCredentialsGrant,
    Credential,
    Effect,
    Environment,
    HttpRequest,
    Operation,
    PasswordGrant,
    Quota,
    Seal,
    read_json,
    sealed,
)
from retoure.errors import AuthenticationFailed, MalformedResponse, RequestRejected
from retoure.model import LabelOrder, LabelReference, TrackedParcel, TrackingFailure, TrackingReport, VoidResult

ORIGIN = "https://toy.example"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class ToySettings(CarrierSettings):
    """One account of the toy carrier."""

    carrier: ClassVar[str] = "toy"
    auth: str = "none"
    client_id: Credential = pydantic.SecretStr("canary-client-id")
    client_secret: Credential = pydantic.SecretStr("canary-client-secret")
    username: Credential = pydantic.SecretStr("canary-username")
    password: Credential = pydantic.SecretStr("canary-password")
    sealed_in_url: bool = False
    path: str = "/api/v1"


def _auth(settings: ToySettings):
    base = settings.base_url or ORIGIN
    match settings.auth:
        case "basic":
            return BasicAuth(settings.username, settings.password)
        case "key":
            return ApiKeyAuth("X-Toy-Key", settings.password)
        case "grant":
            return ClientCredentialsGrant(base + "/token", settings.client_id, settings.client_secret)
        case "password_grant":
            return PasswordGrant(
                base + "/token", settings.client_id, settings.client_secret, settings.username, settings.password
            )
    return None


class Toy:
    """Its label, void and track calls differ only in their effect."""

    batch_size = 1

    def __init__(self, settings: ToySettings, context: CarrierContext) -> None:
        self.settings = settings
        self.context = context

    def _request(self, effect: Effect, path: str, content: bytes = b"") -> HttpRequest:
        url = (self.settings.base_url or ORIGIN) + self.settings.path + path
        seals = {}
        if self.settings.sealed_in_url:
            url += f"?password={sealed('password')}"
            seals = {"password": Seal(self.settings.password)}
        method = {Effect.READ: "GET", Effect.REPEATABLE: "DELETE", Effect.ONCE: "POST"}[effect]
        return HttpRequest(method=method, url=url, effect=effect, content=content, auth=_auth(self.settings), seals=seals)

    @staticmethod
    def _parse(response) -> dict:
        if response.status == 401:
            raise AuthenticationFailed("the toy carrier refused the credentials", carrier_code="401")
        if not response.ok:
            raise RequestRejected(f"refused: {response.text}", carrier_code=str(response.status))
        answer = read_json(response)
        if not isinstance(answer, dict):
            raise MalformedResponse("the answer is no object")
        return answer

    def create(self, order: LabelOrder) -> Call[Label]:
        response = yield self._request(Effect.ONCE, "/labels", content=order.request.ship_from.name.encode())
        answer = self._parse(response)
        return Label(
            account=order.account, carrier="toy", tracking_number=answer["number"], issued_at=response.requested_at
        )  # fmt: skip

    def void(self, label: LabelReference) -> Call[VoidResult]:
        response = yield self._request(Effect.REPEATABLE, f"/labels/{label.tracking_number}")
        return VoidResult(self._parse(response)["result"])

    def track(self, parcels: Sequence[TrackedParcel]) -> Call[Mapping[str, TrackingReport | TrackingFailure]]:
        (parcel,) = parcels
        if " " in parcel.number:
            _first, _second, _third, _fourth = parcel.number.split()
        response = yield self._request(Effect.READ, f"/track/{parcel.number}")
        if self._parse(response).get("forget"):
            return {}
        return {parcel.number: TrackingReport(parcel.number, "toy", (), response.requested_at, response.digest)}


def plugin(quotas: tuple[Quota, ...] = ()) -> CarrierPlugin:
    """The toy carrier's plugin."""

    def build(settings: CarrierSettings, context: CarrierContext) -> Carrier:
        toy = Toy(settings, context)
        return Carrier(labels=toy, tracking=toy)

    return CarrierPlugin(
        code="toy",
        name="Toy",
        interface_version=INTERFACE_VERSION,
        settings=ToySettings,
        origins={
            Environment.SANDBOX: frozenset({ORIGIN + "/api/v1", ORIGIN + "/token"}),
            Environment.PRODUCTION: frozenset({ORIGIN + "/prod", ORIGIN + "/token"}),
        },
        support={Operation.LABEL_CREATE: FULL, Operation.LABEL_VOID: FULL, Operation.TRACK: FULL},
        quotas=quotas,
        build=build,
    )


CUSTOMER = Address(
    name="Marta Beispiel", street="Lindwurmweg", house_number="7", postal_code="80331", city="München", country="DE",
    email="marta@example.org", phone="+49 89 5550100",
)  # fmt: skip
REQUEST = ReturnRequest(rma="R1", ship_from=CUSTOMER, return_to="berlin", parcel=Parcel.of("2 kg"))
BOOK = {
    "berlin": ReturnAddress(
        address=Address(
            name="Retourenlager Muster", street="Hafenstr.", house_number="1", postal_code="10115", city="Berlin", country="DE"
        )
    )
}
THREE_WORDS = "N 1 2"
"""A number that the toy adapter stumbles over before it sends anything."""


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


def options(clock: Clock, *, quotas: tuple[Quota, ...] = (), **more) -> dict:
    """What a client needs beside its accounts and its way to sleep."""
    return {
        "purchases": Unprotected(), "return_addresses": BOOK, "registry": Registry(entries=[], plugins=[plugin(quotas)]),
        "clock": clock, **more,
    }  # fmt: skip
