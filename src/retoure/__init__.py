"""Return shipping: rates, prepaid labels, pickups, first scan and lost-in-transit, behind one interface."""
