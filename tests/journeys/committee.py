"""The committee in the browser: its members, its chair, and who audits it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.officials import Team
from tests.journeys.people import Somebody


class Juror(Somebody):
    """Declares his conflicts, then marks his dossiers."""

    def declare(self, *conflicts: str) -> None:
        """Declare the dossiers with which he has a link, and none other."""
        self.follow("Déclarer mes conflits d’intérêts")
        for title in conflicts:
            row = self.page.get_by_role("row", name=re.compile(re.escape(title)))
            with self.page.expect_navigation():
                row.get_by_role("link", name="J’ai un lien").click()
            self.look()
            self.type("Quel est ce lien", "J’ai siégé au conseil du porteur.")
            self.press("Déclarer ce conflit")
            self.sees("ce dossier vous est fermé")
        self.press("J’ai terminé ma déclaration")
        self.sees("Votre déclaration est enregistrée.")
        self.look()

    def mark(self, title: str, half_points: int) -> None:
        """Mark every criterion of a dossier, save, read the total, make the sheet final."""
        self.follow("Jury")
        self.follow(title)
        criteria = self.page.locator("[data-criterion]")
        for number in range(criteria.count()):
            criterion = criteria.nth(number)
            criterion.locator(f"input[type=radio][value='{half_points}']").check()
            criterion.get_by_role("textbox").fill("Note motivée par la lecture du dossier et de ses pièces.")
        self.press("Enregistrer")
        self.sees("Votre fiche est enregistrée")
        self.look()
        self.press("Rendre ma fiche…")
        self.sees("Votre total")
        self.look()
        self.press("Rendre ma fiche")
        self.sees("Votre fiche est rendue.")

    def cannot_open(self, address: str) -> None:
        """See that a dossier is closed to him."""
        response = self.page.goto(address)
        assert response.status == 404
        self.complaints.clear()
        self.look()


class Chair(Team):
    """Decides where the rule leaves it to the committee."""

    def admit(self, title: str, reason: str) -> None:
        """Rank a dossier that has too few readings."""
        self.dashboard()
        self.follow("Voir le classement et la ligne")
        self.follow(re.compile("Non classés"))
        self.follow(title)
        self.type("Motif de la décision", reason)
        self.press("Classer ce dossier")
        self.sees("Le dossier est classé")
        self.look()


class Auditor(Team):
    """Reads everything, writes nothing."""

    def reads(self, *acts: str) -> None:
        """Read the call's pages; none has a form that writes, exports set apart; the journal tells these acts."""
        self.dashboard()
        here = self.page.url
        for path in ("dossiers", "recevabilite", "affectation", "lectures", "classement", "liste", "journal"):
            self.page.goto(f"{here}/{path}")
            self.look()
            expect(self.page.locator("main form[method=post]")).to_have_count(0)
        for act in acts:
            self.page.get_by_label("Acte", exact=True).select_option(label=act)
            self.press("Filtrer")
            expect(self.page.get_by_role("cell", name=act).first).to_be_visible()

    def is_refused(self, *acts: str) -> None:
        """See that each act sent all the same is refused."""
        self.dashboard()
        token = self.page.locator("input[name=csrf_token]").first.get_attribute("value")
        for act in acts:
            answer = self.page.request.post(
                f"{self.page.url}/{act}", form={"csrf_token": token}, headers={"Referer": self.page.url}
            )
            assert answer.status in {403, 404}, (act, answer.status)
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Tableau de bord")
