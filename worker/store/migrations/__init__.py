"""The steps from one shape of the database to the next, oldest first.

A new step: change ``tables.py``, run ``python -m worker.store.migrations "what it does"``, read the
draft that it writes to ``versions/``, and add its revision here.
"""

#: Every revision that this version of the product knows, oldest first.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0011")
HEAD = REVISIONS[-1]
