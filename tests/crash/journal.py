"""What processes write down before they are killed: one file, in the order in which it reached the disk."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Journal:
    """Lines of a file that several processes append to; one that is written stays, whoever is killed."""

    file: Path

    def write(self, what: str, **told: Any) -> None:
        """Write a line, and see it on the disk."""
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps({"what": what, **told}) + "\n").encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def read(self) -> Iterator[dict[str, Any]]:
        """The lines in their order."""
        if self.file.exists():
            for line in self.file.read_text().splitlines():
                yield json.loads(line)
