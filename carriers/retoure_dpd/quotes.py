"""Quotes of the Cloud Service: from the rate card, for returns to the one address that DPD sends them to."""

from retoure.carrier import Call, immediate
from retoure.model import Decline, DeclineReason, QuoteAnswer, QuoteRequest
from retoure_dpd.orders import SERVICES, binding_problems
from retoure_dpd_common.billing import DpdQuotes


class DpdCloudQuotes(DpdQuotes):
    """Quotes of one account; where no label could be bought, a decline that says why."""

    def quote(self, request: QuoteRequest) -> Call[QuoteAnswer]:
        """Quotes and declines for one parcel. Costs nothing and calls nobody; raises ``RateCardError`` when the call runs."""
        problems = list(binding_problems(request.return_to, request.account))
        if not problems:
            return (yield from super().quote(request))
        detail = "; ".join(f"{problem.field}: {problem.text}" for problem in problems)
        reason = DeclineReason.NOT_ENABLED_FOR_ACCOUNT
        declined = [Decline(account=request.account, service=service, reason=reason, detail=detail) for service in SERVICES]
        return (yield from immediate(QuoteAnswer(declined=tuple(declined))))
