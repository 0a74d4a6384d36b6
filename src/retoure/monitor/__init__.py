"""Polling every return until its end."""
