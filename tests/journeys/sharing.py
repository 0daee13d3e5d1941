"""Dossiers that several people prepare, laid out in a service in use."""

from __future__ import annotations

from ptce_aap import addresses, clock
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.sharing import Kind, Right
from ptce_aap.models import Call
from ptce_aap.services.applicants import dossier_invitations, dossier_ownership, dossier_people
from ptce_aap.services.deposits import filing
from tests.serving import Served


def share(served: Served, own: str, owner: Actor, other: Actor, call: Call) -> dict[str, list[str]]:
    """Share a draft of the owner's, and one of the other's with him; return the pages that mails lead to, by role."""
    write, now, base = served.database.transaction, clock.now(), served.url

    def invite(actor: Actor, reference: str, email: str, kind: Kind, right: Right) -> str:
        return write(dossier_invitations.invite, actor, reference, email, kind, right, base_url=base, now=now)

    write(dossier_invitations.accept, other, invite(owner, own, other.email, Kind.EDITOR, Right.EDIT), now=now)
    waiting = invite(owner, own, "collegue@example.org", Kind.EDITOR, Right.READ)
    representative = invite(owner, own, "representant@example.org", Kind.REPRESENTATIVE, Right.READ)
    theirs = write(filing.create_dossier, other, call, now=now).reference
    write(dossier_invitations.accept, owner, invite(other, theirs, owner.email, Kind.CARRIER, Right.EDIT), now=now)
    with served.database.reading() as session:
        link = dossier_people.people_page(session, other, theirs, now=now).lines[0].reference
    write(dossier_ownership.offer, other, theirs, link, base_url=base, now=now)
    people = addresses.people_of_dossier(theirs)
    return {
        "visitor": [addresses.dossier_invitation(waiting), addresses.representative(representative)],
        "applicant": [
            addresses.people_of_dossier(own),
            addresses.ownership_offer(theirs),
            f"{people}/quitter",
            f"{people}/confirmer",
        ],
    }
