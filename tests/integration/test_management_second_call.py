"""Another call, without regions, on 20 points, one reading, ties drawn: the same room serves it to the end."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.models import Dossier, Mark, Person, RoleGrant, Sheet
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.ranking import deliberation
from ptce_aap.services.selection import shortlists
from tests.browsers import Browser, application
from tests.deliberations import CLOSED, FILED, NOW
from tests.two_persons import freeze_in_pages, publish_in_pages

SECOND = Path(__file__).resolve().parents[1] / "second_call"
ROOM = "/pilotage/fabriques-2016"


def _lay_out(session: Session) -> None:
    call = calls.open_call(
        session, SYSTEM, load_call("fabriques-2016", SECOND), now=FILED, opens_at=FILED, closes_at=CLOSED
    )
    people = {}
    for name, role in (("team", "team"), ("juror", "juror"), ("owner", None), ("chair", "chair")):
        email = f"{name}@example.org"
        people[name] = Person(email=email, email_key=email, name=name, created_at=FILED)
        session.add(people[name])
        if role:
            seat = "quartiers" if role == "juror" else None
            people[name].grants.append(RoleGrant(call_id=call.id, role=role, seat=seat, granted_at=FILED))
    session.flush()
    definition = calls.definition_of(session, call)
    for place, half_points in enumerate((20, 30, 30)):
        dossier = Dossier(
            call_id=call.id,
            owner_id=people["owner"].id,
            state="eligible",
            number=f"F-{place}",
            created_at=FILED,
            saved_at=FILED,
            filed_at=FILED,
            title=f"Fabrique {place}",
            title_key=f"fabrique {place}",
            carrier="Atelier",
            carrier_key="atelier",
            amount_cents=5_000_000,
        )
        session.add(dossier)
        session.flush()
        session.add(
            Sheet(
                call_id=call.id,
                dossier_id=dossier.id,
                person_id=people["juror"].id,
                grid_digest=deliberation.grid_digest(call, definition),
                state="final",
                marks_count=len(definition.grid.criteria),
                saved_at=CLOSED,
                final_at=CLOSED,
                marks=[Mark(criterion=one.key, half_points=half_points) for one in definition.grid.criteria],
            )
        )
    call.marking_opened_at = call.marking_closed_at = CLOSED
    session.flush()
    deliberation.compute_ranking(session, accounts.actor_of(people["team"]), call, now=NOW)


def test_a_call_of_another_shape_goes_to_its_laureates(fresh_database: Database, tmp_path: Path) -> None:
    fresh_database.transaction(_lay_out)
    team = Browser(application(fresh_database, tmp_path), fresh_database, "team@example.org")
    for path in ("", "/classement", "/classement?sort=region", "/journal", "/exports"):
        assert team.get(ROOM + path).status_code == 200, path
    page = team.get(f"{ROOM}/classement").text
    assert "Total sur 20" in page
    assert "Région" not in page
    assert re.findall(r"<strong>(\d+,\d+)</strong>", page) == ["15,00", "15,00", "10,00"]
    assert "Une égalité se trouve sur la ligne" not in page  # the announced draw decides
    chair = Browser(team.client.application, fresh_database, "chair@example.org")
    freeze_in_pages(team, chair, ROOM)
    publish_in_pages(team, chair, ROOM)
    laureates = team.get("/appels/fabriques-2016/laureats").text
    assert "1 dossier retenu" in laureates
    assert "Région" not in laureates
    with fresh_database.reading() as session:
        printable = shortlists.printable(session, calls.call_by_slug(session, "fabriques-2016"))
    assert [entry.outcome for entry in printable.entries] == ["selected", "reserve", "not_selected"]


def test_a_selection_is_tried_without_regions_nor_themes_and_on_another_scale(
    fresh_database: Database, tmp_path: Path
) -> None:
    fresh_database.transaction(_lay_out)
    team = Browser(application(fresh_database, tmp_path), fresh_database, "team@example.org")
    page = team.get(f"{ROOM}/selection?enveloppe=150000&note=12&objectif=order").text
    assert "sur 20" in page
    assert "Quotas par région" not in page
    assert "Quotas par thème" not in page
    assert "total d’au moins 12 sur 20" in page.replace("\u00a0", " ").replace("&#39;", "’")
    assert "Indiquez un total de 0 à 20" in team.get(f"{ROOM}/selection?enveloppe=1&note=21").text
    at = team.post(f"{ROOM}/selection", {"enveloppe": "150000", "note": "12", "nom": "Au-dessus de 12"}).location
    saved = team.get(at).text
    assert re.findall(r'data-label="Dossier">(Fabrique \d).*?app-badge">(\w+)<', saved, re.S)[2:] == [
        ("Fabrique 0", "Passé")
    ]
