"""An open call and an applicant, laid out in a test's database; counting of statements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, select, update
from sqlalchemy.orm import joinedload

from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.exchange import Document, read_document
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants import drafts
from ptce_aap.services.applicants.stored import Given
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import filing, imports
from tests import entering

NOW = datetime.now(UTC).replace(microsecond=0)
OPENS, CLOSES = NOW - timedelta(days=10), NOW + timedelta(days=2)
PASSWORD = "quatre mots faciles à retenir"
BASE = "http://127.0.0.1:8000"

# The least that lets a dossier be filed as it is.
LEAST: dict[str, Any] = {
    "identification": {
        "nom_pole": "Pôle des Essais",
        "region": "31",
        "porteur": {"denomination": "Association d’essai", "contact_courriel": "contact@example.org"},
    },
    "pieces": {"attestation_honneur": True, "information_rgpd": True},
}
# Nothing obligatory is missing.
COMPLETE: dict[str, Any] = {
    "identification": {
        **LEAST["identification"],
        "stade": "emergence",
        "type_candidat": "pole_constitue",
        "aide_anterieure": False,
        "porteur": {
            **LEAST["identification"]["porteur"],
            "siren": "000000018",
            "forme_juridique": "association",
            "representant_nom": "Une personne d’essai",
        },
    },
    "membres": {"membres": [{"denomination": "Association d’essai", "categorie": "entreprise_ess"}]},
    "territoire": {"perimetre": "Un bassin de vie"},
    "projet": {"resume": "Un résumé", "innovation": ["sociale"]},
    "budget": {
        "charges": [{"poste": "personnel", "an1": "1000.00"}],
        "produits": [{"source": "aide_demandee", "an1": "1000.00"}],
    },
    "pieces": {**LEAST["pieces"], "statuts": ["statuts.pdf"], "consentement_publication": False},
}


@dataclass
class Applicants:
    """An open call with people who have accounts."""

    database: Database
    definition: CallDefinition
    call: Call
    people: dict[str, Actor] = field(default_factory=dict)

    def actor(self, name: str = "anne") -> Actor:
        """Return a person who has an account, created at need."""
        if name not in self.people:
            email = f"{name}@example.org"
            self.database.transaction(entering.register, email, PASSWORD, name.title(), base_url=BASE, now=NOW)
            with self.database.reading() as session:
                query = select(Person).options(joinedload(Person.grants)).where(Person.email_key == email)
                self.people[name] = accounts.actor_of(session.scalars(query).unique().one())
        return self.people[name]

    def start(self, name: str = "anne") -> str:
        """Start an empty dossier; return its reference."""
        return self.database.transaction(filing.create_dossier, self.actor(name), self.call, now=NOW).reference

    def bring(self, answers: Mapping[str, Any], name: str = "anne") -> str:
        """Give somebody, who has proved his address, a dossier with these answers; return its reference."""
        proved = update(Person).where(Person.id == self.actor(name).person_id).values(email_confirmed_at=NOW)
        self.database.transaction(lambda session: session.execute(proved))
        document: Document = read_document(
            json.dumps({"submitted_at": None, "answers": answers}), self.definition.questionnaire
        )
        dossier = self.database.transaction(
            imports.import_dossier,
            f"{name}@example.org",
            self.call.slug,
            document,
            submit=False,
            base_url=BASE,
            now=NOW,
        )
        return dossier.reference

    def save(self, reference: str, path: str, given: Given, *, name: str = "anne") -> tuple[str, ...]:
        """Save the answer to one question as its form would."""
        stage = path.partition(".")[0]
        saved = self.database.transaction(drafts.save_stage, self.actor(name), reference, stage, {path: given}, now=NOW)
        return saved.conflicts

    def file(self, reference: str, *, name: str = "anne", at: datetime = NOW) -> Any:
        """File a dossier."""
        return self.database.transaction(
            filing.file_dossier, self.actor(name), reference, base_url=BASE, received_at=at
        )


def open_call(
    database: Database, name: str = "ptce-2015", operator: Path | None = None, *, closes: datetime = CLOSES
) -> Applicants:
    """Open a call for the present days."""
    definition = load_call(name, operator)
    call = database.transaction(calls.open_call, calls.SYSTEM, definition, now=OPENS, opens_at=OPENS, closes_at=closes)
    return Applicants(database, definition, call)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements sent to a database, the beginning and the end of transactions aside."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
