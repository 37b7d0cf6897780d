"""How a command ends: its exit code."""

DONE, STILL_OPEN, COULD_NOT_RUN, NOT_READ_IN_FULL = 0, 1, 2, 3
