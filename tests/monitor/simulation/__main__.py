"""A quarter of returns in simulated time: every carrier in a box, one monitor, and what it told against what is true."""

import argparse
import asyncio
import gc
import logging
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.monitor.simulation.running import PUNCTUAL, Outcome, Simulation

_SHOWN = 40
_MEMORY = Path("/dev/shm")
HELP = f"""
The last line: expected, the signals that had to come, and those that came and were free to; missing, those that did not, or too
late by the cadence, or told something else; duplicate, those that came twice; early, those that came before the carrier showed
what they rest on, before their date, or that nothing calls for.

deadline_reads is the share of the planned deadline reads that were asked within their time: the evening before an opening, five
minutes after it and on its morning, as well as three days and one day before a claim closes, of every parcel that was on its way
by then and whose first scan the cadence had shown. A read is kept if its number was asked for, with an answer, by the next
planned one of the same edge or within 60 minutes, whichever is later; in a carrier's outage, if within an hour of its end.

calls_per_return counts every request to a carrier but those for tokens. The exit code is 0 if missing, duplicate and early are 0,
at least {PUNCTUAL} % of the deadline reads were kept, and no daily quota was overrun.
"""


def main() -> int:
    """Run a quarter and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitor.simulation", description=__doc__, epilog=HELP)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--returns", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument(
        "--begins", type=date.fromisoformat, default=date(2026, 9, 1), help="its first day; 2026-09-01 has October's clock change"
    )
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    outcome = _run(asked)
    for note in outcome.judgement.notes[:_SHOWN]:
        print(note)
    for note in outcome.overrun:
        print(note)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(outcome.judgement.by_kind.items()))
    print(f"told: {kinds}")
    plots = Counter(outcome.plots).most_common()
    print(f"returns: {', '.join(f'{plot} {count}' for plot, count in plots)}")
    free = outcome.judgement.optional
    print(f"{outcome.calls} calls, {outcome.reads} reads of labels, {free} signals free to come, {outcome.took_s:.0f} s")
    print(outcome)
    return 0 if outcome.good else 1


def _run(asked: argparse.Namespace) -> Outcome:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
    with Progress(*columns, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(f"{asked.returns} returns, {asked.days} days", total=1.0)

        tenths = 0

        def tell(share: float, signals: int) -> None:
            nonlocal tenths
            bar.update(task, completed=share, description=f"{asked.returns} returns, {asked.days} days, {signals} signals")
            if bar.disable and int(share * 10) > tenths:
                tenths = int(share * 10)
                print(f"{tenths * 10} %, {signals} signals", file=sys.stderr, flush=True)

        simulation = Simulation(asked.returns, asked.begins, asked.days, seed=asked.seed, progress=tell)
        gc.freeze()  # what was made up stays as it is, and need not be looked through
        gc.set_threshold(50_000, 20, 20)
        with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
            return asyncio.run(simulation.run(folder))


if __name__ == "__main__":
    sys.exit(main())
