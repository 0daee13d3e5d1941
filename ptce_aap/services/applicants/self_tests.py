"""The public self-test of a call: judged by the call's own rules, and where a dossier may start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.eligibility import Result, Rule, Verdict, overall
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.selftest import Chosen, Remark, SelfTest
from ptce_aap.models import Call, Dossier
from ptce_aap.services.applicants import holding
from ptce_aap.services.deposits import filing


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule, what it answers of the test's answers, and what the test cannot know of it."""

    rule: Rule
    verdict: Verdict
    remark: Remark | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a test; an indication, never a decision."""

    rules: tuple[Judged, ...]
    left_for_later: tuple[tuple[Rule, Remark], ...]
    answers: tuple[tuple[str, str], ...]  # the test's questions and the chosen options, in words

    @property
    def whole(self) -> Result:
        """Return what the rules say together."""
        return overall(item.verdict for item in self.rules)

    @property
    def counts(self) -> Mapping[Result, int]:
        """Return how many rules have each answer."""
        results = [item.verdict.result for item in self.rules]
        return {result: results.count(result) for result in Result}


def test_of(definition: CallDefinition) -> SelfTest:
    """Return the self-test of a call. Errors: ``not_found`` where it has none."""
    if definition.self_test is None:
        raise NotFound()
    return definition.self_test


def outcome(definition: CallDefinition, chosen: Chosen, *, closes_at: datetime) -> Outcome:
    """Return what the call's eligibility rules say of these answers. Errors: ``not_found``."""
    test = test_of(definition)
    rules = {rule.key: rule for rule in definition.eligibility}
    answers = test.supposed(definition.questionnaire, chosen)
    verdicts = test.judged(evaluate(definition, answers, closes_at=closes_at).verdicts)
    return Outcome(
        rules=tuple(Judged(rules[one.rule], one, test.remark(one.rule)) for one in verdicts),
        left_for_later=tuple((rules[remark.rule], remark) for remark in test.remarks if remark.later),
        answers=in_words(test, chosen),
    )


def in_words(test: SelfTest, chosen: Chosen) -> tuple[tuple[str, str], ...]:
    """Return the questions of a test with the chosen options, as readers know them."""
    return tuple(
        (item.question.label, ", ".join(item.question.option_label(value) for value in chosen[item.question.key]))
        for item in test.questions
        if chosen.get(item.question.key)
    )


def start_dossier(
    session: Session, actor: Actor, call: Call, definition: CallDefinition, chosen: Chosen, *, now: datetime
) -> Dossier:
    """Start a dossier whose first answers are those of the test; nothing supposed is written.

    Errors: those of ``filing.create_dossier``, ``not_found``.
    """
    test = test_of(definition)
    dossier = filing.create_dossier(session, actor, call, now=now)
    answers = test.written(definition.questionnaire, chosen)
    filing.write_answers(session, dossier, definition, answers, actor.person_id, now)
    holding.record(session, actor, "dossier.saved", dossier, now, keys=sorted(answers), self_test=True)
    return dossier
