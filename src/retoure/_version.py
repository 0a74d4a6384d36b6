"""The version, read from the installed distribution's metadata only where somebody asks for it elsewhere."""

__version__ = "0.1.0"
