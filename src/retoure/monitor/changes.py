"""What a transaction learns, and what it changes."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam

from retoure.lifecycle import Observation
from retoure.lifecycle.signals import AnySignal
from retoure.monitor.premises import FoldedCase
from retoure.monitor.records import Outcome, Recorded
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import label as labels
from retoure.storage.many import execute_many

FOLDED = ("version", "state", "detail", "signals", "snapshots", "chain", "opening_at")
PLANNED = tuple(column.name for column in labels.c if column.name not in ("id", "case_id", "account", "carrier", "number"))
_WRITE_CASE = cases.update().where(cases.c.id == bindparam("of")).values({name: bindparam(name) for name in FOLDED})
_WRITE_LABEL = labels.update().where(labels.c.id == bindparam("of")).values({name: bindparam(name) for name in PLANNED})


@dataclass(frozen=True, slots=True)
class Learned:
    """An observation, and the lease it was made under.

    Attributes:
        held: Nobody took the lease over.
    """

    observation: Observation
    outcome: Outcome | None = None
    held: bool = False


@dataclass(slots=True)
class Changed:
    """What a transaction changed, to be told once it is committed."""

    signals: list[AnySignal] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    folded: dict[int, FoldedCase] = field(default_factory=dict)
    cases: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    planned: list[dict[str, Any]] = field(default_factory=list)

    def write(self, connection: Connection) -> None:
        """Write the rows of cases and labels, many at once: the last thing that the transaction does with them."""
        if self.rows:
            execute_many(connection, _WRITE_CASE, self.rows)
        if self.planned:
            execute_many(connection, _WRITE_LABEL, self.planned)
        self.rows, self.planned = [], []

    def told(self, unchanged: int = 0, overtaken: int = 0) -> Recorded:
        """What it came to."""
        return Recorded(
            unchanged=unchanged, folded=self.cases, signals=tuple(self.signals), added=tuple(self.added), overtaken=overtaken,
            broken=self.broken,
        )  # fmt: skip
