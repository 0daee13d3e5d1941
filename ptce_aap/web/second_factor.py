"""The ways into one's own account: the application of codes, its recovery codes, the question at sign-in."""

from __future__ import annotations

from urllib.parse import quote

import segno
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.accounts import recovery_codes
from ptce_aap.services.accounts import second_factor as service
from ptce_aap.services.accounts.recovery_codes import Drawn
from ptce_aap.web import limits, passkey_site, sessions
from ptce_aap.web.access import public, requires
from ptce_aap.web.account import wanted, welcome
from ptce_aap.web.context import actor, db, platform, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.proof import CodeForm, fresh_proof
from ptce_aap.web.shell import SERVICE_NAME

bp = Blueprint("second_factor", __name__, url_prefix="/compte")


class EnrolForm(PageForm):
    """The first code of an application, and the secret that the page had offered."""

    sealed = HiddenField(validators=[Length(max=1000)])
    code = StringField(
        "Code à six chiffres",
        [InputRequired("Tapez les six chiffres que l’application affiche."), Length(max=40)],
        description="L’application en affiche un nouveau toutes les trente secondes.",
        render_kw={"inputmode": "numeric"},
    )


@bp.route("/connexion/code", methods=["GET", "POST"])
@public
def ask() -> Response | str | tuple[str, int]:
    """Ask for the second factor of whoever has just given his password."""
    form, status = CodeForm(), 200
    half = sessions.half()
    try:
        with db().reading() as session:
            person = service.person_of_half(session, half, now=clock.now())
            held = service.held(session, person.id)
    except RuleViolation:
        flash("Donnez d’abord votre adresse et votre mot de passe.", "info")
        return redirect(url_for("account.sign_in", suite=wanted() or None))
    if form.validate_on_submit():
        try:
            with limits.only_failures(limits.of_code(person.email, person.reference)):
                secret = db().transaction(
                    service.finish_sign_in,
                    half,
                    form.given,
                    keys=settings().keys,
                    base_url=settings().base_url,
                    now=clock.now(),
                )
            return welcome(secret, wanted() or url_for("account.start"), person.email)
        except RuleViolation as refusal:
            form.refuse_code(refusal)
            status = 422
    outside = platform().proconnect is not None and held.from_outside
    page = render_template("account/code.html", form=form, held=held, outside=outside, next=wanted())
    return page, status


@bp.get("/securite")
@requires(Permission.OWN_ACCOUNT)
def security() -> str:
    """Show what opens one's own account, and what may be changed there."""
    with db().reading() as session:
        held = service.held(session, actor().person_id)
    return render_template(
        "account/security.html",
        held=held,
        passkey_options=passkey_site.to_add() if not current_user.must_enrol else "",
        passkeys_elsewhere=passkey_site.elsewhere(),
        breadcrumb=_trail(),
    )


@bp.route("/securite/application", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.OWN_ACCOUNT)
def enrol() -> Response | str | tuple[str, int]:
    """Link an application of codes to the account, or another one in its place."""
    if settings().demo:
        return redirect(url_for("second_factor.security"))
    form, status = EnrolForm(), 200
    if form.validate_on_submit():
        drawn = recovery_codes.draw()
        try:
            secret = db().transaction(
                service.enrol,
                actor(),
                form.sealed.data or "",
                form.code.data or "",
                drawn,
                keys=settings().keys,
                base_url=settings().base_url,
                now=clock.now(),
            )
            return _show(drawn, secret)
        except RuleViolation as refusal:
            form.refuse(refusal, "code")
            form.code.data = ""  # of no use a minute later
    if form.errors:
        status = 422
    offer = service.offer(
        actor(), issuer=SERVICE_NAME, keys=settings().keys, now=clock.now(), sealed=form.sealed.data or ""
    )
    form.sealed.data = offer.sealed
    with db().reading() as session:
        held = service.held(session, actor().person_id)
    page = render_template(
        "account/enrol.html",
        form=form,
        offer=offer,
        picture=segno.make(offer.uri, micro=False).svg_data_uri(scale=4, border=4, light="#fff"),
        held=held,
        next=wanted(),
        breadcrumb=[] if current_user.must_enrol else _trail("Application de codes"),
    )
    return page, status


@bp.post("/securite/codes")
@fresh_proof
@requires(Permission.OWN_ACCOUNT)
def renew_codes() -> Response:
    """Make ten new recovery codes and show them once."""
    drawn = recovery_codes.draw()
    db().transaction(service.renew_codes, actor(), drawn, base_url=settings().base_url, now=clock.now())
    return _show(drawn)


@bp.route("/securite/application/retirer", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.OWN_ACCOUNT)
def remove() -> Response | str:
    """Ask once, then take one's own application away, where no role needs it."""
    if request.method == "POST":
        secret = db().transaction(service.remove, actor(), base_url=settings().base_url, now=clock.now())
        flash("L’application de codes est retirée ; votre mot de passe suffit.", "success")
        return welcome(secret, url_for("second_factor.security"), actor().email)
    return render_template("account/remove_application.html", breadcrumb=_trail("Retirer l’application"))


def _show(drawn: list[Drawn], secret: str = "") -> Response:
    """Show recovery codes, this once; ``secret`` opens the session that replaces this one."""
    response = make_response()
    if secret:
        sessions.give(response, secret)
    text = "\r\n".join([f"{SERVICE_NAME} – codes de secours de {actor().email}", "", *(one.shown for one in drawn), ""])
    response.set_data(
        render_template(
            "account/recovery_codes.html",
            codes=[one.shown for one in drawn],
            file=f"data:text/plain;charset=utf-8,{quote(text)}",
            next=wanted() or url_for("account.start" if secret else "second_factor.security"),
        )
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _trail(page: str = "") -> list[tuple[str, str | None]]:
    home = ("Mon compte", url_for("account.home"))
    if not page:
        return [home, ("Sécurité", None)]
    return [home, ("Sécurité", url_for("second_factor.security")), (page, None)]
