"""One DHL Express account: who is billed, which services every return carries, and where it calls.

Hosts and paths: OpenAPI description of MyDHL API 3.3.1 (servers), https://developer.dhl.com/api-reference/dhl-express-mydhl-api.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from retoure.carrier import BasicAuth, CarrierSettings, Credential, Environment, country_zone, url_with
from retoure.model import Country

ORIGIN = "https://express.api.dhl.com"
# One path is the beginning of the other, and only the longer one books nothing: they are written down once, here.
PATHS: Mapping[Environment, str] = {Environment.PRODUCTION: "/mydhlapi", Environment.SANDBOX: "/mydhlapi/test"}
STAGING: Mapping[int, str] = {3: "PT", 6: "PU", 12: "PV", 24: "PW"}
"""Months that DHL keeps a label's data, and the service that buys them."""


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("an IANA time zone is needed, like 'America/New_York'")
    return name


AccountNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,12}$")]
ServiceCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,6}$")]
Product = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,6}(/[0-9A-Z]{1,3})?$")]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Incoterm = Literal[
    "EXW", "FCA", "CPT", "CIP", "DPU", "DAP", "DDP", "FAS", "FOB", "CFR", "CIF", "DAF", "DAT", "DDU", "DEQ", "DES"
]  # fmt: skip


class DhlExpressSettings(CarrierSettings):
    """One account at DHL Express.

    Attributes:
        username: What DHL Express gave for MyDHL API, called API key there. Keys of DHL's other APIs are not accepted.
        password: The API secret that belongs to it.
        account_number: The merchant's DHL Express account, which pays.
        bill_to: As what that account stands in a return: ``shipper``, or ``payer`` for an import account. The contract decides.
        duties_account: The account that pays duties and taxes, where the contract has one.
        product: The product of a label bought without a quote, like ``P`` or ``P/S`` with DHL's local code. Without it: N within
            a country, U within the EU, else P.
        data_staging_months: How long DHL keeps a label's data, so that it may be used later: 3, 6, 12 or 24. Needs an agreement.
        services: Further value-added services of every return, such as ``PH``; they are in the quotes too.
        qr: Whether the account may make QR codes (Label Free).
        qr_services: The services that make one; some lanes also want ``WY``.
        label_template: DHL's name of a label layout, such as ``ECOM26_84_A4_001``.
        incoterm: The term of every shipment; DHL wants one within a country too.
        phone: The merchant's phone number. DHL wants one of every party, and gets this where the customer's may not be told.
        ship_time: When on the day of shipping the parcel is handed in, local time.
        pickup_ready: From when on a parcel is ready where a pickup names no hour, local time.
        pickup_requestor: In whose name pickups are cancelled.
        pickup_wait_minutes: How long after its label a parcel's pickup may be booked first.
        total_includes_tax: Whether DHL's total price includes the tax it states, which its description does not say.
        zones: The time zone of customers in countries that have several: ``{"ES": "Europe/Madrid"}``.
        unused_labels_billed: ``unknown`` by default: DHL Express does not publish it.
    """

    carrier: ClassVar[str] = "dhl_express"

    username: Credential
    password: Credential
    account_number: AccountNumber
    bill_to: Literal["shipper", "payer"] = "shipper"
    duties_account: AccountNumber | None = None
    product: Product | None = None
    data_staging_months: Literal[3, 6, 12, 24] | None = None
    services: tuple[ServiceCode, ...] = ()
    qr: bool = False
    qr_services: Annotated[tuple[ServiceCode, ...], Field(min_length=1)] = ("PZ",)
    label_template: Annotated[str, StringConstraints(min_length=1, max_length=25)] | None = None
    incoterm: Incoterm = "DAP"
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=70)] = ""
    ship_time: time = time(12)
    pickup_ready: time = time(9)
    pickup_requestor: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] = "Returns"
    pickup_wait_minutes: Annotated[int, Field(ge=0)] = 30
    total_includes_tax: bool | None = None
    zones: Mapping[Country, ZoneName] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _path_of_the_environment(self) -> Self:
        parts = urlsplit(self.base_url or "")
        if parts.hostname == urlsplit(ORIGIN).hostname and parts.path:
            raise ValueError("base_url at DHL's own host has no path: the environment decides between test and production")
        return self

    @property
    def auth(self) -> BasicAuth:
        """How every call proves whose it is."""
        return BasicAuth(self.username, self.password)

    @property
    def return_services(self) -> tuple[str, ...]:
        """The value-added services of every return, data staging among them."""
        staging = (STAGING[self.data_staging_months],) if self.data_staging_months else ()
        return tuple(dict.fromkeys((*self.services, *staging)))

    @property
    def accounts(self) -> list[dict[str, str]]:
        """Who pays, in DHL's words."""
        paying = [{"typeCode": self.bill_to, "number": self.account_number}]
        return paying + ([{"typeCode": "duties-taxes", "number": self.duties_account}] if self.duties_account else [])


def api_url(settings: DhlExpressSettings, path: str, query: Mapping[str, str] | Sequence[tuple[str, str]] = ()) -> str:
    """The address of a call in the account's environment."""
    return url_with((settings.base_url or ORIGIN) + PATHS[settings.environment], path, query)


def zone_of(country: str, local: datetime, settings: DhlExpressSettings) -> ZoneInfo | None:
    """The time zone of a customer's country, or None where it has several and the account names none."""
    named = settings.zones.get(country)
    return ZoneInfo(named) if named else country_zone(country, local)
