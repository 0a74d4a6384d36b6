"""``python -m tests.crash``: the closing lines are the verdict, one for each database."""

import argparse
import sys

from tests.crash.running import crash, inject


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--purchases", type=int, default=0, help="buy as many, with faults on the wire and nobody killed")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    closing, failed = [], False
    for kind in chosen.database or ("sqlite", "postgresql"):
        for name, count, run in (("kills", chosen.kills, crash), ("faults", chosen.purchases, inject)):
            if not count:
                continue
            verdict, told = run(kind, count, chosen.seed)
            print(told, flush=True)
            for what, keys in (("double", verdict.double), ("lost", verdict.lost)):
                if keys:
                    print(f"{what}: {', '.join(keys)}")
            failed = failed or bool(verdict.double or verdict.lost)
            closing.append(f"purchases: {name}={count} double={len(verdict.double)} lost={len(verdict.lost)}")
    print("\n".join(closing))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
