"""Recorded exchanges, played without a network.

Two players for one file: :func:`play` drives an adapter with no HTTP at all, :func:`mount` puts a scenario under a whole client.
"""

from retoure.replay.checking import Fault, check
from retoure.replay.files import InvalidScenario
from retoure.replay.finding import UnknownScenario, all_scenarios, find, load
from retoure.replay.given import ask
from retoure.replay.matching import Match, ScenarioMismatch, Sent
from retoure.replay.mounting import Mounted, mount
from retoure.replay.playing import play
from retoure.replay.scenario import SCENARIO_SCHEMA, Origin, Scenario
from retoure.replay.verifying import as_json, verify, verify_outcome

__all__ = [
    "SCENARIO_SCHEMA",
    "Fault",
    "InvalidScenario",
    "Match",
    "Mounted",
    "Origin",
    "Scenario",
    "ScenarioMismatch",
    "Sent",
    "UnknownScenario",
    "all_scenarios",
    "as_json",
    "ask",
    "check",
    "find",
    "load",
    "mount",
    "play",
    "verify",
    "verify_outcome",
]
