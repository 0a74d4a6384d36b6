"""``retoure assess``."""

import json
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.cli.failures import REFUSED
from retoure.cli.inputs import BadInput, instant_of, parsed, read_text
from retoure.cli.options import AsJson, Instant, SourceOfLabel
from retoure.cli.output import Output, bullets, facts, table
from retoure.cli.surroundings import here
from retoure.cli.words import moment, place, word
from retoure.lifecycle import Assessment, ReturnCase, State, Timeline, Told, from_report
from retoure.lifecycle import assess as verdict_on
from retoure.lifecycle import timeline as timeline_of
from retoure.model.labels import LabelSource
from retoure.model.tracking import TrackingFailure, TrackingReport
from retoure.programmes import Policy, load_policy

__all__ = ["NEGATIVE", "assess", "timeline_table", "verdict_facts"]

NEGATIVE = frozenset({State.LOST_PRESUMED, State.NEVER_SCANNED, State.EXCEPTION, State.BACK_AT_CUSTOMER})
"""States that leave with exit code 1."""

_STYLES = {Told.SCAN: "bold", Told.SIGNAL: "cyan", Told.DATE: "dim", Told.VERDICT: "bold yellow", Told.READ: "dim"}
_Known: TypeAlias = ReturnCase | TrackingReport | TrackingFailure


def assess(
    context: typer.Context,
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="A ReturnCase, or what track --json printed; - for standard input.")
    ],
    *,
    policy: Annotated[
        str, typer.Option("--policy", metavar="NAME", help="The programme's rules, by name or as a TOML file of your own.")
    ] = "amazon_aprl_de",
    at: Annotated[str | None, typer.Option("--at", metavar="INSTANT", help="The moment, with its offset; else now.")] = None,
    label_source: SourceOfLabel = None,
    issued_at: Instant = None,
    timeline: Annotated[bool, typer.Option("--timeline", help="Tell everything that led there, and the dates ahead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say where a return stands, whether it counts as lost, and who can be claimed against, from when, until when.

    No carrier is asked: only what the case holds counts. A tracking report does not say whose contract the label is on, or when
    it was issued: say so with --label-source and --issued-at. Leaves with 1 for LOST_PRESUMED, NEVER_SCANNED, EXCEPTION and
    BACK_AT_CUSTOMER, with 0 for every other state.
    """
    out = Output(context, as_json=as_json)
    moment_of = instant_of(at, "--at") if at else here(context).clock()
    known = _known(*read_text(case))
    if isinstance(known, ReturnCase):
        if label_source or issued_at:
            raise BadInput("--label-source and --issued-at go with a tracking report; a case has them in its labels")
        what = known
    else:
        issued = instant_of(issued_at, "--issued-at") if issued_at else None
        what = from_report(known, label_source=label_source or LabelSource.UNKNOWN, issued_at=issued)
    rules = _policy(policy)
    verdict = verdict_on(what, rules, at=moment_of)
    if timeline:
        told = timeline_of(what, rules, at=moment_of)
        out.show(told, lambda: Group(timeline_table(told), verdict_facts(verdict)))
    else:
        out.show(verdict, lambda: verdict_facts(verdict))
    if verdict.state in NEGATIVE:
        raise typer.Exit(REFUSED)


def _policy(name: str) -> Policy:
    """By name, or by the path of a file."""
    path = Path(name)
    if path.suffix != ".toml":
        return load_policy(name)
    if not path.is_file():
        raise BadInput(f"there is no policy file {name}")
    return load_policy(path.stem, [path.parent])


def timeline_table(told: Timeline) -> RenderableType:
    """A return's moments, oldest first."""
    several = len({one.number for one in told.moments if one.number}) > 1
    rows = [
        [Text(moment(one.at), _STYLES.get(one.what, "")), Text(word(one.what), _STYLES.get(one.what, "")),
         *([Text(one.number)] if several else []), Text(one.text, _STYLES.get(one.what, ""))]
        for one in told.moments
    ]  # fmt: skip
    return table("Timeline", ["=when", "=what", *(["=number"] if several else []), ""], rows)


def _known(text: str, name: str) -> _Known:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = None  # told by the reader below, with line and column
    if isinstance(value, list):
        raise BadInput(f"{name} holds {len(value)} reports: assess one parcel at a time")
    if isinstance(value, dict) and "labels" not in value:
        if "events" in value:
            return parsed(text, name, TrackingReport)
        if "reason" in value:
            return parsed(text, name, TrackingFailure)
    return parsed(text, name, ReturnCase)


def verdict_facts(verdict: Assessment, title: str = "Verdict") -> RenderableType:
    """A verdict as a person reads it."""
    scan = verdict.first_scan
    style = "bold red" if verdict.state in NEGATIVE else "bold green" if verdict.state is State.DELIVERED else "bold yellow"
    first = ", ".join(filter(None, (moment(scan.instant), word(scan.kind), place(scan.location)))) if scan else "none"
    detail = f" ({word(verdict.detail)})" if verdict.detail.value != verdict.state.value else ""
    claim = word(verdict.claim_route) if verdict.claim_case else ""
    own = verdict.carrier_claim
    return Group(
        facts(
            title,
            [
                ("number", verdict.number),
                ("at", moment(verdict.at)),
                ("state", Text(f"{verdict.state}{detail}", style)),
                ("first scan", first),
                ("delivered", moment(verdict.delivered_at)),
                ("counts as lost from", str(verdict.opens_on or "")),
                ("claim against", f"{claim} ({word(verdict.claim_status)})" if claim else ""),
                ("file from", moment(verdict.recommended_file_from)),
                ("closes on", str(verdict.closes_on or "")),
                ("ask for a search from", str(own.trace_from or "") if own else ""),
                ("carrier takes claims until", str(own.closes_on or "") if own else ""),
                ("refund due by", str(verdict.refund_due_on or "")),
                ("in the way", ", ".join(map(word, verdict.blocked_by))),
                ("last read", moment(verdict.last_read and verdict.last_read.astimezone(verdict.at.tzinfo))),
                ("flags", ", ".join(map(word, verdict.flags))),
                ("policy", verdict.policy),
            ],
        ),
        bullets("Because", [reason.text for reason in verdict.reasons]),
        *(verdict_facts(piece, f"Another piece of this shipment: {piece.number}") for piece in verdict.pieces),
        *(verdict_facts(other, f"Another label of this return: {other.number}") for other in verdict.other_labels),
    )
