"""The one way to say no."""

from __future__ import annotations


class RuleViolation(Exception):
    """A rule of the procedure refuses an act.

    ``code`` names the rule (snake case, English); ``facts`` are the values its French sentence
    needs. The sentence itself is worded in one place per outlet, ``web/messages.py``.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in sorted(self.facts.items()))
        return f"{self.code}({details})"


class NotFound(RuleViolation):
    """The object does not exist, or this person may not know that it does: one and the same answer."""

    def __init__(self) -> None:
        super().__init__("not_found")


class Conflict(RuleViolation):
    """Somebody else changed the row since it was read; nothing was written."""

    def __init__(self, **facts: object) -> None:
        super().__init__("changed_meanwhile", **facts)
