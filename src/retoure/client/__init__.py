"""The clients: from a request to a label, sync and async, over named accounts."""
