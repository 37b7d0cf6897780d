"""Names, words and codes made comparable."""
