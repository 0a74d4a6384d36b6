"""What all calls to MyDHL API share: the version header, how an answer is judged, and how DHL writes a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from retoure.carrier import Effect, HttpRequest, HttpResponse, Judgement, by_status, exact_json
from retoure_dhl_express.settings import DhlExpressSettings, api_url

CODE = "dhl_express"
VERSION = "3.3.1"

# Every operation of the description requires x-version; a missing or wrong one is refused with 9001.
READ_HEADERS: Mapping[str, str] = {"Accept": "application/json, application/problem+json", "x-version": VERSION}
JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json", **READ_HEADERS}

NO_REPRINT = "MyDHL API shows waybills and customs papers again, never the transport label: keep the documents of the purchase"
NO_PICKUP_SEARCH = "MyDHL API has no search for pickups: a lost answer can only be cleared up with DHL's customer service"


def api_request(
    settings: DhlExpressSettings,
    method: str,
    path: str,
    *,
    effect: Effect,
    query: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    body: Mapping[str, Any] | None = None,
) -> HttpRequest:
    """A call of MyDHL API in the account's environment."""
    return HttpRequest(
        method=method,
        url=api_url(settings, path, query),
        effect=effect,
        headers=READ_HEADERS if body is None else JSON_HEADERS,
        content=b"" if body is None else exact_json(body).encode(),
        auth=settings.auth,
        judge=judge,
    )


def judge(response: HttpResponse) -> Judgement:
    """By status, and by DHL's code 999 ("process failure"), after which nothing is known of a write, whatever the status."""
    judgement = by_status(response)
    if judgement is Judgement.ANSWER and not response.ok and b'"999:' in response.content:
        return Judgement.AMBIGUOUS
    return judgement


def dhl_time(instant: datetime) -> str:
    """A local time as MyDHL API wants it, 29 characters: ``2026-03-02T12:00:00 GMT+01:00``."""
    plain = instant.strftime("%z")
    return f"{instant:%Y-%m-%dT%H:%M:%S} GMT{plain[:3]}:{plain[3:5]}"
