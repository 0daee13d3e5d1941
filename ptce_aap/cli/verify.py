"""``ptce-aap verify``: a bundle checked from its first line of journal to its last rank."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.files import on_one_line
from ptce_aap.cli.french import Command
from ptce_aap.cli.verify_words import on_lines, refused, sentence
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import canonical_json

if TYPE_CHECKING:
    from ptce_aap.services.bundles.known_heads import Kept


@click.command("verify", cls=Command, example="ptce-aap verify ptce-2015.zip --head empreinte.json")
@click.argument("bundle", metavar="ARCHIVE")
@click.option(
    "--head",
    "heads",
    metavar="FICHIER",
    multiple=True,
    help="Empreinte du journal reçue par ailleurs : le journal de l'archive doit passer par elle. Peut être répétée.",
)
@click.option(
    "--key",
    metavar="FICHIER",
    help="Clé publique qui a dû signer les empreintes quotidiennes (PEM, ou 64 chiffres hexadécimaux).",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Forme du résultat.",
)
def command(bundle: str, heads: tuple[str, ...], key: str | None, form: str) -> int:
    """Vérifie une archive d'appel et recalcule son classement ; termine par 0 si tout concorde, par 1 sinon."""
    # Imported here: the other commands start without it.
    from ptce_aap.services.bundles import checking, opening
    from ptce_aap.services.bundles.findings import Invalid

    signer = _key(Path(key)) if key is not None else None
    known = [head for file in heads for head in _heads(Path(file), signer)]
    try:
        found = checking.verify(opening.read(Path(bundle)), heads=known, key=signer)
    except RuleViolation as violation:
        raise BadInput(on_one_line(f"{bundle} : {refused(violation)}")) from None
    except Invalid as invalid:
        found = checking.Verified(invalid.problem)
    problem = found.problem
    if form == "json":
        told = None
        if problem is not None:
            told = {"code": problem.code, "file": problem.file, "line": problem.line, "message": sentence(problem)}
        click.echo(canonical_json({"first_problem": told, **_last(found), "valid": found.valid}))
    elif problem is not None:
        click.echo(on_one_line(f"Cette archive n'est pas valable. {sentence(problem)}"))
    else:
        click.echo(on_lines(found))
    return 0 if found.valid else 1


def _last(found: Any) -> dict[str, Any]:
    """Return the last line of the journal, and how far heads vouch for it: nulls where the bundle does not hold."""
    if not found.valid:
        return {"covered": None, "head": None, "provisional": None}
    covered = found.covered
    return {
        "covered": {"heads": covered.outside, "signed": covered.inside, "silent": covered.silent, "to": covered.to},
        "head": {"chain": found.chain, "digest": found.digest, "sequence": found.sequence},
        "provisional": not found.frozen,
    }


def _heads(path: Path, key: str | None) -> list[Kept]:
    """Return the heads of a file kept outside: one, or a list; of one chain, or of a day and signed."""
    from ptce_aap.services.bundles import known_heads
    from ptce_aap.services.bundles.findings import Invalid
    from ptce_aap.services.bundles.opening import value_of

    try:
        content = value_of(path.name, path.read_bytes())
        heads = content if isinstance(content, list) else [content]
        for head in heads:
            known_heads.require_sound(head, key=key if "chains" in head else None)
    except OSError:
        raise BadInput(on_one_line(f"{path} : ce fichier ne peut pas être lu ; vérifier son nom.")) from None
    except (Invalid, ValueError, TypeError, known_heads.Unsound):
        told = "une empreinte du journal est attendue (chain, sequence, digest), ou une empreinte quotidienne signée."
        raise BadInput(on_one_line(f"{path} : {told}")) from None
    return [known_heads.Kept(path.name, head) for head in heads]


def _key(path: Path) -> str:
    """Return a public key in hexadecimal digits, from a file that holds them, or PEM as ``openssl`` reads it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        text = path.read_text(encoding="ascii").strip()
        if not text.startswith("-"):
            return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text)).public_bytes_raw().hex()
        key = load_pem_public_key(text.encode("ascii"))
        if isinstance(key, Ed25519PublicKey):
            return key.public_bytes_raw().hex()
    except OSError:
        raise BadInput(on_one_line(f"{path} : ce fichier ne peut pas être lu ; vérifier son nom.")) from None
    except (ValueError, UnsupportedAlgorithm):
        pass
    raise BadInput(
        on_one_line(f"{path} : une clé publique Ed25519 est attendue, comme la page des empreintes la donne.")
    )
