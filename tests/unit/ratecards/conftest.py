"""Empty shelves for rate cards."""

from collections.abc import Callable

import pytest
from tests.unit.ratecards.shelf import Shelf


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture(scope="session")
def new_shelf(tmp_path_factory) -> Callable[[], Shelf]:
    return lambda: Shelf(tmp_path_factory.mktemp("shelf"))
