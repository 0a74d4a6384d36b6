"""What makes a policy's records usable: no contradiction, no hole where none may be, nothing from another market."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import TypeVar

from retoure.errors import InvalidPolicy
from retoure.programmes.policy import Policy
from retoure.programmes.records import Rule, replaces
from retoure.programmes.vocabulary import ClaimRoute, Subject

EVERYWHERE = "*"
EU_MARKETS = frozenset({"AT", "BE", "DE", "ES", "FR", "IE", "IT", "NL", "PL", "SE"})
"""The markets in the European Union; a record of market EU holds in them."""

_OF_CARRIERS = frozenset({Subject.TRACE, Subject.CLAIM_CLOSE, Subject.RETENTION})
P = TypeVar("P", bound=Policy)


def checked(policy: P) -> P:
    """The policy itself, if its records agree.

    Raises:
        InvalidPolicy: with every fault named.
    """
    faults = [*_strangers(policy), *_overlaps(policy.rules), *_gaps(policy)]
    if faults:
        raise InvalidPolicy(f"the policy {policy.id!r} cannot be used:", faults=faults)
    return policy


def _strangers(policy: Policy) -> Iterator[str]:
    """Records of another market or programme: a default is never taken from a neighbour."""
    for rule in policy.rules:
        if rule.market not in (policy.market, EVERYWHERE) and not (rule.market == "EU" and policy.market in EU_MARKETS):
            yield f"{rule.id}: is of market {rule.market!r}, the policy is of {policy.market!r}"
        if rule.programme not in (policy.programme, EVERYWHERE):
            yield f"{rule.id}: is of programme {rule.programme!r}, the policy is of {policy.programme!r}"


def foreign_to(code: str, rule: Rule) -> Iterator[str]:
    """What a carrier's record says that is not that carrier's to say."""
    if rule.applies.carrier != {code}:
        yield f"{rule.id}: applies.carrier must be [{code!r}] alone"
    if (rule.market, rule.programme) != (EVERYWHERE, EVERYWHERE):
        yield f"{rule.id}: a carrier's record is of market '*' and programme '*'"
    if rule.subject not in _OF_CARRIERS:
        yield f"{rule.id}: a carrier does not decide on {rule.subject}"
    if rule.subject is Subject.CLAIM_CLOSE and rule.applies.route != {ClaimRoute.CARRIER}:
        yield f"{rule.id}: applies.route must be ['CARRIER']: a carrier's deadline is that of a claim against it"


def _overlaps(rules: tuple[Rule, ...]) -> Iterator[str]:
    """Pairs that would both hold for one case on one day, with nothing to tell which is meant."""
    for one, other in combinations(rules, 2):
        if (one.subject, one.specificity) != (other.subject, other.specificity):
            continue
        if one.case and other.case and one.case is not other.case:
            continue
        if one.applies.meets(other.applies) and _begin(one) < _end(other) and _begin(other) < _end(one):
            yield f"{one.id} and {other.id}: both hold from {max(_begin(one), _begin(other))}, for the same cases"


def _gaps(policy: Policy) -> Iterator[str]:
    for rule in policy.rules:
        if rule.subject not in policy.must_cover or rule.valid_until is None:
            continue
        others = (other for other in policy.rules if other is not rule and replaces(other, rule))
        later = [_begin(other) for other in others if _begin(other) >= rule.valid_until]
        if later and min(later) > rule.valid_until:
            yield f"{rule.id}: no record of {rule.subject} from {rule.valid_until} until {min(later)}, where none may be missing"


def _begin(rule: Rule) -> date:
    return rule.valid_from or date.min


def _end(rule: Rule) -> date:
    return rule.valid_until or date.max
