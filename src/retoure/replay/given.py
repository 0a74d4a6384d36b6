"""What a scenario asks for: its sample, changed by its overrides, put to a client of either kind."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import AwareDatetime, ValidationError

from retoure.carrier.plugin import Operation
from retoure.client import AsyncClient, Client
from retoure.model.base import Model
from retoure.model.dropoffs import DropOffQuery
from retoure.model.labels import Formats, Key, Label, LabelReference, ReturnRequest
from retoure.model.pickups import Pickup, PickupOrder, PickupReference, PickupState, PickupWindow
from retoure.model.tracking import TrackedParcel
from retoure.replay.files import InvalidScenario, deep_merge, fault_list
from retoure.replay.scenario import Scenario


class _Purchase(Model):
    request: ReturnRequest
    key: Key = "sample"
    service: str = ""
    formats: Formats = Formats()
    priced_at: AwareDatetime | None = None


class _OneLabel(Model):
    label: LabelReference
    formats: Formats = Formats()


class _OnePickup(Model):
    pickup: PickupReference
    window: PickupWindow = PickupWindow(day=None)


class _OnePickupOrder(Model):
    order: PickupOrder


class _LostLabel(Model):
    key: Key
    attempted_at: AwareDatetime


class _LostPickup(Model):
    key: Key
    day: date


class _Parcels(Model):
    parcels: tuple[TrackedParcel, ...]
    one: bool = False


class _Query(Model):
    query: DropOffQuery


def _label(reference: LabelReference) -> Label:
    return Label(
        account=reference.account, carrier=reference.account, key=reference.key, tracking_number=reference.tracking_number,
        carrier_reference=reference.carrier_reference, issued_at=reference.issued_at, enclosed=reference.enclosed,
    )  # fmt: skip


def _pickup(reference: PickupReference) -> Pickup:
    return Pickup(
        account=reference.account, carrier=reference.account, confirmation_number=reference.confirmation_number,
        key=reference.key, day=reference.day, state=PickupState.UNKNOWN, order=reference.order,
    )  # fmt: skip


_Ask = tuple[type[Model], Callable[[Any, str, Any], Any]]
_ASKS: Mapping[Operation, _Ask] = {
    Operation.QUOTE: (_Purchase, lambda client, account, it: client.quote(it.request, account=account, priced_at=it.priced_at)),
    Operation.LABEL_CHECK: (
        _Purchase,
        lambda client, account, it: client.check(it.request, account=account, service=it.service, formats=it.formats),
    ),
    Operation.LABEL_CREATE: (
        _Purchase,
        lambda client, account, it: client.buy(it.request, key=it.key, account=account, service=it.service, formats=it.formats),
    ),
    Operation.LABEL_DOCUMENTS: (_OneLabel, lambda client, _, it: client.documents(_label(it.label), it.formats)),
    Operation.LABEL_VOID: (_OneLabel, lambda client, _, it: client.void(_label(it.label))),
    Operation.LABEL_FIND: (
        _LostLabel,
        lambda client, account, it: client.find_label(it.key, it.attempted_at, account=account),
    ),
    Operation.PICKUP_SCHEDULE: (_OnePickupOrder, lambda client, _, it: client.schedule_pickup(it.order, key=it.order.key)),
    Operation.PICKUP_RESCHEDULE: (_OnePickup, lambda client, _, it: client.reschedule_pickup(_pickup(it.pickup), it.window)),
    Operation.PICKUP_CANCEL: (_OnePickup, lambda client, _, it: client.cancel_pickup(_pickup(it.pickup))),
    Operation.PICKUP_FIND: (_LostPickup, lambda client, account, it: client.find_pickup(it.key, it.day, account=account)),
    Operation.TRACK: (
        _Parcels,
        # track_many turns a failed read into failures; a scenario that expects an error reads one parcel by itself.
        lambda client, account, it: (
            client.track(it.parcels[0], account=account) if it.one else client.track_many(it.parcels, account=account)
        ),
    ),
    Operation.DROP_OFFS: (_Query, lambda client, account, it: client.drop_offs(it.query, account=account)),
}

# The field that holds the whole sample where it is written plainly, and whether the account's name goes into it.
_PLAIN: Mapping[type[Model], tuple[str, bool]] = {
    _Purchase: ("request", False),
    _OneLabel: ("label", True),
    _OnePickup: ("pickup", True),
    _OnePickupOrder: ("order", True),
    _Query: ("query", False),
}


def _values(scenario: Scenario, sample: Mapping[str, Any], model: type[Model]) -> Mapping[str, Any]:
    values: dict[str, Any] = deep_merge(sample, scenario.given.overrides)
    if model is _Parcels:
        parcels = values.get("parcels", [values])
        return {"parcels": parcels, "one": "error" in scenario.expect.model_fields_set}
    if model in _PLAIN:
        field, named = _PLAIN[model]
        values = values if field in values else {field: values}
        if named and isinstance(values[field], Mapping):
            values = {**values, field: {"account": scenario.carrier, **values[field]}}
    return values


def asked(scenario: Scenario) -> tuple[Any, Callable[[Any, str, Any], Any]]:
    """What the scenario asks, read and checked, and how to ask a client for it.

    Raises:
        InvalidScenario: there is no such sample, or it does not fit the operation.
    """
    from retoure.testing.samples import SAMPLES

    where = str(scenario.source.file)
    sample = SAMPLES.get(scenario.given.sample)
    if sample is None:
        known = ", ".join(sorted(SAMPLES))
        raise InvalidScenario(where, [("given.sample", f"there is no sample {scenario.given.sample!r}; there are: {known}")])
    model, ask = _ASKS[scenario.given.operation]
    try:
        return model.model_validate(_values(scenario, sample, model)), ask
    except ValidationError as error:
        faults = [(f"given ({field})", reason) for field, reason in fault_list(error)]
    raise InvalidScenario(where, faults)


def ask(client: Client | AsyncClient, scenario: Scenario) -> Any:  # noqa: ANN401 - each operation has its own result
    """Ask a client, whose account is named by the carrier's code, for what the scenario asks for.

    Returns:
        The operation's result; of an async client an awaitable of it.

    Raises:
        InvalidScenario: there is no such sample, or it does not fit the operation.
        CarrierError: whatever the client raises.
    """
    values, put = asked(scenario)
    return put(client, scenario.carrier, values)
