"""The linkers we compare with, each set up as its own documentation advises."""
