"""Click in French: usage, options, help and every error of a command line in one sentence."""

from __future__ import annotations

import re
from typing import Any

import click

HELP = ["-h", "--help"]
_KINDS = {
    "INTEGER RANGE": "NOMBRE",
    "INTEGER": "NOMBRE",
    "TEXT": "TEXTE",
    "FILENAME": "FICHIER",
    "FILE": "FICHIER",
    "PATH": "CHEMIN",
    "DIRECTORY": "DOSSIER",
}


class Command(click.Command):
    """A command whose help is in French and ends with an example."""

    def __init__(self, *arguments: Any, example: str = "", **options: Any) -> None:
        options.setdefault("options_metavar", "[OPTIONS]")
        options.setdefault("context_settings", {"help_option_names": HELP, "max_content_width": 100})
        super().__init__(*arguments, **options)
        self.example = example

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first line of the help."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix="Utilisation : ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options; what click says of them in English is put into French."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for option in options if (record := option.get_help_record(ctx)) is not None]
        if records:
            with formatter.section("Options\u00a0"):
                formatter.write_dl([(_kind_in_french(left), _in_french(right)) for left, right in records])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        if self.example:
            with formatter.section("Exemple\u00a0"):
                for line in self.example.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line.strip()}\n")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the help option, worded in French."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Affiche cette aide."
        return option


class Group(Command, click.Group):
    """A command that holds others."""

    command_class = Command

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("subcommand_metavar", "COMMANDE [ARGUMENTS]…")
        super().__init__(*arguments, **options)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands with their first sentence."""
        Command.format_options(self, ctx, formatter)
        named = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        shown = [(name, command.get_short_help_str(80)) for name, command in named if command and not command.hidden]
        if shown:
            with formatter.section("Commandes\u00a0"):
                formatter.write_dl(shown)


Group.group_class = Group


def usage_sentence(error: click.ClickException) -> str:
    """Return what is wrong with the command line, and how to mend it, in one French sentence."""
    match error:
        case click.NoSuchOption():
            text = f"L'option « {error.option_name} » n'existe pas{_meant(error.possibilities)}."
        case click.exceptions.NoSuchCommand():
            text = f"La commande « {error.command_name} » n'existe pas{_meant(error.possibilities)}."
        case click.MissingParameter():
            text = f"Il manque {_parameter(error)}."
        case click.BadParameter():
            text = _bad_value(error)
        case click.BadOptionUsage():
            text = f"L'option « {error.option_name} » est mal employée : une valeur manque ou est en trop."
        case click.FileError():
            text = f"Le fichier « {error.ui_filename} » ne peut pas être ouvert ; vérifier son nom et ses droits."
        case _:
            text = "Il y a des arguments en trop."
    return f"{text}{_see_help(error)}"


def _see_help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" Voir « {context.command_path} --help »." if context is not None else ""


def _meant(possibilities: list[str] | None) -> str:
    return f" ; peut-être « {' » ou « '.join(possibilities)} »" if possibilities else ""


def _parameter(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return f"l'option « {error.param.opts[-1]} »"
    name = error.param.make_metavar(error.ctx) if error.param is not None and error.ctx is not None else "?"
    return f"l'argument {name.strip('[]…')}"


def _bad_value(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    where = _parameter(error)
    match kind:
        case click.Choice():
            return f"Valeur inconnue pour {where} : choisir parmi {', '.join(str(c) for c in kind.choices)}."
        case click.Path() | click.File():
            return f"Le fichier donné à {where} ne peut pas être lu ou écrit ; vérifier son nom et ses droits."
        case click.IntRange() | click.FloatRange():
            return f"Valeur refusée pour {where} : un nombre {_bounds(kind)} est attendu."
        case click.types.IntParamType():
            return f"Valeur refusée pour {where} : un nombre entier est attendu."
        case _:
            return f"Valeur refusée pour {where} : {error.message}"


def _bounds(kind: click.IntRange | click.FloatRange) -> str:
    low = f"d'au moins {kind.min}" if kind.min is not None else ""
    high = f"d'au plus {kind.max}" if kind.max is not None else ""
    return " et ".join(bound for bound in (low, high) if bound)


def _kind_in_french(text: str) -> str:
    """Name the kind of value that an option takes (the longest names first)."""
    for english, french in _KINDS.items():
        text = text.replace(f" {english}", f" {french}")
    return text


def _in_french(text: str) -> str:
    return re.sub(r"\bdefault: ", "par défaut : ", re.sub(r"\brequired\]$", "obligatoire]", text))
