"""What each installed carrier can do, and on what evidence that rests. Knows nothing of the command line."""

from collections import Counter
from collections.abc import Mapping, Sequence

from retoure.carrier.plugin import CarrierPlugin, Level, Operation, Support
from retoure.carrier.registry import Registry
from retoure.errors import ConfigurationError
from retoure.model.base import Model
from retoure.replay import Origin, Scenario, all_scenarios

__all__ = ["CarrierReport", "Cell", "carrier_reports", "markdown"]

_STRONGEST_FIRST = tuple(Origin)
_UNBUILT = Support(Level.NOT_IMPLEMENTED, "not built yet")


class Cell(Model):
    """One operation of one carrier.

    Attributes:
        evidence: The weakest that its scenarios rest on; None: it has no scenario.
        scenarios: How many there are, by what they rest on.
        official_description: Whether an official description of the carrier's interface exists to check them against.
    """

    level: Level
    reason: str = ""
    evidence: Origin | None = None
    scenarios: Mapping[Origin, int] = {}
    official_description: bool = False


class CarrierReport(Model):
    """One installed carrier; ``error`` says why it cannot be used, and then it has no operations.

    ``scenarios_error`` says why its scenarios cannot be read; the carrier itself works.
    """

    code: str
    name: str = ""
    error: str = ""
    scenarios_error: str = ""
    operations: Mapping[Operation, Cell] = {}


def carrier_reports(registry: Registry | None = None) -> tuple[CarrierReport, ...]:
    """Every installed carrier. One that cannot be loaded is told with its error and takes no other down."""
    known = registry or Registry()
    return tuple(_report(code, known) for code in known.codes())


def _report(code: str, registry: Registry) -> CarrierReport:
    try:
        plugin = registry.get(code)
    except ConfigurationError as error:
        return CarrierReport(code=code, error=str(error))
    scenarios: tuple[Scenario, ...] = ()
    fault = ""
    try:
        scenarios = all_scenarios(code, registry)
    except ConfigurationError as error:
        fault = str(error)
    cells = {operation: _cell(plugin, operation, scenarios) for operation in Operation}
    return CarrierReport(code=code, name=plugin.name, scenarios_error=fault, operations=cells)


def _cell(plugin: CarrierPlugin, operation: Operation, scenarios: tuple[Scenario, ...]) -> Cell:
    support = plugin.support.get(operation, _UNBUILT)
    own = [scenario for scenario in scenarios if scenario.given.operation is operation]
    return Cell(
        level=support.level,
        reason=support.reason,
        evidence=max((scenario.origin for scenario in own), key=_STRONGEST_FIRST.index, default=None),
        scenarios=Counter(scenario.origin for scenario in own),
        official_description=any(scenario.api.description for scenario in own),
    )


def told(cell: Cell) -> str:
    """A cell in words: ``full, documented, described``. What is not offered rests on nothing."""
    if cell.level not in (Level.FULL, Level.PARTIAL):
        return cell.level
    evidence = cell.evidence or "no scenario"
    return ", ".join((cell.level, evidence, *(["described"] if cell.official_description else [])))


def markdown(reports: Sequence[CarrierReport]) -> str:
    """The matrix as Markdown: operations by carriers, then what is not full and why. Carriers that cannot load are left out."""
    usable = [report for report in reports if not report.error]
    lines = [
        f"| | {' | '.join(report.name for report in usable)} |",
        f"|---{'|---' * len(usable)}|",
        *(f"| `{operation}` | {' | '.join(told(one.operations[operation]) for one in usable)} |" for operation in Operation),
    ]
    for report in usable:
        reasons = {operation: cell for operation, cell in report.operations.items() if cell.reason}
        lines += ["", f"{report.name}, where it is not full:", ""] if reasons else []
        lines += [f"- `{operation}`, {cell.level}: {cell.reason}" for operation, cell in reasons.items()]
    return "\n".join(lines)
