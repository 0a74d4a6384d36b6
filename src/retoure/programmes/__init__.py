"""Dated rules of return programmes and carriers, as data."""

from retoure.programmes.claims import ClaimStatus, ClaimWindow, Situation, claim_window
from retoure.programmes.loader import load_policy, policy_names, read_policy
from retoure.programmes.policy import Facts, Policy
from retoure.programmes.records import (
    Anchor,
    Applies,
    Block,
    ClaimCase,
    ClaimRoute,
    Closing,
    ClosingRule,
    DayRule,
    NeverScannedRule,
    Opening,
    OpeningRule,
    PreconditionRule,
    RetentionRule,
    RouteRule,
    Rule,
    SelectBy,
    Subject,
)

__all__ = [
    "Anchor",
    "Applies",
    "Block",
    "ClaimCase",
    "ClaimRoute",
    "ClaimStatus",
    "ClaimWindow",
    "Closing",
    "ClosingRule",
    "DayRule",
    "Facts",
    "NeverScannedRule",
    "Opening",
    "OpeningRule",
    "Policy",
    "PreconditionRule",
    "RetentionRule",
    "RouteRule",
    "Rule",
    "SelectBy",
    "Situation",
    "Subject",
    "claim_window",
    "load_policy",
    "policy_names",
    "read_policy",
]
