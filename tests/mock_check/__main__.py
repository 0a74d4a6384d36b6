"""Run the check: ``python -m tests.mock_check``. It exits with 1 when a call failed, and with 0 when it cannot be made here."""

import signal
import sys
from collections.abc import Iterable
from typing import NoReturn

from tests.contract.descriptions import AbsentDescription, specs_folder
from tests.mock_check.carriers import CARRIERS, MockedCarrier
from tests.mock_check.prism import PrismFailed, Skipped, find_node, say, serving
from tests.mock_check.router import routing
from tests.mock_check.running import Outcome, run_calls
from tests.mock_check.violations import KNOWN_FALSE, KnownFalse

HEADINGS = ("carrier", "operation", "client", "violations", "known false", "outcome")
OUTCOME_WIDTH = 90


def _row(outcome: Outcome) -> tuple[str, ...]:
    text = " ".join(outcome.outcome.split())
    text = text if len(text) <= OUTCOME_WIDTH else f"{text[: OUTCOME_WIDTH - 3]}..."
    verdict = "FAILED " if outcome.faults else "ok "
    return (
        outcome.carrier, outcome.call, outcome.client, str(len(outcome.findings)), str(len(outcome.known_false)), verdict + text,
    )  # fmt: skip


def print_table(outcomes: Iterable[Outcome]) -> None:
    """One line per call and client, and below it what is wrong in full."""
    shown = tuple(outcomes)
    rows = [HEADINGS, *map(_row, shown)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for outcome in shown:
        for fault in outcome.faults:
            say(f"\n{outcome.carrier} {outcome.call} ({outcome.client}): {fault}")


def unneeded(outcomes: Iterable[Outcome]) -> tuple[KnownFalse, ...]:
    """The entries of the table that none of the checked carriers' calls needed: a table that rots hides defects."""
    shown = tuple(outcomes)
    met = {known for outcome in shown for known in outcome.known_false}
    ran = {outcome.carrier for outcome in shown}
    served = {service.description for carrier in CARRIERS if carrier.code in ran for service in carrier.services}
    return tuple(known for known in KNOWN_FALSE if known.service in served and known not in met)


def check(carrier: MockedCarrier) -> tuple[Outcome, ...]:
    """Every call of one carrier against mocks of its descriptions; raises like :func:`tests.mock_check.prism.serving`."""
    with (
        serving([service.description for service in carrier.services], specs_folder()) as mocks,
        routing(carrier.services, carrier.token_paths, mocks) as (router, base_url),
    ):
        return tuple(run_calls(carrier, router, base_url))


def check_all() -> list[Outcome]:
    """Check every carrier of the table whose descriptions are present.

    Raises:
        Skipped: the check cannot be made on this machine at all.
        PrismFailed: Prism could not be installed or started.
    """
    find_node()
    outcomes: list[Outcome] = []
    for carrier in CARRIERS:
        try:
            outcomes += check(carrier)
        except AbsentDescription as absent:
            say(f"skipped: {carrier.code}: {absent}")
    return outcomes


def main() -> int:
    """Make the check and tell what came of it; the exit code."""
    try:
        outcomes = check_all()
    except Skipped as reason:
        say(f"skipped: {reason}")
        return 0
    except PrismFailed as failure:
        say(f"failed: {failure}")
        return 1
    if not outcomes:
        return 0
    print_table(outcomes)
    stale = unneeded(outcomes)
    for known in stale:
        say(f"\nfailed: no call meets this entry of the table any more, remove it: {known.service} [{known.code}]")
    say(f"\n{len(outcomes)} calls, {sum(map(bool, outcomes))} ok")
    return 0 if all(outcomes) and not stale else 1


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(143)


if __name__ == "__main__":
    # A terminated check unwinds like an interrupted one, so that no mock outlives it.
    signal.signal(signal.SIGTERM, _end)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
