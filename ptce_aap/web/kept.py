"""What was typed in a form that cannot be taken now: shown on the page that says why, and sent again by one button.

A form may be sent again where it carries the key of its author (``owners``): nobody else can make one, so a page that
another site had forged offers no button. The page signs that key with the address: its button then needs no token,
which would have died with the session, and works for that person at that address only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, jsonify, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from ptce_aap.typography import spaced
from ptce_aap.web import owners
from ptce_aap.web.context import actor, settings

AGAIN = "_renvoi"
_LIFE = timedelta(hours=12)
_TOKENS = frozenset({"csrf_token", AGAIN})
_LEFT_OUT = "password"
_CODE = re.compile(r"[a-z]+[a-z0-9_]*|[0-9]{1,2}")
SESSION_OVER = "Votre session a expiré : pas encore enregistré. Votre saisie reste sur cette page."
FORM_EXPIRED = (
    "Cette page était ouverte depuis trop longtemps : pas encore enregistré. Votre saisie reste sur cette page."
)
OTHER_PERSON = (
    "Une autre personne est connectée dans ce navigateur : rien n’est envoyé en son nom. "
    "Votre saisie reste sur cette page."
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form sent: ``fields`` travel, ``shown`` are read; passwords and files do neither."""

    action: str
    fields: tuple[tuple[str, str], ...]
    shown: tuple[str, ...]
    files: tuple[str, ...]
    password: bool
    again: str  # proof for the button, empty where there is none
    reopen: str  # the page of the form, where it has the form's own address

    @property
    def read(self) -> tuple[str, ...]:
        """What is shown: the codes of choices only where nothing else carries them."""
        return tuple(text for text in self.shown if not self.again or not _CODE.fullmatch(text))

    def __bool__(self) -> bool:
        return bool(self.shown or self.files)


def init_app(app: Flask) -> None:
    """Let every page that refuses a form show what it held."""
    app.jinja_env.globals.update(typed_in_form=typed)


def typed() -> Typed | None:
    """Return what the form of this request held, None where there is none or it cannot be read."""
    if request.method != "POST" or request.endpoint is None:
        return None
    try:
        sent, files = request.form, request.files
    except HTTPException:
        return None  # too long, or cut: the browser still has it
    fields = tuple(
        (name, text) for name, text in sent.items(multi=True) if name not in _TOKENS and _LEFT_OUT not in name
    )
    rule = request.url_rule
    return Typed(
        action=_address(),
        fields=fields,
        shown=tuple(text.strip() for name, text in fields if text.strip() and not name.startswith("_")),
        files=tuple(one.filename for _, one in files.items(multi=True) if one.filename),
        password=any(_LEFT_OUT in name for name in sent),
        again=_signer().dumps([sent[owners.FIELD], _address()]) if sent.get(owners.FIELD) else "",
        reopen=_address() if rule is not None and "GET" in (rule.methods or ()) else "",
    )


def awaited() -> bool:
    """Tell whether a refusal of this request is for ``refuse`` to word: it held a text, or a script waits for JSON."""
    return request.method == "POST" and bool(typed() or _by_script())


def granted() -> bool:
    """Tell whether this request is the button of such a page, pressed by the author of the form."""
    if not current_user.is_authenticated or AGAIN not in request.form:
        return False
    try:
        told = _signer().loads(request.form[AGAIN], max_age=int(_LIFE.total_seconds()))
    except BadData:
        return False
    return len(told) == 2 and owners.is_of(told[0], actor()) and told[1] == _address() and _is_mine()


def of_another() -> bool:
    """Tell whether the form was opened by somebody else than the person who is signed in now."""
    return request.method == "POST" and current_user.is_authenticated and not _is_mine()


def refuse() -> Response | tuple[str, int]:
    """Answer a form that cannot be taken: no session, a token that died, or another person's; JSON for scripts."""
    by_script = _by_script()
    if not current_user.is_authenticated and (by_script or request.form.get(owners.FIELD)):
        status, message = 401, SESSION_OVER
    elif of_another():
        status, message = 409, OTHER_PERSON
    else:
        status, message = 400, FORM_EXPIRED
    if by_script:
        said = {"message": spaced(message)}
        if status == 401:
            said["sign_in"] = url_for("account.sign_in")
        elif status == 400:
            said["token"] = generate_csrf()
        answer = jsonify(said)
        answer.status_code = status
        return answer
    return render_template("errors/kept.html", typed=typed(), status=status), status


def _by_script() -> bool:
    return bool(request.headers.get("X-Autosave"))


def _is_mine() -> bool:
    """A form without a key is nobody's: its token alone speaks for it."""
    return (given := request.form.get(owners.FIELD, "")) == "" or owners.is_of(given, actor())


def _address() -> str:
    return request.full_path.rstrip("?")


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().signing_keys, salt="form-sent-again")
