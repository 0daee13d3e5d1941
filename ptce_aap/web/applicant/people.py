"""The people of a dossier: who they are, inviting, changing a right, taking it back, leaving."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response
from wtforms import EmailField, RadioField
from wtforms.validators import InputRequired, Length

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.sharing import Kind, Right
from ptce_aap.services.applicants import dossier_confirming, dossier_invitations, dossier_people
from ptce_aap.services.applicants.dossier_people import Line, PeoplePage
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import Trail, bp, trail_of
from ptce_aap.web.context import actor, db, enter, received_at, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.messages import sentence

RIGHTS = [
    (Right.READ.value, "Lire le dossier"),
    (Right.EDIT.value, "Lire et modifier le dossier"),
    (Right.FILE.value, "Lire, modifier et déposer le dossier"),
]
_CARRIER = "carrier"
_ADDRESS = [InputRequired("Indiquez l’adresse de la personne."), Length(max=254)]


class InvitationForm(PageForm):
    """To whom, to do what."""

    email = EmailField("Adresse de courriel", _ADDRESS)
    role = RadioField(
        "Ce que cette personne pourra faire",
        choices=[*RIGHTS, (_CARRIER, "Porter le dossier avec vous : le lire, le modifier et le confirmer")],
        default=Right.EDIT.value,
    )

    def asked(self) -> tuple[Kind, Right]:
        """Return as what this person is invited, and what he may do."""
        return (Kind.CARRIER, Right.EDIT) if self.role.data == _CARRIER else (Kind.EDITOR, Right(self.role.data))


class RightForm(PageForm):
    """What somebody may do from now on."""

    right = RadioField("Ce que cette personne pourra faire", choices=RIGHTS)


@bp.get("/<reference>/personnes")
@requires(Permission.FILE_DOSSIER)
def people(reference: str) -> str:
    """List who works on the dossier."""
    with db().reading() as session:
        page = dossier_people.people_page(session, actor(), reference, now=received_at())
        content = ""
        if any(line.confirmation for line in page.lines):
            content = dossier_confirming.content_now(session, page.dossier, page.call)
    enter(page.call)
    return render_template(
        "applicant/people.html", page=page, content=content, may=dossier_invitations.MAY, breadcrumb=way(page)
    )


@bp.route("/<reference>/personnes/inviter", methods=["GET", "POST"])
@requires(Permission.FILE_DOSSIER)
def invite_person(reference: str) -> Response | str:
    """Invite somebody by e-mail."""
    page = own_page(reference)
    form = InvitationForm()
    if form.validate_on_submit() and invited(form, reference, *form.asked()):
        flash(f"Une invitation part à l’adresse {form.email.data}. Elle vaut 7\u00a0jours.", "success")
        return redirect(url_for("applicant.people", reference=reference))
    return render_template(
        "applicant/invite_person.html", page=page, form=form, breadcrumb=way(page, ("Inviter", None))
    )


@bp.post("/<reference>/personnes/<link>/relance")
@requires(Permission.FILE_DOSSIER)
def invite_again(reference: str, link: str) -> Response:
    """Send a new link to somebody who has not answered."""
    base = settings().base_url
    try:
        db().transaction(dossier_invitations.send_again, actor(), reference, link, base_url=base, now=received_at())
        flash("Un nouveau message est parti ; le lien précédent ne vaut plus.", "success")
    except RuleViolation as refusal:
        if refusal.code != "sent_a_moment_ago":
            raise
        flash(sentence(refusal), "info")
    return redirect(url_for("applicant.people", reference=reference))


@bp.route("/<reference>/personnes/<link>/droit", methods=["GET", "POST"])
@requires(Permission.FILE_DOSSIER)
def person_right(reference: str, link: str) -> Response | str:
    """Change what somebody may do."""
    page = own_page(reference)
    line = line_of(page, link)
    if line.kind is Kind.REPRESENTATIVE:
        raise NotFound()
    form = RightForm(right=line.right.value)
    if form.validate_on_submit():
        right = Right(form.right.data)
        db().transaction(dossier_invitations.give_right, actor(), reference, link, right, now=received_at())
        flash("Le droit est changé. Il vaut dès maintenant.", "success")
        return redirect(url_for("applicant.people", reference=reference))
    return render_template(
        "applicant/person_right.html", page=page, line=line, form=form, breadcrumb=way(page, ("Changer un droit", None))
    )


@bp.route("/<reference>/personnes/<link>/retirer", methods=["GET", "POST"])
@requires(Permission.FILE_DOSSIER)
def revoke_person(reference: str, link: str) -> Response | str:
    """Ask once, then close the dossier to somebody or take an invitation back."""
    page = own_page(reference)
    line = line_of(page, link)
    form = PageForm()
    if form.validate_on_submit():
        db().transaction(dossier_invitations.revoke, actor(), reference, link, now=received_at())
        flash("C’est retiré\u00a0: le dossier n’est plus ouvert à cette personne.", "success")
        return redirect(url_for("applicant.people", reference=reference))
    return render_template(
        "applicant/revoke_person.html", page=page, line=line, breadcrumb=way(page, ("Retirer", None))
    )


@bp.route("/<reference>/personnes/quitter", methods=["GET", "POST"])
@requires(Permission.FILE_DOSSIER)
def leave(reference: str) -> Response | str:
    """Ask once, then stop working on a dossier."""
    page = people_of(reference)
    if page.mine is None:
        raise NotFound()
    form = PageForm()
    if form.validate_on_submit():
        db().transaction(dossier_invitations.leave, actor(), reference, now=received_at())
        flash("Vous avez quitté ce dossier\u00a0: il ne vous est plus ouvert.", "success")
        return redirect(url_for("applicant.home"))
    return render_template("applicant/leave.html", page=page, breadcrumb=way(page, ("Quitter le dossier", None)))


def invited(form: PageForm, reference: str, kind: Kind, right: Right) -> bool:
    """Invite whom a form names; tell whether it is done, else the form says why beside the address."""
    try:
        db().transaction(
            dossier_invitations.invite,
            actor(),
            reference,
            form["email"].data or "",
            kind,
            right,
            base_url=settings().base_url,
            now=received_at(),
        )
    except RuleViolation as refusal:
        form.refuse(refusal, "email")
        return False
    return True


def people_of(reference: str) -> PeoplePage:
    """Return the people of a dossier that one reads, and show the page as one of its call."""
    with db().reading() as session:
        page = dossier_people.people_page(session, actor(), reference, now=received_at())
    enter(page.call)
    return page


def own_page(reference: str) -> PeoplePage:
    """Return the people of one's own dossier. Errors: ``owner_only`` for who reads it only."""
    page = people_of(reference)
    if page.right is not Right.OWN:
        raise RuleViolation("owner_only")
    return page


def line_of(page: PeoplePage, link: str) -> Line:
    """Return somebody of the page by his reference."""
    for line in page.lines:
        if line.reference == link:
            return line
    raise NotFound()


def way(page: PeoplePage, *more: tuple[str, str | None]) -> Trail:
    """Return the way to a page about the people of a dossier."""
    here = url_for("applicant.people", reference=page.dossier.reference) if more else None
    return trail_of(page.dossier, ("Personnes du dossier", here), *more)
