"""``register``: paper registers (sổ theo dõi hồ sơ, sổ đăng ký khai sinh, khai tử) in Excel."""

from __future__ import annotations

from connectors.files.folder import FileConnector
from connectors.files.headers import NEEDED_REGISTER


class RegisterConnector(FileConnector):
    """Each row is an entry of a book; it needs somebody, and a sign that the result is there."""

    NEEDED = NEEDED_REGISTER
