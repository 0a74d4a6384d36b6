"""DHL Paket (Germany): returns, pickups, tracking and drop-off points."""

from datetime import timedelta
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
from retoure_dhl_paket.settings import API_ORIGINS, LOCATION_FINDER_ORIGIN, DhlPaketSettings
from retoure_dhl_paket.wire import NO_CHANGE, NO_REPRINT, NO_SEARCH

__all__ = ["PLUGIN", "DhlPaketSettings"]

_PRODUCTION, _SANDBOX = API_ORIGINS[Environment.PRODUCTION], API_ORIGINS[Environment.SANDBOX]
_UNIFIED, _PARCEL_DE = "/track/shipments", "/parcel/de/tracking/"


def build(settings: CarrierSettings, context: CarrierContext) -> Carrier:
    """The capabilities of one account; which tracking it gets depends on its credentials."""
    from retoure_dhl_paket.dropoffs import DhlPaketDropOffs
    from retoure_dhl_paket.labels import DhlPaketLabels
    from retoure_dhl_paket.pickups import DhlPaketPickups
    from retoure_dhl_paket.tracking import ParcelDeTracking
    from retoure_dhl_paket.unified import UnifiedTracking

    if not isinstance(settings, DhlPaketSettings):
        raise TypeError(f"DHL Paket is built from DhlPaketSettings, not from {type(settings).__name__}")
    only_a_key = settings.app_key and not (settings.client_secret and settings.tracking_user)
    return Carrier(
        quotes=CardQuotes(settings, context),
        labels=DhlPaketLabels(settings, context),
        pickups=DhlPaketPickups(settings, context),
        tracking=UnifiedTracking(settings, context) if only_a_key else ParcelDeTracking(settings, context),
        drop_offs=DhlPaketDropOffs(settings, context),
    )


PLUGIN = CarrierPlugin(
    code="dhl_paket",
    name="DHL Paket",
    interface_version=INTERFACE_VERSION,
    settings=DhlPaketSettings,
    origins={
        Environment.PRODUCTION: frozenset(
            {f"{_PRODUCTION}/parcel/de", f"{_PRODUCTION}/track/shipments", f"{LOCATION_FINDER_ORIGIN}/location-finder/v1"}
        ),
        Environment.SANDBOX: frozenset({f"{_SANDBOX}/parcel/de"}),
    },
    support={
        Operation.QUOTE: Support(Level.PARTIAL, "DHL has no price call: quotes come from the account's rate card"),
        Operation.LABEL_CHECK: Support(Level.PARTIAL, "checked here against DHL's limits; it has no dry run for returns"),
        Operation.LABEL_CREATE: FULL,
        Operation.LABEL_DOCUMENTS: Support(Level.NOT_OFFERED, NO_REPRINT),
        Operation.LABEL_VOID: Support(
            Level.PARTIAL, "DHL cannot cancel a return label; where unused ones are not billed it is discarded on our books"
        ),
        Operation.LABEL_FIND: Support(Level.NOT_OFFERED, NO_SEARCH),
        Operation.PICKUP_SCHEDULE: FULL,
        Operation.PICKUP_RESCHEDULE: Support(Level.NOT_OFFERED, NO_CHANGE),
        Operation.PICKUP_CANCEL: FULL,
        Operation.PICKUP_FIND: Support(Level.PARTIAL, "found by its day; not finding one proves nothing"),
        Operation.TRACK: FULL,
        Operation.DROP_OFFS: Support(
            Level.PARTIAL, "production only, with an app's key; DHL does not say which places print labels"
        ),
    },
    quotas=(
        # Parcel DE Tracking: one third-party report of unknown age. Unified: DHL's help article on the starter quota.
        Quota("parcel_de_tracking_per_second", 3, per=timedelta(seconds=1), path=_PARCEL_DE),
        Quota("parcel_de_tracking_per_day", 1000, daily_zone="Europe/Berlin", path=_PARCEL_DE),
        Quota("unified_tracking_burst", 1, per=timedelta(seconds=5), path=_UNIFIED),
        Quota("unified_tracking_per_day", 250, daily_zone="GMT", path=_UNIFIED),
    ),
    scenarios=files("retoure_fixtures") / "dhl_paket",
    policies=files("retoure_dhl_paket") / "policies",
    rates=files("retoure_dhl_paket") / "rates",
    build=build,
    zone="Europe/Berlin",
)
