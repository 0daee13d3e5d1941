"""A fresh proof of who acts, asked by what lasts: the form typed is kept, and goes on with the code in one button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, render_template, request
from flask_login import current_user
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import Length

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services.accounts import passkeys, second_factor
from ptce_aap.services.accounts.second_factor import FRESH
from ptce_aap.web import kept, limits, passkey_site
from ptce_aap.web.context import actor, db, settings
from ptce_aap.web.forms import PageForm

View = TypeVar("View", bound=Callable[..., Any])

_FRESH = "fresh_proof"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CodeForm(PageForm):
    """A code of the application; a recovery code where it is out of reach."""

    code = StringField(
        "Code à six chiffres",
        [Length(max=40)],
        name="_code",
        description="Affiché par l’application.",
        render_kw={"inputmode": "numeric"},
    )
    recovery = StringField("Code de secours", [Length(max=40)], name="_secours", description="Un des dix codes gardés.")

    @property
    def given(self) -> str:
        """The code that was typed; the recovery code of the two, which is typed where the other does not serve."""
        return (self.recovery.data or "").strip() or (self.code.data or "").strip()

    def refuse_code(self, refusal: RuleViolation) -> None:
        """Show a refusal beside the code that was typed; a refused code of the application is never good later."""
        self.refuse(refusal, "recovery" if (self.recovery.data or "").strip() else "code")
        self.code.data = ""


class ProofForm(CodeForm):
    """What proves again who acts: a code, or the password of whoever has no second factor."""

    password = PasswordField("Mot de passe", [Length(max=200)], name="_password")
    passkey = HiddenField(validators=[Length(max=passkeys.LONGEST_ANSWER)], name="_passkey")


_OURS = frozenset({"_code", "_secours", "_password", "_passkey"})


def fresh_proof(view: View) -> View:
    """Ask, before a view writes, for a proof less than ten minutes old (stated above ``@requires``)."""
    setattr(view, _FRESH, True)
    return view


def needs_fresh_proof(endpoint: str) -> bool:
    """Tell whether the unsafe requests of an endpoint ask for a fresh proof."""
    return bool(getattr(current_app.view_functions[endpoint], _FRESH, False))


def guard() -> tuple[str, int] | None:
    """Let an act go on whose person has just proved who he is; else keep what he typed and ask."""
    if request.method in _SAFE or settings().demo or not needs_fresh_proof(request.endpoint or ""):
        return None
    if clock.now() - current_user.proved_at <= FRESH:
        return None
    with db().reading() as session:
        held = second_factor.held(session, actor().person_id)
    form = ProofForm()
    if _given(form):
        try:
            with limits.only_failures(limits.of_code(actor().email, actor().reference)):
                _prove(form)
            return None
        except RuleViolation as refusal:
            if refusal.code == "wrong_password":
                form.refuse(refusal, "password")
            elif refusal.code == "passkey_refused":
                form.refuse(refusal)
            else:
                form.refuse_code(refusal)
    typed = kept.typed()
    fields = [(name, text) for name, text in typed.fields if name not in _OURS] if typed else []
    page = render_template(
        "account/proof.html",
        form=form,
        fields=fields,
        held=held,
        back=typed.reopen if typed else "",
        by_password=not current_user.strong,
    )
    return page, 403


def _given(form: ProofForm) -> bool:
    return bool(form.validate() and (form.given or form.password.data or form.passkey.data))


def _prove(form: ProofForm) -> None:
    digest, now, here = current_user.digest, clock.now(), passkey_site.site()
    if form.passkey.data and here is not None:
        db().transaction(passkeys.prove, actor(), digest, form.passkey.data, site=here, now=now)
        return
    if not current_user.strong:
        with db().reading() as session:
            verified = second_factor.password_verified(session, actor(), form.password.data or "")
        db().transaction(second_factor.prove_by_password, actor(), digest, verified, now=now)
        return
    db().transaction(
        second_factor.prove,
        actor(),
        digest,
        form.given,
        keys=settings().keys,
        base_url=settings().base_url,
        now=now,
    )
