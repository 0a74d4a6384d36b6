"""What Alembic runs: the migrations, within the transaction of whoever opens the books."""

from alembic import context

from retoure.purchases.engine import VERSION_TABLE
from retoure.purchases.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE)
context.run_migrations()
