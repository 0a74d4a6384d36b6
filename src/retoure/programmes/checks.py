"""What makes a policy's records usable: no contradiction, no hole where none may be, nothing from another market."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations, product
from typing import TypeVar

from retoure.errors import InvalidPolicy
from retoure.model.labels import LabelSource
from retoure.programmes.policy import Facts, Policy
from retoure.programmes.records import Rule
from retoure.programmes.vocabulary import ClaimCase, ClaimRoute, SelectBy, Subject

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
    """Days without a record on a subject that must have one, each told once, with a sort of case that would meet it."""
    for subject in sorted(policy.must_cover):
        rules = tuple(rule for rule in policy.rules if rule.subject is subject)
        if not rules:
            yield f"no record of {subject}, where none may be missing"
        seen: set[tuple[date, date]] = set()
        for case, facts in _sorts(rules):
            for begin, end in _uncovered(policy.of_sort(type(rules[0]), case, facts)):
                if (begin, end) not in seen:
                    yield f"no record of {subject}{_told(begin, end)}, as for {_named(case, facts)}, where none may be missing"
                seen.add((begin, end))


def _sorts(rules: tuple[Rule, ...]) -> Iterator[tuple[ClaimCase | None, Facts]]:
    """The sorts of cases that records have to tell apart: any label, any carrier; of claims and routes those they speak of.

    A record that names no case speaks of those that others name, where others name any.
    """
    named = {rule.case for rule in rules if rule.case}
    cases: set[ClaimCase] | set[None] = named or {None}
    routes = {route for rule in rules for route in rule.applies.route or (None,)}
    carriers = {"", *(carrier for rule in rules for carrier in rule.applies.carrier)}
    refunds = {None, *(mode for rule in rules for mode in rule.applies.refund_mode)}
    for case, route, carrier, source, refund in product(
        sorted(cases, key=str), sorted(routes, key=str), sorted(carriers), LabelSource, sorted(refunds, key=str)
    ):
        yield case, Facts(carrier=carrier, label_source=source, dates={}, route=route, refund_mode=refund)


def _uncovered(rules: Iterable[Rule]) -> list[tuple[date, date]]:
    """The days without a record. A case's dates differ: records that one picks take over from each other."""
    of_date: dict[SelectBy, list[Rule]] = {}
    for rule in rules:
        of_date.setdefault(rule.select_by, []).append(rule)
    return min((list(_holes(alike)) for alike in of_date.values()), key=len, default=[(date.min, date.max)])


def _holes(rules: Iterable[Rule]) -> Iterator[tuple[date, date]]:
    reached = date.min
    for rule in sorted(rules, key=_begin):
        if _begin(rule) > reached:
            yield reached, _begin(rule)
        reached = max(reached, _end(rule))
    if reached < date.max:
        yield reached, date.max


def _told(begin: date, end: date) -> str:
    return (f" from {begin}" if begin > date.min else "") + (f" until {end}" if end < date.max else "")


def _named(case: ClaimCase | None, facts: Facts) -> str:
    return ", ".join(
        filter(None, (case, facts.carrier or "any other carrier", facts.label_source, facts.route, facts.refund_mode))
    )


def _begin(rule: Rule) -> date:
    return rule.valid_from or date.min


def _end(rule: Rule) -> date:
    return rule.valid_until or date.max
