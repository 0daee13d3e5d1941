"""The form every page's form derives from: French messages, tokens checked once for the whole application."""

from __future__ import annotations

from flask_wtf import FlaskForm

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.web.messages import sentence


class PageForm(FlaskForm):  # type: ignore[misc]
    """A form of the interface. ``CSRFProtect`` checks the token of every unsafe request."""

    class Meta:
        csrf = False
        locales = ("fr",)

    def refuse(self, refusal: RuleViolation, field: str | None = None) -> None:
        """Show a refusal beside a field, or on top of the form."""
        if field is None:
            self.form_errors.append(sentence(refusal))
        else:
            self[field].errors = [*self[field].errors, sentence(refusal)]


def typed_text(raw: str | None) -> str:
    """Return a text as it is kept: trimmed, with LF line ends, without the NUL that PostgreSQL cannot hold."""
    return (raw or "").replace("\x00", "").replace("\r\n", "\n").strip()
