"""The story of a run: read, decide, remember, publish."""
