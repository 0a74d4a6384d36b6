"""The public names are pinned: adding one is a decision, losing one is a break."""

import subprocess
import sys

import pytest

import retoure

NAMES = {
    "Address",
    "AddressRejected",
    "Assessment",
    "AsyncClient",
    "AuthenticationFailed",
    "Best",
    "BooksError",
    "CancelResult",
    "Candidates",
    "CarrierError",
    "CarrierUnavailable",
    "ChargeEvent",
    "Client",
    "ConfigurationError",
    "CurrencyMismatch",
    "CustomsLine",
    "Dimensions",
    "DocumentKind",
    "DropOffPoint",
    "DropOffQuery",
    "ExampleCardOnly",
    "ExchangeRates",
    "Formats",
    "Found",
    "HandIn",
    "InterfaceMismatch",
    "InvalidRateCard",
    "InvalidSettings",
    "Label",
    "LabelDocument",
    "LabelFormat",
    "LabelSource",
    "Length",
    "MalformedResponse",
    "MissingMeasure",
    "Money",
    "Monitor",
    "NoPrice",
    "NoRateCard",
    "NoRateForDate",
    "NotFound",
    "NotSeen",
    "Offers",
    "OutcomeUnknown",
    "OutsideRateCard",
    "Packaging",
    "Parcel",
    "Pickup",
    "PickupOrder",
    "PickupParcel",
    "PickupState",
    "PickupWindow",
    "PluginLoadError",
    "Problem",
    "PurchaseConflict",
    "Purchases",
    "Quote",
    "RateCardError",
    "RateLimited",
    "Registry",
    "RequestRejected",
    "Rerating",
    "RetoureError",
    "ReturnAddress",
    "ReturnCase",
    "ReturnRequest",
    "ServiceNotAvailable",
    "StoreError",
    "TrackedParcel",
    "TrackingEvent",
    "TrackingFailure",
    "TrackingReport",
    "UnknownAccount",
    "Unprotected",
    "Unsupported",
    "VoidResult",
    "Weight",
    "WeightSource",
    "__version__",
    "assess",
}


def test_the_public_names_are_these():
    assert set(retoure.__all__) == NAMES
    assert dir(retoure) == retoure.__all__


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_public_name_can_be_had(name):
    assert getattr(retoure, name) is not None


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = retoure.no_such_name


@pytest.mark.parametrize("module", ["typer", "respx", "pytest", "retoure_dhl_paket", "pyrate_limiter", "pycountry", "asyncio"])
def test_importing_the_package_does_not_import(module):
    code = f"import sys, retoure; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("module", ["typer", "respx", "pytest", "retoure_dhl_paket", "pyrate_limiter", "pycountry"])
def test_making_a_client_does_not_import(module):
    code = f"import sys, retoure; retoure.Client({{}}); sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_error_tree_is_the_one_drawn_in_its_module():
    from retoure import errors

    drawn = {line.split()[0] for line in errors.__doc__.split("code-block:: text")[1].splitlines() if line.startswith("      ")}
    defined = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert defined == drawn | {"RetoureError", "ConfigurationError"}
    assert set(errors.__all__) == defined | {"Failure", "Problem", "RedactedResponse"}
