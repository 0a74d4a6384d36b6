"""What the books know of a key, and what follows from it: the rules of buying once, without any I/O.

A key is *open* from its intent until its outcome is known, and *bought* from then on. An open one belongs to whoever holds its
lease. A dead lease tells that its holder crashed or lost the answer, which comes to the same: an order that never left can be
bought at once, one that left has to be looked up first.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from retoure.errors import OutcomeUnknown, PurchaseConflict
from retoure.model.labels import Label, LabelOrder, LabelSource
from retoure.model.pickups import Pickup, PickupOrder

Order: TypeAlias = LabelOrder | PickupOrder
Bought: TypeAlias = Label | Pickup


def number_of(bought: Bought) -> str:
    """The number by which its carrier knows it."""
    return bought.tracking_number if isinstance(bought, Label) else bought.confirmation_number


class State(StrEnum):
    """How a key stands. What it bought is handed out while it is BOUGHT: not once giving it up was asked for."""

    OPEN = "open"
    BOUGHT = "bought"
    VOIDING = "voiding"  # its carrier was asked to give it up, and has not answered yet, or its answer was lost
    VOIDED = "voided"


class Step(StrEnum):
    """What whoever asks for a key does next."""

    BUY = "buy"  # the lease is theirs, and nothing has left
    LOOK_UP = "look up"  # the lease is theirs, and an order has left whose outcome nobody knows
    WAIT = "wait"  # somebody else is at it
    RETURN = "return"  # it is bought


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key as the books have it.

    Attributes:
        digest: Tells whether another order is the same purchase.
        owner: Who holds the lease; empty where nobody does.
        attempted_at: When the order last left; None: none has left whose outcome is open.
    """

    key: str
    account: str
    digest: str
    state: State
    owner: str = ""
    lease_until: datetime | None = None
    attempted_at: datetime | None = None

    def held(self, now: datetime) -> bool:
        """Whether somebody is at it."""
        return self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True)
class Seller:
    """Whom an order goes to: the code of the account's carrier, and whose contract its labels are on."""

    carrier: str
    label_source: LabelSource = LabelSource.UNKNOWN


@dataclass(frozen=True, slots=True)
class Entered:
    """What the books answer to whoever asks for a key: what to do, and what is known so far."""

    step: Step
    attempted_at: datetime | None = None
    bought: Bought | None = None


def next_step(entry: Entry | None, *, account: str, digest: str, owner: str, now: datetime) -> Step:
    """What to do about a key, for the owner of a lease or for anybody else.

    Raises:
        PurchaseConflict: the key was used for another order, or what it bought was given up.
    """
    if entry is None:
        return Step.BUY
    if entry.account != account:
        raise PurchaseConflict(f"the key {entry.key!r} was used for account {entry.account!r}: choose a new key")
    if entry.digest != digest:
        raise PurchaseConflict(f"the key {entry.key!r} was used for another order: choose a new key, or ask for the same again")
    match entry.state:
        case State.VOIDED:
            raise PurchaseConflict(f"what the key {entry.key!r} bought was voided or cancelled: choose a new key")
        case State.VOIDING:
            what = f"what the key {entry.key!r} bought was asked to be voided or cancelled, and no answer is known"
            raise PurchaseConflict(f"{what}: do that again by its number (retoure purchases show), or choose a new key")
        case State.BOUGHT:
            return Step.RETURN
        case State.OPEN:
            if entry.held(now) and entry.owner != owner:
                return Step.WAIT
            return Step.BUY if entry.attempted_at is None else Step.LOOK_UP


def stands_for(entry: Entry | None, *, owner: str, attempted_at: datetime | None) -> bool:
    """Whether what somebody bought is what the key stands for; if not, it is one too many and goes on the books as lost.

    It is, unless the key is bought already, or another took it over and has an order of theirs under way.
    """
    if entry is None:
        return True
    return entry.state is State.OPEN and (entry.owner == owner or entry.attempted_at in (None, attempted_at))


def may_depart(entry: Entry, owner: str) -> bool:
    """Whether an order may leave: whoever is first may, though its lease have run out while it waited for its turn."""
    return entry.state is State.OPEN and (entry.owner == owner or entry.attempted_at is None)


