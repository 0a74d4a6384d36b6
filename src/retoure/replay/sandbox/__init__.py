"""Carriers in a box: a local server that sells labels and pickups over the carriers' own wire, for tests from end to end."""

from retoure.replay.sandbox.books import Booking
from retoure.replay.sandbox.box import Sandbox
from retoure.replay.sandbox.faults import Fault, Faults
from retoure.replay.sandbox.outages import Outage, Trouble
from retoure.replay.sandbox.scripts import Script, ScriptedRow

__all__ = ["Booking", "Fault", "Faults", "Outage", "Sandbox", "Script", "ScriptedRow", "Trouble"]
