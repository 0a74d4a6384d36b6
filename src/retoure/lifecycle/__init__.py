"""From events to a verdict: pure, no I/O, no clock."""

from retoure.lifecycle.assessment import Assessment, Detail, Flag, Reason, RecoveryKind, RuleUsed, State
from retoure.lifecycle.case import CaseLabel, ReturnCase, case_of, from_report
from retoure.lifecycle.events import Quarantine, SetAside
from retoure.lifecycle.observations import (
    OBSERVATION,
    ClaimFiled,
    FailedRead,
    HandoverProof,
    LabelVoided,
    Observation,
    Read,
    RefundIssued,
    WarehouseReceipt,
)
from retoure.lifecycle.scans import Scan
from retoure.lifecycle.verdict import assess

__all__ = [
    "OBSERVATION",
    "Assessment",
    "CaseLabel",
    "ClaimFiled",
    "Detail",
    "FailedRead",
    "Flag",
    "HandoverProof",
    "LabelVoided",
    "Observation",
    "Quarantine",
    "Read",
    "Reason",
    "RecoveryKind",
    "RefundIssued",
    "ReturnCase",
    "RuleUsed",
    "Scan",
    "SetAside",
    "State",
    "WarehouseReceipt",
    "assess",
    "case_of",
    "from_report",
]
