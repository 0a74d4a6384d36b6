"""A second opinion on a return, reached by walking its calendar day by day; it knows nothing of the library."""
