"""The UPS package."""
