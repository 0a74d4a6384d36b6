"""Tracking: DPD Cloud Service, version 1, one number a call: ``ParcelLifeCycle`` or ``getOrderStatus``.

https://esolutions.dpd.com - tokens in headers. The order status wants a postcode, which comes with the parcel. Answers are
asked for in German: that is the language whose way of writing times is known. DPD's push tells more, and sooner: see
:mod:`retoure_dpd_common.push`.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote

from retoure.carrier import Call, CarrierContext, Effect, HttpRequest, HttpResponse, part, plain_number
from retoure.errors import MalformedResponse, Problem, RequestRejected
from retoure.model import ReadFailure, TrackedParcel, TrackingFailure, TrackingReport
from retoure_dpd.history import read_life_cycle, read_order_status
from retoure_dpd.refusals import code_of, errors_of, http_refusal, refusal, words
from retoure_dpd.settings import DpdSettings, api_url
from retoure_dpd.wire import CODE, COOL_DOWN, acknowledged, headers, judge, listed, read_answer

Outcome: TypeAlias = TrackingReport | TrackingFailure
_MISSING = "unknown, too new, deleted by now, or asked for with another postcode"


class DpdTracking:
    """Tracking of one account."""

    batch_size = 1

    def __init__(self, settings: DpdSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def track(self, parcels: Sequence[TrackedParcel]) -> Call[Mapping[str, Outcome]]:
        """The history of one number, in one call that costs nothing."""
        (parcel,) = parcels
        response = yield build_track_request(parcel, self._settings)
        return {parcel.number: parse_track_response(response, parcel, self._context)}


def build_track_request(parcel: TrackedParcel, settings: DpdSettings) -> HttpRequest:
    """Ask for one history.

    Raises:
        RequestRejected: the number has no letter or digit, or the order status is to be asked without a postcode.
    """
    number, postcode = plain_number(parcel.number), "".join(parcel.postal_code.split())
    problems = [] if number else [Problem("number", "wrong_form", "a parcel number has letters and digits")]
    path = f"/ParcelLifeCycle/{quote(number, safe='')}"
    if settings.tracking == "order_status":
        if not postcode:
            text = "DPD's order status wants the recipient's postcode; without one, track by the life cycle"
            problems.append(Problem("postal_code", "missing", text))
        path = f"/getOrderStatus/{quote(number, safe='')}/{quote(postcode, safe='')}"
    if problems:
        raise RequestRejected(problems=problems)
    return HttpRequest(
        method="GET",
        url=api_url(settings, path),
        effect=Effect.READ,
        headers=headers(settings, language="de"),
        auth=settings.auth,
        judge=judge,
        cool_down=COOL_DOWN,
        personal=frozenset({postcode, parcel.postal_code}),
    )


def parse_track_response(response: HttpResponse, parcel: TrackedParcel, context: CarrierContext) -> Outcome:
    """The history, or why there is none. Which look-up was asked is told by the answer.

    Raises:
        AuthenticationFailed: DPD does not accept the account.
        MalformedResponse: the answer is not what was promised.
    """
    if not response.ok:
        raise http_refusal(response)
    answer = read_answer(response)
    digest, read_at = response.digest, response.requested_at

    def failed(reason: ReadFailure, message: str, code: str = "") -> TrackingFailure:
        return TrackingFailure(parcel.number, CODE, reason, read_at, message, code, digest)

    if not acknowledged(answer):
        error = refusal(answer)
        if not isinstance(error, RequestRejected):
            raise error
        # DPD documents no code for an unknown number: a refusal of a look-up is one, with DPD's own code and words kept.
        first = errors_of(answer)[0]
        return failed(ReadFailure.NOT_FOUND, f"{_MISSING} (DPD says: {words(first)})", code_of(first))
    life_cycle, status = part(answer, "ParcelLifeCycleData"), part(answer, "OrderStatus")
    if not listed(life_cycle, "statusInfo") and not part(status, "StatusInfoContainer"):
        return failed(ReadFailure.NOT_FOUND, _MISSING)
    try:
        events, flags = read_life_cycle(life_cycle, context.zone) if life_cycle else read_order_status(status, context.zone)
    except MalformedResponse as error:
        return failed(ReadFailure.FAILED, error.message)
    return TrackingReport(parcel.number, CODE, events, read_at, digest, flags=flags)
