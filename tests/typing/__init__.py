"""Types a user relies on."""
