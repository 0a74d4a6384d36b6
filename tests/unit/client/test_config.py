"""Accounts from a file and the environment."""

import pytest
from tests.unit.client.toy import plugin

from retoure import Client, InvalidSettings, PluginLoadError, Registry
from retoure.client.config import read_config

FILE = """
[client]
rate_cards = ["rates"]
purchases = "unprotected"

[accounts.toy_de]
carrier = "toy"
environment = "sandbox"

[return_addresses.berlin.address]
name = "Returns"
street = "Hafenstr."
house_number = "1"
postal_code = "10115"
city = "Berlin"
country = "DE"

[return_addresses.berlin.bindings.toy_de]
receiver_ids = { DE = "deu" }
"""


@pytest.fixture
def registry():
    return Registry(entries=[], plugins=[plugin()])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "retoure.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_file_gives_accounts_addresses_and_cards(file, registry):
    config = read_config(file, {}, registry)
    assert config.accounts["toy_de"].environment == "sandbox"
    assert config.options["return_addresses"]["berlin"].bindings["toy_de"] == {"receiver_ids": {"DE": "deu"}}
    assert config.options["rate_cards"] == (file.parent / "rates",)


def test_the_environment_replaces_and_adds_settings(file, registry):
    environ = {
        "RETOURE_ACCOUNTS__TOY_DE__CLIENT_SECRET": "from-env",
        "RETOURE_ACCOUNTS__OTHER__CARRIER": "toy",
        "RETOURE_ACCOUNTS__OTHER__ENVIRONMENT": "production",
    }
    config = read_config(file, environ, registry)
    assert config.accounts["toy_de"].client_secret.get_secret_value() == "from-env"
    assert config.accounts["other"].environment == "production"


def test_the_file_is_found_through_the_environment(file, registry):
    assert "toy_de" in read_config(None, {"RETOURE_CONFIG": str(file)}, registry).accounts


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[accounts", "retoure.toml"),
        ("[accounts.a]\nenvironment = 'sandbox'", "carrier is missing"),
        ("[accounts.a]\ncarrier = 'toy'", "environment"),
        (
            "[accounts.a]\ncarrier = 'toy'\nenvironment = 'sandbox'\nbase_url = 'https://x.example'",
            "base_url is set in code only",
        ),
        ("[accounts.a]\ncarrier = 'toy'\nenvironment = 'sandbox'\nuser = 'x'", "user: Extra inputs"),
        ("[client]\npurchases = 'maybe'", "client.purchases: write 'unprotected' or a database's URL"),
        ("[surprise]\nx = 1", "surprise"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(tmp_path, registry, content, words):
    path = tmp_path / "retoure.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidSettings) as raised:
        read_config(path, {}, registry)
    assert words in str(raised.value)


def test_a_named_file_that_is_absent_is_an_error(tmp_path, registry):
    with pytest.raises(InvalidSettings, match="cannot be read"):
        read_config(tmp_path / "none.toml", {}, registry)


def test_a_half_written_variable_is_an_error(registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidSettings, match="RETOURE_ACCOUNTS__A"):
        read_config(None, {"RETOURE_ACCOUNTS__A": "x"}, registry)


def test_an_account_whose_carrier_is_not_installed_fails_when_it_is_used_and_takes_no_other_down(file, registry):
    environ = {"RETOURE_ACCOUNTS__A__CARRIER": "post", "RETOURE_ACCOUNTS__A__ENVIRONMENT": "sandbox"}
    with Client.from_config(file, environ=environ, registry=registry) as client:
        assert client.accounts["toy_de"].name == "toy_de"
        with pytest.raises(PluginLoadError, match="'post'"):
            client.track("N1", account="a")


def test_settings_built_in_code_pick_nothing_up_from_the_environment(monkeypatch):
    from tests.unit.client.toy import ToySettings

    monkeypatch.setenv("RETOURE_ACCOUNTS__TOY_DE__CLIENT_SECRET", "from-env")
    monkeypatch.setenv("CLIENT_SECRET", "from-env")
    assert ToySettings(environment="sandbox").client_secret.get_secret_value() == "canary-client-secret"


def test_a_client_without_any_configuration_has_no_accounts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Client.from_config(environ={}) as client:
        assert list(client.accounts) == []
