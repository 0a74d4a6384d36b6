"""Print every budget that exists, one JSON object a line; fail if one is missed."""

import json
import sys

from benchmarks import adapters, dhl_express, dpd, fan_out, folding, imports, monitoring, polling, pricing, replaying, ups


def main() -> int:
    """Run them all."""
    missed = 0
    for module in (imports, adapters, ups, dhl_express, dpd, pricing, fan_out, folding, monitoring, polling, replaying):
        for row in module.run():
            print(json.dumps(row.as_json()), flush=True)
            missed += not row.ok
    return 1 if missed else 0


sys.exit(main())
