"""DHL Paket (Germany): returns, pickups, tracking and drop-off points."""
