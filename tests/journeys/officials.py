"""The State's officials in the browser: a regional correspondent, and the call team."""

from __future__ import annotations

import json
import re

from tests.journeys.people import File, Somebody, Words
from tests.journeys.running import eventually


class Correspondent(Somebody):
    """Reads the dossiers of his region, proposes, gives an opinion, ranks."""

    def instruct(self, title: str) -> None:
        """Propose what is computed on each rule of a dossier, then give a favourable opinion."""
        self.follow("Instruction")
        self.follow(title)
        self.press("Suivre le calcul pour le reste")
        self.sees("La fiche de recevabilité est complète.")
        self.follow(re.compile("^Avis"))
        self.tick("Favorable")
        self.type("Synthèse et conditions", "Un pôle qui sert le territoire ; avis favorable.")
        self.type("Auteur de l’avis", "Correspondante Fictive")
        self.type("Autorité qui valide", "Autorité Fictive")
        self.press("Relire et rendre mon avis")
        self.look()
        self.press("Rendre mon avis")
        self.sees(re.compile("avis est rendu|Avis rendu"))
        self.look()

    def rank(self, *titles: str) -> None:
        """Give the dossiers of the region their order."""
        self.follow("Instruction")
        self.follow("Classement")
        for number, title in enumerate(titles, start=1):
            self.type(f"Rang de {title}", str(number))
        self.press("Enregistrer le classement")
        self.sees("Le classement de la région est enregistré.")
        self.look()


class Team(Somebody):
    """Runs the call from its opening to its frozen shortlist."""

    def invite(self, email: str, role: str, **fields: str) -> None:
        """Give somebody a role; an invitation leaves by mail."""
        self.open("/pilotage/personnes/inviter")
        self.type("Adresse de courriel", email)
        self.choose("Rôle", role)
        for label, option in fields.items():
            self.choose({"region": "Région", "seat": "Siège"}[label], option)
        self.press("Confier le rôle et envoyer l’invitation")
        self.sees("Le rôle est confié")

    def dashboard(self) -> None:
        """Open the call's dashboard."""
        self.open("/pilotage")
        self.follow(re.compile("pôles territoriaux"))

    def decide(self, title: str, *, eligible: bool, reason: str) -> None:
        """Decide whether a dossier goes to the jury."""
        self.dashboard()
        self.follow("Décider de la recevabilité")
        self.follow(title)
        self.tick("Recevable : le dossier va au jury" if eligible else "Non recevable")
        self.type("Motif de la décision", reason)
        self.press("Enregistrer la décision")
        self.sees("Décision enregistrée")

    def decide_together(self) -> None:
        """Declare eligible every dossier that nobody doubts."""
        self.dashboard()
        self.follow("Décider de la recevabilité")
        self.follow(re.compile("sans réserve"))
        self.press("Déclarer recevables les dossiers cochés")
        self.look()

    def assign(self, title: str, *readers: str) -> None:
        """Give a dossier to these jurors."""
        self.dashboard()
        self.follow("Affecter les lectures")
        self.follow(title)
        for reader in readers:
            self.tick(reader)
        self.press("Enregistrer les lecteurs")
        self.sees(re.compile("lectures? confiées?"))

    def turn(self, what: Words, sure: Words) -> None:
        """Open or close the marking, after the page that asks once."""
        self.dashboard()
        self.follow(what)
        self.press(sure)
        self.look()

    def propose_amount(self, title: str, amount: str, reason: str) -> None:
        """Propose another amount than the one requested."""
        self.dashboard()
        self.follow("Voir le classement et la ligne")
        self.follow(title)
        self.type("Montant proposé, en euros", amount)
        self.type("Motif", reason)
        self.press("Enregistrer le montant proposé")
        self.sees("Le montant proposé est enregistré")
        self.look()

    def freeze(self, chair: Team) -> None:
        """Propose the shortlist, once its consequences were read; the chair confirms it."""
        self.dashboard()
        self.follow("Proposer de figer la liste…")
        self.press("Proposer de figer cette liste")
        self.sees("Votre proposition attend la confirmation d’une autre personne")
        self.look()
        chair.confirm("La liste est figée.")

    def confirm(self, done: str) -> None:
        """Confirm the act that waits, from the dashboard's notice."""
        self.dashboard()
        self.sees("1 acte attend votre confirmation")
        self.follow("Lire et répondre")
        self.look()
        self.press(re.compile("^Confirmer"))
        self.sees(done)
        self.look()

    def export(self, form: str) -> File:
        """Ask for the frozen list as a file, follow the job, download it."""
        self.dashboard()
        self.follow("Exports")
        self.press(re.compile(rf"\b{form}\b.*Liste classée"))
        ready = self.page.get_by_role("link", name="Télécharger le fichier")
        eventually(ready.count)
        self.look()
        return self.downloads(ready)


def json_of(file: File) -> dict:
    """Return the JSON of a file."""
    return json.loads(file.data)
