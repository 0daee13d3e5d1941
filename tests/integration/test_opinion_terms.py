"""The term of opinions and regional ranks, what is frozen there, orders undone, opinions handed back to regions."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.models import Answer, Call, Dossier, JournalEntry, OpinionTerm, OutboxItem
from ptce_aap.services import invariants
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import filing, revisions
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.instruction import instruction, opinion_terms, opinions, regional_ranks
from ptce_aap.services.joint_acts import extensions
from tests.instructions import NOW, Scene, lay_out, lay_out_second

DUE = NOW + timedelta(days=2)
BASE = "https://ptce.example.org"


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database, here=3)


@pytest.fixture
def light(sqlite_database: Database) -> Scene:
    """The same on the lightest engine, for what no query decides."""
    return lay_out(sqlite_database, here=1)


def set_term(scene: Scene, due: datetime = DUE, reason: str = "Le jury commence lundi.", now: datetime = NOW) -> None:
    team, call = scene.actor("team"), scene.call().id
    scene.database.transaction(opinion_terms.set_term, team, call, due, reason, base_url=BASE, now=now)


def page(scene: Scene, name: str = "here", now: datetime = NOW) -> regional_ranks.RankPage:
    with scene.database.reading() as session:
        found = regional_ranks.rank_page(session, scene.actor(name), scene.call(), None, number=1, now=now)
    assert found is not None
    return found


def rank(scene: Scene, *order: int, now: datetime = NOW, seen: str | None = None) -> None:
    """Number these dossiers of the region 1, 2, 3… and leave the others without a number."""
    numbers: dict[str, int | None] = dict.fromkeys(scene.here)
    numbers |= {scene.here[place]: number for number, place in enumerate(order, 1)}
    shown = page(scene, now=now).shown if seen is None else seen
    actor, call = scene.actor("here"), scene.call().id
    scene.database.transaction(regional_ranks.set_ranks, actor, call, "31", numbers, shown=shown, now=now)


def give(scene: Scene, now: datetime = NOW) -> None:
    """Write the opinion on the first dossier, and give it."""
    actor, call, reference = scene.actor("here"), scene.call().id, scene.here[0]
    answers = {
        "avis.sens": "favorable",
        "avis.synthese": "Attendu.",
        "validation.auteur": "La chargée de mission",
        "validation.autorite_validation": "Le directeur régional",
    }
    scene.database.transaction(opinions.save_opinion, actor, call, reference, answers, shown=mark(scene), now=now)
    scene.database.transaction(opinions.give_opinion, actor, call, reference, shown=mark(scene), now=now)


def mark(scene: Scene) -> str:
    """Return the mark of the opinion as its page shows it."""
    with scene.database.reading() as session:
        work = instruction.work_page(session, scene.actor("here"), scene.call(), scene.here[0], now=NOW)
    return work.instruction.opinion.mark if work.instruction.opinion else ""


def reopen(scene: Scene, name: str = "team", now: datetime = NOW) -> None:
    actor, call = scene.actor(name), scene.call().id
    scene.database.transaction(
        opinions.reopen_opinion, actor, call, scene.here[0], "Le sens contredit la synthèse.", base_url=BASE, now=now
    )


def letters(scene: Scene, word: str) -> list[str]:
    with scene.database.reading() as session:
        owed = [item.payload for item in session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail"))]
    return sorted(letter["to"].partition(".")[0] for letter in owed if word in str(letter))


def freeze(scene: Scene, now: datetime) -> OpinionTerm:
    scene.database.transaction(opinion_terms.freeze, now=now)
    with scene.database.reading() as session:
        return session.scalars(select(OpinionTerm).order_by(OpinionTerm.id.desc())).first()  # type: ignore[return-value]


def test_from_the_term_on_neither_opinion_nor_rank_changes_and_it_may_be_put_off(scene: Scene) -> None:
    set_term(scene)
    assert letters(scene, "terme des avis") == ["elsewhere", "here"]
    rank(scene, 0, 1, 2, now=DUE - timedelta(seconds=1))
    for late in (lambda: rank(scene, 1, 0, now=DUE), lambda: give(scene, now=DUE)):
        with pytest.raises(RuleViolation, match="opinions_over"):
            late()
    assert page(scene, now=DUE).open is False
    set_term(scene, DUE + timedelta(days=1), "Une panne.", now=DUE)
    rank(scene, 1, 0, 2, now=DUE)
    assert scene.acts().count("opinions.term_set") == 2


def test_a_term_comes_after_the_closing_after_now_and_after_the_former_one(light: Scene) -> None:
    for too_soon in (light.call().closes_at, NOW):
        with pytest.raises(RuleViolation, match="opinions_term_not_later"):
            set_term(light, too_soon)
    set_term(light)
    with pytest.raises(RuleViolation, match="opinions_term_not_later"):
        set_term(light, DUE - timedelta(hours=1))
    with pytest.raises(RuleViolation, match="reason_needed"):
        set_term(light, DUE + timedelta(hours=1), " ")
    team, call, reason = light.actor("team"), light.call().id, {"base_url": BASE, "now": NOW}
    with pytest.raises(RuleViolation, match="extension_past_opinions"):
        light.database.transaction(extensions.propose, team, call, DUE, "Panne.", **reason)
    light.change_call(marking_opened_at=NOW)
    with pytest.raises(RuleViolation, match="opinions_term_too_late"):
        set_term(light, DUE + timedelta(hours=1))


@pytest.mark.parametrize("hours", [1, 24 * 30], ids=["the next hour", "a month later"])
def test_what_is_frozen_is_what_was_saved_before_the_term_whenever_it_is_noted(scene: Scene, hours: int) -> None:
    set_term(scene)
    rank(scene, 2, 0, now=NOW)
    rank(scene, 0, 1, now=DUE - timedelta(seconds=1))
    assert freeze(scene, DUE + timedelta(minutes=9)).frozen_at is None  # what is on the way still comes in
    frozen = freeze(scene, DUE + timedelta(hours=hours))
    expected = {"31": {scene.here[0]: 1, scene.here[1]: 2}}
    assert frozen.digest == opinion_terms.digest_of(expected)
    assert frozen.digest != opinion_terms.digest_of({"31": {scene.here[2]: 1, scene.here[0]: 2}})
    with pytest.raises(RuleViolation, match="opinions_over"):
        rank(scene, 1, 0, now=DUE - timedelta(seconds=1))  # however long it has been on the way
    freeze(scene, DUE + timedelta(hours=hours + 1))
    with scene.database.reading() as session:
        lines = session.scalars(select(JournalEntry).where(JournalEntry.act == "opinions.frozen")).all()
        assert [line.facts["sha256"] for line in lines] == [frozen.digest]
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []


def test_the_last_save_is_undone_by_its_author_alone_and_done_again(scene: Scene) -> None:
    rank(scene, 0, 1, 2)
    rank(scene, 2, 1, 0)
    actor, call = scene.actor("here"), scene.call().id
    for order in ([0, 1, 2], [2, 1, 0]):
        scene.database.transaction(regional_ranks.undo, actor, call, "31", shown=page(scene).shown, now=NOW)
        assert page(scene).ranked == tuple(scene.here[place] for place in order)
    scene.declare_conflict("here", scene.here[1])
    scene.database.transaction(regional_ranks.undo, actor, call, "31", shown=page(scene).shown, now=NOW)
    assert page(scene).ranked == (scene.here[0], scene.here[2])
    assert page(scene, "elsewhere").may_undo is False
    with pytest.raises(RuleViolation, match="nothing_to_undo"):
        scene.database.transaction(regional_ranks.undo, scene.actor("elsewhere"), call, "93", shown="", now=NOW)


def test_a_dossier_withdrawn_leaves_its_number_to_the_others(scene: Scene) -> None:
    rank(scene, 0, 1, 2)

    def withdraw(session: Session) -> None:
        session.execute(update(Dossier).where(Dossier.reference == scene.here[0]).values(state="withdrawn"))

    scene.database.transaction(withdraw)
    left = scene.here[1:]
    assert [(line.reference, line.rank) for line in page(scene).page.items] == [(left[0], 1), (left[1], 2)]
    scene.here = left
    rank(scene, 1, 0)
    assert page(scene).ranked == (left[1], left[0])


def move(scene: Scene, reference: str, region: str) -> None:
    """File a dossier again, in another region, as an answer to a request for complements."""

    def work(session: Session) -> None:
        call, actor = session.get_one(Call, scene.call().id), scene.actor("applicant")
        definition = calls.definition_of(session, call)
        dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
        until = NOW + timedelta(days=1)
        revision = revisions.begin(session, dossier, now=NOW, scope=["identification.region"], due_at=until)
        answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
        answers = {**answers, "identification.region": region}
        session.execute(delete(Answer).where(Answer.dossier_id == revision.id))
        filing.write_answers(session, revision, definition, answers, actor.person_id, NOW)
        session.flush()
        revisions.apply(session, revision, dossier, definition, at=NOW)
        filing.freeze(session, actor, call, dossier, definition, answers, at=NOW, draft=revision)

    scene.database.transaction(work)


def test_a_dossier_that_changes_region_takes_its_opinion_along_and_leaves_its_number(scene: Scene) -> None:
    give(scene)
    rank(scene, 0, 1, 2)
    set_term(scene)
    move(scene, scene.here[0], "93")
    assert page(scene).ranked == tuple(scene.here[1:])
    theirs = page(scene, "elsewhere")
    assert scene.here[0] in theirs.others
    assert [line.verdict for line in theirs.page.items if line.reference == scene.here[0]] == ["Favorable"]
    assert page(scene).may_undo is False
    assert freeze(scene, DUE + timedelta(hours=1)).digest == opinion_terms.digest_of(
        {"31": {scene.here[1]: 2, scene.here[2]: 3}}
    )
    with scene.database.reading() as session:
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []


def test_an_opinion_names_its_author_and_the_authority_that_validates_it_before_it_is_given(light: Scene) -> None:
    actor, call, reference = light.actor("here"), light.call().id, light.here[0]
    answers = {"avis.sens": "favorable", "avis.synthese": "Attendu."}
    light.database.transaction(opinions.save_opinion, actor, call, reference, answers, shown="", now=NOW)
    with pytest.raises(RuleViolation, match="opinion_incomplete") as refused:
        light.database.transaction(opinions.give_opinion, actor, call, reference, shown=mark(light), now=NOW)
    assert refused.value.facts["missing"] == ("validation.auteur", "validation.autorite_validation")


def test_a_given_opinion_is_handed_back_with_a_reason_and_given_again(light: Scene) -> None:
    give(light)
    with pytest.raises(RuleViolation, match="opinion_given"):
        give(light)
    with pytest.raises(RuleViolation, match="not_allowed"):
        reopen(light, "here")
    reopen(light)
    assert letters(light, "contredit") == ["here"]
    with pytest.raises(RuleViolation, match="opinion_not_given"):
        reopen(light)
    give(light)
    assert [act for act in light.acts() if act in ("opinion.given", "opinion.reopened")] == [
        "opinion.given",
        "opinion.reopened",
        "opinion.given",
    ]
    set_term(light)
    with pytest.raises(RuleViolation, match="opinions_over"):
        reopen(light, now=DUE)
    light.change_call(marking_opened_at=NOW, opinions_due_at=None)
    with pytest.raises(RuleViolation, match="instruction_over"):
        reopen(light)


def test_a_call_without_regions_awaits_no_opinion(sqlite_database: Database) -> None:
    second = lay_out_second(sqlite_database)
    with pytest.raises(NotFound):
        set_term(second)
    assert second.call().opinions_due_at is None
