"""The books on a database: SQLite beside the program, or PostgreSQL for several machines."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Self

from retoure.errors import ConfigurationError
from retoure.purchases import keeping
from retoure.purchases.entries import Bought
from retoure.purchases.ledger import Ledger
from retoure.purchases.records import Erased, LostPurchase, PurchaseRecord
from retoure.purchases.tables import BOOKS
from retoure.storage.database import Database


class Purchases(Ledger):
    """One label per key, whatever fails: the books of purchases on a database.

    Made by :meth:`at`; opened when first used. Safe for threads, and for many processes on one database.
    """

    @classmethod
    def at(cls, url: str, *, clock: Callable[[], datetime] | None = None) -> Self:
        """The books at a database's URL: ``sqlite:///retoure.db``, ``postgresql://user@host/name``. Nothing is opened yet.

        Args:
            url: A relative SQLite path is taken from the working directory of now.
            clock: Where leases get their time from; else the database server's, or the system's with SQLite.

        Raises:
            ConfigurationError: the URL cannot be used, or its driver is not installed.
        """
        return cls(Database(url, clock, BOOKS))

    def __repr__(self) -> str:
        return f"Purchases.at({str(self._database)!r})"

    @property
    def file(self) -> Path | None:
        """Where they lie with SQLite; it is made when they are first used."""
        return self._database.file

    def close(self) -> None:
        """Close the connections; they are opened again when needed."""
        self._database.close()

    def records(self) -> tuple[PurchaseRecord, ...]:
        """Every key on the books, the latest first, without personal data."""
        return keeping.records(self._database)

    def record(self, key: str) -> PurchaseRecord:
        """One key.

        Raises:
            ConfigurationError: it is not on the books.
        """
        return keeping.record(self._database, key)

    def resolve(self, key: str, *, number: str | None = None, nothing_bought: bool = False) -> Bought | None:
        """Settle a purchase whose outcome is unknown, by what the carrier's portal or invoice shows.

        Args:
            key: Its key.
            number: What it bought: the tracking number of the label, or the confirmation number of the pickup. The number of
                what was asked to be voided or cancelled, with no answer known, settles that it stands.
            nothing_bought: It bought nothing, and the key is free again. It is told by :meth:`lost` from then on: should the
                carrier have booked it after all, it is not forgotten.

        Returns:
            The label or pickup that the key stands for from now on, without documents; None where it bought nothing.

        Raises:
            ConfigurationError: the key is not on the books, that is no number, or neither or both were said.
            PurchaseConflict: it is settled already, somebody is buying under it this moment, or another key bought that number.
        """
        if (number is None) is not nothing_bought:
            raise ConfigurationError("say one of the two: number=... or nothing_bought=True")
        return keeping.resolve(self._database, key, number)

    def lost(self) -> tuple[LostPurchase, ...]:
        """Purchases given up as unknown, settled as nothing, or made once too often; what is scanned of them is billed."""
        return keeping.lost_purchases(self._database)

    def name_lost(self, lost: LostPurchase, number: str) -> None:
        """Write down the number of a lost purchase, now that it is known."""
        keeping.name_lost(self._database, lost.id, number)

    def erase(self, *rmas: str) -> Erased:
        """Erase the personal data of returns at once; keys, numbers, digests, codes and times stay.

        With SQLite the file is rewritten, so that nothing is left in it: name several returns in one call. With PostgreSQL the
        rows are deleted, and their bytes stay in its files until the operator runs ``VACUUM (FULL) purchase_content``, which
        locks out buyers meanwhile; a plain ``VACUUM`` does not overwrite them. Its log and its backups are the operator's, too.
        """
        return keeping.erase(self._database, rmas)

    def purge(self, before: datetime) -> Erased:
        """Erase all personal data written before an instant, in the way of :meth:`erase`.

        A key of which something younger is left is not among the keys told.
        """
        return keeping.purge(self._database, before)
