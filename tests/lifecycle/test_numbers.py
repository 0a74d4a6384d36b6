"""Every story, every invariant and every worked date of the rules has a test that carries its number."""

import re
from pathlib import Path

import pytest

NAMES = [
    name
    for path in Path(__file__).parent.glob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
]


def numbered(kind: str, plural: str) -> set[int]:
    """The numbers that stand in tests' names: ``story_7``, ``stories_52_and_53``, ``stories_87_to_89_and_99``."""
    found = {int(number) for name in NAMES for number in re.findall(rf"{kind}_(\d+)", name)}
    for name in NAMES:
        for told in re.findall(rf"{plural}_([\d_andto]+)", name):
            for first, last in re.findall(r"(\d+)(?:_to_(\d+))?", told):
                found |= set(range(int(first), int(last or first) + 1))
    return found


@pytest.mark.parametrize(("kind", "plural", "count"), [("story", "stories", 107), ("invariant", "invariants", 10)])
def test_each_has_a_test_with_its_number(kind, plural, count):
    assert sorted(set(range(1, count + 1)) - numbered(kind, plural)) == []
