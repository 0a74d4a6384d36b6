"""The scenario file: one situation of one carrier, its exchanges, and what must come of them.

The file is JSON, not YAML: YAML reads the country code ``NO`` as false and the postcode ``01067`` as a number.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError, model_validator

from retoure.carrier.plugin import Operation
from retoure.model.addresses import ReturnAddress
from retoure.model.base import Model
from retoure.replay.files import InvalidScenario, Source, deep_merge, fault_list, read_json, to_json

__all__ = [
    "SCENARIO_SCHEMA",
    "Account",
    "Api",
    "Expect",
    "ExpectedError",
    "ExpectedProblem",
    "Given",
    "Interaction",
    "Origin",
    "RecordedRequest",
    "RecordedResponse",
    "Scenario",
    "read_account",
    "read_scenario",
]

FILE_BASE64 = "$file_base64"
"""The key that stands for the base64 of a sibling file in a response's JSON."""

Filled = Annotated[str, StringConstraints(min_length=1)]


class Origin(StrEnum):
    """What a scenario rests on, the strongest evidence first."""

    RECORDED = "recorded"
    DOCUMENTED = "documented"
    CONSTRUCTED = "constructed"


class Api(Model):
    """The carrier's interface that the exchange belongs to; ``description`` names the official description file, if any."""

    name: Filled
    version: str
    source: Filled
    description: str | None


class Given(Model):
    """What was asked for: an operation with a named sample, changed by ``overrides``, of an account changed by ``settings``."""

    operation: Operation
    sample: Filled
    overrides: Mapping[str, Any] = Field(default_factory=dict)
    settings: Mapping[str, Any] = Field(default_factory=dict)


class _Message(Model):
    headers: Mapping[str, str] = Field(default_factory=dict)
    json_body: Any = Field(default=None, alias="json")
    text: str | None = None
    file: str | None = None

    @property
    def body_kind(self) -> Literal["json", "text", "file"] | None:
        """Which of the three forms the body has, or None for no body."""
        given = self.model_fields_set
        return "json" if "json_body" in given else "text" if "text" in given else "file" if "file" in given else None

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if len(self.model_fields_set & {"json_body", "text", "file"}) > 1:
            raise ValueError("a body is one of json, text and file")
        return self


class RecordedRequest(_Message):
    """What the adapter sends. Only the headers listed here are compared."""

    method: Annotated[str, StringConstraints(pattern=r"^[A-Z]+$")]
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/?#@]+(/[^#]*)?$")]


class RecordedResponse(_Message):
    """What the carrier answers."""

    status: Annotated[int, Field(ge=100, le=599)]


class Interaction(Model):
    """One request and its answer."""

    request: RecordedRequest
    response: RecordedResponse


class ExpectedProblem(Model):
    """The field and the code of one problem."""

    field: str = ""
    code: str = ""


class ExpectedError(Model):
    """An error by the name of its class; what else is given must be equal, ``message`` be contained."""

    type: Filled
    carrier_code: str | None = None
    request_id: str | None = None
    retry_after_s: int | None = None
    problems: tuple[ExpectedProblem, ...] | None = None
    message: str | None = None


class Expect(Model):
    """What comes of it: a result, compared as a subset, or an error."""

    result: Any = None
    error: ExpectedError | None = None

    @model_validator(mode="after")
    def _one_outcome(self) -> Self:
        if len(self.model_fields_set & {"result", "error"}) != 1:
            raise ValueError("what is expected is either a result or an error")
        return self


class Login(Model):
    """A login that is no OAuth: the end of its URL's path, and the header of its answer that holds the token."""

    path: Annotated[str, StringConstraints(pattern=r"^/")]
    token_header: Filled


class Account(Model):
    """The account that a carrier's scenarios are played with: fake credentials, and the return addresses bound to it."""

    settings: Mapping[str, Any]
    login: Login | None = None
    return_addresses: Mapping[str, ReturnAddress] = Field(default_factory=dict)


class Scenario(Model):
    """One situation: what is asked, what goes over the wire, what comes of it."""

    format: Literal[1]
    title: Filled
    origin: Origin
    recorded_at: date | None = None
    api: Api
    given: Given
    clock: AwareDatetime
    interactions: tuple[Interaction, ...]
    expect: Expect

    _source: Source | None = None

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - pydantic's signature
        """Remember where the scenario lies."""
        if isinstance(context, Source):
            self._source = context

    @model_validator(mode="after")
    def _recorded_when(self) -> Self:
        if (self.origin is Origin.RECORDED) != (self.recorded_at is not None):
            raise ValueError("recorded_at is the day of a recorded scenario, and of no other")
        return self

    @property
    def source(self) -> Source:
        """Where the scenario lies.

        Raises:
            LookupError: it was not loaded from a file.
        """
        if self._source is None:
            raise LookupError("a scenario that was not loaded from a file has no place")
        return self._source

    @property
    def name(self) -> str:
        """``carrier/capability/situation``."""
        return self._source.name if self._source else self.title

    @property
    def carrier(self) -> str:
        """The code of the carrier, which is also the name of the account in replay."""
        return self.name.partition("/")[0]

    @cached_property
    def account(self) -> Account:
        """The carrier's account, with the settings of this scenario merged in.

        Raises:
            InvalidScenario: ``account.json`` is absent or cannot be used.
        """
        account = read_account(self.source.account)
        return account.model_copy(update={"settings": deep_merge(account.settings, self.given.settings)})

    @cached_property
    def answers(self) -> tuple[tuple[int, Mapping[str, str], bytes], ...]:
        """Status, headers by lower-case name, and body of every answer, in order."""
        return tuple(
            (answer.status, {name.lower(): value for name, value in answer.headers.items()}, self._content(answer))
            for answer in (interaction.response for interaction in self.interactions)
        )

    def _content(self, answer: RecordedResponse) -> bytes:
        match answer.body_kind:
            case "json":
                return to_json(self._with_files(answer.json_body)).encode()
            case "text":
                return (answer.text or "").encode()
            case "file":
                return self.source.sibling(answer.file or "")
            case None:
                return b""

    def _with_files(self, value: Any) -> Any:  # noqa: ANN401 - JSON is anything
        if isinstance(value, dict):
            if value.keys() == {FILE_BASE64}:
                return b64encode(self.source.sibling(value[FILE_BASE64])).decode()
            return {key: self._with_files(item) for key, item in value.items()}
        return [self._with_files(item) for item in value] if isinstance(value, list) else value


def read_scenario(source: Source) -> Scenario:
    """Read a scenario file.

    Raises:
        InvalidScenario: no such file, not JSON, or not a scenario; file and fields are named.
    """
    value = read_json(source.file)
    try:
        return Scenario.model_validate(value, context=source)
    except ValidationError as error:
        raise InvalidScenario(str(source.file), fault_list(error)) from None


def read_account(file: Traversable) -> Account:
    """Read a carrier's ``account.json``; raises like :func:`read_scenario`."""
    value = read_json(file)
    try:
        return Account.model_validate(value)
    except ValidationError as error:
        raise InvalidScenario(str(file), fault_list(error)) from None


SCENARIO_SCHEMA: Mapping[str, Any] = Scenario.model_json_schema()
"""The JSON Schema of a scenario file."""
