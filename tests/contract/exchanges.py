"""The exchanges of every scenario that ships, as messages to be checked."""

from collections.abc import Iterator
from dataclasses import dataclass

from retoure.carrier import Operation
from retoure.replay.finding import all_scenarios
from retoure.replay.scenario import Scenario, to_json
from tests.contract.checking import Message

# An answer that was made up to be unreadable says so in what is expected of it; no description allows it.
UNREADABLE = frozenset({"MalformedResponse", "OutcomeUnknown"})
PURCHASES = frozenset({Operation.LABEL_CREATE, Operation.PICKUP_SCHEDULE})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One interaction of one scenario.

    ``description`` is the one its scenario names, else the one that another scenario names for the same method and URL: an
    answer may be made up to depart from the description, the request never is.
    """

    scenario: Scenario
    position: int
    message: Message
    description: str | None

    def __str__(self) -> str:
        return f"{self.scenario.name}-{self.position}"

    @property
    def answer_departs(self) -> bool:
        """Whether the answer was made up to be what no description allows: its scenario names none, or expects it unreadable."""
        expected = self.scenario.expect.error
        told = expected.type if expected and self.scenario.origin == "constructed" else ""
        # A lost purchase is the first, and its look-up follows; elsewhere the last answer is the one that cannot be read.
        looked_up = told == "OutcomeUnknown" and self.scenario.given.operation in PURCHASES
        unreadable = told in UNREADABLE and self.position == (1 if looked_up else len(self.scenario.interactions))
        return unreadable or self.scenario.api.description is None


def _messages(scenario: Scenario) -> Iterator[Message]:
    for interaction, (status, answer_headers, answer) in zip(scenario.interactions, scenario.answers, strict=True):
        request = interaction.request
        headers = dict(request.headers)
        content = (request.text or "").encode()
        if request.body_kind == "json":
            content = to_json(request.json_body).encode()
            headers.setdefault("Content-Type", "application/json")
        elif request.body_kind == "file":
            content = scenario.source.sibling(request.file or "")
        yield Message(request.method, request.url, headers, content, status, answer_headers, answer)


def _place(message: Message) -> tuple[str, str]:
    return message.method, message.url.partition("?")[0]


def all_exchanges() -> tuple[Exchange, ...]:
    """Every interaction of every scenario of every installed carrier."""
    messages = [
        (scenario, position, message)
        for scenario in all_scenarios()
        for position, message in enumerate(_messages(scenario), start=1)
    ]
    named = {_place(message): scenario.api.description for scenario, _, message in messages if scenario.api.description}
    return tuple(
        Exchange(scenario, position, message, scenario.api.description or named.get(_place(message)))
        for scenario, position, message in messages
    )
