"""The official descriptions as a fixture, and the list of what could not be checked against one."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest

from tests.contract.checking import Description
from tests.contract.descriptions import AbsentDescription, load_description, read_description, specs_folder
from tests.contract.wsdl import WsdlDescription

UNCHECKED = "unchecked"
Official = Callable[[str], Description | WsdlDescription]


@pytest.fixture(scope="session")
def official() -> Official:
    """An official description by its file's name; where it is absent the test is skipped, with folder and variable named."""

    @cache
    def described(name: str) -> Description | WsdlDescription:
        try:
            if name.endswith(".wsdl"):
                return WsdlDescription(name, read_description(name, specs_folder()))
            return Description(name, load_description(name, specs_folder()))
        except AbsentDescription as absent:
            pytest.skip(str(absent))

    return described


def _unchecked(reports: Iterable[Any]) -> list[str]:
    return sorted({value for report in reports for name, value in getattr(report, "user_properties", ()) if name == UNCHECKED})


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name everything that no official description could be held against."""
    lines = _unchecked(terminalreporter.stats.get("passed", ()))
    if lines:
        terminalreporter.section("not held against an official description")
        for line in lines:
            terminalreporter.write_line(f"{UNCHECKED}: {line}")
