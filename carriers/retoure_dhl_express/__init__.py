"""DHL Express: quotes, return labels, pickups, tracking and service points."""

from importlib.resources import files

from retoure.carrier import (
    FULL,
    INTERFACE_VERSION,
    CardQuotes,
    Carrier,
    CarrierContext,
    CarrierPlugin,
    CarrierSettings,
    Environment,
    Level,
    Operation,
    Quota,
    Support,
)
from retoure_dhl_express.settings import ORIGIN, PATHS, DhlExpressSettings
from retoure_dhl_express.wire import NO_PICKUP_SEARCH, NO_REPRINT

__all__ = ["PLUGIN", "DhlExpressSettings"]


def build(settings: CarrierSettings, context: CarrierContext) -> Carrier:
    """The capabilities of one account."""
    from retoure_dhl_express.dropoffs import DhlExpressDropOffs
    from retoure_dhl_express.labels import DhlExpressLabels
    from retoure_dhl_express.pickups import DhlExpressPickups
    from retoure_dhl_express.quotes import DhlExpressQuotes
    from retoure_dhl_express.tracking import DhlExpressTracking

    if not isinstance(settings, DhlExpressSettings):
        raise TypeError(f"DHL Express is built from DhlExpressSettings, not from {type(settings).__name__}")
    return Carrier(
        quotes=CardQuotes(settings, context) if settings.rate_card else DhlExpressQuotes(settings, context),
        labels=DhlExpressLabels(settings, context),
        pickups=DhlExpressPickups(settings, context),
        tracking=DhlExpressTracking(settings, context),
        drop_offs=DhlExpressDropOffs(settings, context),
    )


PLUGIN = CarrierPlugin(
    code="dhl_express",
    name="DHL Express",
    interface_version=INTERFACE_VERSION,
    settings=DhlExpressSettings,
    origins={environment: frozenset({f"{ORIGIN}{path}"}) for environment, path in PATHS.items()},
    support={
        Operation.QUOTE: FULL,
        Operation.LABEL_CHECK: FULL,
        Operation.LABEL_CREATE: FULL,
        Operation.LABEL_DOCUMENTS: Support(Level.NOT_OFFERED, NO_REPRINT),
        Operation.LABEL_VOID: Support(
            Level.PARTIAL, "DHL Express cannot cancel a label; where unused ones are not billed it is discarded on our books"
        ),
        Operation.LABEL_FIND: Support(
            Level.PARTIAL, "found by its reference through tracking; not finding one that was never scanned proves nothing"
        ),
        Operation.PICKUP_SCHEDULE: FULL,
        Operation.PICKUP_RESCHEDULE: Support(Level.PARTIAL, "only a pickup that still holds the order it was booked with"),
        Operation.PICKUP_CANCEL: FULL,
        Operation.PICKUP_FIND: Support(Level.NOT_OFFERED, NO_PICKUP_SEARCH),
        Operation.TRACK: FULL,
        Operation.DROP_OFFS: FULL,
    },
    # Reports quote DHL's portal with this figure for test credentials; for production none is published.
    quotas=(Quota("test_calls_per_day", 500, daily_zone="GMT", path=PATHS[Environment.SANDBOX]),),
    scenarios=files("retoure_fixtures") / "dhl_express",
    policies=files("retoure_dhl_express") / "policies",
    rates=files("retoure_dhl_express") / "rates",
    build=build,
    zone="Europe/Berlin",
)
