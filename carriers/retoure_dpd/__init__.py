"""DPD Germany through the Cloud Service: return labels, tracking and drop-off points."""

from importlib.resources import files

from retoure.carrier import (
    FULL,
    INTERFACE_VERSION,
    Carrier,
    CarrierContext,
    CarrierPlugin,
    CarrierSettings,
    Level,
    Operation,
    Support,
)
from retoure_dpd.settings import API_PATH, API_URLS, DpdSettings
from retoure_dpd.wire import NO_PICKUPS, NO_REPRINT, NO_SEARCH
from retoure_dpd_common.push import acknowledgement, parse_push

__all__ = ["PLUGIN", "DpdSettings", "acknowledgement", "parse_push"]


def build(settings: CarrierSettings, context: CarrierContext) -> Carrier:
    """The capabilities of one account."""
    from retoure_dpd.dropoffs import DpdDropOffs
    from retoure_dpd.labels import DpdLabels
    from retoure_dpd.quotes import DpdCloudQuotes
    from retoure_dpd.tracking import DpdTracking

    if not isinstance(settings, DpdSettings):
        raise TypeError(f"DPD is built from DpdSettings, not from {type(settings).__name__}")
    return Carrier(
        quotes=DpdCloudQuotes(settings, context),
        labels=DpdLabels(settings, context),
        tracking=DpdTracking(settings, context),
        drop_offs=DpdDropOffs(settings, context),
    )


_NO_PICKUPS = Support(Level.NOT_OFFERED, NO_PICKUPS)

PLUGIN = CarrierPlugin(
    code="dpd",
    name="DPD",
    interface_version=INTERFACE_VERSION,
    settings=DpdSettings,
    origins={environment: frozenset({f"{origin}{API_PATH}"}) for environment, origin in API_URLS.items()},
    support={
        Operation.QUOTE: Support(Level.PARTIAL, "DPD has no price call: quotes come from the account's rate card"),
        Operation.LABEL_CHECK: FULL,
        Operation.LABEL_CREATE: Support(Level.PARTIAL, "no QR code and no customs; the label leads to the account's own address"),
        Operation.LABEL_DOCUMENTS: Support(Level.NOT_OFFERED, NO_REPRINT),
        Operation.LABEL_VOID: Support(
            Level.PARTIAL, "DPD cannot cancel a label; where unused ones are not billed it is discarded on our books"
        ),
        Operation.LABEL_FIND: Support(Level.NOT_OFFERED, NO_SEARCH),
        Operation.PICKUP_SCHEDULE: _NO_PICKUPS,
        Operation.PICKUP_RESCHEDULE: _NO_PICKUPS,
        Operation.PICKUP_CANCEL: _NO_PICKUPS,
        Operation.PICKUP_FIND: _NO_PICKUPS,
        Operation.TRACK: FULL,
        Operation.DROP_OFFS: Support(Level.PARTIAL, "DPD does not say which shops print labels"),
    },
    # DPD publishes no figures; a call too many is answered with error 2027, after which the client pauses for ten minutes.
    quotas=(),
    scenarios=files("retoure_fixtures") / "dpd",
    policies=None,
    rates=files("retoure_dpd") / "rates",
    build=build,
    zone="Europe/Berlin",
)
