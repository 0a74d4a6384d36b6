"""The box itself: carriers behind one server on the loopback interface that carriers' adapters reach by ``base_url``, unchanged.

``http://127.0.0.1:PORT/<carrier>`` stands for the carrier's own address. ``/_sandbox/...`` is the box's own: ``GET books``
tells what was sold, ``POST faults`` replaces what goes wrong, ``POST clock`` with ``{"advance_s": 3600}`` lets time pass,
``POST story`` with ``{"carrier", "number", "story"}`` gives a parcel another history.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, ValidationError

from retoure.carrier.plugin import Operation
from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.errors import ConfigurationError
from retoure.model.addresses import ReturnAddress
from retoure.model.base import Model
from retoure.replay.files import fault_list
from retoure.replay.finding import ACCOUNT_FILE, installed
from retoure.replay.sandbox.books import Booking, BoxBooks
from retoure.replay.sandbox.carrier import BoxedCarrier, read_description
from retoure.replay.sandbox.faults import BOOKED, Chance, Fault, Faults
from retoure.replay.sandbox.messages import Answer, Asked
from retoure.replay.sandbox.outages import Outage, Silence
from retoure.replay.sandbox.scripts import Script
from retoure.replay.sandbox.server import BoxServer, Cut
from retoure.replay.scenario import read_account

if TYPE_CHECKING:
    import httpx

_BUYS = frozenset({Operation.LABEL_CREATE, Operation.PICKUP_SCHEDULE})
_FINDS = frozenset({Operation.LABEL_FIND, Operation.PICKUP_FIND})
_JSON = {"content-type": "application/json"}
_NOWHERE = "https://sandbox.invalid"
_CONTROLS = {"books": "GET", "faults": "POST", "clock": "POST", "story": "POST"}


def _now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """Carriers in a box. Use it as a context manager, or call :meth:`start` and :meth:`close`.

    Args:
        carriers: Their codes; every installed one that brings a box, unless said.
        books: Where what is sold is written down; a file that goes away with the box, unless said.
        port: Where it listens on 127.0.0.1; 0 takes a free one. None: nowhere, it is asked in process only.
        faults: What goes wrong.
        seed: What chance starts from.
        story: Which tracking story new labels tell; the carrier's first, unless said.
        clock: Where the box's time comes from.
        registry: Carriers to use instead of the installed ones.

    Raises:
        ConfigurationError: a carrier brings no box, or the books cannot be kept there.
        OSError: the port is taken.
    """

    def __init__(
        self,
        carriers: Sequence[str] = (),
        *,
        books: str | Path | None = None,
        port: int | None = 0,
        faults: Faults | None = None,
        seed: int = 0,
        story: str = "",
        clock: Callable[[], datetime] | None = None,
        registry: Registry | None = None,
    ) -> None:
        self._registry = registry or installed()
        codes = carriers or [code for code in self._registry.working() if read_description(self._registry.get(code))]
        self._carriers = {code: BoxedCarrier(self._registry.get(code), self._registry) for code in codes}
        self._check_story(story)
        self._server = None if port is None else BoxServer(port, self)
        self._folder = None if books else TemporaryDirectory(prefix="retoure-sandbox-")
        try:
            self._books = BoxBooks(books or Path(self._folder.name if self._folder else "") / "books.db")
        except sqlite3.Error as error:
            if self._server:
                self._server.server_close()
            raise ConfigurationError(f"the box cannot keep its books in {books}: {error}") from None
        self.story = story
        self.chance = Chance(faults or Faults(), seed)
        self._clock = clock or _now
        self._ahead = timedelta()
        self._serving = False
        self.outages: tuple[Outage, ...] = ()

    def _check_story(self, story: str) -> None:
        told = {name for carrier in self._carriers.values() for name in carrier.stories}
        if story and story not in told:
            raise ConfigurationError(f"no story {story!r}; there are: {', '.join(sorted(told))}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.close()

    def start(self) -> Self:
        """Serve, in threads of its own, unless it listens nowhere."""
        if self._server is None:
            return self
        self._serving = True
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def serve(self) -> None:
        """Serve until interrupted; raises ``ConfigurationError`` where it listens nowhere."""
        if self._server is None:
            raise ConfigurationError("a box without a port listens nowhere")
        self._serving = True
        self._server.serve_forever()

    def close(self) -> None:
        """Stop serving."""
        if self._server and self._serving:
            self._server.shutdown()
        if self._server:
            self._server.server_close()
        self._books.close()
        if self._folder:
            self._folder.cleanup()

    @property
    def origin(self) -> str:
        """Where the box listens, or seems to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}" if self._server else _NOWHERE

    @property
    def carriers(self) -> tuple[str, ...]:
        """The codes of the carriers in the box."""
        return tuple(self._carriers)

    def url(self, carrier: str) -> str:
        """What an account of this carrier gets as its ``base_url``."""
        if carrier not in self._carriers:
            raise ConfigurationError(f"no {carrier!r} in the box; there are: {', '.join(self._carriers)}")
        return f"{self.origin}/{carrier}"

    def account(self, carrier: str, **settings: Any) -> CarrierSettings:  # noqa: ANN401 - whatever the carrier's model takes
        """Settings of an account in the box, made of the carrier's example account."""
        plugin = self._registry.get(carrier)
        example = read_account(plugin.scenarios.joinpath(ACCOUNT_FILE)) if plugin.scenarios else None
        return plugin.settings(**{**(example.settings if example else {}), **settings, "base_url": self.url(carrier)})

    def return_addresses(self, **accounts: str) -> Mapping[str, ReturnAddress]:
        """The carriers' example return addresses, bound for each account name to what its carrier needs."""
        book: dict[str, ReturnAddress] = {}
        for account, carrier in (accounts or {code: code for code in self._carriers}).items():
            scenarios = self._registry.get(carrier).scenarios
            shown = read_account(scenarios.joinpath(ACCOUNT_FILE)).return_addresses if scenarios else {}
            for name, entry in shown.items():
                bindings = {**(book[name].bindings if name in book else {}), account: entry.bindings.get(carrier, {})}
                book[name] = entry.model_copy(update={"bindings": bindings})
        return book

    def bookings(self, **equal: str) -> list[Booking]:
        """What was sold, in order; ``carrier``, ``kind``, ``key`` and ``number`` narrow it."""
        return self._books.bookings(**equal)

    def tell(self, carrier: str, number: str, story: str) -> None:
        """Give a parcel another tracking story.

        Raises:
            ConfigurationError: there is no such carrier, parcel or story.
        """
        self.url(carrier)
        if not self._books.bookings(carrier=carrier, number=number):
            raise ConfigurationError(f"{carrier} has sold no {number!r}")
        if story not in self._carriers[carrier].stories:
            raise ConfigurationError(f"no story {story!r}; {carrier} has: {', '.join(self._carriers[carrier].stories)}")
        self._books.change(carrier, number, story=story)

    def script(self, carrier: str, *scripts: Script) -> None:
        """Let a carrier show these histories for their numbers, row by row as told.

        Raises:
            ConfigurationError: no such carrier, or it has no such row to tell.
        """
        self.url(carrier)
        self._carriers[carrier].script(scripts)

    def transport(self) -> "httpx.MockTransport":
        """A transport that asks this box in process, for a client of either kind; what it sends never leaves."""
        import httpx

        def handle(request: httpx.Request) -> httpx.Response:
            try:
                answer = self.ask(request.method, str(request.url), dict(request.headers), request.content)
            except Silence:
                raise httpx.ReadTimeout("the box is silent", request=request) from None
            except Cut:
                raise httpx.RemoteProtocolError("the box cut the line", request=request) from None
            return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.content)

        return httpx.MockTransport(handle)

    def ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        """What a carrier answers to a request, by the URL that it came to; raises ``Cut`` where its line is cut instead."""
        parts = urlsplit(url)
        code, _, path = parts.path.lstrip("/").partition("/")
        told = {name.lower(): value for name, value in headers.items()}
        query = parse_qsl(parts.query, keep_blank_values=True)
        return self.answer(code, Asked(method=method, path=f"/{path}", query=query, headers=told, content=content))

    def now(self) -> datetime:
        """The box's time."""
        return self._clock() + self._ahead

    def advance(self, by: timedelta) -> None:
        """Let time pass in the box; raises ``OverflowError`` beyond the calendar."""
        _ = self.now() + by
        self._ahead += by

    def answer(self, code: str, asked: Asked) -> Answer:
        """What a carrier answers; raises ``Cut`` where its line is cut instead."""
        faults = self.chance.faults
        if faults.slow_s:
            time.sleep(faults.slow_s)
        carrier = self._carriers.get(code)
        token = carrier.token_for(asked) if carrier else None
        if token:
            return Answer(503) if self.chance.befalls(faults.token_fails) else token
        now = self.now()
        if carrier and (outage := next((one for one in self.outages if one.befalls(code, now)), None)):
            return outage.answer(now, carrier.call_limit)
        matched = carrier.exchange_for(asked) if carrier else None
        if carrier is None or matched is None:
            return Answer(404, _JSON, b'{"message": "this box has no exchange for such a request"}')
        exchange, values = matched
        if exchange.operation in _BUYS:
            seen_from = self.chance.seen_from(now)
            return self._sold(lambda: carrier.book(self._books, exchange, values, now, seen_from, self.story))
        if exchange.operation in _FINDS and self.chance.befalls(faults.look_up_fails):
            raise Cut
        return carrier.answer(self._books, exchange, values, now)

    def _sold(self, book: Callable[[], Answer]) -> Answer:
        fault = self.chance.fault()
        if fault is Fault.BOOKED_LATE:
            time.sleep(self.chance.faults.late_s)
        answer = book() if fault is None or fault in BOOKED else Answer(500)
        match fault:
            case Fault.CUT_BEFORE | Fault.CUT_AFTER:
                raise Cut
            case Fault.CUT_WITHIN:
                raise Cut(answer)
            case Fault.BUSY:
                return Answer(429, {"retry-after": "0"})
            case Fault.ERROR_AFTER:
                return Answer(500)
            case Fault.EMPTY_AFTER:
                return Answer(answer.status, answer.headers)
            case Fault.LATE:
                time.sleep(self.chance.faults.late_s)
        return answer

    def control(self, method: str, what: str, content: bytes) -> Answer:
        """The box's own requests."""
        allowed = _CONTROLS.get(what)
        if allowed != method:
            return Answer(405, {"allow": allowed}) if allowed else Answer(404)
        try:
            match what:
                case "books":
                    return _told([_shown(booking) for booking in self.bookings()])
                case "faults":
                    self.chance.faults = Faults.model_validate_json(content)
                case "clock":
                    self.advance(timedelta(seconds=_Advance.model_validate_json(content).advance_s))
                case "story":
                    told = _Telling.model_validate_json(content)
                    self.tell(told.carrier, told.number, told.story)
        except ValidationError as error:
            return Answer(400, _JSON, json.dumps({"faults": fault_list(error)}).encode())
        except (ConfigurationError, OverflowError) as error:
            return Answer(400, _JSON, json.dumps({"faults": [["", str(error)]]}).encode())
        return _told({"now": self.now().isoformat(), "faults": self.chance.faults.model_dump(mode="json")})


class _Advance(Model):
    advance_s: Annotated[float, Field(allow_inf_nan=False)]


class _Telling(Model):
    carrier: str
    number: str
    story: str


def _shown(booking: Booking) -> dict[str, Any]:
    names = ("carrier", "kind", "key", "number", "parcel", "day", "booked_at", "cancelled_at", "story")
    return {name: getattr(booking, name) for name in names}


def _told(value: Any) -> Answer:  # noqa: ANN401 - JSON is anything
    return Answer(200, _JSON, json.dumps(value, default=str).encode())
