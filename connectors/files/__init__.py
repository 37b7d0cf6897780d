"""Registers and exports as people write them: headers, titles, rows, cells."""
