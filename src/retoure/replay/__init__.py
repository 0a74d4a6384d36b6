"""Recorded exchanges, played without a network."""
