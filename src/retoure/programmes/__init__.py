"""Dated rules of return programmes and carriers, as data."""

from retoure.programmes.claims import CarrierClaim, ClaimStatus, ClaimWindow, Situation, carrier_claim, claim_window
from retoure.programmes.loader import load_policy, policy_names, read_carrier_rules, read_policy
from retoure.programmes.policy import Facts, Policy
from retoure.programmes.records import (
    Applies,
    ClosingRule,
    ExpiringRule,
    NeverScannedRule,
    OpeningRule,
    PreconditionRule,
    RefundDueRule,
    RetentionRule,
    RouteRule,
    Rule,
    TraceRule,
)
from retoure.programmes.values import Closing, Opening
from retoure.programmes.vocabulary import Anchor, Block, ClaimCase, ClaimRoute, DayRule, RefundMode, SelectBy, Subject

__all__ = [
    "Anchor",
    "Applies",
    "Block",
    "CarrierClaim",
    "ClaimCase",
    "ClaimRoute",
    "ClaimStatus",
    "ClaimWindow",
    "Closing",
    "ClosingRule",
    "DayRule",
    "ExpiringRule",
    "Facts",
    "NeverScannedRule",
    "Opening",
    "OpeningRule",
    "Policy",
    "PreconditionRule",
    "RefundDueRule",
    "RefundMode",
    "RetentionRule",
    "RouteRule",
    "Rule",
    "SelectBy",
    "Situation",
    "Subject",
    "TraceRule",
    "carrier_claim",
    "claim_window",
    "load_policy",
    "policy_names",
    "read_carrier_rules",
    "read_policy",
]
