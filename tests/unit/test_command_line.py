"""The command line speaks French, says a mistake in one sentence on standard error, and never shows a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click
import pytest

from ptce_aap import cli
from ptce_aap.cli import french, messages
from ptce_aap.config import BadSettings
from ptce_aap.domain.errors import NotFound, RuleViolation

Outcome = tuple[int, str, str]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def run(*arguments: str) -> Outcome:
        status = cli.run(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture(autouse=True)
def trial() -> Iterator[None]:
    """Add a command with every kind of parameter, which raises what it is told to."""

    @cli.group.command("essai", example="ptce-aap essai fichier --niveau 3")
    @click.argument("fichier", type=click.Path(exists=True), metavar="FICHIER")
    @click.option("--niveau", type=click.IntRange(0, 5), required=True, help="Niveau cherché.")
    @click.option("--format", "form", type=click.Choice(["json", "texte"]), default="texte", show_default=True)
    def essai(fichier: str, niveau: int, form: str) -> None:
        """Essaie quelque chose."""
        raised = [
            None,
            RuleViolation("too_late", closes_at="mardi"),
            NotFound(),
            cli.BadInput("Le fichier est vide ; en choisir un autre."),
            BadSettings("PTCE_PORT : « x » n'est pas un numéro de port."),
            KeyboardInterrupt(),
        ][niveau]
        if raised is not None:
            raise raised
        click.echo("fait")

    yield
    cli.group.commands.pop("essai")


def test_the_help_is_in_french_with_an_example(say: Callable[..., Outcome]) -> None:
    status, out, err = say("essai", "--help")
    assert (status, err) == (0, "")
    for words in (
        "Utilisation : ptce-aap essai [OPTIONS] FICHIER",
        "Essaie quelque chose.",
        "Affiche cette aide.",
        "obligatoire]",
        "[par défaut : texte]",
        "Exemple\u00a0:",
        "ptce-aap essai fichier --niveau 3",
    ):
        assert words in out
    for words in ("Usage", "required", "default", "Show this message"):
        assert words not in out


def test_the_whole_help_lists_the_commands(say: Callable[..., Outcome]) -> None:
    status, out, _ = say("--help")
    assert status == 0
    assert "Commandes" in out
    assert "COMMANDE [ARGUMENTS]…" in out
    assert "Commands" not in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["essai"], "Il manque l'argument FICHIER."),
        (["essai", "."], "Il manque l'option « --niveau »."),
        (["essai", "rien", "--niveau", "0"], "Le fichier donné à l'argument FICHIER ne peut pas être lu"),
        (["essai", ".", "--niveau", "9"], "un nombre d'au moins 0 et d'au plus 5 est attendu"),
        (["essai", ".", "--niveau", "trois"], "un nombre d'au moins 0 et d'au plus 5 est attendu"),
        (["essai", ".", "--niveau", "0", "--format", "xml"], "choisir parmi json, texte."),
        (["essai", ".", ".", "--niveau", "0"], "Il y a des arguments en trop."),
        (["essai", ".", "--niveaux", "0"], "L'option « --niveaux » n'existe pas ; peut-être « --niveau »."),
        (["essai", ".", "--niveau"], "L'option « --niveau » est mal employée"),
        (["essais"], "La commande « essais » n'existe pas ; peut-être « essai »."),
    ],
)
def test_a_wrong_command_line_is_told_in_one_french_sentence(
    say: Callable[..., Outcome], arguments: list[str], sentence: str
) -> None:
    status, out, err = say(*arguments)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_refused_rule_ends_with_1_and_a_bad_input_with_2(say: Callable[..., Outcome]) -> None:
    messages.register(too_late="L'appel est clos depuis {closes_at}.")
    assert say("essai", ".", "--niveau", "0") == (0, "fait\n", "")
    assert say("essai", ".", "--niveau", "1") == (1, "", "L'appel est clos depuis mardi.\n")
    assert say("essai", ".", "--niveau", "2") == (1, "", "Cet objet n'existe pas, ou vous n'y avez pas accès.\n")
    assert say("essai", ".", "--niveau", "3") == (2, "", "Le fichier est vide ; en choisir un autre.\n")
    assert say("essai", ".", "--niveau", "4") == (2, "", "PTCE_PORT : « x » n'est pas un numéro de port.\n")
    assert say("essai", ".", "--niveau", "5") == (130, "", "\nInterrompu.\n")


def test_a_refusal_without_a_sentence_still_says_its_facts() -> None:
    assert messages.refusal(RuleViolation("odd", a=1)) == "Une règle de la procédure s'y oppose (odd ; a : 1)."


def test_a_group_within_the_group_is_french_too(say: Callable[..., Outcome]) -> None:
    inner = french.Group("dedans", help="Contient d'autres commandes.")
    cli.group.add_command(inner)
    try:
        status, out, err = say("dedans")
    finally:
        cli.group.commands.pop("dedans")
    assert status == 2
    assert "Utilisation : ptce-aap dedans" in out + err
