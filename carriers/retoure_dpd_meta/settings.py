"""One account at DPD's META-API: which business unit, how it logs in, and what its contract leaves open.

Host and path of the test system, and the login's headers: DPD's description of META-API 2.30.48. Host of the live system: DPD's
developer pages.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from retoure.carrier import CarrierSettings, Credential, Environment, HeaderLogin, url_with
from retoure.model import Address

API_URLS: Mapping[Environment, str] = {
    Environment.PRODUCTION: "https://api.dpdgroup.com",
    Environment.SANDBOX: "https://api-preprod.dpsin.dpdgroup.com:8443",
}
API_PATH = "/shipping/v1"
TOKEN_HEADER = "X-DPD-TOKEN"  # noqa: S105 - a header's name; seen in use, the description does not name it

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
Number = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class DpdMetaSettings(CarrierSettings):
    """One account at DPD through the META-API. Experimental: nobody is known to have bought a return label with it.

    It logs in with ``username`` and ``password``, or with ``client_id`` and ``client_secret``.

    Attributes:
        bu_code: The business unit, three digits; 001 is Germany by one report.
        customer_number: The unit's number of the customer's account.
        customer_sub_number: Its sub-number, where there is one.
        customer_id: The unit's other id of the customer, where it asks for one.
        account_party: As whom the account's numbers are named in a return: the merchant receives it, and that is where they
            stand unless the unit wants them at the sender.
        product: DPD's product of a return; 332 by reports.
        payer: Who pays, in DPD's letters; not told unless set.
        sending_depot: The depot that a parcel starts from, seven digits, where the unit asks for it.
        paper: The paper of a printed label.
        contents: What DPD is told of a parcel that does not say what is inside.
        customs_terms: DPD's code of the terms of a parcel that crosses customs; ``s06`` is DAP.
        collection_receiver: Where a parcel goes that DPD labels and fetches by itself (a collection request).
    """

    carrier: ClassVar[str] = "dpd_meta"

    bu_code: Digits = "001"
    username: Credential | None = None
    password: Credential | None = None
    client_id: Credential | None = None
    client_secret: Credential | None = None
    customer_number: Number
    customer_sub_number: Number = ""
    customer_id: Number = ""
    account_party: Literal["receiver", "sender"] = "receiver"
    product: Digits = "332"
    payer: Literal["S", "R", "3"] | None = None
    sending_depot: Annotated[str, StringConstraints(pattern=r"^([0-9]{7})?$")] = ""
    paper: Literal["A4", "A5", "A6", "A7"] = "A6"
    contents: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = "Returned goods"
    customs_terms: Literal["s01", "s02", "s03", "s05", "s06", "s07"] = "s06"
    collection_receiver: Address | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        user, client = (self.username, self.password), (self.client_id, self.client_secret)
        if [sum(map(kind, (user, client))) for kind in (all, any)] != [1, 1]:
            raise ValueError("log in with username and password, or with client_id and client_secret")
        return self

    @property
    def auth(self) -> HeaderLogin:
        """How every call gets its token."""
        named = (
            ("X-DPD-LOGIN", self.username), ("X-DPD-PASSWORD", self.password),
            ("X-DPD-CLIENTID", self.client_id), ("X-DPD-CLIENTSECRET", self.client_secret),
        )  # fmt: skip
        return HeaderLogin(
            token_url=api_url(self, "/login"),
            credentials=tuple((name, credential) for name, credential in named if credential),
            headers=(("X-DPD-BUCODE", self.bu_code),),
            token_header=TOKEN_HEADER,
        )


def api_url(settings: DpdMetaSettings, path: str, query: Mapping[str, str] | None = None) -> str:
    """The address of a call in the account's environment."""
    return url_with((settings.base_url or API_URLS[settings.environment]) + API_PATH, path, query or {})