def may_give_up(entry: Entry, state: State, owner: str) -> bool:
    """Whether giving up may come to this state: a refusal lets nothing stand that another owner asked for since."""
    settled = entry.state in (State.BOUGHT, State.VOIDING)
    return settled and (state is not State.BOUGHT or entry.owner == owner)


def check_move(entry: Entry, number: str | None, pickup: Pickup, owner: str) -> None:
    """Whether a pickup, whose key stands for this number, may be moved by this owner.

    Raises:
        PurchaseConflict: the key stands for another pickup by now, or for none.
        OutcomeUnknown: it is being moved, or what became of an earlier move is not known.
    """
    match entry.state:
        case State.OPEN if entry.owner != owner:
            what = (
                f"whether the pickup of the key {entry.key!r} was moved before is not known: ask for the key again, or settle it"
            )
            raise OutcomeUnknown(what, key=entry.key, attempted_at=entry.attempted_at, account=entry.account)
        case State.VOIDED | State.VOIDING:
            raise PurchaseConflict(f"the pickup of the key {entry.key!r} was cancelled, or asked to be: choose a new key")
        case State.BOUGHT if number != pickup.confirmation_number:
            raise PurchaseConflict(
                f"the key {entry.key!r} stands for the pickup {number} by now, not {pickup.confirmation_number}"
            )


class Overtaken(Exception):  # noqa: N818 - what is the case; it never leaves the books
    """The lease ran out and somebody else took the key before the order left: nothing was sent."""


class Books(Protocol):
    """Where purchases and bookings are written down. Every method is one transaction of its own, and blocks.

    ``owner`` names one attempt to buy; a method that is given it changes nothing where the key belongs to somebody else.
    """

    def enter(self, order: Order, seller: Seller, owner: str, lease_s: float) -> Entered:
        """Take the key if it is to be had, writing the intent down before anything leaves.

        Raises:
            PurchaseConflict: the key was used for another order.
        """
        ...

    def departing(self, key: str, owner: str, at: datetime, lease_s: float) -> None:
        """Write down that the order leaves now, and take the lease anew.

        Whoever departs first has the key, though another may have taken it meanwhile: what precedes a departure may outlast any
        lease. Raises ``Overtaken`` where another's order has left, or the key is settled.
        """
        ...

    def renew(self, key: str, owner: str, lease_s: float) -> None:
        """Take the lease anew."""
        ...

    def keep(self, key: str, owner: str, bought: Bought, attempted_at: datetime | None) -> Bought | None:
        """Write down what was bought, and return what the key stands for; None where that is still open.

        Raises:
            BooksError: it could not be written.
        """
        ...

    def free(self, key: str, owner: str) -> None:
        """Forget an attempt that bought nothing."""
        ...

    def release(self, key: str, owner: str, candidates: tuple[str, ...] = ()) -> None:
        """Leave the outcome open, for whoever asks next; ``candidates`` are numbers that it may be."""
        ...

    def clear(self, key: str, owner: str, lease_s: float, *, lost: bool) -> None:
        """Close the attempt that has left, and take the lease anew: it bought nothing, or is given up as ``lost``."""
        ...

    def get(self, key: str) -> Bought | None:
        """What the key has bought, if it has; None once giving it up was asked for."""
        ...

    def give_up(self, bought: Bought, state: State, owner: str, result: str = "") -> bool:
        """Write down how far giving something up has come; nothing where it is not on the books.

        VOIDING before its carrier is asked; then VOIDED with the result, or BOUGHT where that was refused, unless another owner
        asked since. Tells whether it was VOIDING already.
        """
        ...

    def moving(self, pickup: Pickup, owner: str, at: datetime, lease_s: float) -> bool:
        """Write down that a pickup is about to be moved: its key is open from now on. False where it is not on the books.

        Raises:
            PurchaseConflict: its key stands for another pickup by now, or for none.
            OutcomeUnknown: it was moved before, and what became of that is not known.
        """
        ...

    def stay(self, key: str, owner: str, *, cancelled: bool) -> None:
        """Write down that a pickup could not be moved: its key stands for what it stood for, or that is cancelled."""
        ...

    def adopt(self, label: Label) -> None:
        """Write down a label that was bought elsewhere."""
        ...

    def close(self) -> None:
        """Close what is open; it is opened again when needed: other clients may share the books."""
        ...
