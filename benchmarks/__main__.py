"""Print every budget that exists, one JSON object a line; fail if one is missed."""

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.measuring import rows_of

_MODULES = (
    "imports", "adapters", "ups", "dhl_express", "dpd", "pricing", "fan_out", "folding", "monitoring", "polling", "replaying",
)  # fmt: skip


def main() -> int:
    """Run them all, each in a process of its own: what one leaves in memory would slow the next one down."""
    missed = 0
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        for rows in processes.map(rows_of, _MODULES):
            for row in rows:
                print(json.dumps(row.as_json()), flush=True)
                missed += not row.ok
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
