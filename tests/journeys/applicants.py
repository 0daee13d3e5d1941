"""A project leader in the browser: an account, dossiers, their receipts."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from ptce_aap.definitions import load_call
from tests.journeys.dossiers import complete, fill_stage
from tests.journeys.people import PASSWORD, Somebody
from tests.journeys.running import eventually


class Applicant(Somebody):
    """Somebody who has just heard of the call."""

    files: Path

    def register(self, name: str) -> None:
        """Find the call, and create an account on the way to a dossier."""
        self.open("/")
        self.follow(re.compile("pôles territoriaux"))
        self.follow("Préparer un dossier")
        self.follow("Créer un compte")
        self.type("Prénom et nom", name)
        self.type("Adresse de courriel", self.email)
        self.type("Mot de passe", PASSWORD)
        self.press("Créer mon compte")

    def start(self) -> None:
        """Start a dossier."""
        self.sees_title("Commencer un dossier")
        self.press("Commencer le dossier")
        self.look()

    def file_complete(self, name: str, call: str) -> str:
        """Fill every stage, read the whole over, file it; return its number."""
        self.start()
        self.follow(re.compile("Continuer"))
        answers = complete(name)
        for stage in load_call(call).questionnaire.stages:
            expect(self.page.get_by_role("heading", level=1)).to_contain_text(stage.title)
            fill_stage(self.page, stage, answers[stage.key], self.files)
            self.look()
            self.press("Enregistrer et continuer")
        self.sees("Votre dossier est complet.")
        self.look()
        self.press("Déposer le dossier")
        return self.receipt()

    def file_as_it_is(self, name: str, call: str) -> str:
        """File a dossier with no more than what a deposit cannot do without; return its number."""
        self.open("/candidature")
        self.follow("Commencer un dossier")
        self.start()
        self.follow("Relire et déposer")
        self.sees("Sans cela, le dossier ne peut pas être déposé")
        answers, stages = complete(name), load_call(call).questionnaire.stages
        for stage in (stages[0], stages[-1]):
            self.follow(f"Modifier l’étape {stage.title}", look=False)
            fill_stage(self.page, stage, answers[stage.key], self.files)
            self.press("Enregistrer")
            self.follow("Toutes les étapes du dossier")
            self.follow("Relire et déposer")
        expect(self.page.get_by_role("heading", name=re.compile("Il manque [0-9]+ réponses"))).to_be_visible()
        self.press("Déposer en l’état")
        self.sees("Dossier déposé en l’état")
        return self.receipt()

    def receipt(self) -> str:
        """Wait for the receipt made by a job and for its message; return the dossier's number."""
        self.sees_title("Votre dossier est déposé")
        self.look()
        number = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", self.page.get_by_role("main").inner_text())[0]
        assert number in self.installation.letter(self.email, about=number).get_body(("plain",)).get_content()
        ready = self.page.get_by_role("link", name=re.compile("Télécharger l’accusé"))

        def is_ready() -> bool:
            if not ready.count():
                with self.page.expect_navigation():
                    self.page.get_by_role("link", name="Actualiser cette page").click()
            return bool(ready.count())

        eventually(is_ready)
        self.look()
        assert number in self.downloads(ready).text
        return number
