"""Importing the library beside importing what it stands on, each in a fresh interpreter."""

import statistics
import subprocess
import sys

from benchmarks.measuring import Row, at_most

_FLOOR = "import httpx, pydantic"
_TIMED = "import time; started = time.perf_counter(); {}; print(time.perf_counter() - started)"


def _seconds(statement: str) -> float:
    run = subprocess.run([sys.executable, "-c", _TIMED.format(statement)], capture_output=True, text=True, check=True)
    return float(run.stdout)


def _ratio(statement: str, rounds: int = 9) -> float:
    return statistics.median(_seconds(statement) / _seconds(_FLOOR) for _ in range(rounds))


def run() -> list[Row]:
    """The import of the package, and for the reader the import of what everyone uses first."""
    return [
        at_most("import retoure / import httpx, pydantic", _ratio("import retoure"), 1.3),
        at_most("from retoure import Client / import httpx, pydantic", _ratio("from retoure import Client"), 2.0),
    ]
