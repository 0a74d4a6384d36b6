"""``python -m tests.crash``: the closing lines are the verdict, two for each database."""

import argparse
import sys
from collections.abc import Iterator, Sequence

from tests.crash import running, watching


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, help="as many of those who buy, and as many of those who watch and book")
    parser.add_argument("--purchases", type=int, default=0, help="buy as many, with faults on the wire and nobody killed")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--of", choices=("purchases", "monitor"), action="append", help="only these")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    closing, failed = [], False
    for kind in chosen.database or ("sqlite", "postgresql"):
        for line, double, lost in _verdicts(kind, chosen):
            closing.append(line)
            failed = failed or bool(double or lost)
            for what, these in (("double", double), ("lost", lost)):
                if these:
                    print(f"{what}: {'; '.join(these)}", flush=True)
    print("\n".join(closing))
    return 1 if failed else 0


def _verdicts(kind: str, chosen: argparse.Namespace) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    of = chosen.of or ("purchases", "monitor")
    for name, count, run in (("kills", chosen.kills, running.crash), ("faults", chosen.purchases, running.inject)):
        if count and "purchases" in of:
            books, told = run(kind, count, chosen.seed)
            print(f"purchases on {told}", flush=True)
            for one in books.told:
                print(one, flush=True)
            yield f"purchases: {name}={count} double={len(books.double)} lost={len(books.lost)}", books.double, books.lost
    if chosen.kills and "monitor" in of:
        seen, told = watching.crash(kind, chosen.kills, chosen.seed)
        print(f"monitor on {told}", flush=True)
        yield f"monitor: kills={chosen.kills} lost={len(seen.lost)} double={len(seen.double)}", seen.double, seen.lost


if __name__ == "__main__":
    sys.exit(main())
