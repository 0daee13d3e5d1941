"""Accounts: create one, sign in and out, links received by mail, one's own page."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.proconnect import Refused
from ptce_aap.services.accounts import accounts, enrolment, links, passwords, people
from ptce_aap.web import limits, sessions
from ptce_aap.web.access import public, requires
from ptce_aap.web.context import actor, actor_or_none, db, platform, settings
from ptce_aap.web.forms import PageForm

bp = Blueprint("account", __name__, url_prefix="/compte")

_EMAIL = [InputRequired("Indiquez votre adresse de courriel."), Length(max=254)]
_NEW_PASSWORD = [InputRequired("Choisissez un mot de passe de 12 caractères au moins.")]


class SignInForm(PageForm):
    """Address and password."""

    email = EmailField("Adresse de courriel", _EMAIL)
    password = PasswordField("Mot de passe", [InputRequired("Indiquez votre mot de passe.")])


class RegisterForm(PageForm):
    """What an account needs: nothing more than a name, an address, a password."""

    name = StringField("Prénom et nom", [InputRequired("Indiquez votre prénom et votre nom."), Length(max=200)])
    email = EmailField("Adresse de courriel", _EMAIL)
    password = PasswordField("Mot de passe", _NEW_PASSWORD)


class ForgottenForm(PageForm):
    """The address to which the link is sent."""

    email = EmailField("Adresse de courriel", _EMAIL)


class ConfirmationForm(PageForm):
    """The password of the account that was opened, asked of whoever is not signed in to it."""

    password = PasswordField("Mot de passe", [InputRequired("Indiquez le mot de passe que vous avez choisi.")])


class NewPasswordForm(PageForm):
    """A password chosen by a link."""

    password = PasswordField("Nouveau mot de passe", _NEW_PASSWORD)


class InvitationForm(NewPasswordForm):
    """A name and a password, for an invited person."""

    name = StringField("Prénom et nom", [InputRequired("Indiquez votre prénom et votre nom."), Length(max=200)])


@bp.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> Response | str | tuple[str, int]:
    """Open a session."""
    if current_user.is_authenticated:
        return redirect(_next())
    form = SignInForm()
    if form.validate_on_submit():
        try:
            email, password = form.email.data or "", form.password.data or ""
            with limits.only_failures(limits.of_sign_in(email)):
                with db().reading() as reading:
                    known = accounts.recognise(reading, email, password)
                entry = db().transaction(accounts.let_in, known, now=clock.now())
            return let_in(entry, _next(), email)
        except RuleViolation as refusal:
            form.refuse(refusal)
    demo_accounts: list[accounts.DemoAccount] = []
    if settings().demo:
        with db().reading() as reading:
            demo_accounts = accounts.demo_accounts(reading)
    return render_template("account/sign_in.html", form=form, demo_accounts=demo_accounts, next=wanted())


@bp.route("/creer", methods=["GET", "POST"])
@public
def register() -> Response | str:
    """Create an account and enter at once: the address is confirmed later."""
    form = RegisterForm()
    if form.validate_on_submit():
        limits.count(limits.of_registration(form.email.data or ""))
        try:
            email, name = form.email.data or "", form.name.data or ""
            with db().reading() as reading:
                ready = enrolment.prepare(reading, email, form.password.data or "")
            base_url = settings().base_url
            entry = db().transaction(enrolment.register, email, name, ready, base_url=base_url, now=clock.now())
            if entry.new:
                flash("Votre compte est créé. Un lien vous a été envoyé pour confirmer votre adresse.", "success")
            return let_in(entry, _next(), email)
        except RuleViolation as refusal:
            form.refuse(refusal, "password" if refusal.code.startswith("password") else "email")
    return render_template("account/register.html", form=form, next=wanted())


@bp.post("/deconnexion")
@requires(Permission.OWN_ACCOUNT)
def sign_out() -> Response:
    """End the session, here and on the server."""
    db().transaction(accounts.sign_out, actor(), current_user.digest, now=clock.now())
    response = sessions.take_away(make_response(redirect(_way_out() or url_for("public.home"))))
    flash("Vous êtes déconnecté.", "success")  # after: taking the session away forgets what was to be said
    return response


@bp.get("")
@requires(Permission.OWN_ACCOUNT)
def home() -> str:
    """Show one's own account and roles."""
    with db().reading() as reading:
        roles = people.roles_of(reading, actor())
    return render_template("account/home.html", roles=roles, email_confirmed=current_user.email_confirmed)


