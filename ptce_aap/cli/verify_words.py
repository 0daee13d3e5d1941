"""What is wrong in a bundle, in French: the only place where ``ptce-aap verify`` words it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptce_aap.cli import messages
from ptce_aap.domain.errors import RuleViolation

if TYPE_CHECKING:
    from ptce_aap.services.bundles.checking import Verified
    from ptce_aap.services.bundles.findings import Problem

messages.register(
    bundle_compressed="cette archive a été recompressée ; prendre le fichier d'origine, ou donner son dossier.",
    bundle_damaged="cette archive est abîmée, ou n'est pas celle qui a été remise ; prendre le fichier d'origine.",
    bundle_format="cette archive est d'un format ({format}) que ce programme ne connaît pas ; prendre une version "
    "plus récente de ptce-aap.",
    bundle_missing="ce fichier n'existe pas.",
    bundle_too_large="cette archive dépasse {mebibytes} Mio ; aucune archive d'appel n'est aussi grande.",
    bundle_unreadable="ce fichier ne peut pas être lu ({why}) ; vérifier ses droits.",
    head_of_another_chain="aucune des empreintes données ne parle du journal de cette archive ({chain}).",
    bundle_without_manifest="ce n'est pas une archive d'appel : manifest.json manque ou est illisible.",
)
_PROBLEMS = {
    "call_differs": "l'appel n'est pas celui que nomment manifest.json et le journal.",
    "counts_otherwise": "une fiche compte ou ne compte pas contre les conflits d'intérêts que le journal connaissait "
    "le jour du calcul ({what}).",
    "definition_differs": "ce n'est pas le fichier avec lequel l'appel a été ouvert.",
    "definition_missing": "ce fichier de règles manque, ou il y en a plusieurs.",
    "definition_unreadable": "ce fichier de règles ne peut pas être lu.",
    "file_altered": "le fichier n'est pas celui que décrit manifest.json.",
    "file_missing": "le fichier manque.",
    "file_unlisted": "le fichier est de trop : manifest.json ne le cite pas.",
    "head_differs": "ce n'est pas l'empreinte de la dernière ligne du journal.",
    "heads_contradict": "deux empreintes de cette ligne se contredisent : celles de {other} et de {source}.",
    "heads_of_another_chain": "une empreinte quotidienne ne parle pas du journal de cette archive.",
    "heads_unsound": "une empreinte quotidienne n'est pas signée par la clé attendue, ou a été modifiée.",
    "inputs_differ": "les notes qui comptent ne sont pas celles dont le classement a été calculé.",
    "journal_chain": "la ligne vient d'un autre journal.",
    "journal_cut": "le journal s'arrête avant la ligne {known}, dont {source} donne l'empreinte : sa fin manque, ou "
    "l'archive est plus ancienne que cette empreinte (en demander une plus récente).",
    "journal_digest": "la ligne a été modifiée : son empreinte n'est pas celle de son contenu.",
    "journal_facts": "la ligne ne dit pas ce que dit une telle ligne.",
    "journal_head": "le journal a été réécrit entre la ligne {after} et celle-ci : l'empreinte que donne {source} est "
    "autre.",
    "journal_malformed": "la ligne n'est pas une ligne du journal.",
    "journal_previous": "la ligne ne suit pas celle qui la précède.",
    "journal_sequence": "une ligne manque, est en double ou n'est pas à sa place.",
    "list_differs": "la liste recalculée est autre.",
    "name_refused": "une archive d'appel ne contient pas de fichier de ce nom.",
    "no_ranking": "le journal ne dit pas qu'un classement a été calculé.",
    "not_json": "le fichier n'est pas du JSON lisible.",
    "not_sealed": "la dernière ligne ne scelle pas l'archive.",
    "ranking_differs": "le classement recalculé est autre.",
    "result_differs": "le journal donne une autre empreinte de ce fichier.",
    "rule_differs": "les poids et les seuils ne sont pas ceux des fichiers de règles.",
    "seal_differs": "le fichier n'est pas celui que la ligne {sequence} du journal a scellé.",
    "told_otherwise": "le journal dit autre chose ({what}).",
    "too_large": "le fichier est trop grand.",
    "wrong_shape": "le contenu n'a pas la forme attendue.",
}


def refused(violation: RuleViolation) -> str:
    """Return why a file cannot be read as a bundle."""
    return messages.refusal(violation)


def sentence(problem: Problem) -> str:
    """Return what is wrong, with where it stands."""
    place = f"{problem.file}, {'ligne' if problem.file.endswith('.jsonl') else 'entrée'} {problem.line}"
    where = problem.file if problem.line is None else place
    return f"{where} : {_PROBLEMS[problem.code].format(**problem.facts)}"


def on_lines(found: Verified) -> str:
    """Return what is said of a bundle that holds: what that proves, and up to which line of its journal."""
    lines = ["Tout concorde : l'archive s'accorde avec elle-même ; classement et liste recalculés sont les siens."]
    if not found.frozen:
        lines.append("La liste est provisoire : le journal n'en fige aucune.")
    covered = found.covered
    if covered.to is None:
        lines.append(
            "Aucune empreinte extérieure n'a été donnée : cela ne dit pas que le journal n'a été ni réécrit ni coupé."
        )
    else:
        beyond = f" ; aucune ne couvre les lignes {covered.to + 1} à {found.sequence}"
        many = "s" if covered.outside > 1 else ""
        lines.append(
            f"Le journal concorde avec {covered.outside} empreinte{many} extérieure{many}, jusqu'à la ligne "
            f"{covered.to}{beyond if covered.to < found.sequence else ''}."
        )
    lines += [f"{source} ne parle pas de ce journal et n'a servi à rien." for source in covered.silent]
    lines.append(f"Dernière ligne du journal ({found.chain}) : {found.sequence}, empreinte {found.digest}.")
    return "\n".join(lines)
