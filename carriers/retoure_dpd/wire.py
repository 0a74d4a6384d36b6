"""What all calls to DPD's Cloud Service share: headers, the verdict inside an HTTP 200, and the pause after too many calls.

Shapes: the types of DPDCloudService.wsdl, service version 1, which the JSON mirrors. Lists are plain in JSON; where one comes
wrapped in its items' name, as in SOAP, it is read all the same.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from retoure.carrier import HttpResponse, Judgement, by_status, read_json, rows, text_of
from retoure.errors import MalformedResponse
from retoure_dpd.settings import DpdSettings

CODE = "dpd"
COOL_DOWN = timedelta(minutes=10)
"""How long DPD wants to be left alone after error 2027; it sends no Retry-After."""
CALL_LIMIT = 2027

NO_REPRINT = "the Cloud Service cannot show a label again: keep the documents of the purchase"
NO_SEARCH = (
    "the Cloud Service cannot search by reference: a lost answer can only be cleared up with DPD, by the reference on the label"
)
NO_PICKUPS = (
    "the Cloud Service books no pickups: buy the service Classic_Return, or book through DPD's META-API (carrier dpd_meta)"
)

_LANGUAGES = {"de": "de_DE", "en": "en_EN"}
_NUMBER_OF_LIMIT, _NAME_OF_LIMIT = b"2027", b"USERCALLLIMIT"


def headers(settings: DpdSettings, *, language: str = "", writes: bool = False) -> Mapping[str, str]:
    """The headers of a call; the credentials are put in by whoever sends it."""
    chosen = {"Version": "100", "Language": _LANGUAGES[language or settings.language], "Accept": "application/json"}
    return {**chosen, "Content-Type": "application/json"} if writes else chosen


def judge(response: HttpResponse) -> Judgement:
    """By status, and by the call limit inside a 200: refused without any effect. Beside a parcel number it refuses nothing."""
    judgement, content = by_status(response), response.content
    # A first look: a label is not read twice.
    if judgement is not Judgement.ANSWER or not (_NUMBER_OF_LIMIT in content or _NAME_OF_LIMIT in content.upper()):
        return judgement
    try:
        answer = json.loads(content)
    except ValueError:
        return judgement
    refused = isinstance(answer, dict) and not acknowledged(answer) and not parcel_numbers(answer)
    return Judgement.RETRY if refused and any(map(is_call_limit, listed(answer, "ErrorDataList"))) else judgement


def is_call_limit(row: Mapping[str, Any]) -> bool:
    """Whether an error says that there were too many calls, by its number or by its name."""
    return text_of(row.get("ErrorID")) == str(CALL_LIMIT) or _NAME_OF_LIMIT.decode() in text_of(row.get("ErrorCode")).upper()


def read_answer(response: HttpResponse) -> dict[str, Any]:
    """The answer of a call; raises ``MalformedResponse`` where it is not an object with DPD's acknowledgement."""
    answer = read_json(response)
    if not isinstance(answer, dict) or "Ack" not in answer:
        raise MalformedResponse(f"DPD's answer (HTTP {response.status}) does not say whether it did what was asked")
    return answer


def acknowledged(answer: Mapping[str, Any]) -> bool:
    """Whether DPD did what was asked."""
    return is_true(answer.get("Ack"))


def is_true(value: Any) -> bool:  # noqa: ANN401 - JSON is anything
    """Whether DPD says yes, in any way of writing it."""
    return value is True or text_of(value).casefold() in ("true", "1")


def listed(holder: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a list, plain or wrapped in its items' name; one object with values of its own is a list of one."""
    value = holder.get(name)
    if isinstance(value, dict) and all(item is None or isinstance(item, (dict, list)) for item in value.values()):
        return [row for item in value for row in rows(value, item)]
    return rows(holder, name)


def parcel_numbers(answer: Mapping[str, Any]) -> list[str]:
    """The numbers that an order's answer names."""
    response = answer.get("LabelResponse")
    data = listed(response, "LabelDataList") if isinstance(response, dict) else []
    return [number for row in data if (number := text_of(row.get("ParcelNo")))]
