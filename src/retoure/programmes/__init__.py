"""Dated rules of return programmes and carriers, as data."""
