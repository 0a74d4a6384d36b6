"""One UPS account: its shipper number, its app's credentials, and what UPS leaves to a contract or does not publish.

Hosts and paths: UPS's OpenAPI descriptions of July 2026 (servers; OAuth client credentials), https://developer.ups.com.
"""

from datetime import time
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from retoure.carrier import CarrierSettings, ClientCredentialsGrant, Credential, Environment
from retoure.errors import Unsupported
from retoure.model import Address, Country

API_ORIGINS = {
    Environment.PRODUCTION: "https://onlinetools.ups.com",
    Environment.SANDBOX: "https://wwwcie.ups.com",
}
TOKEN_PATH = "/security/v1/oauth/token"  # noqa: S105 - a path, and not below /api

AccountNumber = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[0-9A-Za-z]{6}$")]
ServiceCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2}$")]
DoubtfulScan = Literal["AG", "OC", "PL"]


class UpsSettings(CarrierSettings):
    """One account at UPS.

    Attributes:
        client_id: The id of the app in UPS's developer portal.
        client_secret: Its secret.
        account_number: The six-character shipper number that pays; quotes, labels and pickups need it.
        account_country: The country of that number, which pickups name beside it.
        shipper: The account holder's address; without it each return address stands for it.
        service: The service of a label that names none; 11 is UPS Standard.
        phone: The merchant's phone, where UPS wants one and the return address or the customer gives none.
        address_validation: ``validate`` lets UPS compare city, state and postcode; ``nonvalidate`` postcode and state only.
        character_set: UPS's code of the characters on a label, such as ``deu``; without it UPS prints English ones.
        pickup_service: The three-character service of pickups; UPS does not publish which country takes which. Without it
            ``service`` with a zero before it.
        pickup_payment: Who pays for a pickup: the account, the label's own tracking number, or nobody where it is free.
        pickup_from: When a parcel is ready, where the window does not say.
        pickup_until: When the place closes, where the window does not say.
        locale: The language of tracking texts and of places.
        counted_scans: Codes whose custody UPS's texts leave open, to be taken for scans all the same: ``OC`` and ``PL`` say both
            "not received yet" and "origin scan", ``AG`` is on its way to UPS or between two of its buildings.
        unused_labels_billed: ``unknown`` unless the contract says: it differs by type of return and by contract.
    """

    carrier: ClassVar[str] = "ups"

    client_id: Credential
    client_secret: Credential
    account_number: AccountNumber | None = None
    account_country: Country | None = None
    shipper: Address | None = None
    service: ServiceCode = "11"
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=25)] = Field(default="", repr=False)
    address_validation: Literal["validate", "nonvalidate"] = "nonvalidate"
    character_set: Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")] | None = None
    pickup_service: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{3}$")] | None = None
    pickup_payment: Literal["account", "tracking_number", "none"] = "account"
    pickup_from: time = time(9)
    pickup_until: time = time(17)
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}_[A-Z]{2}$")] = "en_US"
    counted_scans: frozenset[DoubtfulScan] = frozenset()

    @model_validator(mode="after")
    def _hours_in_order(self) -> Self:
        if self.pickup_from >= self.pickup_until:
            raise ValueError("pickup_from must lie before pickup_until")
        return self

    @property
    def grant(self) -> ClientCredentialsGrant:
        """The OAuth grant; not kept, since a copy of the settings with other values would keep it too."""
        return ClientCredentialsGrant(api_origin(self) + TOKEN_PATH, self.client_id, self.client_secret)


def api_origin(settings: CarrierSettings) -> str:
    """The origin of UPS's APIs in the account's environment, or the account's ``base_url``."""
    return settings.base_url or API_ORIGINS[settings.environment]


def shipper_number(settings: UpsSettings, purpose: str) -> str:
    """The number that pays; raises ``Unsupported`` where the account has none."""
    if settings.account_number:
        return settings.account_number
    raise Unsupported(f"{purpose} need the account setting account_number, the six-character shipper number")