@bp.route("/confirmation/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> Response | str:
    """Confirm an address: by a button for whoever is signed in, else by the password of the new account.

    A GET never writes, and mail scanners open links.
    """
    with limits.only_failures(limits.of_link()), db().reading() as reading:
        person = links.person_of(reading, token, enrolment.CONFIRMATION, now=clock.now())
    form, who = ConfirmationForm(), actor_or_none()
    if who is not None and who.person_id == person.id:
        del form.password
    if form.validate_on_submit():
        password = (form.password.data or "") if form.password else ""
        try:
            with limits.only_failures(limits.of_sign_in(person.email)):
                verified = _tried(person.password_hash, password) if form.password else ""
                done = db().transaction(enrolment.confirm_email, token, by=who, verified=verified, now=clock.now())
            return _confirmed(done)
        except RuleViolation as refusal:
            if refusal.code != "wrong_credentials" or form.password is None:
                raise
            form.password.errors = ["Ce mot de passe n’est pas celui du compte qui vient d’être créé."]
    return render_template("account/confirm.html", token=token, form=form)


def _tried(stored: str | None, password: str) -> str:
    """Return the hash that a password answers to, empty where it is not that of the account."""
    return (stored or "") if passwords.verify_password(stored, password) else ""


def _confirmed(confirmed: enrolment.ProvedAddress) -> Response:
    if confirmed.joined:
        flash(
            "Votre adresse est confirmée. Vous aviez déjà un compte avec elle : connectez-vous, ce que vous avez "
            "commencé s’y trouve.",
            "success",
        )
        return redirect(url_for("account.sign_in"))
    flash("Votre adresse est confirmée.", "success")
    return redirect(url_for("account.home" if current_user.is_authenticated else "account.sign_in"))


@bp.route("/mot-de-passe-oublie", methods=["GET", "POST"])
@public
def forgotten() -> Response | str:
    """Send a link to replace a forgotten password."""
    form = ForgottenForm()
    if form.validate_on_submit():
        limits.count(limits.of_reset())
        email = form.email.data or ""
        known = limits.is_known_device(email)
        db().transaction(enrolment.ask_reset, email, known_device=known, now=clock.now())
        flash(
            "Si un compte existe pour cette adresse, un lien vient d’y être envoyé. Il est valable 30 minutes.", "info"
        )
        return redirect(url_for("account.sign_in"))
    return render_template("account/forgotten.html", form=form)


@bp.route("/mot-de-passe/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Response | str:
    """Replace a forgotten password."""
    return _choose_password(token, enrolment.RESET, NewPasswordForm(), "account/reset.html")


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> Response | str:
    """Choose a name and a password, for an invited person."""
    return _choose_password(token, enrolment.INVITATION, InvitationForm(), "account/invitation.html")


def _choose_password(token: str, purpose: str, form: NewPasswordForm, template: str) -> Response | str:
    with limits.only_failures(limits.of_link()), db().reading() as reading:
        person = links.person_of(reading, token, purpose, now=clock.now())
    if form.validate_on_submit():
        try:
            name = form.name.data if isinstance(form, InvitationForm) else None
            made = passwords.hash_password(form.password.data or "")
            entry = db().transaction(enrolment.choose_password, token, purpose, made, now=clock.now(), name=name)
            flash("Votre mot de passe est enregistré.", "success")
            return let_in(entry, url_for("account.start"), person.email)
        except RuleViolation as refusal:
            form.refuse(refusal, "password")
    return render_template(template, form=form, person=person, token=token)


def _way_out() -> str:
    """Return where to leave ProConnect too, for whoever entered by it; empty for everybody else."""
    provider, statement = platform().proconnect, sessions.outside()
    if provider is None or not statement:
        return ""
    try:
        return provider.way_out(statement, settings().base_url + "/")
    except Refused:
        return ""


def let_in(entry: accounts.Entry, target: str, email: str) -> Response:
    """Open the session, or ask for the second factor first."""
    if not entry.half:
        return welcome(entry.secret, target, email)
    sessions.note_half(entry.secret)
    return redirect(url_for("second_factor.ask", suite=target))


def welcome(secret: str, target: str, email: str) -> Response:
    """Hand a new session to the browser, which its account knows from now on, and lead it on."""
    response = make_response(redirect(target))
    # Form tokens start anew with the session; what was to be said to the person is kept.
    kept = list(session.get("_flashes", ()))
    sessions.give(response, secret)
    with db().reading() as reading:
        entered = accounts.signed_in(reading, secret, now=clock.now())
    if entered is not None and entered.email_confirmed:
        limits.remember_device(response, email)
    session["_flashes"] = kept
    return response


def wanted() -> str:
    """Return the page wanted before signing in, if it is one of ours: a path, never an address elsewhere."""
    asked = request.values.get("suite", "")
    safe = asked.startswith("/") and not asked.startswith(("//", "/\\")) and "\\" not in asked
    return asked if safe and asked.isprintable() else ""


def _next() -> str:
    return wanted() or url_for("account.start")


@bp.get("/debut")
@requires(Permission.OWN_ACCOUNT)
def start() -> Response:
    """Lead each person to the room of his work."""
    who = actor()
    for permission, endpoint in (
        (Permission.SEE_MANAGEMENT, "management.calls"),
        (Permission.INSTRUCT, "correspondent.calls"),
        (Permission.SCORE, "jury.calls"),
        (Permission.MANAGE_PEOPLE, "management.people"),
    ):
        if who.may_somewhere(permission):
            return redirect(url_for(endpoint))
    return redirect(url_for("applicant.home"))
