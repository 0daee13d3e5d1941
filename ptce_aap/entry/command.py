"""The program ``ptce-aap``: the commands of the terminal, and those that start processes."""

from __future__ import annotations

import socket
import sys

import click

from ptce_aap.entry.loading import loading

with loading():
    from ptce_aap.cli import group, run
    from ptce_aap.entry.environment import settings_asked, settings_given


@group.command(example="ptce-aap serve --port 8080")
@click.option("--demo", is_flag=True, help="Ouvre la démonstration : des appels fictifs, sur cette machine seulement.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port où écouter (8000 sauf réglage contraire).")
@click.option("--host", help="Adresse où écouter (127.0.0.1 sauf réglage contraire).")
def serve(demo: bool, port: int | None, host: str | None) -> None:
    """Prépare la base, démarre tout ce qu'il faut et dit où aller. Ctrl-C arrête tout."""
    with loading():
        from ptce_aap.entry import serve as supervisor
        from ptce_aap.entry.preparation import CannotStart

    settings = settings_asked(demo=demo, host=host, port=port)
    try:
        supervisor.serve(settings, click.echo)
    except CannotStart as error:
        click.echo(str(error), err=True)
        sys.exit(1)


@group.command(example="ptce-aap prepare")
def prepare() -> None:
    """Prépare l'installation sans la démarrer : base à jour, fichiers des pages ; à faire avant chaque version."""
    from ptce_aap import migrations
    from ptce_aap.entry import preparation

    try:
        preparation.prepare(settings_given(demo=False))
    except preparation.CannotStart as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"La base est à jour ({migrations.head()}) ; l'installation est prête.")


_demo = click.option("--demo", is_flag=True, hidden=True)


@group.command(example="ptce-aap worker")
@_demo
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(["common", "mails", "ranks", "computations"]),
    help="Se limite aux travaux courants (common), aux courriels (mails), aux rangs (ranks) ou aux longs calculs "
    "(computations) ; l'option se répète ; sans elle, traite tout.",
)
def worker(demo: bool, only: tuple[str, ...]) -> None:
    """Traite les travaux des files d'attente (« serve » en démarre quatre)."""
    with loading():
        from ptce_aap.entry import logs, worker

    logs.configure("+".join(only) or "worker")
    worker.run(settings_given(demo=demo), [worker.ONLY[one] for one in only])


@group.command(example="ptce-aap relay")
@_demo
def relay(demo: bool) -> None:
    """Confie à la file d'attente les travaux dus (« serve » le démarre lui-même)."""
    with loading():
        from ptce_aap.entry import logs, measures, relay

    settings = settings_given(demo=demo)
    logs.configure("relay", measures.count_alarms(settings))
    relay.run(settings)


@group.command(example="PTCE_METRICS=127.0.0.1:9464 ptce-aap metrics")
@_demo
def metrics(demo: bool) -> None:
    """Répond aux outils de surveillance à l'adresse interne PTCE_METRICS, chemin /metrics (« serve » le démarre)."""
    with loading():
        from ptce_aap.entry import logs, metrics

    logs.configure("metrics")
    metrics.run(settings_given(demo=demo))


@group.command(example="ptce-aap doctor")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Forme du résultat.")
def doctor(form: str) -> int:
    """Examine l'installation et dit quoi réparer ; termine par 1 si une partie est en défaut."""
    from ptce_aap.domain.exchange import canonical_json
    from ptce_aap.entry import doctor as looking
    from ptce_aap.services.installation.judging import State

    seen = looking.look_over(settings_given(demo=False))
    if form == "json":
        click.echo(
            canonical_json([{"mend": one.mend, "part": one.part, "state": one.state, "told": one.told} for one in seen])
        )
    else:
        for one in seen:
            click.echo(f"[{one.state}] {one.part} : {one.told}{f' → {one.mend}' if one.mend else ''}")
    return 1 if any(one.state is State.WRONG for one in seen) else 0


@group.command(hidden=True)
@_demo
@click.option("--descriptor", type=int, required=True)
def web(demo: bool, descriptor: int) -> None:
    """Répond aux requêtes sur une prise déjà ouverte."""
    with loading():
        from ptce_aap.entry import logs, measures, web

    settings = settings_given(demo=demo)
    logs.configure("web", measures.count_alarms(settings))
    web.run(settings, socket.socket(fileno=descriptor))


def main() -> None:
    """Run the program."""
    sys.exit(run())


if __name__ == "__main__":
    main()
