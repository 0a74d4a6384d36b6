"""The error for an order that cannot be sent."""

from collections.abc import Iterable

from retoure.errors import AddressRejected, Problem, RequestRejected, ServiceNotAvailable

_SERVICE_CODES = frozenset({"not_offered", "unknown_service"})


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
