"""Where an official description is known to be wrong. Everything that is not in this one table is our defect.

An entry matches narrowly - file, side, operation, place, keyword and a part of the message - and has its reason. An entry that no
fixture needs fails a test, so that the table does not outlive the defects.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.contract.checking import Side, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDefect:
    """One departure from a description that is the description's fault.

    ``operation`` is the method and the path template, ``pointer`` may hold ``*`` for an index, ``says`` is a part of the message.
    """

    description: str
    side: Side
    operation: str
    pointer: str
    keyword: str
    says: str
    reason: str

    def covers(self, description: str, operation: str, violation: Violation) -> bool:
        """Whether this is that departure."""
        return (
            (self.description, self.side, self.operation, self.keyword)
            == (description, violation.side, operation, violation.keyword)
            and fnmatchcase(violation.pointer, self.pointer)
            and self.says in violation.message
        )  # fmt: skip


KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        description="dhl_paket/pp-parcel-returns.yaml",
        side="response",
        operation="POST /orders",
        pointer="body",
        keyword="required",
        says="'label' is a required property",
        reason="an order of a QR code alone is answered without the label, as recorded answers show",
    ),
    KnownDefect(
        description="dhl_express/dpdhl-express-api-3.3.1.yaml",
        side="response",
        operation="GET /servicepoints",
        pointer="body/servicePoints/*/servicePointCapabilities/shipmentDropOff",
        keyword="enum",
        says="True is not one of [False]",
        reason="the flag of what a service point can do has no other value than false; the description's own examples say true",
    ),
    KnownDefect(
        description="ups/Rating.yaml",
        side="request",
        operation="POST /rating/{version}/{requestoption}",
        pointer="body/RateRequest/Request",
        keyword="unknown",
        says="'RequestOption' was unexpected",
        reason="the schema requires RequestOption and does not define it",
    ),
    *(
        KnownDefect(
            description="ups/Shipping.yaml",
            side="request",
            operation="POST /labels/{version}/recovery",
            pointer="body/LabelRecoveryRequest",
            keyword="required",
            says=f"'{name}' is a required property",
            reason="a label is named by its number, by Roadie numbers or by a reference; the schema requires all of them",
        )
        for name in ("TrackingNumbers", "ReferenceValues")
    ),
    *(
        KnownDefect(
            description="ups/Shipping.yaml",
            side="request",
            operation="POST /labels/{version}/recovery",
            pointer="body/LabelRecoveryRequest/LabelSpecification/LabelImageFormat/Code",
            keyword="minLength",
            says=f"'{code}' is too short",
            reason="the schema wants four characters, the codes that its text lists have three",
        )
        for code in ("GIF", "PDF", "ZPL")
    ),
    *(
        KnownDefect(
            description="ups/Shipping.yaml",
            side="response",
            operation="POST /labels/{version}/recovery",
            pointer="body/LabelRecoveryResponse/LabelResults/*/LabelImage/LabelImageFormat/Code",
            keyword="minLength",
            says=f"'{code}' is too short",
            reason="the schema wants four characters, the codes that its text lists have three",
        )
        for code in ("GIF", "PDF", "ZPL")
    ),
    KnownDefect(
        description="ups/Pickup.yaml",
        side="request",
        operation="POST /pickupcreation/{version}/pickup",
        pointer="body/PickupCreationRequest/PickupDateInfo/PickupDate",
        keyword="maxLength",
        says="is too long",
        reason="the schema wants four characters, the form that its text names, yyyyMMdd, has eight",
    ),
    KnownDefect(
        description="ups/Pickup.yaml",
        side="request",
        operation="POST /pickupcreation/{version}/pickup",
        pointer="body/PickupCreationRequest/TotalWeight/Weight",
        keyword="minLength",
        says="is too short",
        reason="the schema wants exactly six characters, the example of its text, 10.9, has four",
    ),
    *(
        KnownDefect(
            description="ups/Tracking.yaml",
            side="request",
            operation="GET /track/v1/reference/details/{referenceNumber}",
            pointer=f"query/{name}",
            keyword="type",
            says="None",
            reason="an optional parameter of type string has null as its default, which a checker fills in where it is left out",
        )
        for name in ("destCountry", "destZip")
    ),
    KnownDefect(
        description="ups/Locator.yaml",
        side="request",
        operation="POST /locations/{version}/search/availabilities/{reqOption}",
        pointer="body/LocatorRequest/Request/RequestAction",
        keyword="minLength",
        says="'Locator' is too short",
        reason="the schema wants 13 characters, the only value that its text allows has seven",
    ),
    *(
        KnownDefect(
            description="ups/Locator.yaml",
            side="request",
            operation="POST /locations/{version}/search/availabilities/{reqOption}",
            pointer="body/LocatorRequest/OriginAddress/AddressKeyFormat",
            keyword="required",
            says=f"'{name}' is a required property",
            reason="by its text a postcode or a city is enough, and many countries have no states",
        )
        for name in ("AddressLine", "PoliticalDivision1", "PoliticalDivision2", "PostcodePrimaryLow")
    ),
)


def explain(
    violations: Iterable[Violation], description: str, operation: str, defects: tuple[KnownDefect, ...] = KNOWN_DEFECTS
) -> tuple[tuple[Violation, ...], frozenset[KnownDefect]]:
    """What no entry of the table covers, and the entries that covered something."""
    unexplained, used = [], set()
    for violation in violations:
        covering = {defect for defect in defects if defect.covers(description, operation, violation)}
        used |= covering
        if not covering:
            unexplained.append(violation)
    return tuple(unexplained), frozenset(used)
