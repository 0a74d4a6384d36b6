"""One account at DPD's Cloud Service: how it logs in, and how its labels look.

Hosts, paths and headers: DPD's developer pages (https://esolutions.dpd.com); no official description states the REST paths.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from retoure.carrier import ApiKeyAuth, CarrierSettings, CombinedAuth, Credential, Environment

API_URLS: Mapping[Environment, str] = {
    Environment.PRODUCTION: "https://cloud.dpd.com",
    Environment.SANDBOX: "https://cloud-stage.dpd.com",
}
API_PATH = "/api/v1"

Contents = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class DpdSettings(CarrierSettings):
    """One account at DPD Germany, through the Cloud Service.

    Attributes:
        partner_name: The integration's name at DPD.
        partner_token: Its token.
        cloud_user_id: The customer's Cloud user, a number; written as text.
        user_token: That user's token.
        label_size: The paper of PDF labels; ZPL is A6.
        label_position: Where on an A4 sheet the label is printed.
        contents: What DPD is told of a parcel that does not say what is inside.
        country_letters: How many letters a country's code has. DPD does not document it.
        tracking: Which of the two look-ups is asked: the life cycle, which tells the hand-over apart from the journey, or the
            order status, which needs the postcode and tells of the delivery tour.
        distance_unit: The unit of the distances to shops. DPD does not document it.
        language: The language of DPD's error messages.
    """

    carrier: ClassVar[str] = "dpd"

    partner_name: Credential
    partner_token: Credential
    cloud_user_id: Credential
    user_token: Credential
    label_size: Literal["A4", "A6"] = "A6"
    label_position: Literal["UpperLeft", "UpperRight", "LowerLeft", "LowerRight"] = "UpperLeft"
    contents: Contents = "Returned goods"
    country_letters: Literal[2, 3] = 2
    tracking: Literal["life_cycle", "order_status"] = "life_cycle"
    distance_unit: Literal["km", "m"] = "km"
    language: Literal["de", "en"] = "en"

    @property
    def auth(self) -> CombinedAuth:
        """How every call proves whose it is."""
        return CombinedAuth(
            (
                ApiKeyAuth("PartnerCredentials-Name", self.partner_name),
                ApiKeyAuth("PartnerCredentials-Token", self.partner_token),
                ApiKeyAuth("UserCredentials-cloudUserID", self.cloud_user_id),
                ApiKeyAuth("UserCredentials-Token", self.user_token),
            )
        )


def api_url(settings: DpdSettings, path: str) -> str:
    """The address of a call in the account's environment."""
    return f"{settings.base_url or API_URLS[settings.environment]}{API_PATH}{path}"
