"""DPD through the META-API: return labels with QR codes and customs, pickups and collection requests. Experimental."""

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
from retoure_dpd_common.push import acknowledgement, parse_push
from retoure_dpd_meta.settings import API_PATH, API_URLS, DpdMetaSettings
from retoure_dpd_meta.wire import NO_CANCEL, NO_CHANGE, NO_DROP_OFFS, NO_PICKUP_SEARCH, NO_SEARCH, NO_TRACKING

__all__ = ["PLUGIN", "DpdMetaSettings", "acknowledgement", "parse_push"]


def build(settings: CarrierSettings, context: CarrierContext) -> Carrier:
    """The capabilities of one account."""
    from retoure_dpd_common.billing import DpdQuotes
    from retoure_dpd_meta.labels import DpdMetaLabels
    from retoure_dpd_meta.pickups import DpdMetaPickups

    if not isinstance(settings, DpdMetaSettings):
        raise TypeError(f"DPD's META-API is built from DpdMetaSettings, not from {type(settings).__name__}")
    return Carrier(
        quotes=DpdQuotes(settings, context),
        labels=DpdMetaLabels(settings, context),
        pickups=DpdMetaPickups(settings, context),
    )


PLUGIN = CarrierPlugin(
    code="dpd_meta",
    name="DPD META-API (experimental)",
    interface_version=INTERFACE_VERSION,
    settings=DpdMetaSettings,
    origins={environment: frozenset({f"{origin}{API_PATH}"}) for environment, origin in API_URLS.items()},
    support={
        Operation.QUOTE: Support(Level.PARTIAL, "DPD has no price call: quotes come from the account's rate card"),
        Operation.LABEL_CHECK: FULL,
        Operation.LABEL_CREATE: Support(Level.PARTIAL, "experimental: no return label is known to have been bought with it"),
        Operation.LABEL_DOCUMENTS: Support(Level.PARTIAL, "the printed label; a QR code is shown once"),
        Operation.LABEL_VOID: Support(
            Level.PARTIAL, "DPD cannot cancel a label; where unused ones are not billed it is discarded on our books"
        ),
        Operation.LABEL_FIND: Support(Level.NOT_OFFERED, NO_SEARCH),
        Operation.PICKUP_SCHEDULE: Support(Level.PARTIAL, "experimental; on a named day"),
        Operation.PICKUP_RESCHEDULE: Support(Level.NOT_OFFERED, NO_CHANGE),
        Operation.PICKUP_CANCEL: Support(Level.NOT_OFFERED, NO_CANCEL),
        Operation.PICKUP_FIND: Support(Level.NOT_OFFERED, NO_PICKUP_SEARCH),
        Operation.TRACK: Support(Level.NOT_OFFERED, NO_TRACKING),
        Operation.DROP_OFFS: Support(Level.NOT_OFFERED, NO_DROP_OFFS),
    },
    # The description knows no limit on calls.
    quotas=(),
    scenarios=files("retoure_fixtures") / "dpd_meta",
    policies=None,
    rates=files("retoure_dpd_meta") / "rates",
    build=build,
    zone="Europe/Berlin",
)
