"""Alembic's environment: the connection is handed over by `counterfoil.store.migrate`."""

from alembic import context

from counterfoil.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
