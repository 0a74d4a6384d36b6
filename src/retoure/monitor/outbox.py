"""Outcomes on their way into the store: many in one transaction, and none forgotten where the store has trouble."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from retoure.monitor.budgets import Does
from retoure.monitor.records import Lease, Outcome, Recorded

log = logging.getLogger("retoure.monitor")
_AT_ONCE = 256
"""So many outcomes in one transaction cost little each, and hold others up for a moment only."""


class Records(Protocol):
    """The part of the store that writes down."""

    def record(self, outcomes: Sequence[Outcome]) -> Recorded:
        """Write down what came of asking."""
        ...

    def release(self, leases: Iterable[Lease]) -> None:
        """Give back labels that were not asked for."""
        ...


@dataclass(slots=True)
class Tally:
    """What was written down, and what it came to."""

    unchanged: int = 0
    folded: int = 0
    overtaken: int = 0
    signals: Counter[str] = field(default_factory=Counter)
    added: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)

    def add(self, recorded: Recorded) -> None:
        """Count."""
        self.unchanged += recorded.unchanged
        self.folded += recorded.folded
        self.overtaken += recorded.overtaken
        self.signals.update(signal.type for signal in recorded.signals)
        self.added += recorded.added
        self.broken |= recorded.broken


class Recorder:
    """Writes outcomes down while others are still being asked for.

    Whatever comes while a transaction runs goes into the next one. What the store does not take stays here, to be tried again
    with the next outcomes; if it is lost with the process, its leases run out and it is asked for once more.
    """

    def __init__(self, store: Records, do: Does) -> None:
        self._store = store
        self._do = do
        self._waiting: list[Outcome] = []
        self._writing: asyncio.Task[None] | None = None
        self._trouble: Exception | None = None
        self.tally = Tally()

    @property
    def unwritten(self) -> int:
        """How many outcomes wait."""
        return len(self._waiting)

    def put(self, outcomes: Iterable[Outcome]) -> None:
        """Have outcomes written down, as soon as there are enough of them."""
        self._waiting += outcomes
        busy = self._writing is not None and not self._writing.done()
        if not busy and self._trouble is None and len(self._waiting) >= _AT_ONCE:
            self._writing = asyncio.create_task(self._write(_AT_ONCE))

    async def flush(self) -> None:
        """Wait until everything is written down.

        Raises:
            Exception: what the store has trouble with; the outcomes are kept and tried again.
        """
        if self._writing is not None:
            await self._writing
        if self._trouble is None:
            await self._write(1)
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            log.error("%d outcomes could not be written down and are kept: %s", len(self._waiting), trouble)
            raise trouble

    def counted(self) -> Tally:
        """What was written down since this was last asked."""
        tally, self.tally = self.tally, Tally()
        return tally

    async def _write(self, least: int) -> None:
        while len(self._waiting) >= least:
            some = self._waiting[:_AT_ONCE]
            try:
                self.tally.add(await self._do(self._store.record, some))
            except Exception as error:  # noqa: BLE001 - told by flush; nothing is forgotten
                self._trouble = error
                return
            del self._waiting[: len(some)]
