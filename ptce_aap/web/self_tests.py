"""The public self-test of a call: its questions, its result, at addresses that hold the answers and nothing else."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for

from ptce_aap import clock
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.selftest import Chosen, SelfTest
from ptce_aap.services.applicants import self_tests as service
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import CallPage
from ptce_aap.web.access import public
from ptce_aap.web.context import call, db, settings
from ptce_aap.web.questionnaires import QuestionsForm

bp = Blueprint("self_tests", __name__)

_ASK = "Choisissez une réponse."


@bp.get("/appels/<slug>/test-de-recevabilite")
@public
def form() -> str:
    """Ask the questions; answers in the address are shown as chosen."""
    page = _page()
    test = service.test_of(page.definition)
    return _form(page, test, chosen_of(page.definition))


@bp.get("/appels/<slug>/test-de-recevabilite/resultat")
@public
def result() -> str:
    """Show the result, rule by rule; with a question unanswered, ask again."""
    page = _page()
    test, chosen = service.test_of(page.definition), chosen_of(page.definition)
    if test.missing(chosen):
        return _form(page, test, chosen, complete=True)
    outcome = service.outcome(page.definition, chosen, closes_at=call().closes_at)
    return render_template(
        "public/self_test_result.html",
        page=page,
        test=test,
        outcome=outcome,
        address=settings().base_url + _with("self_tests.result", chosen),
        again=_with("self_tests.form", chosen),
        start=_with("applicant.start", chosen),
        breadcrumb=_trail(test, "Résultat"),
    )


def chosen_of(definition: CallDefinition) -> Chosen:
    """Return the answers to the self-test that the address, or the form sent, holds; none where there is no test."""
    test = definition.self_test
    if test is None:
        return {}
    sent = request.form if request.method == "POST" else request.args
    return test.known({item.question.key: tuple(sent.getlist(item.question.key)) for item in test.questions})


def _with(endpoint: str, chosen: Chosen) -> str:
    """Return an address of this call that holds the answers."""
    return f"{url_for(endpoint, slug=call().slug)}?{urlencode(chosen, doseq=True)}"


def _page() -> CallPage:
    with db().reading() as session:
        return calls.public_page(session, call(), now=clock.now())


def _form(page: CallPage, test: SelfTest, chosen: Chosen, *, complete: bool = False) -> str:
    questions = QuestionsForm(item.question for item in test.questions)
    many = {item.question.key for item in test.questions if item.many}
    questions.show({key: values if key in many else values[0] for key, values in chosen.items()})
    if complete:
        for missing in test.missing(chosen):
            questions[missing.key].fields[0].errors = [_ASK]
    return render_template("public/self_test.html", page=page, test=test, form=questions, breadcrumb=_trail(test, None))


def _trail(test: SelfTest, here: str | None) -> list[tuple[str, str | None]]:
    slug = call().slug
    trail: list[tuple[str, str | None]] = [
        ("Accueil", url_for("public.home")),
        (call().short_title, url_for("public.one_call", slug=slug)),
    ]
    own = "Test de recevabilité"
    return [*trail, (own, url_for("self_tests.form", slug=slug)), (here, None)] if here else [*trail, (own, None)]
