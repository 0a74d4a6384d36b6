"""``retoure label buy|void|find|documents|adopt``."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType

from retoure.cli.failures import REFUSED, handing_over
from retoure.cli.inputs import BadInput, instant_of, key_of, made, read_model
from retoure.cli.lookups import LookUp, leave, lookup_facts, outcome_of, values_of
from retoure.cli.options import (
    AccountName,
    AsJson,
    InputFile,
    NeededFormats,
    OutputFolder,
    PreferredFormats,
    PurchaseKey,
    SourceOfLabel,
    Unbooked,
    UnknownOutcome,
    WhenUnknown,
)
from retoure.cli.output import Output, bullets, facts, write_json
from retoure.cli.surroundings import booking, here
from retoure.cli.words import holder, moment, money, word
from retoure.client import Client
from retoure.errors import BooksError
from retoure.model.base import Model
from retoure.model.labels import DocumentKind, Formats, Label, LabelDocument, ReturnRequest, VoidResult
from retoure.model.tracking import TrackedParcel

__all__ = ["LabelSearch", "VoidReport", "app", "label_facts"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Buy, void, find, reprint and adopt return labels.")

_HERE = Path()
Number = Annotated[str, typer.Option("--tracking-number", help="As printed; leading zeros count.")]
Issued = Annotated[str, typer.Option("--issued-at", metavar="INSTANT", help="When it was created, with its offset from UTC.")]
Enclosed = Annotated[bool, typer.Option("--enclosed", help="It was created with the outbound label and lay in its box.")]
LabelFile = Annotated[
    str | None,
    typer.Argument(metavar="[LABEL]", help="A Label as label buy --json prints it, or - for standard input; else the options."),
]


class LabelSearch(LookUp):
    """What a look-up of a label found."""

    labels: tuple[Label, ...] = ()


class VoidReport(Model):
    """What became of a void."""

    tracking_number: str
    result: VoidResult


@app.command()
def buy(
    context: typer.Context,
    request: InputFile,
    *,
    account: AccountName,
    key: PurchaseKey,
    service: Annotated[str, typer.Option("--service", help="One of the carrier's services, instead of its default.")] = "",
    need: NeededFormats = [],  # noqa: B006 - typer copies it
    prefer: PreferredFormats = [],  # noqa: B006
    out_folder: OutputFolder = None,
    on_unknown: WhenUnknown = UnknownOutcome.report,
    unprotected: Unbooked = False,
    as_json: AsJson = False,
) -> None:
    """Buy a label for a ReturnRequest. COSTS MONEY, at creation or at the first scan.

    Documents are written to the current folder, or to --out; with --json they are part of the Label, and are written only with
    --out. Leaves with 3 if it is not known whether the label was bought, or if it was and could not be printed or written: look
    it up before asking again.
    """
    out = Output(context, as_json=as_json)
    wanted = read_model(request, ReturnRequest)
    formats = Formats(need=frozenset(need), prefer=frozenset(prefer))
    name = key_of(key)
    folder = out_folder or (None if as_json else _HERE)
    if folder:
        _check_folder(folder)  # before the purchase: some carriers never show a document twice
    with here(context).buying_client(unprotected=unprotected) as client, booking(name, here(context).clock):
        try:
            label = client.buy(
                wanted, key=name, account=account, service=service or None, formats=formats, on_unknown=on_unknown.value
            )
        except BooksError as error:
            if error.bought is not None:
                _hand_over(error.bought, name, folder, out)
            raise
    _hand_over(label, name, folder, out)


def _hand_over(label: Label, key: str, folder: Path | None, out: Output) -> None:
    with handing_over(f"the label {label.tracking_number} was bought", key):
        paths = _saved(label, folder)
        with _rescued(label, folder):
            out.show(label, lambda: Group(label_facts(label, paths), bullets("The carrier remarks", label.notices, "yellow")))


@contextmanager
def _rescued(label: Label, folder: Path | None) -> Iterator[None]:
    """Around the printing of a label whose documents lie in no folder: where it fails they are written to this one."""
    try:
        yield
    except (OSError, UnicodeError):
        if folder is None:
            label.save(_HERE)
        raise


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"documents cannot be written to {folder}: {error.strerror}; nothing was bought") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadInput(f"documents cannot be written to {folder}: permission denied; nothing was bought")


def _saved(label: Label, folder: Path | None) -> list[Path]:
    """The documents on disk. Where that fails the whole label is printed as JSON, so that what was paid for is not lost.

    Raises:
        OSError: they cannot be written, or not even printed.
    """
    if folder is None:
        return []
    try:
        return label.save(folder)
    except OSError as error:
        write_json(label)
        error.strerror = f"{error.strerror}; all its documents are in the JSON on standard output"
        raise


def label_facts(label: Label, paths: Iterable[Path] = (), title: str = "Label") -> RenderableType:
    """A label as a person reads it."""
    return facts(
        title,
        [
            ("tracking number", label.tracking_number),
            ("account", holder(label.account, label.carrier)),
            ("RMA", label.rma),
            ("key", label.key),
            ("service", label.service),
            ("price", money(label.price) if label.price else ""),
            ("charged", word(label.charge_event)),
            ("label source", word(label.label_source)),
            ("issued at", moment(label.issued_at)),
            ("expires on", str(label.expires_on or "")),
            ("documents", ", ".join(map(_document, label.documents))),
            ("written to", "\n".join(map(str, paths))),
        ],
    )


def _document(document: LabelDocument) -> str:
    return str(document.format) if document.kind is DocumentKind.LABEL else f"{document.format} ({document.kind})"


@app.command()
def void(
    context: typer.Context,
    label: LabelFile = None,
    *,
    account: Annotated[str | None, typer.Option("--account", help="The account it was bought with.")] = None,
    tracking_number: Annotated[str | None, typer.Option("--tracking-number", help="As printed.")] = None,
    issued_at: Annotated[str | None, typer.Option("--issued-at", metavar="INSTANT", help="When it was created.")] = None,
    enclosed: Enclosed = False,
    as_json: AsJson = False,
) -> None:
    """Undo a label as far as its carrier lets one.

    Leaves with 1 where the carrier has no void or it is too late.
    """
    out = Output(context, as_json=as_json)
    with here(context).client() as client:
        named = _named(client, label, account, tracking_number, issued_at, enclosed=enclosed)
        result = client.void(named)
    report = VoidReport(tracking_number=named.tracking_number, result=result)
    meaning = {
        VoidResult.VOIDED: "the carrier confirmed it",
        VoidResult.NOT_NEEDED: "the carrier has no void, and the account's unused labels are not billed: nothing was sent",
        VoidResult.TOO_LATE: "the carrier's period is over",
    }
    out.show(report, lambda: facts("Void", [("tracking number", report.tracking_number), (result, meaning[result])]))
    if result is VoidResult.TOO_LATE:
        raise typer.Exit(REFUSED)


def _named(
    client: Client, file: str | None, account: str | None, number: str | None, issued_at: str | None, *, enclosed: bool
) -> Label:
    """The label of a file, or one that is named by the options."""
    if file is not None:
        if account or number or issued_at or enclosed:
            raise BadInput("name the label by a file or by the options, not by both")
        return read_model(file, Label)
    if not (account and number and issued_at):
        raise BadInput("name the label: a file, or --account, --tracking-number and --issued-at")
    return made(
        Label,
        "the label",
        account=account,
        carrier=client.accounts[account].plugin.code,
        tracking_number=number,
        issued_at=instant_of(issued_at, "--issued-at"),
        enclosed=enclosed,
    )


@app.command()
def documents(
    context: typer.Context,
    label: LabelFile = None,
    *,
    account: Annotated[str | None, typer.Option("--account", help="The account it was bought with.")] = None,
    tracking_number: Annotated[str | None, typer.Option("--tracking-number", help="As printed.")] = None,
    issued_at: Annotated[str | None, typer.Option("--issued-at", metavar="INSTANT", help="When it was created.")] = None,
    need: NeededFormats = [],  # noqa: B006
    prefer: PreferredFormats = [],  # noqa: B006
    out_folder: OutputFolder = None,
    as_json: AsJson = False,
) -> None:
    """Fetch a label's documents again. Leaves with 1 where the carrier does not show them twice."""
    out = Output(context, as_json=as_json)
    folder = out_folder or (None if as_json else _HERE)
    if folder:
        _check_folder(folder)
    formats = Formats(need=frozenset(need), prefer=frozenset(prefer))
    with here(context).client() as client:
        named = _named(client, label, account, tracking_number, issued_at, enclosed=False)
        found = client.documents(named, formats)
    paths = _saved(named.model_copy(update={"documents": found}), folder)
    out.show(found, lambda: label_facts(named, paths, "Documents"), tuple[LabelDocument, ...])


