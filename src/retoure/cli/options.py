"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from retoure.model.labels import LabelFormat, LabelSource

AccountName: TypeAlias = Annotated[str, typer.Option("--account", help="The account to ask, by its name in the configuration.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of tables.")]
InputFile: TypeAlias = Annotated[str, typer.Argument(metavar="FILE", help="A JSON file, or - for standard input.")]
OutputFolder: TypeAlias = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Where documents are written.", file_okay=False)
]
PurchaseKey: TypeAlias = Annotated[
    str, typer.Option("--key", help="Names this purchase: at most 35 printable ASCII characters without spaces.")
]
Unbooked: TypeAlias = Annotated[
    bool,
    typer.Option("--unprotected", help="Buy without books: the same key in a second run buys a second time."),
]


class UnknownOutcome(StrEnum):
    """What is done about an earlier purchase under the key whose outcome cannot be known."""

    report = "report"
    supersede = "supersede"


WhenUnknown: TypeAlias = Annotated[
    UnknownOutcome,
    typer.Option("--on-unknown", help="supersede buys anew where an earlier outcome cannot be known and unused labels are free."),
]
NeededFormats: TypeAlias = Annotated[
    list[LabelFormat],
    typer.Option("--format", case_sensitive=False, help="A document that must come; may be given several times."),
]
PreferredFormats: TypeAlias = Annotated[
    list[LabelFormat],
    typer.Option("--prefer", case_sensitive=False, help="A document that is welcome; may be given several times."),
]
SourceOfLabel: TypeAlias = Annotated[
    LabelSource | None, typer.Option("--label-source", case_sensitive=False, help="Whose contract the label is on.")
]
Instant: TypeAlias = Annotated[
    str | None, typer.Option("--issued-at", metavar="INSTANT", help="When the label was created, with its offset from UTC.")
]
CarrierCode: TypeAlias = Annotated[str | None, typer.Option("--carrier", help="One carrier only, by its code.")]
StoreUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="The monitor's database, like sqlite:///retoure.db; else RETOURE_MONITOR__STORE or the configuration.",
    ),
]
OfReturn: TypeAlias = Annotated[
    str, typer.Argument(metavar="RETURN", help="A return, by its RMA or by one of its tracking numbers.")
]
