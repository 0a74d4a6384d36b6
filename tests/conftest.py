"""What every test may use."""

import os

from hypothesis import settings

pytest_plugins = ["pytester"]

# A busy machine makes an example slow, not wrong. Where a submission is judged the examples are the same each time.
settings.register_profile("retoure", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("retoure")
