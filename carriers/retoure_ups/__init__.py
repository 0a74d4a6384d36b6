"""UPS: live quotes, return labels, pickups, tracking and drop-off points."""

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
    Level,
    Operation,
    Quota,
    Support,
)
from retoure_ups.settings import API_ORIGINS, UpsSettings

__all__ = ["PLUGIN", "UpsSettings"]


def build(settings: CarrierSettings, context: CarrierContext) -> Carrier:
    """The capabilities of one account."""
    from retoure_ups.dropoffs import UpsDropOffs
    from retoure_ups.labels import UpsLabels
    from retoure_ups.pickups import UpsPickups
    from retoure_ups.quotes import UpsQuotes
    from retoure_ups.tracking import UpsTracking

    if not isinstance(settings, UpsSettings):
        raise TypeError(f"UPS is built from UpsSettings, not from {type(settings).__name__}")
    return Carrier(
        quotes=CardQuotes(settings, context) if settings.rate_card else UpsQuotes(settings, context),
        labels=UpsLabels(settings, context),
        pickups=UpsPickups(settings, context),
        tracking=UpsTracking(settings, context),
        drop_offs=UpsDropOffs(settings, context),
    )


PLUGIN = CarrierPlugin(
    code="ups",
    name="UPS",
    interface_version=INTERFACE_VERSION,
    settings=UpsSettings,
    origins={
        environment: frozenset({f"{origin}/api", f"{origin}/security/v1/oauth"}) for environment, origin in API_ORIGINS.items()
    },
    support={
        Operation.QUOTE: FULL,
        Operation.LABEL_CHECK: Support(Level.PARTIAL, "checked here against UPS's limits; it has no dry run"),
        Operation.LABEL_CREATE: FULL,
        Operation.LABEL_DOCUMENTS: Support(Level.PARTIAL, "for 30 days"),
        Operation.LABEL_VOID: Support(
            Level.PARTIAL, "for a period that UPS does not publish, by one report 24 hours for returns"
        ),
        Operation.LABEL_FIND: Support(Level.PARTIAL, "by reference, after 30 days by tracking; not finding one proves nothing"),
        Operation.PICKUP_SCHEDULE: FULL,
        Operation.PICKUP_RESCHEDULE: Support(Level.PARTIAL, "UPS has no change: cancelled and booked anew"),
        Operation.PICKUP_CANCEL: FULL,
        Operation.PICKUP_FIND: Support(Level.PARTIAL, "open pickups of today and tomorrow; not finding one proves nothing"),
        Operation.TRACK: FULL,
        Operation.DROP_OFFS: Support(Level.PARTIAL, "UPS does not say which places print labels"),
    },
    quotas=(
        # UPS publishes no figure and answers 429 without saying how long to wait: a ceiling of our own, there to be lowered.
        Quota("calls_per_second", 100, per=timedelta(seconds=1), path="/api"),
    ),
    own_numbers=r"1Z[0-9A-Z]{16}",  # Tracking API: 18 characters in capitals, which begin with 1Z
    scenarios=files("retoure_fixtures") / "ups",
    policies=files("retoure_ups") / "policies",
    rates=files("retoure_ups") / "rates",
    build=build,
    zone="Europe/Berlin",
)
