"""Refusing before the call: the one error for everything that was found wrong."""

from collections.abc import Iterable

from retoure.errors import AddressRejected, Problem, RequestRejected, ServiceNotAvailable

_SERVICE_CODES = frozenset({"not_offered", "unknown_service"})


def rejected(problems: Iterable[Problem], *, address: str = "ship_from") -> RequestRejected:
    """The error for what was found wrong before any call: all of it at once, under the name that fits best."""
    found = tuple(problems)
    if any(problem.code in _SERVICE_CODES for problem in found):
        return ServiceNotAvailable(problems=found)
    if all(problem.field.startswith(f"{address}.") for problem in found):
        return AddressRejected(problems=found)
    return RequestRejected(problems=found)
