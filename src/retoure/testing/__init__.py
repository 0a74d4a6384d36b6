"""For users and plugin authors: replay a carrier in a test."""
