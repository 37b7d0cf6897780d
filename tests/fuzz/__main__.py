"""``make fuzz``: the properties with new seeds until the time is over; how many inputs it was."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time

INPUTS = 2_000  # of each property, a round
ROUND = INPUTS * 3 + max(INPUTS // 6, 10)  # three properties often, one rarely


def main(minutes: float) -> int:
    """Rounds until the time is over; stops at the first that fails, and names its seed."""
    until = time.monotonic() + 60 * minutes
    rounds = 0
    while time.monotonic() < until:
        seed = secrets.randbelow(2**32)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "tests/fuzz"]
        command += [f"--hypothesis-seed={seed}", "-p", "no:cacheprovider"]
        done = subprocess.run(command, env=os.environ | {"DOISOAT_FUZZ": f"{INPUTS}"}, check=False)
        if done.returncode:
            print(f"seed {seed}: failed after {rounds * ROUND} inputs that held")
            return 1
        rounds += 1
    print(f"{rounds * ROUND} inputs in {rounds} rounds, none failed")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
