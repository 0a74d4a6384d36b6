"""Where an official description is known to be wrong. Everything that is not in this one table is our defect.

An entry matches narrowly - file, side, operation, place, keyword and a part of the message - and has its reason. An entry that no
fixture needs fails a test, so that the table does not outlive the defects.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.contract.checking import Side, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDefect:
    """One departure from a description that is the description's fault.

    ``operation`` is the method and the path template, ``pointer`` may hold ``*`` for an index, ``says`` is a part of the message.
    """

    description: str
    side: Side
    operation: str
    pointer: str
    keyword: str
    says: str
    reason: str

    def covers(self, description: str, operation: str, violation: Violation) -> bool:
        """Whether this is that departure."""
        return (
            (self.description, self.side, self.operation, self.keyword)
            == (description, violation.side, operation, violation.keyword)
            and fnmatchcase(violation.pointer, self.pointer)
            and self.says in violation.message
        )  # fmt: skip


KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        description="dhl_paket/pp-parcel-returns.yaml",
        side="response",
        operation="POST /orders",
        pointer="body",
        keyword="required",
        says="'label' is a required property",
        reason="an order of a QR code alone is answered without the label, as recorded answers show",
    ),
    KnownDefect(
        description="dhl_express/dpdhl-express-api-3.3.1.yaml",
        side="response",
        operation="GET /servicepoints",
        pointer="body/servicePoints/*/servicePointCapabilities/shipmentDropOff",
        keyword="enum",
        says="True is not one of [False]",
        reason="the flag of what a service point can do has no other value than false; the description's own examples say true",
    ),
)


def explain(
    violations: Iterable[Violation], description: str, operation: str, defects: tuple[KnownDefect, ...] = KNOWN_DEFECTS
) -> tuple[tuple[Violation, ...], frozenset[KnownDefect]]:
    """What no entry of the table covers, and the entries that covered something."""
    unexplained, used = [], set()
    for violation in violations:
        covering = {defect for defect in defects if defect.covers(description, operation, violation)}
        used |= covering
        if not covering:
            unexplained.append(violation)
    return tuple(unexplained), frozenset(used)
