"""The lines of the table about the instruction in the regions and the readings of the jury."""

from __future__ import annotations

from ptce_aap.domain.permissions.periods import EVER, Period, at, since
from ptce_aap.domain.permissions.roles import Permission, Relation
from ptce_aap.domain.permissions.vocabulary import Deed, Kind, Line, Scope

_HERE, _ELSEWHERE = Relation.CORRESPONDENT_HERE, Relation.CORRESPONDENT_ELSEWHERE
_READING, _JUROR, _CHAIR = Relation.JUROR_READING, Relation.JUROR, Relation.CHAIR
_DECLARE = (_READING, _JUROR, _CHAIR, _HERE, Relation.TEAM, Relation.AUDITOR)
_READS, _WRITES = Kind.READ, Kind.WRITE
_INSTRUCTION = at(Period.INSTRUCTION)
_FROM_DEPOSIT = {_HERE: at(Period.OPEN)}
_EARLIER = "dès le dépôt, si les fichiers de l’appel le disent"
_UNTIL_TERM = "jusqu’au terme des avis, s’il en est fixé un"

JUDGING: tuple[Line, ...] = (
    Line(
        Deed.FIND_REGION,
        "Voir la liste des dossiers de sa région",
        _READS,
        Scope.CALL,
        Permission.INSTRUCT,
        dict.fromkeys((_HERE, _ELSEWHERE), since(Period.INSTRUCTION)),
        choice=dict.fromkeys((_HERE, _ELSEWHERE), at(Period.OPEN)),
        note=f"avant, la page dit quand les dossiers s’ouvriront ; {_EARLIER}",
    ),
    Line(
        Deed.READ_INSTRUCTED,
        "Lire un dossier déposé de sa région, ses pièces, ses messages, ce qui en est dit",
        _READS,
        Scope.DOSSIER,
        Permission.INSTRUCT,
        {_HERE: since(Period.INSTRUCTION)},
        choice=_FROM_DEPOSIT,
        note=_EARLIER,
    ),
    Line(
        Deed.PROPOSE,
        "Proposer une réponse à chaque règle de recevabilité",
        _WRITES,
        Scope.DOSSIER,
        Permission.INSTRUCT,
        {_HERE: _INSTRUCTION},
        choice=_FROM_DEPOSIT,
        note=_EARLIER,
    ),
    Line(
        Deed.GIVE_OPINION,
        "Écrire et rendre l’avis de la région",
        _WRITES,
        Scope.DOSSIER,
        Permission.INSTRUCT,
        {_HERE: _INSTRUCTION},
        choice=_FROM_DEPOSIT,
        note=f"{_UNTIL_TERM} ; {_EARLIER}",
    ),
    Line(
        Deed.RANK_REGION,
        "Classer les dossiers de sa région",
        _WRITES,
        Scope.CALL,
        Permission.INSTRUCT,
        dict.fromkeys((_HERE, _ELSEWHERE), _INSTRUCTION),
        choice=_FROM_DEPOSIT,
        note=f"chacun classe les dossiers de sa région, et eux seuls ; {_UNTIL_TERM}",
    ),
    Line(
        Deed.NAME_OWN_SUBSTITUTE,
        "Nommer un autre correspondant qui agit pendant ses jours d’absence, finir cette suppléance plus tôt",
        _WRITES,
        Scope.ACCOUNT,
        Permission.INSTRUCT,
        dict.fromkeys((_HERE, _ELSEWHERE), EVER),
        note="pendant ces jours, la personne nommée est « correspondant de la région » pour les régions de l’absent : "
        "jamais plus que lui, sans pouvoir passer la main, et ses propres conflits comptent",
    ),
    Line(
        Deed.EXPORT_REGION,
        "Exporter les dossiers de sa région",
        _READS,
        Scope.CALL,
        Permission.INSTRUCT,
        dict.fromkeys((_HERE, _ELSEWHERE), since(Period.INSTRUCTION)),
        choice=dict.fromkeys((_HERE, _ELSEWHERE), at(Period.OPEN)),
        note="chacun exporte ceux de sa région, et eux seuls ; l’usage est demandé et inscrit au journal ; seul qui "
        "l’a demandé prend le fichier, tant que chaque dossier lui est ouvert",
    ),
    Line(
        Deed.WRITE_SERVICE_MESSAGES,
        "Écrire aux candidats d’un dossier que l’on suit",
        _WRITES,
        Scope.DOSSIER,
        Permission.INSTRUCT,
        {_HERE: since(Period.INSTRUCTION)},
        choice=_FROM_DEPOSIT,
        note=_EARLIER,
    ),
    Line(
        Deed.READ_COMPLEMENTS,
        "Lire les demandes de compléments d’un dossier que l’on suit",
        _READS,
        Scope.DOSSIER,
        Permission.ASK_COMPLEMENTS,
        dict.fromkeys((_HERE, Relation.TEAM), since(Period.INSTRUCTION)),
        choice=_FROM_DEPOSIT,
        note=_EARLIER,
    ),
    Line(
        Deed.ASK_COMPLEMENTS,
        "Demander des compléments, refermer une demande",
        _WRITES,
        Scope.DOSSIER,
        Permission.ASK_COMPLEMENTS,
        {_HERE: _INSTRUCTION, Relation.TEAM: _INSTRUCTION},
    ),
    Line(
        Deed.READ_CONSULTATIONS,
        "Lire ce qui est demandé à des services et à des financeurs sur un dossier que l’on suit, et leurs réponses",
        _READS,
        Scope.DOSSIER,
        Permission.CONSULT,
        dict.fromkeys((_HERE, Relation.TEAM), since(Period.INSTRUCTION)),
        choice=_FROM_DEPOSIT,
        note=f"les réponses sont masquées à qui doit encore noter le dossier ; {_EARLIER}",
    ),
    Line(
        Deed.CONSULT,
        "Demander l’avis d’un service ou la confirmation d’un financeur, relancer, prolonger, retirer",
        _WRITES,
        Scope.DOSSIER,
        Permission.CONSULT,
        {_HERE: _INSTRUCTION, Relation.TEAM: _INSTRUCTION},
        note="la personne consultée n’a pas de compte : un lien personnel lui ouvre les étapes nommées, et rien "
        "d’autre, jusqu’à sa date",
    ),
    Line(
        Deed.READ_DIRECTORY,
        "Voir les ressources de sa région et les ressources nationales, les prendre dans un tableur",
        _READS,
        Scope.CALL,
        Permission.KEEP_DIRECTORY,
        dict.fromkeys((_HERE, _ELSEWHERE, Relation.TEAM), EVER),
        note="chacun celles de sa région et les nationales ; l’équipe voit celles de toutes les régions",
    ),
    Line(
        Deed.KEEP_DIRECTORY,
        "Tenir les ressources de sa région, en apporter d’un tableur ou d’un appel précédent",
        _WRITES,
        Scope.CALL,
        Permission.KEEP_DIRECTORY,
        dict.fromkeys((_HERE, _ELSEWHERE, Relation.TEAM), EVER),
        note="chaque correspondant celles de sa région, l’équipe les ressources nationales",
    ),
    Line(
        Deed.REREAD_CONFLICTS,
        "Relire la liste des titres, porteurs et membres, et ce que l’on y a déclaré",
        _READS,
        Scope.LISTED,
        Permission.DECLARE_CONFLICT,
        dict.fromkeys(_DECLARE, since(Period.INSTRUCTION)),
    ),
    Line(
        Deed.DECLARE_CONFLICT,
        "Déclarer ses conflits d’intérêts sur la liste des titres, porteurs et membres",
        _WRITES,
        Scope.LISTED,
        Permission.DECLARE_CONFLICT,
        dict.fromkeys(_DECLARE, since(Period.INSTRUCTION, Period.DELIBERATION)),
        note="nul ne lève son propre conflit ; le jury parcourt les dossiers recevables, les correspondants ceux de "
        "leur région, l’équipe et l’audit tous ceux qui sont déposés",
    ),
    Line(
        Deed.ASK_OWN_CORRECTION,
        "Demander que soit corrigé un conflit que l’on a déclaré par erreur",
        _WRITES,
        Scope.LISTED,
        Permission.DECLARE_CONFLICT,
        dict.fromkeys(_DECLARE, since(Period.INSTRUCTION, Period.DELIBERATION)),
        note="deux autres personnes n’y suffisent pas si l’on a préparé le dossier : ce conflit-là reste",
    ),
    Line(
        Deed.FIND_READINGS,
        "Voir ses lectures, ses thèmes, sa propre sévérité",
        _READS,
        Scope.CALL,
        Permission.SCORE,
        dict.fromkeys((_READING, _JUROR), since(Period.INSTRUCTION)),
    ),
    Line(
        Deed.READ_ASSIGNED,
        "Lire un dossier confié, ses pièces et sa grille",
        _READS,
        Scope.DOSSIER,
        Permission.SCORE,
        {_READING: since(Period.JURY)},
    ),
    Line(
        Deed.MARK,
        "Noter un dossier confié, rendre sa fiche",
        _WRITES,
        Scope.DOSSIER,
        Permission.SCORE,
        {_READING: at(Period.JURY)},
        note="une fiche rendue ne change plus",
    ),
    Line(
        Deed.READ_REGIONAL_OPINION,
        "Lire l’avis de la région et son rang sur un dossier confié",
        _READS,
        Scope.DOSSIER,
        Permission.SCORE,
        {_READING: since(Period.JURY)},
        note="une fois sa propre fiche de ce dossier rendue, ou les lectures closes",
    ),
    Line(
        Deed.READ_OTHERS_MARKS,
        "Lire les notes des autres lecteurs du dossier",
        _READS,
        Scope.DOSSIER,
        Permission.SCORE,
        {_READING: since(Period.DELIBERATION)},
        note="une fois sa propre fiche rendue et les lectures closes",
    ),
)
