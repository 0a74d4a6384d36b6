"""Everything the library raises.

.. code-block:: text

    RetoureError
      CarrierError               account, carrier, operation, carrier_code, message, request_id, retry_after, response
        Unsupported              this carrier cannot express that
        AuthenticationFailed     the carrier does not accept the account's credentials, or not for this API
        RequestRejected          problems: what is wrong, with which field
          AddressRejected
          ServiceNotAvailable
        NotFound
        RateLimited              retry_after
        CarrierUnavailable       nothing happened
        OutcomeUnknown           something may have happened: key and attempted_at to reconcile with
        MalformedResponse        to a read; the raw answer is kept, redacted
        NoPrice                  a live rating answered without a usable price
      RateCardError
        NoRateCard               no card for this account or service
          ExampleCardOnly        the account's card is an example, and the account refuses examples
        NoRateForDate            cards exist, none covers the date; or an index that a card refers to does not
        OutsideRateCard          the card has no row for this weight, size or zone
        MissingMeasure           the card needs a weight or dimensions that the parcel does not have
        InvalidRateCard          faults: what is wrong, in which file
      CurrencyMismatch           offers in several currencies cannot be compared without exchange rates
      PurchaseConflict           the key names another request
      BooksError                 the books of purchases cannot be read or written; bought: what was bought all the same
      StoreError                 the monitor's store cannot be read or written
    ConfigurationError           outside the tree, so that a handler for carrier trouble never swallows it
      UnknownAccount
      PluginLoadError
        InterfaceMismatch
      InvalidSettings
      InvalidPolicy              faults: what is wrong, in which record of which policy
      UnknownPolicy

No error carries a credential or a personal datum: the client redacts message, problems and response before it lets one out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

__all__ = [
    "AddressRejected",
    "AuthenticationFailed",
    "BooksError",
    "CarrierError",
    "CarrierUnavailable",
    "ConfigurationError",
    "CurrencyMismatch",
    "ExampleCardOnly",
    "Failure",
    "InterfaceMismatch",
    "InvalidPolicy",
    "InvalidRateCard",
    "InvalidSettings",
    "MalformedResponse",
    "MissingMeasure",
    "NoPrice",
    "NoRateCard",
    "NoRateForDate",
    "NotFound",
    "OutcomeUnknown",
    "OutsideRateCard",
    "PluginLoadError",
    "Problem",
    "PurchaseConflict",
    "RateCardError",
    "RateLimited",
    "RedactedResponse",
    "RequestRejected",
    "RetoureError",
    "ServiceNotAvailable",
    "StoreError",
    "UnknownAccount",
    "UnknownPolicy",
    "Unsupported",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request.

    ``field`` is the dotted name of the user's field where it is known (``ship_from.house_number``), else the carrier's,
    else empty; ``code`` is the carrier's code, or ours in lower case (``missing``, ``too_long``).
    """

    field: str
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}" if self.field else self.text


@dataclass(frozen=True, slots=True)
class RedactedResponse:
    """What the carrier answered, with credentials and the parties' personal data masked, cut to a readable length."""

    status: int
    content_type: str
    text: str


class RetoureError(Exception):
    """Base of everything that can go wrong with a carrier, a rate card or a purchase."""


class CarrierError(RetoureError):
    """A carrier refused, failed or could not be understood.

    An adapter raises it with ``message`` and ``carrier_code``; the client adds which account, carrier and operation it was.
    """

    def __init__(
        self,
        message: str,
        *,
        carrier_code: str = "",
        request_id: str = "",
        retry_after: timedelta | None = None,
        account: str = "",
        carrier: str = "",
        operation: str = "",
        response: RedactedResponse | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.carrier_code = carrier_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.account = account
        self.carrier = carrier
        self.operation = operation
        self.response = response

    def __str__(self) -> str:
        where = " ".join(part for part in (self.account, self.operation) if part)
        details = [
            *([f"carrier code {self.carrier_code}"] if self.carrier_code else []),
            *([f"request id {self.request_id}"] if self.request_id else []),
            *([f"retry after {self.retry_after.total_seconds():g} s"] if self.retry_after is not None else []),
        ]
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} ({', '.join(details)})" if details else text


class Unsupported(CarrierError):  # noqa: N818 - the contract's name: it says what is the case
    """The carrier, or this account, cannot express what was asked. The message says why and what to do instead."""


class AuthenticationFailed(CarrierError):  # noqa: N818
    """The carrier does not accept the account's credentials, or they do not cover this API.

    ``locked_out`` says that further attempts make it worse: the client then sends nothing more for the account.
    """

    def __init__(self, message: str, *, locked_out: bool = False, **details: object) -> None:
        super().__init__(message, **details)  # type: ignore[arg-type]
        self.locked_out = locked_out


