"""What every test shares: Hypothesis draws the same examples in every run, and what the tests
leave behind is searched for persons at the end.

A failure must be the change's, not the day's. ``HYPOTHESIS_PROFILE=wide`` looks further.
"""

import os

from hypothesis import settings

pytest_plugins = ["tests.canary"]

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("wide", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
