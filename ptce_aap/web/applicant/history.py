"""What was done on a dossier, day by day, by whom."""

from __future__ import annotations

from flask import render_template, request

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants import dossier_history
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp, trail_of
from ptce_aap.web.context import actor, db, enter

# What somebody did, as the end of a sentence that begins with his name; with how many times where that tells more.
_WORDS = {
    "dossier.started": "a commencé le dossier",
    "dossier.imported": "a importé le dossier",
    "dossier.saved": "a modifié",
    "dossier.filed": "a déposé le dossier",
    "dossier.reopened": "a rouvert le dossier pour le modifier",
    "dossier.revision_dropped": "a renoncé à modifier le dossier déposé",
    "dossier.withdrawn": "a retiré le dossier",
    "dossier.confirmation": "a répondu à la demande de confirmation",
    "table.imported": "a importé un tableau",
    "piece.added": "a joint une pièce",
    "piece.removed": "a retiré une pièce",
    "person.invited": "a invité une personne",
    "person.invited_again": "a renvoyé une invitation",
    "person.joined": "a rejoint le dossier",
    "person.declined": "a refusé l’invitation",
    "person.right_changed": "a changé le droit d’une personne",
    "person.revoked": "a retiré une personne du dossier",
    "person.left": "a quitté le dossier",
    "ownership.offered": "a proposé de confier le dossier",
    "ownership.kept": "est resté titulaire du dossier",
    "ownership.taken": "est devenu titulaire du dossier",
    "ownership.refused": "n’a pas repris le dossier",
}
# Acts by a link, without account.
_NAMELESS = {"person.declined": "Une personne invitée", "dossier.confirmation": "Le représentant légal"}


@bp.get("/<reference>/historique")
@requires(Permission.FILE_DOSSIER)
def history(reference: str) -> str:
    """Show the days of the dossier."""
    number = request.args.get("page", 1, type=int)
    with db().reading() as session:
        page = dossier_history.history(session, actor(), reference, page=number)
    enter(page.call)
    return render_template(
        "applicant/history.html",
        page=page,
        words=_WORDS,
        nameless=_NAMELESS,
        breadcrumb=trail_of(page.dossier, ("Historique", None)),
    )
