"""What every room of the store works with: the database, the planner, the rules, and the cases that are folded already."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from retoure.errors import UnknownPolicy
from retoure.lifecycle import ReturnCase
from retoure.monitor.planning import Planning
from retoure.programmes import Policy, load_policy
from retoure.storage.database import Database


@dataclass(frozen=True, slots=True)
class FoldedCase:
    """A case as it was when it was last folded here.

    Attributes:
        version: The row's.
        last: The last log row that is in it.
        rows: How many log rows are in it.
    """

    case: ReturnCase
    version: int
    last: int
    rows: int


class FoldedCases:
    """The cases that were folded last, up to a number: whoever takes one has it alone. Safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._cases: OrderedDict[int, FoldedCase] = OrderedDict()
        self._lock = Lock()

    def take(self, id: int) -> FoldedCase | None:  # noqa: A002 - the column's name
        """Take a case out."""
        with self._lock:
            return self._cases.pop(id, None)

    def keep(self, cases: Mapping[int, FoldedCase]) -> None:
        """Put cases back, after what was folded to is committed."""
        with self._lock:
            for id, folded in cases.items():  # noqa: A001
                self._cases[id] = folded
                self._cases.move_to_end(id)
            while len(self._cases) > self._most:
                self._cases.popitem(last=False)


@dataclass(frozen=True)
class Premises:
    """The store's own."""

    database: Database
    planning: Planning
    policies: Mapping[str, Policy]
    cases: FoldedCases

    def policy(self, name: str) -> Policy:
        """Rules by name; the same object every time.

        Raises:
            UnknownPolicy: none of that name.
        """
        try:
            return self.policies.get(name) or load_policy(name)
        except UnknownPolicy as error:
            mend = "name its file under policies in [monitor] of the configuration, or give it to Monitor(policies=...)"
            raise UnknownPolicy(f"{error}; {mend}") from None
