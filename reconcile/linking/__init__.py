"""Linking register rows to dossiers: by codes, by numbers, and else by people and dates."""
