"""A request's wishes that one carrier alone understands: ``{"extras": {"<carrier>": {...}}}``."""

from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from pydantic import ValidationError

from retoure.errors import Problem
from retoure.model.base import Model
from retoure.model.labels import ReturnRequest

M = TypeVar("M", bound=Model)


def read_extras(request: ReturnRequest, carrier: str, model: type[M]) -> M:
    """The request's wishes for this carrier; raises ``ValidationError`` for one that does not exist."""
    own = request.extras.get(carrier)
    return model.model_validate(own, strict=True) if own else _no_wishes(model)


@cache
def _no_wishes(model: type[M]) -> M:
    return model()


def extras_problems(request: ReturnRequest, carrier: str, model: type[M]) -> Iterator[Problem]:
    """What is wrong with the wishes for this carrier."""
    if not request.extras.get(carrier):
        return
    try:
        read_extras(request, carrier, model)
    except ValidationError as error:
        known = ", ".join(model.model_fields)
        for fault in error.errors():
            name = ".".join((f"extras.{carrier}", *map(str, fault["loc"])))
            yield Problem(name, "unknown", f"{fault['msg']}; there are: {known}")
