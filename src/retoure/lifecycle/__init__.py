"""From events to a verdict: pure, no I/O, no clock."""
