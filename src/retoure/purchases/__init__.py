"""One label per key, whatever fails."""

from retoure.purchases.unprotected import Unprotected

__all__ = ["Unprotected"]
