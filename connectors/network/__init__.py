"""The only way over the network: one deadline, one politeness, bounded answers."""
