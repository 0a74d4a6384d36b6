"""What an account needs to be used: plain frozen models, one subclass per carrier."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from retoure.model.base import Model, Word
from retoure.model.labels import ChargeEvent, LabelSource


class Environment(StrEnum):
    """Which of a carrier's two worlds an account lives in. There is no default: a production call is never an accident."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


class Billed(Word):
    """Whether the account's contract bills labels that nobody used."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_CHARGED = {Billed.NO: ChargeEvent.ON_FIRST_SCAN, Billed.YES: ChargeEvent.ON_CREATION, Billed.UNKNOWN: ChargeEvent.UNKNOWN}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _safe_base_url(url: str) -> str:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("base_url is a URL of printable ASCII characters")
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if safe and parts.hostname and not parts.query and not parts.fragment and "@" not in parts.netloc:
        return url.rstrip("/")
    raise ValueError("base_url is https, or http on loopback, without user, query or fragment")


class CarrierSettings(Model):
    """One account.

    Attributes:
        environment: ``production`` or ``sandbox``; no default.
        label_source: Whose contract the labels are on.
        unused_labels_billed: Whether labels that nobody used are billed; the contract says so, not the carrier.
        rate_card: The id of the rate card that prices this account, also instead of a carrier's price call.
        refuse_examples: Whether invented prices of example cards are refused: for production.
        trust_push: Whether a pushed message counts at once, before a read confirms it: only where the way it came in is proven.
        quotas: Other figures than the carrier's defaults, by the quota's name: carriers raise them on request.
        base_url: Replaces the origin of every call and keeps the paths. For code only: a configuration file may not set it.
    """

    model_config = ConfigDict(validate_default=True)

    carrier: ClassVar[str]
    """The code of the plugin these settings belong to."""

    environment: Environment
    label_source: LabelSource = LabelSource.OWN_CONTRACT
    unused_labels_billed: Billed = Billed.UNKNOWN
    rate_card: str | None = None
    refuse_examples: bool = False
    trust_push: bool = False
    quotas: Mapping[str, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)
    base_url: Annotated[str, AfterValidator(_safe_base_url)] | None = Field(default=None)

    @property
    def charge_event(self) -> ChargeEvent:
        """When a label is charged, by what the account's contract says of unused ones."""
        return _CHARGED[self.unused_labels_billed]
