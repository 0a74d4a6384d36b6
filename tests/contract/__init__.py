"""Whether our requests and our fixtures are what the carriers' official descriptions promise."""
