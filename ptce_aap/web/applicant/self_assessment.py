"""Self-assessment: what the rules of the call say of one's own dossier, and where each answer is mended."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template

from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.questionnaire import Question
from ptce_aap.services.applicants import self_assessment as service
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.web.access import requires
from ptce_aap.web.applicant import resources
from ptce_aap.web.applicant.room import bp, load, question_address, trail


@bp.get("/<reference>/auto-evaluation")
@requires(Permission.FILE_DOSSIER)
def self_assessment(reference: str) -> str:
    """Show conditions, indicators and demands with what they read; nothing here decides."""
    page = load(reference)
    return render_template(
        "applicant/self_assessment.html",
        page=page,
        assessment=service.assess(page),
        mend=_mender(page) if page.editable else None,
        beside=resources.beside(page),
        address_of=resources.address_of,
        breadcrumb=trail(page, ("Auto-évaluation", None)),
    )


def _mender(page: DossierPage) -> Callable[[Question], str]:
    def address(question: Question) -> str:
        stage, _, rest = question.path.partition(".")
        return question_address(page.dossier.reference, stage, rest.replace(".", "-"))

    return address
