"""The verdict: what the carriers sold, against what the books know."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from retoure import Purchases
from retoure.purchases import LostPurchase, PurchaseRecord
from retoure.replay.sandbox import Booking, Sandbox


@dataclass(frozen=True)
class Verdict:
    """Keys under which more was bought than the books allow, and purchases that the books do not know.

    Attributes:
        told: What the books and the carrier say of each of these.
    """

    double: tuple[str, ...]
    lost: tuple[str, ...]
    told: tuple[str, ...] = field(default=(), compare=False)


def judge(box: Sandbox, books: Purchases, supersedes: frozenset[str]) -> Verdict:
    """Compare the box's books with the shop's.

    Only a purchase that was superseded, on an account that may, excuses a second one, or the only one where the next was refused;
    a pickup that was moved by cancelling and booking anew counts as one. What is voided on the books is lost where its carrier
    was never asked for it: the shop gives up nothing of carriers that have no void.
    """
    known = {record.key: record for record in books.records()}
    lost_rows = books.lost()
    given_up = Counter(row.key for row in lost_rows if row.cause == "superseded" and row.account in supersedes)
    by_hand = {row.key for row in lost_rows if row.cause == "settled by hand"}
    double = {row.key for row in lost_rows if row.cause == "one too many"}
    double |= {row.key for row in lost_rows if row.cause == "superseded" and row.account not in supersedes}
    sold: dict[str, list[Booking]] = defaultdict(list)
    for booking in box.bookings():
        sold[booking.key].append(booking)
    lost = set()
    for key in {*sold, *known}:
        standing = {booking.number for booking in sold[key] if booking.cancelled_at is None}
        labels = {booking.number for booking in sold[key] if booking.kind == "label"}
        if max(len(standing), len(labels)) > 1 + given_up[key]:
            double.add(key)
        record = known.get(key)
        if record is None:
            gone = bool(standing) if key in by_hand else len(sold[key]) > given_up[key]
        elif record.state == "bought":
            gone = record.number not in standing
        elif record.state == "voiding":
            gone = record.number not in {booking.number for booking in sold[key]}
        elif record.state == "voided":
            gone = record.number in standing or (record.kind == "pickup" and len(standing) > given_up[key])
        else:
            gone = record.state == "not sent" and len(standing) > given_up[key]
        if gone:
            lost.add(key)
    told = tuple(_told(key, known.get(key), lost_rows, sold[key]) for key in sorted(double | lost))
    return Verdict(tuple(sorted(double)), tuple(sorted(lost)), told)


def together(*verdicts: Verdict) -> Verdict:
    """What was found at one time or another."""
    double = {key for verdict in verdicts for key in verdict.double}
    lost = {key for verdict in verdicts for key in verdict.lost}
    told = (f"{place}. {line}" for place, verdict in enumerate(verdicts, 1) for line in verdict.told)
    return Verdict(tuple(sorted(double)), tuple(sorted(lost)), tuple(told))


def _told(key: str, record: PurchaseRecord | None, lost: Sequence[LostPurchase], sold: Sequence[Booking]) -> str:
    books = f"{record.state} {record.number} at {record.account}" if record else "nothing"
    books += "".join(f", {row.cause} {row.number or row.attempted_at}" for row in lost if row.key == key)
    carrier = ", ".join(f"{one.kind} {one.number}{' (cancelled)' if one.cancelled_at else ''}" for one in sold)
    return f"{key}: the books say {books}; sold: {carrier or 'nothing'}"
