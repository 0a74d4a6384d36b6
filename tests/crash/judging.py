"""The verdict: what the carriers sold, against what the books know."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from retoure import Purchases
from retoure.replay.sandbox import Sandbox


@dataclass(frozen=True)
class Verdict:
    """Keys under which more was bought than the books allow, and purchases that the books do not know."""

    double: tuple[str, ...]
    lost: tuple[str, ...]


def judge(box: Sandbox, books: Purchases, supersedes: frozenset[str]) -> Verdict:
    """Compare the box's books with the shop's."""
    known = {record.key: record for record in books.records()}
    given_up = Counter(lost.key for lost in books.lost())
    wrongly_given_up = {lost.key for lost in books.lost() if lost.account not in supersedes and not lost.number}
    sold: dict[str, set[str]] = defaultdict(set)
    for booking in box.bookings():
        sold[booking.key].add(booking.number)
    double = {key for key, numbers in sold.items() if len(numbers) > 1 + given_up[key]} | wrongly_given_up
    lost = {key for key in sold if key not in known}
    for key, record in known.items():
        if record.state == "bought" and record.number not in sold[key]:
            lost.add(key)
        if record.state == "not sent" and len(sold[key]) > given_up[key]:
            lost.add(key)
    return Verdict(tuple(sorted(double)), tuple(sorted(lost)))
