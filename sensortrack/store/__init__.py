"""Sessions that were recorded: one SQLite file."""
