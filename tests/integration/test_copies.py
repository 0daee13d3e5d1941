"""A former dossier taken up in a later call: by whom, once, and what did not fit stays readable."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.models import Dossier, DossierCopy
from ptce_aap.services import invariants
from ptce_aap.services.applicants import copying, drafts
from tests.filings import CLOSES, COMPLETE, NOW, Applicants, open_call
from tests.integration.test_applicant_pages import Browser
from tests.integration.test_attacks_races import at_once

SECOND = Path(__file__).resolve().parents[1] / "second_call"


@pytest.fixture
def former(fresh_database: Database) -> Applicants:
    return open_call(fresh_database, closes=NOW + timedelta(seconds=1))


def take_up(former: Applicants, later: Applicants, reference: str, name: str = "anne") -> str:
    actor = former.actor(name)
    return former.database.transaction(copying.start, actor, later.call, reference, now=NOW).reference


def test_a_later_call_of_the_same_form_takes_the_answers_once(former: Applicants) -> None:
    later = open_call(former.database)
    reference, found = former.bring(COMPLETE), []
    former.file(reference)
    assert at_once(*[lambda: found.append(take_up(former, later, reference))] * 8) == {"done": 8}
    assert len(set(found)) == 1
    with former.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DossierCopy)) == 1
        copy = session.scalars(select(Dossier).where(Dossier.reference == found[0])).one()
        stored = drafts.stored_answers(session, copy.id)
        taken = copying.taken(session, former.actor(), found[0])
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []
    assert (copy.state, copy.number, copy.title) == ("draft", None, "Pôle des Essais")
    assert "pieces.attestation_honneur" not in stored
    assert [one.text for one in taken.leftovers] == ["statuts.pdf"]


def test_only_its_owner_takes_a_dossier_up_and_only_in_another_call_that_is_open(former: Applicants) -> None:
    later, reference = open_call(former.database), former.bring(COMPLETE)
    with pytest.raises(NotFound):
        take_up(former, later, reference, "bruno")
    with pytest.raises(NotFound):
        take_up(former, former, reference)
    with pytest.raises(RuleViolation, match="call_closed"):
        former.database.transaction(copying.start, former.actor(), later.call, reference, now=CLOSES)


def test_the_whole_way_by_pages_to_a_call_where_almost_nothing_fits(sqlite_database: Database, tmp_path: Path) -> None:
    former = open_call(sqlite_database, closes=NOW + timedelta(seconds=1))
    open_call(sqlite_database, "fabriques-2016", SECOND)
    reference = former.bring(COMPLETE)
    browser = Browser(create_app(load_settings({}, instance=tmp_path), database=former.database).test_client())
    browser.sign_in("anne")
    assert f"/candidature/{reference}/reprendre" in browser.get("/candidature")
    assert "0 réponse" in browser.get(f"/candidature/{reference}/reprendre")
    left = browser.post(f"/candidature/{reference}/reprendre/fabriques-2016").location
    assert "Association d’essai" in browser.get(left)
    started = left.removesuffix("/reprise")
    assert "Ce dossier reprend un dossier précédent" in browser.get(started)
    assert "Ouvrir le dossier repris" in browser.get(f"/candidature/{reference}/reprendre")
    browser.get(left)
    browser.post(left)
    assert "Ce dossier reprend" not in browser.get(started)
    assert "Association d’essai" in browser.get(left)
    browser.get(f"/candidature/{reference}/reprise", 404)
