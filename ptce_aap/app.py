"""create_app(): the application, read like a table of contents."""

from __future__ import annotations

from flask import Flask
from whitenoise import WhiteNoise

from ptce_aap import addresses, resources
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.entry import measures, valkey
from ptce_aap.proconnect import open_provider
from ptce_aap.registers import open_register
from ptce_aap.storage import Storage, open_storage
from ptce_aap.web import (
    access,
    account,
    applicant,
    assets,
    assignment,
    complements,
    compression,
    consultations,
    consulted,
    context,
    correspondent,
    directory,
    dossier_messages,
    dossiers,
    eligibility,
    eligibility_letters,
    errors,
    formats,
    jury,
    kept,
    limits,
    mailbox,
    management,
    marking,
    open_sessions,
    own_data,
    owners,
    passkey_site,
    passkeys,
    proconnect,
    proxies,
    public,
    reminders,
    second_factor,
    security,
    self_tests,
    sessions,
    shell,
    verification,
)
from ptce_aap.web.context import EXTENSION, Platform
from ptce_aap.web.counters import Counters

_A_YEAR = 365 * 24 * 3600
_ROOMS = (
    public.bp,
    verification.bp,
    self_tests.bp,
    reminders.bp,
    account.bp,
    open_sessions.bp,
    own_data.bp,
    proconnect.bp,
    second_factor.bp,
    passkeys.bp,
    applicant.bp,
    applicant.by_link,
    jury.bp,
    marking.bp,
    assignment.bp,
    correspondent.bp,
    complements.bp,
    consultations.bp,
    consulted.bp,
    directory.bp,
    eligibility.bp,
    eligibility_letters.bp,
    dossiers.bp,
    dossier_messages.bp,
    management.bp,
    mailbox.bp,
)


def create_app(settings: Settings, *, database: Database | None = None, storage: Storage | None = None) -> Flask:
    """Return the WSGI application for these settings."""
    app = Flask(__name__, static_folder=str(assets.STATIC), template_folder=str(resources.shipped("templates")))
    app.extensions[EXTENSION] = Platform(
        settings=settings,
        database=database or Database(settings.database_url),
        storage=storage or open_storage(settings.storage_url),
        register=open_register(settings.register_url),
        counters=Counters(lambda: valkey.address(settings)),
        proconnect=open_provider(
            settings.proconnect_issuer,
            settings.proconnect_client_id,
            settings.proconnect_client_secret,
            base_url=settings.base_url,
            back=addresses.PROCONNECT_BACK,
            strong=settings.proconnect_strong,
        ),
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    # First of all: what it counts is the answer as it leaves.
    measures.watch(app, settings)
    context.init_app(app)
    security.init_app(app, settings)
    sessions.init_app(app)
    formats.init_app(app)
    owners.init_app(app)
    kept.init_app(app)
    passkey_site.init_app(app)
    shell.init_app(app, settings)
    errors.init_app(app)
    limits.init_app(app)
    compression.init_app(app)
    app.before_request(access.guard)
    for blueprint in _ROOMS:
        app.register_blueprint(blueprint)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(assets.served(settings.instance)),
        prefix="static/",
        max_age=_A_YEAR,
        add_headers_function=security.of_files(settings),
    )
    app.wsgi_app = proxies.Proxies(  # type: ignore[method-assign]
        app.wsgi_app, settings.proxies, dates=settings.proxies_date
    )
    return app
