"""One carrier in a box: which recorded exchange answers a request, and what it does to the books.

A carrier brings ``sandbox.toml`` beside its scenarios: the exchanges that its box answers with, the form of its numbers, and its
tracking stories. What an exchange does follows from the operation that its scenario plays; nothing here knows a carrier.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache

from pydantic import ValidationError

from retoure.carrier.plugin import CarrierPlugin, Operation
from retoure.carrier.registry import Registry
from retoure.errors import ConfigurationError
from retoure.model.base import Model
from retoure.replay.files import InvalidScenario, fault_list
from retoure.replay.finding import ACCOUNT_FILE, find
from retoure.replay.mounting import TOKEN, TOKEN_VALUE, asks_for_a_token
from retoure.replay.sandbox.books import Booking, BoxBooks
from retoure.replay.sandbox.exchanges import Exchange
from retoure.replay.sandbox.messages import Answer, Asked, Values, days
from retoure.replay.sandbox.rendering import Renderer
from retoure.replay.sandbox.scripts import Script
from retoure.replay.sandbox.stories import Stories
from retoure.replay.scenario import read_account

SANDBOX_FILE = "sandbox.toml"
_KINDS = {
    Operation.LABEL_CREATE: "label", Operation.LABEL_FIND: "label",
    Operation.PICKUP_SCHEDULE: "pickup", Operation.PICKUP_FIND: "pickup",
}  # fmt: skip
_CANCELS = frozenset({Operation.LABEL_VOID, Operation.PICKUP_CANCEL})
_NUMBERS = re.compile(r"[;,]")
_JSON = {"content-type": "application/json"}
_UNKNOWN = Answer(404, _JSON, b'{"message": "this box has no exchange for such a request"}')


class Description(Model):
    """What ``sandbox.toml`` says.

    Attributes:
        exchanges: Names of scenarios below the carrier's folder.
        unseen: The exchange of a look-up that finds nothing, by operation.
        over: The exchange of a request about what was cancelled before, by operation; else it is answered like the first.
        numbers: The form of its numbers, with ``{serial}``, for ``label`` and ``pickup``.
        tracking: Its stories.
    """

    exchanges: tuple[str, ...]
    unseen: Mapping[Operation, str] = {}
    over: Mapping[Operation, str] = {}
    numbers: Mapping[str, str]
    tracking: Stories | None = None


def read_description(plugin: CarrierPlugin) -> Description | None:
    """A carrier's description of its box, or None where it brings none.

    Raises:
        InvalidScenario: it cannot be used; file and fields are named.
    """
    file = plugin.scenarios.joinpath(SANDBOX_FILE) if plugin.scenarios else None
    if file is None or not file.is_file():
        return None
    try:
        return Description.model_validate(tomllib.loads(file.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InvalidScenario(str(file), [("", str(error))]) from None
    except ValidationError as error:
        raise InvalidScenario(str(file), fault_list(error)) from None


def _exchange(plugin: CarrierPlugin, name: str, registry: Registry) -> Exchange:
    return Exchange.of(find(f"{plugin.code}/{name}", registry))


class BoxedCarrier:
    """Answers for one carrier. Knows no HTTP server and no fault."""

    def __init__(self, plugin: CarrierPlugin, registry: Registry) -> None:
        description = read_description(plugin)
        if description is None:
            raise ConfigurationError(f"{plugin.code} brings no {SANDBOX_FILE}, so that it cannot be put into a box")
        self._code = plugin.code
        self._numbers = description.numbers
        self._stories = description.tracking
        self._exchanges = [_exchange(plugin, name, registry) for name in description.exchanges]
        self._unseen = {operation: _exchange(plugin, name, registry) for operation, name in description.unseen.items()}
        self._over = {operation: _exchange(plugin, name, registry) for operation, name in description.over.items()}
        account = read_account(plugin.scenarios.joinpath(ACCOUNT_FILE)) if plugin.scenarios else None
        self._login = account.login if account else None
        self._recorded = cache(lambda name: _exchange(plugin, name, registry))
        told = description.tracking
        if told:
            for name in sorted({name for chapters in told.stories.values() for _, name in chapters} | {told.unknown}):
                self._recorded(name)  # what is wrong with it is told at once
        self._renderer = Renderer(told, self._recorded) if told and told.scripting else None
        self._scripts: dict[str, Script] = {}

    def token_for(self, asked: Asked) -> Answer | None:
        """The answer to a request for a token, by OAuth or by the login that the carrier's account names; None for any other."""
        if asks_for_a_token(asked.method, asked.headers.get("content-type", ""), asked.content):
            return Answer(200, _JSON, json.dumps(TOKEN).encode())
        if self._login and asked.method == "POST" and asked.path.endswith(self._login.path):
            return Answer(200, {self._login.token_header: TOKEN_VALUE})
        return None

    @property
    def stories(self) -> tuple[str, ...]:
        """The names of its tracking stories."""
        return tuple(self._stories.stories) if self._stories else ()

    def script(self, scripts: Iterable[Script]) -> None:
        """Tell these histories for their numbers, in the stead of a story.

        Raises:
            ConfigurationError: the carrier has no such row to tell, or none at all.
        """
        if self._renderer is None:
            raise ConfigurationError(f"the box of {self._code} tells no scripted histories: see scripting in its {SANDBOX_FILE}")
        for script in scripts:
            self._renderer.check(script)
            self._scripts[script.number] = script

    @property
    def call_limit(self) -> Answer | None:
        """How the carrier says inside of a success that it was asked too often, where it does."""
        scripting = self._stories.scripting if self._stories else None
        return self._recorded(scripting.call_limit).answer if scripting and scripting.call_limit else None

    def exchange_for(self, asked: Asked) -> tuple[Exchange, dict[str, str]] | None:
        """The exchange that is most like a request, with the request's values; None where there is none."""
        leaves = asked.leaves()
        read = [(exchange, values) for exchange in self._exchanges if (values := exchange.read(asked, leaves)) is not None]
        return max(read, key=lambda pair: pair[0].likeness(leaves), default=None)

    def book(
        self, books: BoxBooks, exchange: Exchange, values: Values, now: datetime, seen_from: datetime | None, story: str
    ) -> Answer:
        """Sell a label or book a pickup."""
        kind = _KINDS[exchange.operation]
        if kind == "pickup" and "day" not in values:
            values = {**values, **days((now + timedelta(days=1)).date().isoformat())}
        booking = books.book(
            carrier=self._code, kind=kind, values=values, booked_at=now, seen_from=seen_from, story=story,
            number=lambda serial: self._numbers[kind].format(serial=serial),
        )  # fmt: skip
        return exchange.answered(booking.values)

    def answer(self, books: BoxBooks, exchange: Exchange, values: Values, now: datetime) -> Answer:
        """Answer anything else."""
        operation = exchange.operation
        if operation in (Operation.LABEL_FIND, Operation.PICKUP_FIND):
            return self._found(books, exchange, values, now)
        if operation is Operation.TRACK:
            return self._tracked(books, exchange, values, now)
        if "number" not in values:
            return exchange.answered(values)
        booking = next(iter(books.bookings(carrier=self._code, number=values["number"])), None)
        if booking is None:
            return _UNKNOWN
        if booking.cancelled_at and operation in self._over:
            return self._over[operation].answered({**booking.values, **values})
        if operation in _CANCELS:
            books.change(self._code, booking.number, cancelled_at=now.isoformat())
        elif operation is Operation.PICKUP_RESCHEDULE and "day" in values:
            books.change(self._code, booking.number, day=values["day"])
        return exchange.answered({**booking.values, **values})

    def _found(self, books: BoxBooks, exchange: Exchange, values: Values, now: datetime) -> Answer:
        equal = {name: values[name] for name in ("key", "day") if name in values}
        booked = books.bookings(carrier=self._code, kind=_KINDS[exchange.operation], **equal)
        seen = [one for one in booked if one.seen_from and one.seen_from <= now and not one.cancelled_at]
        if not seen:
            return self._unseen[exchange.operation].answered(values)
        listed = [exchange.row(one.values) for one in seen] if exchange.lists else None
        return exchange.answered(seen[0].values, rows=listed)

    def _tracked(self, books: BoxBooks, exchange: Exchange, values: Values, now: datetime) -> Answer:
        numbers = [number for number in _NUMBERS.split(values.get("number", "")) if number]
        scripts = [self._scripts[number] for number in numbers if number in self._scripts]
        if scripts and self._renderer and (answer := self._renderer.answer(scripts, now, exchange.name)):
            return answer
        known = [found for number in numbers for found in books.bookings(carrier=self._code, kind="label", number=number)]
        if self._stories is None:
            return _UNKNOWN
        if not known:
            return self._recorded(self._stories.unknown).answered(values)
        told = [(self._history(booking, now), booking, self._stories.moved_to(booking.booked_at)) for booking in known]
        history, first, moved = told[0]
        rows = [exchange.row(booking.values, times) for exchange, booking, times in told] if history.lists else None
        return history.answered(first.values, moved, rows)

    def _history(self, booking: Booking, now: datetime) -> Exchange:
        assert self._stories is not None  # noqa: S101 - asked for where there are stories only
        story = booking.story if booking.story in self._stories.stories else next(iter(self._stories.stories))
        return self._recorded(self._stories.shown(story, now - booking.booked_at))
