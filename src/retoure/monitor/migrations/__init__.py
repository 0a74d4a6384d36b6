"""The history of the books' schema."""
