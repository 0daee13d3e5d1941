"""The whole story of a call, in real browsers, through nginx, gunicorn, PostgreSQL, Valkey, S3 and a mail server."""

from __future__ import annotations

from tests.journeys.test_story import test_a_call_from_an_empty_database_to_its_shortlist

__all__ = ["test_a_call_from_an_empty_database_to_its_shortlist"]
