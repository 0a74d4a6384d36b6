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
    """The import of the package; its public names are loaded when they are first used."""
    return [at_most("import retoure / import httpx, pydantic", _ratio("import retoure"), 1.3)]
