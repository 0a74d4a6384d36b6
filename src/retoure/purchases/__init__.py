"""One label per key, whatever fails."""
