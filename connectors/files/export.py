"""``export``: rows that a software (một cửa, Cổng DVCQG) wrote to Excel or CSV."""

from __future__ import annotations

from connectors.files.folder import FileConnector
from connectors.files.headers import NEEDED_EXPORT


class ExportConnector(FileConnector):
    """Each row is a dossier; it needs its code, its status and the day of reception."""

    NEEDED = NEEDED_EXPORT
