"""The command line: ``retoure``, thin over the public API.

What it prints goes to standard output: tables, or with ``--json`` one JSON value that ``retoure schema`` describes. Errors go to
standard error, as text or with ``--json`` as one JSON object. Exit codes: 0 done, 1 the carrier refused or the verdict is
negative, 2 usage, configuration, an input file or an output that cannot be written, 3 it is not known whether a purchase
happened, or it did and what was bought could not be printed or written.
"""

import io
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and leave with its exit code; without the extra ``cli`` say how to install it, and answer 2."""
    try:
        import babel  # noqa: F401 - asked for here, so that the absence of one of the three is told in words
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ModuleNotFoundError as error:
        sys.stderr.write(f"The command line needs {error.name}, which is not installed: pip install 'retoure[cli]'\n")
        return 2
    from retoure.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show is no reason to fail
    app(args=None if arguments is None else list(arguments), prog_name="retoure")
    return 0
