"""What a person asks or does, as functions of values: command line and console only show it."""
