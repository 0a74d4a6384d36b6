"""What the META-API's errors mean: ``{errorCode, errorMessage, errorOrigin}``, which may come from DPD's unit behind it (BU-API).

The description names the shape and no code. 408 (the unit did not answer in time) and 500 say nothing of what happened, and are
the client's to weigh.
"""

import json
from collections.abc import Mapping
from typing import Any

from retoure.carrier import HttpResponse, text_of
from retoure.errors import (
    AuthenticationFailed,
    CarrierError,
    MalformedResponse,
    Problem,
    RateLimited,
    RequestRejected,
    ServiceNotAvailable,
)

# Reported of the web service that DPD Germany's unit answers with too.
_NO_RETURNS_HERE = "ROUTING_21"
_MOST_SHOWN = 300


def _answer(response: HttpResponse) -> Mapping[str, Any]:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def said_by(answer: Mapping[str, Any]) -> str:
    """What an error answer says, and which of DPD's systems says it."""
    said = text_of(answer.get("errorMessage"))[:_MOST_SHOWN] or "it did not say why"
    origin = text_of(answer.get("errorOrigin"))
    return f"{origin}: {said}" if origin else said


def refusal(response: HttpResponse) -> CarrierError:
    """The error that an answer other than a success means."""
    answer, status = _answer(response), response.status
    code, said = text_of(answer.get("errorCode")) or str(status), said_by(answer)
    if status in (401, 403):
        return AuthenticationFailed(f"DPD does not accept the account's login (HTTP {status}, {said})", carrier_code=code)
    if status == 429:
        return RateLimited(f"DPD asks to wait (HTTP 429, {said})", carrier_code=code)
    if not 400 <= status < 500 or status == 408:
        return MalformedResponse(f"DPD answered HTTP {status} ({said})", carrier_code=code)
    kind = ServiceNotAvailable if code == _NO_RETURNS_HERE else RequestRejected
    return kind(problems=[Problem("", code, f"DPD does not accept the request ({said})")], carrier_code=code)
