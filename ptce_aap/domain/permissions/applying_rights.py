"""The lines of the table about the public, accounts, and dossiers as those who prepare them see them."""

from __future__ import annotations

from ptce_aap.domain.permissions.periods import EVER, Period, Periods, at, since
from ptce_aap.domain.permissions.roles import Permission, Relation
from ptce_aap.domain.permissions.vocabulary import Deed, Kind, Line, Scope

_OWNER, _FILER, _EDITOR, _READER = Relation.OWNER, Relation.FILER, Relation.EDITOR, Relation.READER
_ROOM = Permission.FILE_DOSSIER
_READS, _WRITES = Kind.READ, Kind.WRITE
_EVERYBODY = dict.fromkeys(Relation, EVER)
_ACCOUNTS: dict[Relation, Periods] = {relation: EVER for relation in Relation if relation is not Relation.VISITOR}
_APPLICANTS = (_OWNER, _FILER, _EDITOR, _READER, Relation.APPLICANT)
_FILING = at(Period.OPEN)
_ASKED = at(Period.INSTRUCTION)
_LIMITED = "en instruction : les seules questions d’une demande de compléments, jusqu’à son terme"

APPLYING: tuple[Line, ...] = (
    Line(Deed.SEE_PUBLIC, "Lire les pages publiques", _READS, Scope.PUBLIC, None, _EVERYBODY),
    Line(
        Deed.SEE_LAUREATES,
        "Lire la liste des lauréats",
        _READS,
        Scope.PUBLIC,
        None,
        dict.fromkeys(Relation, at(Period.PUBLISHED)),
    ),
    Line(
        Deed.FOLLOW_LINK,
        "Suivre un lien personnel reçu par courriel",
        _WRITES,
        Scope.PUBLIC,
        None,
        _EVERYBODY,
        note="le lien est le secret : il sert une fois et vit peu de temps",
    ),
    Line(Deed.KEEP_ACCOUNT, "Tenir son compte", _WRITES, Scope.ACCOUNT, Permission.OWN_ACCOUNT, _ACCOUNTS),
    Line(
        Deed.CREATE_DOSSIER,
        "Commencer un dossier",
        _WRITES,
        Scope.ACCOUNT,
        _ROOM,
        dict.fromkeys(_APPLICANTS, _FILING),
        note="toute personne qui a un compte ; le dossier qu’elle prépare lui est fermé dans toutes les autres salles",
    ),
    Line(
        Deed.ACCEPT_INVITATION,
        "Accepter de préparer un dossier",
        _WRITES,
        Scope.ACCOUNT,
        _ROOM,
        dict.fromkeys(_APPLICANTS, since(Period.ANNOUNCED, Period.INSTRUCTION)),
        note="accepter, c’est se déclarer en conflit avec ce dossier, pour toujours",
    ),
    Line(
        Deed.READ_OWN_DOSSIER,
        "Lire le dossier que l’on prépare ou que l’on a déposé, et ses pièces",
        _READS,
        Scope.OWN,
        _ROOM,
        dict.fromkeys((_OWNER, _FILER, _EDITOR, _READER), EVER),
    ),
    Line(
        Deed.EDIT_DOSSIER,
        "Modifier les réponses et les pièces d’un dossier",
        _WRITES,
        Scope.OWN,
        _ROOM,
        dict.fromkeys((_OWNER, _FILER, _EDITOR), _FILING),
        choice=dict.fromkeys((_OWNER, _FILER, _EDITOR), _ASKED),
        note=_LIMITED,
    ),
    Line(
        Deed.FILE_DOSSIER,
        "Déposer un dossier, le rouvrir avant la clôture",
        _WRITES,
        Scope.OWN,
        _ROOM,
        dict.fromkeys((_OWNER, _FILER), _FILING),
        choice=dict.fromkeys((_OWNER, _FILER), _ASKED),
        note=_LIMITED,
    ),
    Line(
        Deed.WITHDRAW_DOSSIER,
        "Retirer un dossier déposé",
        _WRITES,
        Scope.OWN,
        _ROOM,
        {_OWNER: since(Period.OPEN, Period.INSTRUCTION)},
    ),
    Line(
        Deed.SHARE_DOSSIER,
        "Inviter des personnes dans le dossier, changer leurs droits, le confier",
        _WRITES,
        Scope.OWN,
        _ROOM,
        {_OWNER: since(Period.ANNOUNCED, Period.INSTRUCTION)},
    ),
    Line(
        Deed.CLOSE_DOSSIER_TO,
        "Fermer son dossier à une personne, reprendre une invitation ou une offre",
        _WRITES,
        Scope.OWN,
        _ROOM,
        {_OWNER: EVER},
    ),
    Line(
        Deed.LEAVE_DOSSIER,
        "Quitter un dossier auquel on a été invité",
        _WRITES,
        Scope.OWN,
        _ROOM,
        dict.fromkeys((_FILER, _EDITOR, _READER), EVER),
        note="le conflit reste",
    ),
    Line(
        Deed.TAKE_DOSSIER_OVER,
        "Répondre à l’offre de devenir titulaire",
        _WRITES,
        Scope.OWN,
        _ROOM,
        dict.fromkeys((_FILER, _EDITOR, _READER), since(Period.ANNOUNCED, Period.INSTRUCTION)),
    ),
    Line(
        Deed.READ_RECEIPT,
        "Lire l’accusé de réception et le suivi du dossier",
        _READS,
        Scope.OWN,
        _ROOM,
        dict.fromkeys((_OWNER, _FILER, _EDITOR, _READER), since(Period.OPEN)),
    ),
    Line(
        Deed.READ_OWN_MESSAGES,
        "Lire les messages échangés sur son dossier déposé",
        _READS,
        Scope.OWN,
        _ROOM,
        dict.fromkeys((_OWNER, _FILER, _EDITOR, _READER), since(Period.OPEN)),
    ),
    Line(
        Deed.WRITE_OWN_MESSAGES,
        "Écrire au service sur son dossier déposé",
        _WRITES,
        Scope.OWN,
        _ROOM,
        dict.fromkeys((_OWNER, _FILER, _EDITOR), since(Period.OPEN)),
    ),
    Line(
        Deed.READ_RESULT,
        "Lire le résultat de son dossier et ses motifs",
        _READS,
        Scope.OWN,
        _ROOM,
        dict.fromkeys((_OWNER, _FILER, _EDITOR, _READER), at(Period.PUBLISHED)),
    ),
)
