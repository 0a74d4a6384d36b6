"""A carrier in memory, which answers for whole batches, and a shop that watches its parcels, in simulated time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from retoure import AsyncClient, Registry, Unprotected
from retoure.carrier import Call, Carrier, Effect, HttpRequest, Quota, read_json
from retoure.errors import AuthenticationFailed, MalformedResponse, RequestRejected
from retoure.lifecycle import CaseLabel
from retoure.model import TrackedParcel, TrackingFailure, TrackingReport
from retoure.model.tracking import Custody, Kind, Precision, ReadFailure, TrackingEvent, ZoneSource
from retoure.monitor.monitor import Monitor
from tests.unit.client.toy import ORIGIN, Clock, Toy, ToySettings, plugin

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Histories(Toy):
    """Asks for as many numbers as a call takes."""

    def __init__(self, settings: Any, context: Any, batch_size: int, understood: list[str]) -> None:
        super().__init__(settings, context)
        self.batch_size = batch_size
        self.understood = understood

    def track(self, parcels: Sequence[TrackedParcel]) -> Call[Mapping[str, TrackingReport | TrackingFailure]]:
        if any(parcel.number.startswith("X") for parcel in parcels):
            raise RequestRejected("no number of this carrier begins with an X")
        numbers = ",".join(parcel.number for parcel in parcels)
        request = self._request(Effect.READ, f"/histories?numbers={numbers}")
        response = yield replace(request, cool_down=timedelta(minutes=10))
        if response.status == 401:
            raise AuthenticationFailed("the carrier refused the credentials")
        if not response.ok:
            raise RequestRejected(f"HTTP {response.status}")
        answer = read_json(response)
        if not isinstance(answer, dict):
            raise MalformedResponse("no object")
        self.understood += [parcel.number for parcel in parcels]
        return {parcel.number: self._outcome(parcel, answer, response) for parcel in parcels}

    @staticmethod
    def _outcome(parcel: TrackedParcel, answer: dict, response: Any) -> TrackingReport | TrackingFailure:
        found = answer.get(parcel.number)
        if found is None:
            return TrackingFailure(parcel.number, "toy", ReadFailure.NOT_FOUND, response.requested_at, digest=response.digest)
        events = tuple(
            TrackingEvent(
                kind=Kind(row["kind"]),
                custody=Custody(row["custody"]),
                instant=datetime.fromisoformat(row["at"]),
                local_text=row["at"],
                zone_source=ZoneSource.STATED,
                precision=Precision.SECOND,
                raw_code=row["kind"],
                sequence=place,
            )
            for place, row in enumerate(found["events"])
        )
        return TrackingReport(
            parcel.number, "toy", events, response.requested_at, response.digest, successor=found.get("successor", "")
        )


class Box:
    """The carrier: what it knows of parcels, and what it was asked."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.parcels: dict[str, dict] = {}
        self.calls: list[tuple[datetime, list[str]]] = []
        self.trouble: dict[str, Any] = {}  # by host: what it answers instead
        self.before_answer: Any = None

    def scan(self, number: str, kind: str = "HUB_SCAN", custody: str = "PHYSICAL", at: datetime | None = None) -> None:
        """Something happens to a parcel."""
        event = {"kind": kind, "custody": custody, "at": (at or self.clock()).isoformat()}
        self.parcels.setdefault(number, {"events": []})["events"].append(event)

    @property
    def asked(self) -> list[str]:
        """The numbers asked for, in order."""
        return [number for _, numbers in self.calls for number in numbers]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        parts = urlsplit(str(request.url))
        numbers = parse_qs(parts.query)["numbers"][0].split(",")
        self.calls.append((self.clock(), numbers))
        if self.before_answer is not None:
            await self.before_answer(numbers)
        trouble = self.trouble.get(request.headers.get("X-Toy-Key", ""), self.trouble.get("*"))
        if trouble is not None:
            answer = trouble(numbers) if callable(trouble) else trouble
            if isinstance(answer, Exception):
                raise answer
            if answer is not None:
                return answer
        return httpx.Response(200, content=json.dumps({n: self.parcels[n] for n in numbers if n in self.parcels}))


class Shop:
    """Accounts of the carrier, a box and a monitor."""

    def __init__(
        self, tmp_path: Path, *, accounts: Sequence[str] = ("toy",), batch_size: int = 1, quotas: tuple[Quota, ...] = (),
        url: str | None = None, start: datetime = START, **settings: Any,
    ) -> None:  # fmt: skip
        self.clock = Clock(start)
        self.box = Box(self.clock)
        self.understood: list[str] = []
        """The numbers of which the adapter read an answer, in order."""
        self.url = url or f"sqlite:///{tmp_path}/monitor.db"
        made = plugin(quotas)

        def build(given: Any, context: Any) -> Carrier:
            return Carrier(tracking=Histories(given, context, batch_size, self.understood))

        self.accounts = {
            name: ToySettings(environment="sandbox", auth="key", password=f"key-of-{name}", **settings) for name in accounts
        }
        self._registry = Registry(entries=[], plugins=[replace(made, build=build)])

    def client(self, **more: Any) -> AsyncClient:
        return AsyncClient(
            self.accounts, registry=self._registry, transport=httpx.MockTransport(self.box), clock=self.clock,
            sleep=self.clock.sleep_async, purchases=Unprotected(), **more,
        )  # fmt: skip

    def monitor(self, **options: Any) -> Monitor:
        return self.monitor_of(self.client(), **options)

    def monitor_of(self, client: AsyncClient, **options: Any) -> Monitor:
        return Monitor(client, self.url, **{"draw": lambda: 0.5, "threads": False, **options})

    def label(self, number: str, *, account: str = "toy", **fields: Any) -> CaseLabel:
        return CaseLabel(number=number, carrier="toy", account=account, issued_at=self.clock(), **fields)

    def ahead(self, **by: float) -> None:
        """Time passes."""
        self.clock.now += timedelta(**by)


__all__ = ["ORIGIN", "START", "Box", "HttpRequest", "Shop"]
