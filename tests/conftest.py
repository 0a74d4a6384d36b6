"""What every test may use."""

from hypothesis import settings

pytest_plugins = ["pytester"]

# A busy machine makes an example slow, not wrong.
settings.register_profile("retoure", deadline=None)
settings.load_profile("retoure")