class RequestRejected(CarrierError):  # noqa: N818
    """The request is wrong, by our check before the call or by the carrier's answer. Nothing was bought."""

    def __init__(self, message: str = "", *, problems: Iterable[Problem] = (), **details: object) -> None:
        self.problems = tuple(problems)
        super().__init__(message or "; ".join(map(str, self.problems)) or "request rejected", **details)  # type: ignore[arg-type]


class AddressRejected(RequestRejected):
    """The address is incomplete, unknown, or not served in this form."""


class ServiceNotAvailable(RequestRejected):
    """The carrier does not offer this service for this lane or account."""


class NotFound(CarrierError):  # noqa: N818
    """The carrier knows nothing under this number: unknown, too new, or deleted by now."""


class RateLimited(CarrierError):  # noqa: N818
    """The carrier, or the account's own quota, asks to wait; ``retry_after`` says how long where it is known."""


class CarrierUnavailable(CarrierError):  # noqa: N818
    """The carrier could not be reached or is out of order, and nothing happened: trying again later is safe."""


class OutcomeUnknown(CarrierError):  # noqa: N818
    """A purchase or a booking may have happened: find out by ``key`` and ``attempted_at`` before asking again.

    ``candidates`` are the labels or pickups that the client's own look-up found and that it may be.
    """

    def __init__(
        self,
        message: str,
        *,
        key: str = "",
        attempted_at: datetime | None = None,
        candidates: tuple[Any, ...] = (),
        **details: object,
    ) -> None:
        super().__init__(message, **details)  # type: ignore[arg-type]
        self.key = key
        self.attempted_at = attempted_at
        self.candidates = candidates


class MalformedResponse(CarrierError):  # noqa: N818
    """The answer to a read is not what the carrier's interface promises."""


class NoPrice(CarrierError):  # noqa: N818
    """A live rating answered without a usable price. Never a price of zero, and no decline either."""


class RateCardError(RetoureError):
    """A price cannot be known from the merchant's rate cards."""


class NoRateCard(RateCardError):  # noqa: N818
    """No card for this account or service."""


class ExampleCardOnly(NoRateCard):
    """The account's card is an example with invented prices, and the account refuses them (``refuse_examples``)."""


class NoRateForDate(RateCardError):  # noqa: N818
    """Cards exist, none covers the date; or an index or a count that the card refers to does not."""


class OutsideRateCard(RateCardError):  # noqa: N818
    """The card has no row for this weight, size or zone."""


class MissingMeasure(RateCardError):  # noqa: N818
    """The card needs a weight or dimensions that the parcel does not have."""


class InvalidRateCard(RateCardError):  # noqa: N818
    """A card cannot be used; ``faults`` names each place and reason."""

    def __init__(self, message: str, *, faults: Iterable[str] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join((message, *(f"  {fault}" for fault in self.faults))))


class CurrencyMismatch(RetoureError, ValueError):  # noqa: N818
    """Offers in several currencies cannot be compared without exchange rates."""


class PurchaseConflict(RetoureError):  # noqa: N818
    """The key was used for another request or another account."""


class BooksError(RetoureError):
    """The books of purchases cannot be read or written. Whoever cannot write an intent down buys nothing.

    ``bought`` is the label or the pickup that was bought all the same: only its entry is missing, and the key stays open.
    """

    def __init__(self, message: str, *, bought: Any = None) -> None:  # noqa: ANN401 - a Label or a Pickup
        super().__init__(message)
        self.bought = bought


class StoreError(RetoureError):
    """The monitor's store cannot be read or written. What was to be written is not, and can be written again."""


class ConfigurationError(Exception):
    """The program is set up wrongly. Outside :class:`RetoureError` on purpose."""


Failure: TypeAlias = RetoureError | ConfigurationError
"""What stands in the place of one account's or one purchase's answer when several were asked for."""


class UnknownAccount(ConfigurationError):  # noqa: N818
    """No account of that name."""


class PluginLoadError(ConfigurationError):
    """A carrier plugin cannot be loaded; the message names the plugin and its distribution."""


class InterfaceMismatch(PluginLoadError):  # noqa: N818
    """A carrier plugin was written for another version of the interface."""


class InvalidSettings(ConfigurationError):  # noqa: N818
    """An account's settings are incomplete or wrong; the message names account and field, never the value."""


class InvalidPolicy(ConfigurationError):  # noqa: N818
    """A policy's records cannot be used; ``faults`` names each record and reason."""

    def __init__(self, message: str, *, faults: Iterable[str] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join((message, *(f"  {fault}" for fault in self.faults))))


class UnknownPolicy(ConfigurationError):  # noqa: N818
    """No policy of that name; the message lists the names there are."""
