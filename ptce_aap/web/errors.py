"""What people see when a page cannot be shown: a sentence and a way out, never a trace."""

from __future__ import annotations

import errno

import structlog
from flask import Flask, make_response, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from ptce_aap.database import is_away
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.web import denials, kept, sessions
from ptce_aap.web.messages import sentence

_TITLES = {
    400: "Cette demande n’a pas pu être lue",
    403: "Cette page n’est pas ouverte à votre rôle",
    404: "Cette page n’existe pas, ou ne vous est pas ouverte",
    405: "Cette adresse ne s’ouvre pas de cette façon",
    409: "La page a changé entre-temps",
    413: "Le fichier ou le texte envoyé est trop volumineux",
    422: "Cette action n’est pas possible",
    500: "Un problème est survenu de notre côté",
    503: "Le service est momentanément indisponible",
}
_ADVICE = {
    400: "Revenez à la page précédente et recommencez.",
    403: "Si vous pensez que c’est une erreur, écrivez à l’équipe de l’appel à projets.",
    404: "Vérifiez l’adresse, ou repartez de l’accueil.",
    405: "Repartez de la page précédente.",
    413: "Rien de cet envoi n’est enregistré, et ce que vous aviez saisi est resté dans la page précédente : revenez-y "
    "avec le bouton « Précédent » de votre navigateur. Un fichier peut peser 20 Mo au plus, et un envoi 25 Mo en tout. "
    "Joignez les fichiers un par un.",
    500: "Ce que vous aviez enregistré est conservé. Réessayez dans un instant.",
    503: "Ce que vous aviez enregistré est conservé. Réessayez dans quelques secondes.",
}
_REFUSED = {"deport": "Fermé jusqu’à la publication : vous êtes en déport"}
_RETRY_AFTER_S = 5
# No room left, a quota reached, a disk that became read-only or does not answer.
_STORAGE_AWAY = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
_log = structlog.get_logger("ptce_aap.web")


def init_app(app: Flask) -> None:
    """Register the error pages."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(RuleViolation, _refused)
    app.register_error_handler(Exception, _unexpected)


def page(status: int, advice: str | None = None, title: str | None = None) -> tuple[str, int]:
    """Render the error page of a status; a refusal that has a title of its own gives it."""
    title = title or _TITLES.get(status, _TITLES[400 if status < 500 else 500])
    text = advice or _ADVICE.get(status, _ADVICE[400 if status < 500 else 500])
    return render_template("errors/error.html", status=status, error_title=title, advice=text), status


def _http(error: HTTPException) -> Response | tuple[str, int]:
    if isinstance(error.response, Response):
        return error.response  # a page that leads elsewhere
    if isinstance(error, SecurityError):
        # A host that is not ours: no page of ours can be addressed from here.
        return "Adresse inconnue.", 400
    if error.code in {403, 404}:
        denials.note(error.code)
    return page(error.code or 500)


def _stale_form(_error: CSRFError) -> Response | tuple[str, int]:
    if kept.awaited():
        return kept.refuse()
    return page(400, "Ce formulaire a expiré. Revenez à la page précédente, rechargez-la, puis envoyez de nouveau.")


def _refused(refusal: RuleViolation) -> tuple[str, int]:
    hidden = isinstance(refusal, NotFound) or refusal.code == "not_found"
    status = 404 if hidden else 409 if isinstance(refusal, Conflict) else 422
    if refusal.code in denials.CODES:
        denials.note(status, refusal.code)
    return page(status) if hidden else page(status, sentence(refusal), _REFUSED.get(refusal.code))


def _unexpected(error: Exception) -> Response | tuple[str, int]:
    # The type and the place only: a message may hold what somebody typed.
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    away = is_away(error) or (isinstance(error, OSError) and error.errno in _STORAGE_AWAY)
    _log.error("away" if away else "unexpected", error=type(error).__name__, where=where)
    return _away() if away else page(500)


def _away() -> Response:
    """Say that nothing can be kept for now; the page itself asks nothing of the database."""
    sessions.ask_no_more()
    response = make_response(page(503))
    response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response
