"""Buyers that are killed at random points, and the books compared with what carriers in a box have sold."""
