"""What is fast, measured side by side: every figure is a ratio of two things timed in one run."""
