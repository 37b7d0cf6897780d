"""Every syllable that Vietnamese spelling knows, spelled out from its onsets and rhymes."""

from __future__ import annotations

import unicodedata

from reconcile.text.syllables import _AFTER_QU, _CLOSED, _ONSETS, _RHYMES, TONES


def every_syllable() -> list[str]:
    """All syllables of the alphabet in all their tones, sorted."""
    marks = {tone: mark for mark, tone in TONES.items()}
    found = set()
    for letters, rhyme in _spellings():
        for tone in range(6):
            if rhyme.endswith(_CLOSED) and tone not in (2, 5):
                continue
            found.add(_with_tone(letters, rhyme, marks.get(tone, "")))
    return sorted(found)


def _spellings() -> list[tuple[str, str]]:
    plain = [(onset + rhyme, rhyme) for onset in sorted(_ONSETS) for rhyme in sorted(_RHYMES)]
    return plain + [("qu" + rhyme, rhyme) for rhyme in sorted(_AFTER_QU)]


def _with_tone(letters: str, rhyme: str, mark: str) -> str:
    """Put the mark on the marked vowel, else on the main one, in the newer placement."""
    onset = letters[: len(letters) - len(rhyme)]
    vowels = [i for i, char in enumerate(rhyme) if char in "aăâeêioôơuưy"]
    marked = [i for i in vowels if rhyme[i] in "ăâêôơư"]
    if marked:
        at = marked[-1]
    elif len(vowels) == 1:
        at = vowels[0]
    else:
        ends_in_vowel = vowels[-1] == len(rhyme) - 1
        at = vowels[-2] if ends_in_vowel and rhyme not in ("oa", "oe", "uy") else vowels[-1]
    spelled = onset + rhyme[: at + 1] + mark + rhyme[at + 1 :]
    return unicodedata.normalize("NFC", spelled)
