"""A request's wishes that only UPS understands."""

from typing import Final, Literal, TypeAlias

from retoure.carrier import read_extras
from retoure.model import Model, ReturnRequest
from retoure_ups.wire import CODE

ReturnService: TypeAlias = Literal["8", "9"]
PRINT: Final = "9"
ELECTRONIC: Final = "8"


class Extras(Model):
    """Wishes that only UPS understands.

    Attributes:
        return_service: ``"9"``, the label comes in the answer; ``"8"``, UPS sends it to the customer by e-mail.
        shipper_type: Business (``"01"``) or consumer (``"02"``), which goods into the EU are declared with.
        consignee_type: The same of the receiver.
        declarable: Whether the goods need a declaration, where that is otherwise than countries and postcodes tell.
        eu_de_minimis: Whether goods into the EU are worth 150 EUR at most, where their value is in another currency.
    """

    return_service: ReturnService = PRINT
    shipper_type: Literal["01", "02", "NA"] | None = None
    consignee_type: Literal["01", "02", "NA"] | None = None
    declarable: bool | None = None
    eu_de_minimis: bool | None = None


def extras_of(request: ReturnRequest) -> Extras:
    """The request's wishes for UPS; raises ``ValidationError`` for one that does not exist."""
    return read_extras(request, CODE, Extras)
