"""The ranking room dossier by dossier and reader by reader: one rank explained, two compared, names on demand."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.jury import severity
from ptce_aap.services.ranking import room_dossier
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.management import room_words, severity_words
from ptce_aap.web.management.ranking_room import room_trail
from ptce_aap.web.management.room import bp

_LONGEST = 40


@bp.get("/<slug>/classement/salle/dossiers/<reference>")
@requires(Permission.SEE_CORRECTED)
def room_dossier_page(reference: str) -> str:
    """Explain the corrected rank of one dossier."""
    now = clock.now()
    with db().reading() as session:
        page = room_dossier.explain(session, actor(), call(), reference, now=now)
    return render_template(
        "management/ranking_room_dossier.html",
        page=page,
        words=room_words,
        readers=severity_words,
        now=now,
        may_see_place=actor().may(Permission.SEE_RANKING, call().id) and call().marking_closed_at is not None,
        breadcrumb=room_trail((page.line.title, None)),
    )


@bp.get("/<slug>/classement/salle/comparer")
@requires(Permission.SEE_CORRECTED)
def room_pair() -> str:
    """Compare two dossiers."""
    now, asked = clock.now(), (request.args.get("a", "")[:_LONGEST], request.args.get("b", "")[:_LONGEST])
    with db().reading() as session:
        page = room_dossier.pair(session, actor(), call(), *asked, now=now)
    return render_template(
        "management/ranking_room_pair.html",
        page=page,
        asked=asked,
        words=room_words,
        now=now,
        breadcrumb=room_trail(("Comparer deux dossiers", None)),
    )


@bp.get("/<slug>/classement/salle/lecteurs")
@requires(Permission.SEE_CORRECTED)
def room_readers() -> str:
    """Show how readers differ; their names to the chair who asked for them."""
    now = clock.now()
    with db().reading() as session:
        page = severity.readers(session, actor(), call(), now=now)
    return render_template(
        "management/ranking_room_readers.html",
        page=page,
        words=room_words,
        readers=severity_words,
        now=now,
        breadcrumb=room_trail(("Sévérité des lecteurs", None)),
    )


@bp.post("/<slug>/classement/salle/lecteurs/noms")
@requires(Permission.SEE_SEVERITY)
def room_names() -> Response:
    """Ask for the names of the readers: written in the journal."""
    db().transaction(severity.consult, actor(), call().id, now=clock.now())
    dossier = request.form.get("dossier", "")[:_LONGEST]
    if dossier:
        return redirect(url_for("management.room_dossier_page", slug=call().slug, reference=dossier))
    return redirect(url_for("management.room_readers", slug=call().slug))