@app.command()
def find(
    context: typer.Context,
    *,
    account: AccountName,
    key: PurchaseKey,
    attempted_at: Annotated[str, typer.Option("--attempted-at", metavar="INSTANT", help="When the purchase was tried.")],
    as_json: AsJson = False,
) -> None:
    """Look for a label by the key it was bought with, after a lost answer.

    Leaves with 0 if it was found, else with 1: not finding one proves something only where the answer says so.
    """
    out = Output(context, as_json=as_json)
    when = instant_of(attempted_at, "--attempted-at")
    with here(context).client() as client:
        found = client.find_label(key, when, account=account)
    report = LabelSearch(labels=values_of(found), **outcome_of(found))
    out.show(report, lambda: Group(lookup_facts(report, "bought"), *map(label_facts, report.labels)))
    leave(report)


@app.command()
def adopt(
    context: typer.Context,
    *,
    account: AccountName,
    tracking_number: Number,
    issued_at: Issued,
    rma: Annotated[str, typer.Option("--rma", help="The return it belongs to.")],
    return_to: Annotated[str | None, typer.Option("--return-to", help="Where it goes, by name in the book.")] = None,
    label_source: SourceOfLabel = None,
    enclosed: Enclosed = False,
    as_json: AsJson = False,
) -> None:
    """Take over a label that was bought elsewhere, and print it as JSON, with or without --json. No carrier is asked."""
    Output(context, as_json=as_json)
    when = instant_of(issued_at, "--issued-at")
    parcel = made(TrackedParcel, "the label", number=tracking_number)
    with here(context).client() as client:
        label = client.adopt(
            account=account, tracking_number=parcel.number, issued_at=when, rma=rma,
            return_to=return_to, label_source=label_source, enclosed=enclosed,
        )  # fmt: skip
    write_json(label)
