"""What Alembic's ``env.py`` of every schema comes to: the migrations, within the transaction of whoever opens the tables."""

from alembic import context


def migrate() -> None:
    """Run the migrations."""
    given = context.config.attributes
    context.configure(connection=given["connection"], target_metadata=given["metadata"], version_table=given["version_table"])
    context.run_migrations()
