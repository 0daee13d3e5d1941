"""The tables of those who instruct, read, judge and decide: what they wrote and what is known of them."""

from __future__ import annotations

from ptce_aap.domain.personal_data.vocabulary import Reach, TableUse, words
from ptce_aap.domain.retention import Kept

_DECIDE = "décider, et prouver comment"
_ARRANGE = "ranger son travail"
_SHOW = "faire connaître aux candidats les appuis de leur région"


def _written(table: str, title: str, by: str, *, personal: str = "", plain: str, inner: str = "") -> TableUse:
    """Return a table of what somebody decided or wrote for the call: ``by`` says who."""
    return TableUse(
        table,
        title,
        _DECIDE,
        Kept.DECISIONS,
        Reach.PERSON,
        words(by),
        personal=words(f"{by} {personal}"),
        inner=words(inner),
        plain=words(plain),
        judged=True,
    )


def _computed(table: str, title: str, *, personal: str = "", plain: str, why: str) -> TableUse:
    """Return a table of what is drawn from others: it is nobody's own."""
    return TableUse(
        table, title, _DECIDE, Kept.DECISIONS, Reach.NOWHERE, why=why, personal=words(personal), plain=words(plain)
    )


_PLACES = "rangs et totaux de dossiers, montrés quand l’appel les montre"

