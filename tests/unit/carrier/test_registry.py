"""Plugins: lazy, and each trouble named without taking anything else down."""

import sys
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest
from tests.unit.client.toy import plugin

from retoure import InterfaceMismatch, PluginLoadError, Registry

GROUP = "retoure.carriers"
TOY = plugin()
FUTURE = replace(TOY, code="future", interface_version=99)
MISNAMED = replace(TOY, code="other_name")


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, GROUP)


ENTRIES = [
    entry("toy", f"{__name__}:TOY"),
    entry("future", f"{__name__}:FUTURE"),
    entry("misnamed", f"{__name__}:MISNAMED"),
    entry("absent", "no_such_module_anywhere:PLUGIN"),
    entry("nothing", f"{__name__}:GROUP"),
    entry("twice", f"{__name__}:TOY"),
    entry("twice", f"{__name__}:FUTURE"),
]


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or __import__(__name__))


@pytest.fixture
def registry():
    return Registry(entries=ENTRIES)


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("future", InterfaceMismatch, "interface 99"),
        ("misnamed", PluginLoadError, "'other_name'"),
        ("absent", PluginLoadError, "no_such_module_anywhere"),
        ("nothing", PluginLoadError, "not a CarrierPlugin"),
        ("twice", PluginLoadError, "is claimed by"),
        ("unheard_of", PluginLoadError, "no carrier 'unheard_of'"),
    ],
)
def test_each_trouble_is_named_and_leaves_the_others_usable(registry, code, error, words):
    with pytest.raises(error, match=words):
        registry.get(code)
    assert registry.get("toy") is TOY


def test_a_plugin_that_leaves_the_program_is_a_plugin_that_cannot_be_loaded(monkeypatch):
    leaving = EntryPoint("leaving", "leaving_plugin:PLUGIN", GROUP)

    def leave(_self):
        raise SystemExit(7)

    monkeypatch.setattr(EntryPoint, "load", leave)
    with pytest.raises(PluginLoadError, match="SystemExit"):
        Registry(entries=[leaving]).get("leaving")


def test_the_working_carriers_are_those_that_load(registry):
    assert registry.working() == ("toy",)


def test_listing_the_carriers_loads_none_of_them(registry):
    assert "absent" in registry.codes()


def test_a_plugin_is_loaded_once(registry):
    assert registry.get("toy") is registry.get("toy")


def test_a_plugin_given_in_code_wins_over_an_installed_one():
    given = replace(TOY, name="Given")
    assert Registry(entries=ENTRIES, plugins=[given]).get("toy") is given


def test_the_installed_carriers_all_load():
    registry = Registry()
    for code in registry.codes():
        assert registry.get(code).code == code
