"""Print every budget that exists, or those of the modules named, one JSON object a line; fail if one is missed."""

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module

_MODULES = (
    "imports", "adapters", "ups", "dhl_express", "dpd", "pricing", "fan_out", "folding", "monitoring", "polling", "replaying",
)  # fmt: skip


def each(modules: Sequence[str]) -> int:
    """Run each in a process of its own, so that none is measured amid what another left in memory.

    One that fails keeps no other from being measured. None outlives a Ctrl-C, and none is begun after it.
    """
    failed = [subprocess.run([sys.executable, "-m", "benchmarks", module], check=False).returncode for module in modules]
    return 1 if any(failed) else 0


def here(modules: Sequence[str]) -> int:
    """Run these in this process; each row is printed when it is measured."""
    missed = 0
    for module in modules:
        for row in import_module(module).run():
            print(json.dumps(row.as_json()), flush=True)
            missed += not row.ok
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(here(sys.argv[1:]) if sys.argv[1:] else each([f"benchmarks.{module}" for module in _MODULES]))
