"""The application for another web server, such as ``gunicorn --threads 8 ptce_aap.entry.wsgi:application``."""

from __future__ import annotations

from ptce_aap.entry.loading import loading

with loading():
    from ptce_aap.app import create_app
    from ptce_aap.config import load_settings
    from ptce_aap.database import Database
    from ptce_aap.entry import logs, measures

_settings = load_settings()
logs.configure("web", measures.count_alarms(_settings))
_database = Database(_settings.database_url)
_database.require_durable()
application = create_app(_settings, database=_database)
