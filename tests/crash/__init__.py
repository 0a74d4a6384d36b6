"""Processes that are killed at random points, and what they wrote down compared with what carriers in a box sold and showed."""
