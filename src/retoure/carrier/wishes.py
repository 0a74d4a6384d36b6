"""Wishes that only one carrier understands (``request.extras``), and the error for an order that cannot be sent."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TypeVar

from pydantic import ValidationError

from retoure.errors import AddressRejected, Problem, RequestRejected, ServiceNotAvailable
from retoure.model.base import Model
from retoure.model.labels import ReturnRequest

E = TypeVar("E", bound=Model)
_SERVICE_CODES = frozenset({"not_offered", "unknown_service"})


@cache
def _no_wishes(model: type[E]) -> E:
    return model()


def read_extras(request: ReturnRequest, carrier: str, model: type[E]) -> E:
    """The request's wishes for a carrier; raises ``ValidationError`` for one that does not exist."""
    own = request.extras.get(carrier)
    return model.model_validate(own, strict=True) if own else _no_wishes(model)


def check_extras(request: ReturnRequest, carrier: str, model: type[Model], *, name: str) -> Iterator[Problem]:
    """What is wrong with the wishes for a carrier that people call ``name``."""
    try:
        read_extras(request, carrier, model)
    except ValidationError as error:
        known = ", ".join(model.model_fields)
        for fault in error.errors():
            field = ".".join(map(str, fault["loc"]))
            yield Problem(f"extras.{carrier}.{field}", "unknown", f"{fault['msg']}; {name} knows: {known}")


def rejected(
    problems: Iterable[Problem], *, address: str = "ship_from", service_codes: frozenset[str] = _SERVICE_CODES
) -> RequestRejected:
    """The error for what was found wrong before any call: all of it at once, under the name that fits best.

    Args:
        problems: What was found.
        address: What the user calls the address of this call.
        service_codes: The codes of problems that mean that the service is not to be had.
    """
    found = tuple(problems)
    if any(problem.code in service_codes for problem in found):
        return ServiceNotAvailable(problems=found)
    if all(problem.field.startswith(f"{address}.") for problem in found):
        return AddressRejected(problems=found)
    return RequestRejected(problems=found)
