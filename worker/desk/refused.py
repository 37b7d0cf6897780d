"""What the desk answers to what cannot be done."""

from __future__ import annotations


class Refused(Exception):
    """It cannot be done now: why, and what to do instead, both in Vietnamese."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint
