"""Scenarios of an invented carrier, as they lie in ``data`` and changed in a copy."""

import json
import shutil

import pytest

from retoure.replay import find
from tests.replay.acme import DATA, acme_registry


@pytest.fixture
def acme():
    """The registry that knows the invented carrier."""
    return acme_registry()


class Copy:
    """A copy of the invented carrier's scenarios that a test may spoil."""

    def __init__(self, folder):
        self.folder = folder
        self.registry = acme_registry(folder)

    def change(self, name, change):
        """Rewrite one file by a function of its JSON."""
        path = self.folder / f"{name}.json"
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value))
        return path

    def find(self, name):
        return find(f"acme/{name}", self.registry)


@pytest.fixture
def copy(tmp_path):
    """A copy of the scenarios, to be spoiled."""
    return Copy(shutil.copytree(DATA / "acme", tmp_path / "acme"))
