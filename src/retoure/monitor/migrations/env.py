"""What Alembic runs."""

from retoure.storage.migrating import migrate

migrate()
