"""What everything that remembers shares of a database: connections of its own, durable commits, schemas brought up to date."""