JUDGING: tuple[TableUse, ...] = (
    _written(
        "absence",
        "Absences de correspondants, et qui les supplée",
        "absent_id substitute_id named_by_id ended_by_id",
        plain="id reference call_id starts_at ends_at named_at ended_at",
        inner="version",
    ),
    _written("admission", "Dossiers classés par décision", "decided_by_id", personal="reason", plain="dossier_id at"),
    _written(
        "amount_proposal",
        "Montants proposés",
        "author_id",
        personal="reason",
        plain="dossier_id amount_cents at",
        inner="version",
    ),
    TableUse(
        "assignment",
        "Dossiers confiés",
        "répartir les lectures",
        Kept.DECISIONS,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id assigned_by_id"),
        plain=words("dossier_id call_id assigned_at"),
        judged=True,
    ),
    _written("call_extension", "Clôtures repoussées", "by_id", personal="reason", plain="id call_id before after at"),
    TableUse(
        "conflict",
        "Conflits d’intérêts déclarés",
        "fermer le dossier à qui ne doit pas le juger",
        Kept.NOT_SELECTED,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id reason"),
        plain=words("dossier_id call_id declared_at"),
    ),
    TableUse(
        "conflict_correction",
        "Conflits déclarés par erreur, corrigés",
        _DECIDE,
        Kept.NOT_SELECTED,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id declared_reason"),
        plain=words("act_id call_id dossier_id declared_at corrected_at"),
    ),
    TableUse(
        "conflict_statement",
        "Déclarations de conflits terminées",
        _DECIDE,
        Kept.DECISIONS,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id"),
        plain=words("call_id at"),
    ),
    _written(
        "departure",
        "Écarts au classement",
        "decided_by_id",
        personal="reason",
        plain="id reference call_id ranking_id dossier_id place ground before after at",
        inner="passed",
    ),
    _written(
        "departure_confirmation",
        "Écarts confirmés",
        "decided_by_id",
        plain="id departure_id ranking_id before after at",
        inner="passed",
    ),
    _written("departure_withdrawal", "Écarts retirés", "decided_by_id", plain="departure_id ranking_id at"),
    _written(
        "discussion_mark",
        "Notes révisées en séance",
        "recorded_by_id",
        personal="reason",
        plain="id sheet_id criterion sequence before half_points at",
    ),
    _written(
        "eligibility_decision",
        "Décisions de recevabilité",
        "author_id",
        personal="reason",
        plain="dossier_id eligible at",
        inner="version",
    ),
    _written(
        "eligibility_letter",
        "Lettres de recevabilité envoyées",
        "author_id",
        plain="dossier_id decision_version eligible sha256 sent_at",
    ),
    TableUse(
        "region_resource",
        "Ressources des régions : réseaux, accompagnements, financeurs, avec un contact professionnel",
        _SHOW,
        Kept.DIRECTORIES,
        Reach.NOWHERE,
        why="coordonnées professionnelles de services, montrées aux candidats de la région",
        personal=words("content"),
        inner=words("name_key version"),
        plain=words("id reference call_id region published changed_at appeared_at checked_at withdrawn_at"),
    ),
    TableUse(
        "resource_change",
        "Ce qui a été fait d’une ressource",
        _SHOW,
        Kept.DIRECTORIES,
        Reach.PERSON,
        ("by_id",),
        personal=words("by_id content"),
        plain=words("id resource_id sequence deed at"),
    ),
    TableUse(
        "resource_upload",
        "Annuaires apportés d’un tableur et non importés",
        _SHOW,
        Kept.TABLES,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id filename content"),
        plain=words("id reference call_id region at"),
    ),
    TableUse(
        "dossier_label",
        "Étiquettes posées par les correspondants sur les dossiers de leur région",
        _ARRANGE,
        Kept.NOT_SELECTED,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id text"),
        inner=words("key"),
        plain=words("id dossier_id region at"),
        judged=True,
    ),
    TableUse(
        "dossier_note",
        "Notes privées des correspondants",
        _ARRANGE,
        Kept.NOT_SELECTED,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id text"),
        plain=words("dossier_id at"),
        judged=True,
    ),
    TableUse(
        "saved_view",
        "Vues enregistrées de la liste des dossiers",
        _ARRANGE,
        Kept.ACCOUNTS,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id name query"),
        inner=words("name_key"),
        plain=words("id reference call_id at"),
    ),
    TableUse(
        "juror_terms",
        "Ce que la répartition sait d’un membre du jury",
        "répartir les lectures",
        Kept.DECISIONS,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id minimum maximum region themes"),
        inner=words("version"),
        plain=words("call_id"),
    ),
    TableUse(
        "mark",
        "Notes et commentaires",
        _DECIDE,
        Kept.DECISIONS,
        Reach.PARENT,
        ("sheet_id",),
        "sheet",
        personal=words("half_points comment"),
        plain=words("sheet_id criterion"),
    ),
    _written(
        "opinion",
        "Avis des régions",
        "author_id",
        personal="answers verdict regional_rank",
        plain="dossier_id call_id region given_at at",
        inner="version",
    ),
    _written(
        "opinion_reopening",
        "Avis rendus à leur région pour être repris",
        "by_id",
        personal="reason",
        plain="id dossier_id given_at mark at",
    ),
    _written(
        "opinion_term",
        "Terme des avis et des classements régionaux",
        "by_id",
        personal="reason",
        plain="id call_id before due_at at frozen_at digest",
    ),
    _written(
        "regional_order",
        "Classements régionaux tels qu’ils ont été enregistrés",
        "by_id",
        personal="ranks",
        plain="id call_id region at",
    ),
    _written(
        "proposed_act",
        "Actes proposés à une seconde personne",
        "proposed_by_id",
        personal="concerns_id reason",
        plain="id reference call_id kind object proposed_at expires_at digest",
        inner="content state",
    ),
    _written("proposed_act_end", "Réponses à ces actes", "by_id", personal="reason", plain="act_id outcome at"),
    _written(
        "rule_proposal",
        "Réponses de recevabilité proposées",
        "author_id",
        personal="reason proposed",
        plain="dossier_id rule computed at",
        inner="version",
    ),
    TableUse(
        "sheet",
        "Fiches de lecture",
        _DECIDE,
        Kept.DECISIONS,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id"),
        inner=words("version"),
        plain=words("id reference call_id dossier_id grid_digest state marks_count saved_at final_at"),
        judged=True,
    ),
    _written(
        "substitution", "Suppléances", "person_id named_by_id", personal="reason", plain="id call_id role named_at"
    ),
    _written(
        "tie_vote",
        "Votes entre dossiers à égalité",
        "decided_by_id",
        personal="reason",
        plain="ranking_id dossier_id place at",
    ),
    TableUse(
        "reading_plan",
        "Propositions de répartition",
        "répartir les lectures",
        Kept.SIMULATIONS,
        Reach.NOWHERE,
        why="papier de travail de l’équipe, sur tous les lecteurs à la fois",
        personal=words("asked_by_id content edits applied"),
        inner=words("version"),
        plain=words("id reference call_id asked_at settings error inputs_digest computed_at applied_at undone_at"),
    ),
    TableUse(
        "scenario",
        "Simulations enregistrées",
        "préparer la délibération",
        Kept.SIMULATIONS,
        Reach.NOWHERE,
        why="papier de travail de l’équipe, sur tous les dossiers à la fois",
        personal=words("author_id name"),
        inner=words("version"),
        plain=words(
            "id reference call_id created_at ranking_id adopted instance inputs_digest asked_at state result "
            "computed_at"
        ),
    ),
    _computed(
        "corrected_part",
        "Classement corrigé, dont la sévérité des lecteurs",
        personal="content",
        plain="corrected_id name",
        why="chacun lit sa propre sévérité sur sa page, personne celle d’un autre",
    ),
    _computed(
        "corrected_ranking",
        "Calculs du classement corrigé",
        plain="id call_id sequence inputs_digest readings settings quick read_at computed_at milliseconds sha256",
        why=_PLACES,
    ),
    _computed(
        "corrected_evidence", "Calcul montré quand la liste a été figée", plain="call_id corrected_id", why=_PLACES
    ),
    _computed(
        "ranking",
        "Classements annoncés",
        personal="computed_by_id",
        plain="id call_id sequence computed_at grid_digest inputs_digest seed",
        why=_PLACES,
    ),
    _computed(
        "ranking_entry",
        "Places du classement annoncé",
        plain="ranking_id dossier_id position rank readings total total_shown axis_means flags",
        why=_PLACES,
    ),
    _computed(
        "adopted_place",
        "Places de la liste adoptée",
        plain="ranking_id dossier_id place announced_place moved put_out",
        why=_PLACES,
    ),
    _computed(
        "shortlist",
        "Liste figée, avec les titres et les porteurs",
        personal="content frozen_by_id",
        plain="call_id ranking_id frozen_at sha256",
        why="publiée, ou communiquée par l’organisme qui conduit l’appel",
    ),
)
