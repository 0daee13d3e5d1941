"""Writes ``docs/donnees-personnelles.md`` from the map of personal data and the table of durations (`make docs`)."""

from __future__ import annotations

from pathlib import Path

from ptce_aap.domain.personal_data import DATA_MAP, Reach, TableUse
from ptce_aap.domain.retention import BY_KEY, CLASSES

PAGE = Path(__file__).parents[1] / "docs" / "donnees-personnelles.md"
_HEAD = """# Données personnelles

Cette page est tirée du programme (`make docs`) : un essai compare la carte à chaque colonne de la base, une colonne
nouvelle n’entre pas sans y être. Elle sert de base à la fiche du registre des traitements (règlement
général sur la protection des données, RGPD, article 30) ; le responsable de traitement, les destinataires et la base
légale sont à compléter par l’organisme qui conduit l’appel.

- **Finalités** : recevoir, instruire, faire lire et décider les candidatures d’un appel à projets ; prouver la
  décision.
- **Destinataires** : ceux que montre la [table des droits](permissions.md). Aucun envoi à un tiers.
- **Droits** : chacun trouve dans son compte, « Mes données », une copie de tout et la demande d’effacement, que
  l’administration des comptes accorde ([décision 30](decisions/0030-what-is-erased-leaves-its-digest.md)).
- **Une durée** se change dans `instance/conservation.toml` : `[durees]` (`brouillons = "6 mois"`), ou pour un appel
  `[appels."nom"]`, où `suspendu = true` garde tout le temps d’un litige, même devant une demande d’effacement.
- **Après une restauration**, les effacements faits depuis la sauvegarde sont refaits (`effacements.jsonl`, à côté de
  chaque sauvegarde ; `ptce-aap retention --erasures` l’écrit aussi).
- **Hors de la base** : sans serveur de courriel (`PTCE_SMTP_URL` absent : essais, démonstration), chaque message est
  écrit en entier dans `instance/outbox/`, avec adresse et texte. Le service ne relit ni n’efface ces fichiers : qui
  tient l’installation vide ce dossier, et le fait après chaque effacement accordé. En production, un serveur de
  courriel est réglé et ce dossier reste vide. Les traces techniques (« Traces techniques des serveurs », ci-dessous)
  sont dans le même cas.

"""


def page() -> str:
    """Return the text of the page."""
    about = [use for use in DATA_MAP if use.kept is not None]
    plain = [use for use in DATA_MAP if use.kept is None]
    return "".join(
        (
            _HEAD,
            "## Combien de temps\n\n| Quoi | Durée | À partir de | Ensuite | Fondement | Réglage |\n",
            "|---|---|---|---|---|---|\n",
            *(
                f"| {one.title} | {one.duration.words if one.duration else 'sans limite'} | {one.start} | {one.then} "
                f"| {one.basis} | {'–' if one.fixed or not one.duration else f'`{one.name}`'} |\n"
                for one in CLASSES
            ),
            "\n## La carte\n\n| Table | Ce que c’est | Finalité | Classe | Colonnes personnelles | Jamais copiées "
            "| Copie |\n"
            "|---|---|---|---|---|---|---|\n",
            *(_line(use) for use in about),
            "\n## Rien de personnel\n\n",
            ", ".join(f"`{use.table}` ({use.title.lower()})" for use in plain),
            ".\n",
        )
    )


def _line(use: TableUse) -> str:
    kept = BY_KEY[use.kept].title if use.kept else ""
    copied = f"non : {use.why}" if use.reach is Reach.NOWHERE else "oui"
    columns, guarded = (", ".join(f"`{name}`" for name in names) or "–" for names in (use.personal, use.guarded))
    return f"| `{use.table}` | {use.title} | {use.purpose} | {kept} | {columns} | {guarded} | {copied} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
