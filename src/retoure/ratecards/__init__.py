"""The merchant's own tariffs: loaded, compiled, priced."""
