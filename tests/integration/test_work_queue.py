"""The correspondent's queue: what each dossier asks next, what comes first, how many are in each tab."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from ptce_aap.app import create_app
from ptce_aap.clock import PARIS
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain import working_days
from ptce_aap.domain.complements import Asked, Flaw
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import Conflict, RuleViolation
from ptce_aap.domain.instruction_work import NextAct, Progress
from ptce_aap.domain.persons import fold
from ptce_aap.models import ComplementRequest, Dossier, Filing
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import listing
from ptce_aap.services.exchanges import complements
from ptce_aap.services.instruction import computed_proposals, proposals, work_queue
from ptce_aap.services.instruction.proposals import Proposal
from tests.browsers import token
from tests.instructions import NOW, Scene, lay_out, statements

LAST_DAY = working_days.after(NOW.astimezone(PARIS).date(), 5)
TERM = datetime.combine(LAST_DAY + timedelta(days=1), time(), PARIS).astimezone(UTC)


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database, here=3)


def read(scene: Scene, at: datetime = NOW, progress: Progress = Progress.TODO, **asked: str) -> work_queue.Queue:
    with scene.database.reading() as session:
        call = calls.call_by_slug(session, scene.slug)
        wanted = listing.Asked(sort=listing.FIRST, **asked)
        return work_queue.queue(session, scene.actor("here"), call, progress, wanted, now=at)


def acts(scene: Scene, at: datetime = NOW, progress: Progress = Progress.TODO) -> list[tuple[int, NextAct]]:
    """Each line of a tab in its order: the place of the dossier in the scene, and what it asks."""
    found = read(scene, at, progress).page.items
    return [(scene.here.index(work.line.reference), work.act) for work in found]


def fill_sheet(scene: Scene, reference: str, at: datetime) -> None:
    with scene.database.reading() as session:
        rules = calls.definition_of(session, calls.call_by_slug(session, scene.slug)).eligibility
    given = {rule.key: Proposal(Result.MET, "Lu.") for rule in rules}
    act, actor = scene.database.transaction, scene.actor("here")
    act(proposals.propose, actor, scene.call().id, reference, given, shown="", now=at)


def test_the_nearest_term_comes_first_then_the_oldest_deposit_and_a_dossier_is_in_one_tab(scene: Scene) -> None:
    assert acts(scene) == [(0, NextAct.FILL_SHEET), (1, NextAct.FILL_SHEET), (2, NextAct.FILL_SHEET)]
    fill_sheet(scene, scene.here[1], NOW)
    ask = (Asked("projet.resume", Flaw.WRONG, "Dites qui fait quoi."),)
    args = (scene.actor("here"), scene.call().id, scene.here[2], ask, LAST_DAY)
    request = scene.database.transaction(complements.ask, *args, base_url="http://localhost", now=NOW)
    assert read(scene).counts == {Progress.TODO: 1, Progress.OPINION: 1, Progress.AWAITED: 1}
    assert acts(scene, progress=Progress.AWAITED) == [(2, NextAct.AWAIT)]
    assert read(scene, progress=Progress.AWAITED).page.items[0].until == request.due_at
    # Its term passes: it comes back before those that were filed earlier.
    assert acts(scene, TERM) == [(2, NextAct.GO_ON_WITHOUT), (0, NextAct.FILL_SHEET)]
    _answer(scene, scene.here[2])
    assert acts(scene, TERM) == [(2, NextAct.READ_COMPLEMENTS), (0, NextAct.FILL_SHEET)]
    first = [work.act for work in read(scene, TERM).first]
    assert first == [NextAct.READ_COMPLEMENTS, NextAct.FILL_SHEET, NextAct.GIVE_OPINION]
    # What is written after they came says that they were read.
    fill_sheet(scene, scene.here[2], TERM + timedelta(hours=1))
    later = TERM + timedelta(hours=2)
    assert acts(scene, later, Progress.OPINION) == [(1, NextAct.GIVE_OPINION), (2, NextAct.GIVE_OPINION)]


def test_the_load_is_that_of_the_dossiers_left_as_they_were_filed(scene: Scene) -> None:
    with scene.database.reading() as session:
        here = Dossier.reference.in_(scene.here)
        signs = session.scalar(select(func.sum(func.length(Filing.snapshot))).join(Filing.dossier).where(here))
    load = read(scene).load
    assert (load.dossiers, load.signs) == (3, signs)


def test_an_opinion_is_to_give_until_its_term_and_asks_for_nothing_after(scene: Scene) -> None:
    fill_sheet(scene, scene.here[0], NOW)
    scene.change_call(opinions_due_at=TERM)
    before, after = (read(scene, at, Progress.OPINION) for at in (TERM - timedelta(seconds=1), TERM))
    assert [(work.act, work.until) for work in before.page.items] == [(NextAct.GIVE_OPINION, TERM)]
    assert [(work.act, work.until) for work in after.page.items] == [(NextAct.NOTHING, None)]
    assert (before.load.dossiers, after.load.dossiers) == (3, 2)


def test_what_is_to_do_first_gives_way_to_what_one_looks_for(scene: Scene) -> None:
    assert len(read(scene).first) == 3
    assert read(scene, search="0001").first == ()
    assert read(scene, progress=Progress.GIVEN).first == ()


@pytest.mark.parametrize(
    ("title", "searched"), [("École des métiers", "ecole"), ("Cœur d’Occitanie", "coeur d'occitanie")]
)
def test_a_search_minds_neither_accents_nor_ligatures_nor_the_kind_of_apostrophe(
    scene: Scene, title: str, searched: str
) -> None:
    change = update(Dossier).where(Dossier.reference == scene.here[0]).values(title=title, title_key=fold(title))
    scene.database.transaction(lambda session: session.execute(change))
    assert [work.line.title for work in read(scene, search=searched).page.items] == [title]


def test_the_queue_makes_as_many_statements_whatever_it_holds(scene: Scene) -> None:
    few = statements(scene.database, lambda: read(scene))
    fill_sheet(scene, scene.here[0], NOW)
    assert statements(scene.database, lambda: read(scene)) == few


def test_the_computed_answers_are_proposed_together_as_they_were_shown_or_not_at_all(scene: Scene) -> None:
    fill_sheet(scene, scene.here[0], NOW)
    chosen = [*scene.here, scene.elsewhere[0], "inconnue"]
    shown = _prepared(scene, chosen)
    assert [one.reference for one in shown] == scene.here  # what is not his is not there
    assert [one.left_out for one in shown] == [computed_proposals.WHOLE, "", ""]
    before, marks = len(scene.acts()), {one.reference: one.mark for one in shown}
    fill_sheet(scene, scene.here[1], NOW)
    with pytest.raises(Conflict):
        _follow(scene, marks)
    assert scene.acts()[before:] == ["eligibility.proposed"]  # the sheet, and nothing of the others
    assert _follow(scene, {one.reference: one.mark for one in _prepared(scene, scene.here)}) == 1
    assert scene.acts()[before:] == ["eligibility.proposed"] * 2
    assert [one.left_out for one in _prepared(scene, scene.here)] == [computed_proposals.WHOLE] * 3
    with pytest.raises(RuleViolation, match="nothing_chosen"):
        _follow(scene, {})
    with pytest.raises(Conflict):
        _follow(scene, {scene.elsewhere[0]: "x"})


def test_what_would_be_written_is_shown_then_written(scene: Scene, tmp_path: Path) -> None:
    client = scene.client(create_app(load_settings({}, instance=tmp_path), database=scene.database), "here")
    room = f"/correspondant/{scene.slug}"
    assert "Suivre le calcul pour toute la page" in client.get(room).text
    page = client.get(f"{room}/suivre-le-calcul?dossier={scene.here[0]}&dossier={scene.elsewhere[0]}").text
    assert "Pôle 31 0000" in page
    assert "Pôle 93" not in page
    form = {"csrf_token": token(page), "dossier": scene.here[0]}
    refused = client.post(f"{room}/suivre-le-calcul", data={**form, f"vu-{scene.here[0]}": "autre"})
    assert refused.status_code == 422
    assert "Pôle 31 0000" in refused.text
    seen = {f"vu-{one.reference}": one.mark for one in _prepared(scene, scene.here[:1])}
    assert client.post(f"{room}/suivre-le-calcul", data={**form, **seen}).status_code == 302
    assert read(scene).counts == {Progress.TODO: 2, Progress.OPINION: 1}


def _prepared(scene: Scene, references: list[str]) -> tuple[computed_proposals.Prepared, ...]:
    with scene.database.reading() as session:
        call = calls.call_by_slug(session, scene.slug)
        return computed_proposals.prepare(session, scene.actor("here"), call, references, now=NOW)


def _follow(scene: Scene, marks: dict[str, str]) -> int:
    return scene.database.transaction(computed_proposals.follow, scene.actor("here"), scene.call().id, marks, now=NOW)


def _answer(scene: Scene, reference: str) -> None:
    """Write that the request of a dossier was answered at its term, by the deposit that there is."""
    with scene.database.reading() as session:
        of_it = select(Dossier.id).where(Dossier.reference == reference).scalar_subquery()
        filing_id = session.scalars(select(Filing.id).where(Filing.dossier_id == of_it)).one()
    outcome = {"outcome": "answered", "ended_at": TERM, "filing_id": filing_id}
    change = update(ComplementRequest).where(ComplementRequest.dossier_id == of_it).values(outcome)
    scene.database.transaction(lambda session: session.execute(change))
