"""What Alembic runs: always on the connection that the application hands over."""

from __future__ import annotations

from alembic import context

from ptce_aap.models import Base


def run() -> None:
    """Run the migrations on the given connection, one transaction for all."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=False,
        compare_type=True,
    )
    context.run_migrations()


run()
