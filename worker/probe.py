"""``python -m worker.probe``: exit code 0 while the service on this machine is ready.

With ``live``: while the processes that are kept here run, whatever they wait for elsewhere.
For the health check of a container or a supervisor: it starts quickly and needs no configuration.
"""

from __future__ import annotations

import http.client
import os
import sys

DEFAULT_PORT = 8069


def is_ready(port: int, path: str = "/health/ready") -> bool:
    """Whether the endpoint on loopback says yes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    given = os.environ.get("DOISOAT_SERVICE__HEALTH_PORT", "")
    asked = "/health/live" if "live" in sys.argv[1:] else "/health/ready"
    sys.exit(0 if is_ready(int(given) if given else DEFAULT_PORT, asked) else 1)
