"""The only place where a refusal is worded: a rule's code and its facts become a French sentence."""

from __future__ import annotations

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.web.formats import instant_long

_SENTENCES = {
    "act_already_proposed": "Cet acte est déjà proposé, et attend sa réponse : lisez la proposition sur la page "
    "« Actes à deux personnes ».",
    "act_ended": "Cette proposition a déjà reçu sa réponse.",
    "act_expired": "Personne n’a répondu à cette proposition à temps (jusqu’au {since}) : proposez l’acte de nouveau.",
    "act_moved": "Ce que l’acte changerait n’est plus ce qui a été proposé. Rien n’a été fait : il faut le proposer de "
    "nouveau.",
    "already_done": "C’est déjà fait : la page montre l’état à jour.",
    "already_frozen": "La liste est figée : rien ne la modifie plus.",
    "already_invited": "Cette adresse a déjà une invitation en attente : renvoyez-la depuis la liste.",
    "already_of_the_dossier": "Vous travaillez déjà sur ce dossier avec ce compte. "
    "Si l’invitation est pour une autre personne, c’est à elle d’ouvrir le lien.",
    "absence_days_backwards": "Le dernier jour vient avant le premier.",
    "absence_days_missing": "Indiquez le premier et le dernier jour.",
    "absence_in_the_past": "Choisissez un premier jour à partir d’aujourd’hui.",
    "absence_overlaps": "Une suppléance est déjà prévue pendant ces jours. Finissez-la d’abord, ou choisissez d’autres "
    "jours.",
    "absence_same_person": "C’est la même personne : choisissez un autre correspondant.",
    "absence_substitute_marks": "Cette personne note des dossiers de l’appel : choisissez un autre correspondant.",
    "absence_too_far": "Prévoyez une absence dans l’année qui vient.",
    "absence_too_long": "Une suppléance dure {days} jours au plus.",
    "already_put_out": "Ce dossier est déjà écarté de la liste : retirez d’abord cet écart.",
    "already_ranked": "Ce dossier est déjà classé.",
    "already_there": "Ce dossier est déjà à cette place : il n’y a rien à changer.",
    "amount_missing": "Aucun montant n’est proposé pour « {title} », qui serait retenu : proposez-en un avant "
    "de figer la liste.",
    "amount_out_of_range": "Indiquez un montant en euros, à partir de 0.",
    "amount_reason_missing": "Dites en une phrase pourquoi le montant proposé n’est pas le montant demandé.",
    "assignment_closed": "La notation est close : les lectures ne changent plus.",
    "calendar_backwards": "La clôture doit venir après l’ouverture.",
    "calendar_missing": "Indiquez la date d’ouverture et la date de clôture.",
    "call_closed": "L’appel est clos depuis {closed}. Votre dossier reste lisible, mais il ne peut plus être modifié "
    "ni déposé.",
    "call_not_open_yet": "Les dépôts ouvrent {opens}. Revenez à partir de cette date.",
    "call_unknown": "Aucun appel ouvert ne porte ce nom.",
    "changed_meanwhile": "Une autre personne a modifié cette page entre-temps. "
    "Rien n’a été écrasé : relisez l’état à jour, puis reprenez votre saisie.",
    "code_used": "Ce code a déjà servi : attendez le suivant, dans moins de trente secondes.",
    "comment_too_long": "Ce commentaire compte {over} signes de trop : raccourcissez-le.",
    "comment_unreadable": "Ce commentaire contient un signe qui ne se lit pas : effacez-le, puis recommencez.",
    "complement_day_missing": "Indiquez jusqu’à quel jour répondre.",
    "complement_nothing_asked": "Cochez au moins une question à compléter.",
    "complement_reminded": "Un courriel est déjà parti aujourd’hui pour cette demande. Rappelez-la demain.",
    "complement_sentence_missing": "« {label} » : dites en une phrase ce qui est attendu.",
    "complement_sentence_too_long": "« {label} » : votre phrase est trop longue, {maximum} signes au plus.",
    "complement_too_late": "Ce délai est trop long : {days} jours au plus.",
    "complement_too_soon": "Laissez au moins {days} jours ouvrés pour répondre : le {least} au plus tôt.",
    "complement_waiting": "Une demande de compléments attend déjà sa réponse, jusqu’au {due} : il n’y en a qu’une à la "
    "fois.",
    "consultation_answered": "Cette réponse est rendue depuis le {at} : elle ne change plus.",
    "consultation_dead": "Ce lien ne s’ouvre plus : sa date est passée, un autre l’a remplacé, ou la demande n’attend "
    "plus de réponse. Écrivez à la personne qui vous consulte : son adresse est dans le courriel que vous avez reçu.",
    "consultation_incomplete": "Indiquez le service, la personne et son adresse de courriel.",
    "consultation_lacks": "Il manque de quoi rendre cette réponse : {words}.",
    "consultation_moved_enough": "Ce lien a déjà été transmis plusieurs fois : écrivez à la personne "
    "qui vous consulte.",
    "consultation_nobody": "Indiquez au moins une personne à consulter.",
    "consultation_nothing_shown": "Choisissez au moins une partie du dossier à montrer.",
    "consultation_other_service": "Ce lien ne se transmet qu’à une autre adresse du même service, avec la même fin "
    "que la vôtre. Pour un autre service, écrivez à la personne qui vous consulte.",
    "consultation_question_missing": "Écrivez en une phrase ce que vous demandez.",
    "consultation_shorter": "La réponse est déjà attendue jusqu’au {due} : choisissez un jour plus tardif.",
    "consultation_too_soon": "Laissez au moins {days} jours ouvrés pour répondre.",
    "confirmation_settled": "Ce dossier est déposé : il n’y a plus rien à confirmer.",
    "conflict_of_applicant": "Cette personne a préparé ce dossier : ce conflit n’est pas une erreur, il reste.",
    "conflict_reason_missing": "Dites en une phrase quel lien vous avez avec ce dossier.",
    "conflict_reason_too_long": "Votre texte compte {over} signes de trop : {maximum} au plus.",
    "conflicts_closed": "Les conflits ne se déclarent plus : la liste est arrêtée. Écrivez à l’équipe de l’appel.",
    "decision_settled": "La notation est ouverte : la recevabilité de ce dossier ne change plus.",
    "departure_to_confirm": "L’écart décidé sur « {title} » ne dit plus la même chose depuis que la liste a changé : "
    "confirmez-le ou retirez-le avant de figer la liste.",
    "departure_unchanged": "Cet écart fait toujours ce que le comité a décidé : il n’y a rien à confirmer.",
    "departure_without_dossier": "« {title} » n’est plus dans la liste : cet écart ne peut pas être "
    "confirmé, retirez-le.",
    "deport": "Vous avez déclaré un conflit d’intérêts sur un dossier de cet appel : rangs, totaux et ligne "
    "vous restent fermés jusqu’à la publication.",
    "dossier_erased": "Le contenu de ce dossier est effacé : sa durée de conservation est écoulée, ou son effacement "
    "a été demandé. Restent son numéro, l’empreinte de son dépôt et la décision.",
    "dossier_filed": "Ce dossier est déposé sous le numéro {number} : il ne peut plus être modifié.",
    "dossier_read_only": "Ce dossier vous est ouvert en lecture : demandez à la personne qui le dépose le droit de le "
    "modifier.",
    "dossier_unknown": "Aucun dossier ne porte ce numéro.",
    "eligibility_decided": "La recevabilité de ce dossier est décidée : la proposition ne change plus.",
    "label_missing": "Écrivez l’étiquette : un mot ou deux.",
    "label_too_long": "Une étiquette tient en {maximum} signes : raccourcissez-la.",
    "labels_enough": "« {title} » porte déjà {maximum} étiquettes : retirez-en une d’abord.",
    "letter_names_others": "Les motifs nomment {names} : corrigez-les, ou cochez que cela peut être lu du candidat.",
    "letter_not_approved": "Cette lettre ne peut pas partir : ces textes sont à approuver d’abord : {titles}.",
    "explanations_missing": "Une note demande encore une phrase d’explication.",
    "erasure_holds_roles": "Ce compte tient encore un rôle : il faut d’abord le retirer, dans « Personnes et rôles ».",
    "erasure_suspended": "Ce compte a part à un dossier d’un appel dont rien ne s’efface pour l’instant : attendre "
    "que la suspension soit levée.",
    "erasure_waits": "Un dossier déposé de ce compte attend sa décision : le retirer ou le confier à une autre "
    "personne, ou attendre la publication des résultats.",
    "export_expired": "Ce fichier n’est plus disponible : il était gardé 48 heures. Demandez-le de nouveau.",
    "export_empty": "Aucun dossier à exporter : retirez un filtre, ou attendez que des dossiers soient déposés.",
    "export_outdated": "Un dossier de cet export a changé depuis que vous l’avez demandé : ce fichier n’est plus "
    "donné. Demandez-le de nouveau.",
    "export_purpose_needed": "Dites en quelques mots à quoi servira ce fichier.",
    "export_words_too_long": "Écrivez {maximum} signes au plus pour dire à quoi servira ce fichier.",
    "export_not_ready": "Ce fichier n’est pas encore prêt.",
    "extension_not_later": "La nouvelle clôture doit venir après {closes}.",
    "extension_past_opinions": "Les avis et les classements régionaux sont attendus jusqu’au {due} : "
    "repoussez d’abord ce terme.",
    "extension_too_late": "Des dossiers sont déjà décidés : la clôture ne se repousse plus.",
    "file_damaged": "Ce fichier est abîmé ou incomplet : enregistrez-le de nouveau, puis déposez-le.",
    "file_empty": "Ce fichier est vide.",
    "file_expands_too_much": "Ce fichier se déplie démesurément : déposez le document lui-même, sans compression.",
    "file_kind_refused": "Ce genre de fichier n’est pas accepté. "
    "Formats acceptés : PDF, ODT, ODS, DOCX, XLSX, PNG, JPEG.",
    "file_name_missing": "Ce fichier n’a pas de nom : renommez-le, puis déposez-le.",
    "file_not_what_it_says": "Le contenu de ce fichier ne correspond pas à son extension : enregistrez-le de nouveau "
    "dans le format annoncé.",
    "file_protected": "Ce fichier est protégé (mot de passe ou droits limités) : enregistrez-en une copie sans "
    "protection, puis déposez-la.",
    "file_too_big": "Ce fichier est trop volumineux : 20 Mo au plus.",
    "file_unverifiable": "Ce fichier n’a pas pu être vérifié en quelques secondes : enregistrez-en une version plus "
    "simple (par exemple avec Imprimer, puis Enregistrer en PDF), puis déposez-la.",
    "file_with_actions": "Ce document lance un programme ou charge un modèle depuis Internet quand on l’ouvre : "
    "enregistrez-le en PDF avec Imprimer, puis déposez cette version.",
    "file_with_archive": "Ce document contient une archive (ZIP, 7z, RAR…) : retirez-la, et déposez ses "
    "fichiers un par un.",
    "file_with_macros": "Ce document contient des macros : enregistrez-le sans macros, ou en PDF.",
    "file_with_program": "Ce document contient un programme : retirez-le, ou enregistrez le document en PDF avec "
    "Imprimer.",
    "filing_blocked": "Il manque ce sans quoi un dossier ne peut pas être déposé, même en l’état : "
    "répondez d’abord aux questions citées ci-dessous.",
    "filing_not_given": "Vous pouvez modifier ce dossier, mais pas le déposer : demandez-le à la personne qui en est "
    "titulaire.",
    "grant_to_self": "Vous ne pouvez pas modifier vos propres rôles : demandez à une autre personne de l’équipe.",
    "half_over": "Vous avez tardé plus de dix minutes : donnez de nouveau votre mot de passe.",
    "identity_of_another": "Cette identité ProConnect ouvre déjà un autre compte.",
    "identity_unbound": "Un compte existe pour votre adresse : donnez son mot de passe une fois, et ProConnect "
    "l’ouvrira ensuite.",
    "identity_unverified": "ProConnect n’a pas confirmé votre adresse de courriel. Connectez-vous avec votre mot de "
    "passe, puis reliez ProConnect depuis « Sécurité de mon compte ».",
    "instruction_over": "La notation est ouverte depuis {since} : l’instruction est close.",
    "job_failed": "Le fichier n’a pas pu être préparé. Demandez-le de nouveau ; si cela se répète, signalez-le.",
    "link_dead": "Ce lien a déjà servi ou n’est plus valable. Demandez-en un nouveau.",
    "load_out_of_range": "Indiquez un nombre de 0 à {maximum}.",
    "loads_backwards": "Le nombre au moins dépasse le nombre au plus.",
    "mail_address_refused": "Cette adresse de courriel n’est pas complète. Exemple : prenom.nom@exemple.fr.",
    "mail_subject_refused": "L’objet de ce message ne peut pas être envoyé : il doit tenir sur une ligne.",
    "mark_off_scale": "Cette note n’est pas sur l’échelle de la grille.",
    "marking_not_closed": "Cette action sera possible quand la notation sera close.",
    "marking_not_open": "La notation n’est pas ouverte : rien n’a été changé.",
    "message_missing": "Écrivez votre message avant de l’envoyer.",
    "message_too_long": "Votre message compte {over} signes de trop : raccourcissez-le, ou envoyez-le en deux fois.",
    "message_unreadable": "Ce message contient un signe qui ne se lit pas : effacez-le, puis recommencez.",
    "messages_closed": "Il n’est plus possible d’écrire au sujet de ce dossier : les messages se lisent encore.",
    "name_missing": "Indiquez votre prénom et votre nom.",
    "name_too_long": "Ce texte est trop long : {maximum} signes au plus pour un nom ou une qualité.",
    "no_ranking": "Le classement n’est pas encore calculé : il le sera à la clôture de la notation.",
    "no_reading": "Ce dossier n’a aucune lecture complète : il ne peut pas être classé.",
    "no_second_factor": "Aucune application de codes n’est reliée à ce compte.",
    "no_tie_on_the_line": "Il n’y a plus d’égalité sur la ligne : aucun vote n’est à enregistrer.",
    "not_allowed": "Votre rôle ne permet pas cette action.",
    "not_found": "Cette page n’existe pas, ou ne vous est pas ouverte.",
    "not_frozen": "La liste n’est pas encore figée.",
    "note_too_long": "Votre note compte {over} signes de trop : raccourcissez-la.",
    "nothing_chosen": "Cochez au moins un dossier.",
    "nothing_revised": "Aucune note n’est changée : choisissez la note d’après la discussion.",
    "nothing_to_declare_on": "Aucun dossier n’est encore recevable : la liste à parcourir est vide.",
    "nothing_to_import": "Aucune ligne de ce fichier ne peut être importée : corrigez-le, puis choisissez-le de "
    "nouveau.",
    "nothing_to_take_over": "Il n’y a rien à reprendre : ces ressources sont déjà ici, ou cet appel ne connaît pas "
    "leur nature.",
    "offer_gone": "Ce dossier ne vous est plus proposé : sa personne titulaire est revenue sur son offre.",
    "offer_over": "Cette page était ouverte depuis plus d’une heure : un nouveau code à scanner est affiché.",
    "opinion_given": "Cet avis est rendu depuis {at} : il ne change plus.",
    "opinion_not_given": "Cet avis n’est pas rendu : il n’y a rien à reprendre.",
    "opinions_over": "Les avis et les classements régionaux étaient attendus jusqu’au {due}. Ce qui était enregistré "
    "alors vaut pour la région ; plus rien ne change.",
    "opinions_term_not_later": "Ce terme doit venir après {after}.",
    "opinions_term_too_late": "La notation est ouverte : ce terme ne se fixe plus.",
    "nothing_to_undo": "Il n’y a pas de changement à annuler : le dernier n’est pas le vôtre.",
    "opinion_incomplete": "Il manque de quoi rendre cet avis : {words}.",
    "person_in_conflict": "Cette personne est en conflit avec un dossier de cet appel : nommez-en une autre.",
    "resource_incomplete": "Il manque à cette ressource : {words}.",
    "resource_name_taken": "Une autre ressource de cet annuaire porte déjà ce nom : ouvrez-la, ou précisez le nom.",
    "resource_wrong": "Cette ressource ne peut pas être enregistrée ainsi : {reason}",
    "role_can_act": "Assez de personnes de ce rôle sont sans conflit : aucune suppléance n’est à nommer.",
    "role_in_conflict": "Vous êtes en conflit avec un dossier d’un appel en cours : une autre personne confie ou "
    "retire ce rôle.",
    "role_of_one_maker": "Votre rôle et celui de la personne qui propose viennent l’un de l’autre, ou du même membre "
    "de l’équipe : une autre personne confirme, ou un autre membre de l’équipe propose. L’administration des comptes "
    "peut aussi donner de nouveau l’un des deux rôles.",
    "own_act": "Un acte proposé par une personne, ou qui la concerne, est confirmé par une autre.",
    "own_address": "Cette adresse est la vôtre : indiquez celle de la personne à inviter.",
    "own_dossier_in_call": "Vous avez un lien avec un dossier de cet appel : une autre personne de l’équipe repousse "
    "la clôture.",
    "own_sheets_first": "Vous lisez des dossiers de cet appel : la salle de classement s’ouvre quand toutes vos fiches "
    "sont rendues, ou à la clôture de la notation.",
    "owner_only": "Seule la personne titulaire du dossier peut faire cela : demandez-le-lui.",
    "owner_stays": "Un dossier n’est jamais sans titulaire : confiez-le d’abord à une autre personne, puis quittez-le.",
    "passkey_known": "Cette clé d’accès est déjà dans votre compte.",
    "passkey_name_missing": "Donnez un nom à cette clé d’accès.",
    "passkey_refused": "Cette clé d’accès n’a pas été reconnue. Recommencez, ou servez-vous de votre code.",
    "passkeys_enough": "Vingt clés d’accès au plus : retirez-en une d’abord.",
    "password_common": "Ce mot de passe est de ceux qu’on essaie en premier. Choisissez plusieurs mots sans lien "
    "entre eux.",
    "password_too_long": "Le mot de passe compte plus de {maximum} caractères : raccourcissez-le.",
    "password_too_short": "Le mot de passe compte {given} caractères ; il en faut {minimum} au moins.",
    "people_settled": "La notation est ouverte : les personnes de ce dossier ne changent plus.",
    "person_already_there": "Cette personne travaille déjà sur le dossier : changez son droit depuis la liste.",
    "piece_infected": "L’antivirus a trouvé un virus dans cette pièce : elle ne s’ouvre plus. Demandez au porteur du "
    "dossier une version saine.",
    "piece_not_scanned": "Cette pièce s’ouvrira quand l’antivirus l’aura analysée. Réessayez dans quelques minutes.",
    "pieces_too_heavy": "Les pièces de ce dossier atteindraient plus de {maximum} Mo en tout : retirez-en une, ou "
    "déposez celle-ci dans une version plus légère.",
    "place_out_of_range": "Indiquez une place de 1 à {maximum}.",
    "plan_applied": "Cette proposition est déjà appliquée.",
    "plan_begun": "Des lectures de cette répartition sont commencées : elle ne s’annule plus en entier.",
    "plan_unsolved": "Le calcul n’a pas abouti. Changez la demande (moins de lectures, charges plus larges), "
    "puis recommencez.",
    "proposal_reason_missing": "Votre réponse diffère du calcul : dites pourquoi.",
    "proposer_gone": "La personne qui a proposé cet acte ne peut plus le faire : il faut le proposer de nouveau.",
    "rank_given_twice": "Le rang {rank} est donné à deux dossiers : chaque rang ne sert qu’une fois.",
    "rank_not_positive": "Un rang est un nombre entier, à partir de 1.",
    "rank_taken": "Un de ces rangs est déjà donné à un autre dossier de la région : choisissez-en un autre.",
    "ranking_outdated": "Un conflit d’intérêts déclaré depuis le calcul retire une fiche qui comptait : recalculez "
    "d’abord le classement.",
    "reader_in_conflict": "{name} a déclaré un conflit sur ce dossier : il ne peut pas lui être confié.",
    "reader_is_done": "{name} a déjà rendu sa fiche : cette lecture ne se retire plus.",
    "reading_begun": "{name} a commencé à lire ce dossier : cette lecture reste.",
    "readings_out_of_range": "Le nombre de lectures par dossier va de 1 à {maximum}, le nombre de jurés.",
    "reason_missing": "Indiquez le motif : il figure au procès-verbal.",
    "reason_needed": "Écrivez le motif de la décision.",
    "reason_too_long": "Ce motif est trop long : {maximum} signes au plus.",
    "reset_of_oneself": "Vous ne pouvez pas réinitialiser votre propre second facteur : demandez-le à une autre "
    "personne.",
    "revision_ended": "Ces modifications sont closes : elles ont été déposées ou abandonnées. Ouvrez le dossier "
    "{number} depuis « Mes dossiers ».",
    "role_on_the_call": "Vous tenez un rôle dans cet appel, et ce dossier est déjà déposé : vous ne pouvez plus le "
    "rejoindre.",
    "room_too_early": "La notation n’est pas encore ouverte : il n’y a rien à classer.",
    "row_gone": "Cette ligne a été retirée du tableau entre-temps. Votre saisie n’est pas perdue : « Enregistrer la "
    "ligne » l’ajoute de nouveau.",
    "scenario_name_missing": "Donnez un nom à ce scénario, pour le retrouver.",
    "scenario_name_taken": "Un autre scénario porte déjà ce nom : choisissez-en un autre.",
    "scenario_name_too_long": "Ce nom est trop long : {maximum} signes au plus.",
    "second_factor_needed": "Votre rôle demande un second facteur : il se remplace, il ne se retire pas.",
    "sent_a_moment_ago": "Le dernier message est parti {sent} : laissez-lui le temps d’arriver. "
    "Vous pourrez le renvoyer à partir de {again}.",
    "sentence_missing": "Dites en une phrase pourquoi vous ne confirmez pas : "
    "la personne qui dépose le dossier la lira.",
    "sentence_too_long": "Cette phrase est trop longue : {maximum} signes au plus.",
    "sheet_incomplete": "La fiche n’est pas complète : il manque une note.",
    "sheet_is_final": "Cette fiche est rendue : elle ne change plus.",
    "table_cell_too_long": "Ligne {line} : une cellule est démesurée. Raccourcissez-la, puis choisissez de nouveau le "
    "fichier.",
    "table_empty": "Ce fichier est vide : choisissez celui qui contient votre tableau.",
    "table_file_missing": "Choisissez un fichier, ou collez des cellules.",
    "table_not_recognised": "Aucune colonne de ce tableau n’a été reconnue. La première ligne doit "
    "porter les noms des colonnes, comme dans le modèle à télécharger.",
    "table_not_text": "Ce fichier n’est ni un classeur XLSX ni un texte CSV : enregistrez votre tableau dans "
    "l’un de ces formats.",
    "table_old_excel": "Ce fichier est un ancien classeur (XLS) ou il est protégé par un mot de passe : "
    "enregistrez-le en XLSX, sans mot de passe.",
    "table_too_big": "Ce fichier est trop volumineux pour un tableau : 5 Mo au plus. Gardez la seule feuille à "
    "importer.",
    "table_too_long": "Ce fichier compte plus de {maximum} lignes : gardez celles de ce tableau.",
    "table_unreadable": "Ce classeur est abîmé : ouvrez-le, enregistrez-le de nouveau en XLSX ou en CSV, puis "
    "choisissez-le.",
    "term_passed": "Le délai est passé depuis {due} : cette réponse ne peut plus être déposée. Écrivez au service "
    "qui suit votre dossier.",
    "thread_full": "Ce dossier compte déjà {maximum} messages, le maximum : écrivez à l’équipe de l’appel "
    "par un autre moyen.",
    "tie_on_the_line": "{count} dossiers à égalité se partagent la ligne : enregistrez d’abord le vote du comité.",
    "too_early": "Cette action sera possible après la clôture, {until}.",
    "too_few_to_compare": "Il faut au moins deux dossiers pour comparer.",
    "too_many_to_compare": "On compare quatre dossiers au plus.",
    "too_many_consultations": "On consulte {at_once} personnes à la fois au plus, et {maximum} au plus sur un dossier.",
    "too_many_invitations": "Trop d’invitations sont en cours pour ce dossier ({maximum} en attente au plus) : "
    "retirez celles qui ne servent plus, ou réessayez demain.",
    "too_many_message_files": "Un message emporte {maximum} fichiers au plus : envoyez les autres avec un "
    "second message.",
    "too_many_pieces": "Cette question compte déjà {maximum} fichiers : retirez-en un avant d’en joindre un autre.",
    "too_many_resources": "Un annuaire compte {maximum} ressources au plus : retirez celles qui ne servent plus.",
    "too_many_rows": "Ce tableau compte déjà {maximum} lignes, le maximum : retirez-en une avant d’en ajouter.",
    "too_many_scenarios": "L’appel compte déjà {maximum} scénarios, le maximum : supprimez ceux qui ne servent plus.",
    "unknown_criterion": "Ce critère n’est pas dans la grille.",
    "unknown_ground": "Dites sur quoi le comité fonde cet écart.",
    "unknown_region": "Choisissez la région de cette personne.",
    "unknown_rule": "Cette règle n’existe pas dans cet appel.",
    "unknown_seat": "Choisissez le siège de cette personne.",
    "view_name_missing": "Donnez un nom à cette vue, pour la retrouver.",
    "view_name_taken": "Une de vos vues porte déjà ce nom : choisissez-en un autre, ou oubliez-la d’abord.",
    "view_name_too_long": "Ce nom est trop long : {maximum} signes au plus.",
    "views_enough": "Vous avez déjà {maximum} vues, le maximum : oubliez-en une d’abord.",
    "vote_incomplete": "Donnez à chacun des {count} dossiers une place différente, de 1 à {count}.",
    "withdrawal_too_late": "La notation est ouverte depuis {since} : le dossier ne se retire plus ici. Écrivez à "
    "l’équipe de l’appel.",
    "wrong_code": "Ce code n’est pas le bon. Vérifiez que votre appareil est à l’heure, puis tapez le code affiché "
    "maintenant.",
    "wrong_credentials": "Adresse ou mot de passe inexact. Vérifiez-les, ou demandez un nouveau mot de passe.",
    "wrong_password": "Ce mot de passe n’est pas le bon.",
    "wrong_state": "L’état du dossier ne permet pas cette action.",
}


def sentence(refusal: RuleViolation) -> str:
    """Return the sentence of a refusal, for the person it is addressed to."""
    facts = {name: _shown(value) for name, value in refusal.facts.items()}
    return _SENTENCES[refusal.code].format(**facts)


def words(code: str) -> bool:
    """Tell whether a code has its sentence: a test asks it of every code that services raise."""
    return code in _SENTENCES


def _shown(value: object) -> object:
    return instant_long(value) if hasattr(value, "astimezone") else value  # type: ignore[arg-type]
