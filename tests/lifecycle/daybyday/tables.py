"""What random returns are made of."""

from datetime import date

SHIPPED = {
    "amazon_aprl_de": "Europe/Berlin",
    "amazon_aprl_fr": "Europe/Paris",
    "amazon_aprl_it": "Europe/Rome",
    "amazon_aprl_uk": "Europe/London",
    "amazon_aprl_us": "America/Los_Angeles",
    "own_shop_de": "Europe/Berlin",
    "amazon_aprl_us_paying": "America/Los_Angeles",
}
# No midnight in spring: Cairo, Beirut, Havana, Santiago, the Azores. Odd offsets: Kathmandu, Chatham, Lord Howe.
# The ends of the day: Kiritimati, Pago Pago.
FAR = (
    "Africa/Cairo", "Asia/Beirut", "America/Havana", "America/Santiago", "Atlantic/Azores", "Asia/Kathmandu", "Pacific/Chatham",
    "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Asia/Tokyo", "UTC",
)  # fmt: skip
WALLS = (
    (0, 0),
    (0, 0),
    (0, 1),
    (0, 30),
    (1, 30),
    (2, 0),
    (2, 30),
    (2, 59),
    (3, 0),
    (9, 0),
    (14, 10),
    (22, 30),
    (23, 50),
    (23, 59),
)
ACCEPTANCES = ("DROPPED_OFF", "PICKED_UP", "ACCEPTED", "ORIGIN_SCAN")
ON_THE_WAY = (
    "HUB_SCAN",
    "HUB_SCAN",
    "HUB_SCAN",
    "OUT_FOR_DELIVERY",
    "DELIVERY_FAILED",
    "READY_FOR_COLLECTION",
    "EXCEPTION",
    "CUSTOMS",
)
BEFORE = ("DATA_RECEIVED", "DATA_RECEIVED", "INFO", "PICKUP_BOOKED", "PICKUP_FAILED", "UNKNOWN", "CANCELLED", "CUSTOMS")
ENDS = (
    "DELIVERED", "DELIVERED", "DELIVERED", "DELIVERED", "DELIVERED_TO_NEIGHBOUR", "RETURNED_TO_ORIGIN", "RETURNING_TO_ORIGIN",
    "DISPOSED", "LOST_BY_CARRIER",
)  # fmt: skip
NOT_PHYSICAL = {
    "LOST_BY_CARRIER": "UNKNOWN",
    "UNKNOWN": "UNKNOWN",
    **dict.fromkeys(("INFO", "RETRACTION"), "NONE"),
    **dict.fromkeys(BEFORE[:5], "NONE"),
    "CANCELLED": "NONE",
}
SOURCES = ("amazon_negotiated", "amazon_negotiated", "own_contract", "seller_uploaded", "customer", "unknown")
NIGHTS = (
    date(2026, 1, 10), date(2026, 2, 16), date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 4), date(2026, 4, 24),
    date(2026, 9, 6),
    date(2026, 10, 4), date(2026, 10, 25), date(2026, 11, 1), date(2026, 12, 31), date(2027, 2, 28), date(2027, 3, 28),
    date(2027, 10, 31), date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1), date(2028, 3, 26), date(2028, 10, 29),
)  # fmt: skip
