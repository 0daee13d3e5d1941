"""``ptce-aap user``: a role given to an address, with the link that invites its holder; a lost second factor."""

from __future__ import annotations

import click

from ptce_aap import addresses, clock
from ptce_aap.cli import messages
from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.french import Command, Group
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import canonical_json
from ptce_aap.domain.permissions import Role

messages.register(
    grant_to_self="Nul ne peut se donner un rôle.",
    no_second_factor="Ce compte n'a pas de second facteur : il n'y a rien à effacer.",
)
_WITH_DETAIL = {Role.CORRESPONDENT: "correspondent:RÉGION", Role.JUROR: "juror:SIÈGE"}
_EXPECTED = ", ".join(_WITH_DETAIL.get(role, role.value) for role in Role)
_BAD_INPUT = {
    "unknown_region": "--role : la région « {given} » n'existe pas dans cet appel ; codes admis : {admitted}.",
    "unknown_seat": "--role : le siège « {given} » n'existe pas dans cet appel ; sièges admis : {admitted}.",
    "mail_address_refused": "« {email} » n'est pas une adresse de courriel complète, comme prenom.nom@exemple.fr.",
}


@click.group("user", cls=Group, example="ptce-aap user add equipe@exemple.fr --role team")
def group() -> None:
    """Donne des rôles ; aide qui a perdu son second facteur."""


@group.command("add", cls=Command, example="ptce-aap user add jury@exemple.fr --role juror:ess --call ptce-2015")
@click.argument("email", metavar="ADRESSE")
@click.option("--role", "asked", required=True, metavar="RÔLE", help=f"L'un de : {_EXPECTED}.")
@click.option("--call", "slug", metavar="APPEL", help="Identifiant de l'appel ; sinon le seul ouvert, ou tous.")
@click.option("--name", default="", metavar="NOM", help="Prénom et nom, si le compte est à créer.")
@click.option("--format", "form", type=click.Choice(["texte", "json"]), default="texte", show_default=True)
def add(email: str, asked: str, slug: str | None, name: str, form: str) -> None:
    """Donne un rôle à une adresse ; affiche le lien d'invitation, valable 7 jours."""
    # Imported here: the commands that need no database start without it.
    from ptce_aap.cli.installation import call_named, installation
    from ptce_aap.services.accounts import people
    from ptce_aap.services.calls import calls

    role, code = _read_role(asked)
    with installation() as place:
        with place.database.reading() as session:
            opened = calls.all_calls(session)
            call = call_named(session, slug) if slug else opened[0] if len(opened) == 1 else None
        try:
            secret = place.database.transaction(
                people.give,
                calls.SYSTEM,
                email,
                role,
                on=None if role in {Role.TEAM, Role.AUDITOR, Role.ADMIN} and not slug else call,
                code=code,
                name=name,
                base_url=place.settings.base_url,
                now=clock.now(),
            )
        except RuleViolation as refusal:
            if refusal.code not in _BAD_INPUT:
                raise
            raise BadInput(_BAD_INPUT[refusal.code].format(email=email, **refusal.facts)) from None
        link = place.settings.base_url + addresses.invitation(secret)
        click.echo(canonical_json({"email": email, "role": asked, "link": link}) if form == "json" else link)


@group.command("reset-second-factor", cls=Command, example="ptce-aap user reset-second-factor equipe@exemple.fr")
@click.argument("email", metavar="ADRESSE")
def reset_second_factor(email: str) -> None:
    """Efface le second facteur d'une personne que nul autre ne peut aider ; ses sessions se ferment.

    D'abord s'assurer que la demande vient d'elle. Qui gère les comptes le fait dans l'interface.
    """
    from ptce_aap.cli.installation import installation
    from ptce_aap.services.accounts import factor_resets
    from ptce_aap.services.calls import calls

    with installation() as place:
        base_url, now = place.settings.base_url, clock.now()
        place.database.transaction(factor_resets.reset_by_address, calls.SYSTEM, email, base_url=base_url, now=now)
    click.echo("Le second facteur est effacé : la personne en relie un autre à sa prochaine connexion.")


def _read_role(asked: str) -> tuple[Role, str]:
    word, mark, code = asked.partition(":")
    if word not in set(Role) or (Role(word) in _WITH_DETAIL) != bool(mark):
        raise BadInput(f"--role : « {asked} » n'est pas un rôle ; choisir parmi {_EXPECTED}.")
    return Role(word), code
