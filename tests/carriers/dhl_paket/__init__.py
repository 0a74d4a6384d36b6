"""The DHL Paket package: its pairs of functions called directly, and its scenarios."""
