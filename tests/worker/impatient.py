"""``doisoat serve`` that is soon impatient: the same parent, with seconds instead of minutes."""

import os
import sys
from pathlib import Path

import config.settings
from worker import logs
from worker.service import supervisor

if __name__ == "__main__":
    logs.configure("INFO")
    supervisor.ALIVE_EVERY = 1.0
    supervisor.PATIENCE = 15.0  # a busy machine, too, sends one hint in a quarter of a minute
    supervisor.serve(config.settings.load(Path(sys.argv[1]), os.environ))
