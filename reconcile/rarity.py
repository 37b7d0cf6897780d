"""How rare Vietnamese names are: a frozen, versioned table of the linking policy.

Values are bits: -log2 of the share of people who bear the word in that place of the name,
accents kept away (one table for Nguyễn and Nguyen). ``docs/linking.md`` tells how they were
estimated and how to do it again. The table never looks at the data at hand, so that new rows
change no other pair.
"""

from __future__ import annotations

#: Change it whenever a number below changes: stored scores are then computed anew.
VERSION = "2026-11"

#: Family names (họ), share in per mille of the population, rounded.
_FAMILY_PER_MILLE = {
    "nguyen": 350,
    "tran": 110,
    "le": 92,
    "pham": 65,
    "hoang": 32,
    "huynh": 35,
    "phan": 35,
    "vu": 25,
    "vo": 30,
    "dang": 21,
    "bui": 20,
    "do": 16,
    "ho": 13,
    "ngo": 13,
    "duong": 12,
    "li": 8,
    "dinh": 9,
    "doan": 8,
    "dao": 8,
    "truong": 12,
    "trinh": 7,
    "mai": 7,
    "lam": 7,
    "luong": 7,
    "cao": 6,
    "ta": 4,
    "ha": 5,
    "chau": 4,
    "thai": 4,
    "luu": 4,
    "to": 4,
    "quach": 3,
    "vuong": 3,
    "phung": 4,
    "tong": 3,
    "kieu": 2,
    "la": 2,
    "chu": 3,
    "hua": 2,
    "thach": 2,
    "tang": 2,
    "van": 3,
    "diep": 2,
    "lo": 2,
    "lu": 2,
    "giang": 1,
    "nghiem": 1,
    "quang": 1,
    "bach": 1,
    "nong": 2,
    "khuat": 1,
    "son": 1,
    "kim": 2,
    "ton": 1,
    "thieu": 1,
    "mac": 1,
    "ong": 1,
    "dau": 1,
    "doi": 1,
    "au": 1,
    "banh": 1,
    "than": 1,
    "trieu": 1,
    "thi": 1,
    "tieu": 1,
    "ung": 1,
}
FAMILY_NAMES = frozenset(_FAMILY_PER_MILLE)
