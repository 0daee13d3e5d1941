"""``ptce-aap …``: the services from a terminal, in French; one sentence on standard error says what is wrong.

``group`` holds the commands; ``run`` is what the program starts with: it turns every mistake of a user into its
sentence and its exit status, 2 for bad input, 1 for a refused rule.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import click

from ptce_aap.cli import (
    assign,
    backup,
    bundle,
    calls,
    dossiers,
    effects,
    evaluate,
    forms,
    invariants,
    journal,
    opening,
    people,
    rank,
    retention,
    select,
    shortlist,
    verify,
)
from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.french import Group, usage_sentence
from ptce_aap.cli.messages import refusal
from ptce_aap.config import BadSettings
from ptce_aap.definitions import BadDefinition
from ptce_aap.domain.errors import RuleViolation

__all__ = ["BadInput", "group", "run"]

BAD_INPUT = 2
REFUSED = 1
NOT_WRITTEN = 1
INTERRUPTED = 130
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@click.group(cls=Group, example="ptce-aap evaluate dossier.json --call ptce-2015")
def group() -> None:
    """Conduit un appel à projets, de sa publication à la liste classée."""


calls.group.add_command(opening.open_call)
calls.group.add_command(opening.list_calls)
group.add_command(assign.command)
group.add_command(backup.backup)
group.add_command(backup.restore)
group.add_command(bundle.command)
group.add_command(calls.group)
group.add_command(dossiers.group)
group.add_command(effects.command)
group.add_command(evaluate.command)
group.add_command(forms.form)
group.add_command(invariants.command)
group.add_command(journal.group)
group.add_command(people.group)
group.add_command(rank.command)
group.add_command(retention.command)
group.add_command(select.command)
group.add_command(shortlist.command)
group.add_command(verify.command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status; no traceback for a user's mistake."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        status = group.main(args=arguments, prog_name="ptce-aap", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        return _say(error.format_message(), BAD_INPUT)
    except click.ClickException as error:
        return _say(usage_sentence(error), BAD_INPUT)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (BadInput, BadSettings, BadDefinition) as error:
        return _say(str(error), BAD_INPUT)
    except RuleViolation as violation:
        return _say(refusal(violation), REFUSED)
    except (click.Abort, KeyboardInterrupt):
        return _say("Interrompu.", INTERRUPTED)
    except BrokenPipeError:
        # The reader left (``| head``): nothing is wrong, and Python must not complain while it ends.
        _leave_output()
        return 0
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        _leave_output()
        return _say("Le disque est plein : le résultat n'a pas pu être écrit en entier.", NOT_WRITTEN)
    return status if isinstance(status, int) else 0


def _leave_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(sentence: str, status: int) -> int:
    click.echo(sentence, err=True)
    return status
