"""One DHL Paket account: which credentials there are decides what it can do.

Hosts and paths: OpenAPI descriptions of Parcel DE Returns 1.0.9 and Pickup 3.0.0 (servers), https://developer.dhl.com.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from retoure.carrier import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    Billed,
    CarrierSettings,
    CombinedAuth,
    Credential,
    Environment,
    PasswordGrant,
)
from retoure.errors import Unsupported

API_ORIGINS = {
    Environment.PRODUCTION: "https://api-eu.dhl.com",
    Environment.SANDBOX: "https://api-sandbox.dhl.com",
}
LOCATION_FINDER_ORIGIN = "https://api.dhl.com"
TOKEN_PATH = "/parcel/de/account/auth/ropc/v1/token"  # noqa: S105 - a path

BillingNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}[0-9A-Za-z]{2}$")]
"""Customer number (10 digits), procedure (2) and participation (2)."""


class DhlPaketSettings(CarrierSettings):
    """One account at DHL Paket (Germany).

    Labels and pickups need the business-portal user and the app's key and secret (OAuth). Tracking uses Parcel DE Tracking
    where the app's secret and a portal user are known, else Shipment Tracking Unified, for which an app's key is enough; the
    same goes for drop-off points.

    Attributes:
        auth: How the Returns API is asked: ``oauth``, or ``api_key`` for the app's key beside the portal user's password.
            Pickups know OAuth only.
        username: The business-portal user, ideally a system user.
        password: Their password.
        client_id: The key of the app in DHL's developer portal.
        client_secret: The secret of that app.
        api_key: The key of an app where it is not ``client_id``, or where there is nothing but a key.
        tracking_username: The portal user with the tracking right, where it is another one than ``username``.
        tracking_password: Their password.
        billing_number: The contract's number for returns (procedure 07). DHL takes it from the receiver id; it is never sent.
        pickup_billing_number: The contract's number for pickups (procedure 08).
        pickup_size: The size class DHL wants for a pickup without ``pickup_billing_number``.
        language: The language of tracking texts.
        unused_labels_billed: ``no`` by default: DHL bills a return label with its first scan.
    """

    carrier: ClassVar[str] = "dhl_paket"

    auth: Literal["oauth", "api_key"] = "oauth"
    username: Credential | None = None
    password: Credential | None = None
    client_id: Credential | None = None
    client_secret: Credential | None = None
    api_key: Credential | None = None
    tracking_username: Credential | None = None
    tracking_password: Credential | None = None
    billing_number: BillingNumber | None = None
    pickup_billing_number: BillingNumber | None = None
    pickup_size: Literal["S", "M", "L"] | None = None
    language: Literal["de", "en"] = "en"
    unused_labels_billed: Billed = Field(default=Billed.NO)

    @model_validator(mode="after")
    def _whole_tracking_user(self) -> Self:
        if (self.tracking_username is None) != (self.tracking_password is None):
            raise ValueError("tracking_username and tracking_password are given together or not at all")
        return self

    @property
    def password_grant(self) -> PasswordGrant | None:
        """The OAuth grant, where the account has all that it needs."""
        if not self.client_id or not self.client_secret or not self.username or not self.password:
            return None
        return PasswordGrant(api_origin(self) + TOKEN_PATH, self.client_id, self.client_secret, self.username, self.password)

    @property
    def app_key(self) -> Credential | None:
        """The key of the app, under whichever name it was given."""
        return self.api_key or self.client_id

    @property
    def tracking_user(self) -> tuple[Credential, Credential] | None:
        """User and password for Parcel DE Tracking, where the account has them."""
        if self.tracking_username and self.tracking_password:
            return self.tracking_username, self.tracking_password
        return (self.username, self.password) if self.username and self.password else None


def origin(settings: CarrierSettings, default: str) -> str:
    """The origin to call: the account's ``base_url`` where it has one."""
    return settings.base_url or default


def api_origin(settings: CarrierSettings) -> str:
    """The origin of DHL's Parcel DE APIs in the account's environment."""
    return origin(settings, API_ORIGINS[settings.environment])


def returns_auth(settings: DhlPaketSettings) -> Auth:
    """How a call to the Returns API proves whose it is; raises ``Unsupported`` naming the settings that are missing."""
    if settings.auth == "oauth":
        return _password_grant(settings, "labels")
    username, password, key = settings.username, settings.password, settings.app_key
    if username and password and key:
        return CombinedAuth((ApiKeyAuth("dhl-api-key", key), BasicAuth(username, password)))
    raise _missing("labels", username=username, password=password, api_key=key)


def pickup_auth(settings: DhlPaketSettings) -> Auth:
    """How a call to the Pickup API proves whose it is; raises ``Unsupported`` where the account cannot."""
    if settings.auth == "oauth":
        return _password_grant(settings, "pickups")
    raise Unsupported("DHL's Pickup API takes OAuth tokens only: set auth to 'oauth', with client_id and client_secret")


def _password_grant(settings: DhlPaketSettings, purpose: str) -> PasswordGrant:
    if grant := settings.password_grant:
        return grant
    names = ("username", "password", "client_id", "client_secret")
    raise _missing(purpose, **{name: getattr(settings, name) for name in names})


def _missing(purpose: str, **needed: object) -> Unsupported:
    absent = ", ".join(name for name, value in needed.items() if not value)
    return Unsupported(f"{purpose} need the account settings {', '.join(needed)}; missing: {absent}")


def app_key_auth(settings: DhlPaketSettings, purpose: str) -> ApiKeyAuth:
    """The app's key as the APIs for all divisions want it (production only); raises ``Unsupported`` where it cannot be used."""
    if settings.environment is not Environment.PRODUCTION:
        raise Unsupported(f"{purpose} by API key: DHL has no sandbox for it; use a production account")
    if key := settings.app_key:
        return ApiKeyAuth("DHL-API-Key", key)
    raise _missing(purpose, api_key=None)
