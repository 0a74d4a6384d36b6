"""``retoure schema``: the JSON Schema of everything that goes in or comes out."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any, Literal

import typer
from pydantic import TypeAdapter
from rich.console import RenderableType

from retoure.carrier.registry import Registry
from retoure.cli.arrivals import Arriving
from retoure.cli.carriers import AccountReport
from retoure.cli.catalogue import CatalogueReport
from retoure.cli.demo import DemoReport
from retoure.cli.doctor import DoctorReport
from retoure.cli.failures import ErrorReport
from retoure.cli.inputs import BadInput
from retoure.cli.labels import LabelSearch, VoidReport
from retoure.cli.matrix import CarrierReport
from retoure.cli.monitor_keeping import AcknowledgeReport, ResumeReport
from retoure.cli.monitor_log import RunReport
from retoure.cli.monitor_showing import EvidenceReport, ReturnReport
from retoure.cli.monitor_status import StatusReport
from retoure.cli.monitor_watching import ImportReport, WatchReport
from retoure.cli.options import AsJson
from retoure.cli.output import Output, table, write_json
from retoure.cli.pickups import CancelReport, PickupSearch
from retoure.cli.quotes import OffersReport
from retoure.cli.rate_cards import CardCheckReport, CardDiffReport, CardReport
from retoure.cli.sandbox import SandboxReport
from retoure.cli.scenarios import ScenarioCheckReport, ScenarioSummary
from retoure.cli.surroundings import here
from retoure.errors import ConfigurationError
from retoure.lifecycle import OBSERVATION, SIGNAL, Assessment, ReturnCase, Timeline
from retoure.model import (
    Address,
    Decline,
    DropOffPoint,
    DropOffQuery,
    Label,
    LabelDocument,
    LabelOrder,
    Pickup,
    PickupOrder,
    Quote,
    ReturnAddress,
    ReturnRequest,
    TrackedParcel,
    TrackingEvent,
    TrackingFailure,
    TrackingReport,
)
from retoure.model.base import Model
from retoure.monitor.monitor import Polled
from retoure.monitor.shown import Erased as ErasedReturns
from retoure.monitor.shown import LabelShown
from retoure.purchases.records import Erased, LostPurchase, PurchaseRecord
from retoure.ratecards import card_json_schema
from retoure.replay import SCENARIO_SCHEMA
from retoure.replay.sandbox import Faults

__all__ = ["SchemaName", "schema", "schema_of"]

Mode = Literal["validation", "serialization"]


class SchemaName(Model):
    """A name that ``schema`` knows, and which command prints or reads what it describes."""

    name: str
    used_by: str


_READ: tuple[type[Any], ...] = (
    Address, DropOffQuery, Label, LabelOrder, PickupOrder, ReturnAddress, ReturnCase, ReturnRequest, TrackedParcel,
    TrackingFailure, TrackingReport, Faults, Arriving,
)  # fmt: skip
_WRITTEN: tuple[type[Any], ...] = (
    Assessment, Decline, DropOffPoint, LabelDocument, Pickup, Quote, TrackingEvent,
    AccountReport, CancelReport, CardCheckReport, CardDiffReport, CardReport, CarrierReport, CatalogueReport, DemoReport,
    DoctorReport, ErrorReport, LabelSearch, PickupSearch, ScenarioCheckReport, ScenarioSummary, SchemaName, Timeline, VoidReport,
    Erased, LostPurchase, PurchaseRecord, SandboxReport,
    AcknowledgeReport, EvidenceReport, ImportReport, LabelShown, Polled, ResumeReport, ReturnReport, RunReport, StatusReport,
    WatchReport,
)  # fmt: skip

_PRINTED_BY: Mapping[str, str] = {
    "AccountReport": "accounts (a list)",
    "Assessment": "assess",
    "CancelReport": "pickup cancel",
    "CardCheckReport": "rate-cards check",
    "CardDiffReport": "rate-cards diff",
    "CardReport": "rate-cards show",
    "CatalogueReport": "quote --csv",
    "CarrierReport": "carriers (a list)",
    "DemoReport": "demo",
    "DoctorReport": "doctor",
    "DropOffPoint": "drop-offs (a list)",
    "ErrorReport": "every command that fails",
    "Label": "label buy, label adopt; read by label void, label documents, monitor watch",
    "LabelDocument": "label documents (a list)",
    "LabelSearch": "label find",
    "Offers": "quote",
    "Pickup": "pickup schedule",
    "PickupOrder": "read by pickup schedule",
    "PickupSearch": "pickup find",
    "RateCard": "the file tariff.toml of a rate card",
    "PurchaseRecord": "purchases show, resolve; list (a list)",
    "LostPurchase": "purchases list --lost (a list)",
    "Erased": "purchases erase",
    "AcknowledgeReport": "monitor acknowledge",
    "Arriving": "a line of monitor import, as JSON",
    "ErasedReturns": "monitor erase",
    "EvidenceReport": "monitor evidence",
    "ImportReport": "monitor import",
    "LabelShown": "monitor refresh, stop",
    "Observation": "read by monitor observe",
    "Polled": "monitor poll",
    "ResumeReport": "monitor resume",
    "ReturnReport": "monitor show",
    "RunReport": "monitor run, worker, when they end",
    "Signal": "monitor signals, observe (lists; a line each with --follow and --acknowledge)",
    "StatusReport": "monitor status",
    "WatchReport": "monitor watch",
    "Faults": "read by sandbox --faults",
    "SandboxReport": "sandbox",
    "ReturnCase": "read by assess, monitor watch",
    "ReturnRequest": "read by quote, label buy",
    "Scenario": "the file of a scenario",
    "ScenarioCheckReport": "scenarios check",
    "ScenarioSummary": "scenarios list (a list)",
    "SchemaName": "schema (a list)",
    "Timeline": "assess --timeline",
    "TrackingFailure": "track, for a number without a history; read by assess",
    "TrackingReport": "track; read by assess",
    "VoidReport": "label void",
}


def _of(kind: type[Any], mode: Mode) -> dict[str, Any]:
    return TypeAdapter(kind).json_schema(mode=mode)


def _schemas(registry: Registry) -> dict[str, Callable[[], Mapping[str, Any]]]:
    """Everything that has a schema, by name. A model that is read and printed has the schema of what may be read."""
    known: dict[str, Callable[[], Mapping[str, Any]]] = {
        **{kind.__name__: partial(_of, kind, "validation") for kind in _READ},
        **{kind.__name__: partial(_of, kind, "serialization") for kind in _WRITTEN},
        "Observation": partial(OBSERVATION.json_schema, mode="validation"),
        "ErasedReturns": partial(_of, ErasedReturns, "serialization"),
        "Signal": partial(SIGNAL.json_schema, mode="serialization"),
        "Offers": partial(_of, OffersReport, "serialization"),
        "RateCard": card_json_schema,
        "Scenario": lambda: SCENARIO_SCHEMA,
    }
    for code in registry.codes():
        try:
            settings = registry.get(code).settings
        except ConfigurationError:
            continue  # retoure carriers says what is wrong with it
        known[settings.__name__] = partial(_of, settings, "validation")
    return dict(sorted(known.items()))


def schema_of(name: str, registry: Registry | None = None) -> Mapping[str, Any]:
    """The JSON Schema of that name.

    Raises:
        BadInput: there is none; the closest names are told.
    """
    known = _schemas(registry or Registry())
    exact = next((one for one in known if one.casefold() == name.casefold()), None)
    if exact is None:
        closest = get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"the closest are {', '.join(closest)}; " if closest else ""
        raise BadInput(f"there is no schema {name!r}: {hint}retoure schema lists them all")
    return known[exact]()


def schema(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Like ReturnRequest; none lists them all.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print the JSON Schema of any input or output, or list those there are."""
    out = Output(context, as_json=as_json)
    if name is not None:
        write_json(schema_of(name, here(context).registry), Any)
        return
    names = [SchemaName(name=one, used_by=_PRINTED_BY.get(one, "the library")) for one in _schemas(here(context).registry)]
    out.show(names, lambda: _listed(names), list[SchemaName])


def _listed(names: Sequence[SchemaName]) -> RenderableType:
    return table("Schemas", ["name", "printed or read by"], [[one.name, one.used_by] for one in names])
