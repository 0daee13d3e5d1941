"""One call in a real browser, from an empty database to the downloaded shortlist."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from ptce_aap import clock
from tests.journeys.applicants import Applicant
from tests.journeys.committee import Auditor, Chair, Juror
from tests.journeys.dossiers import complete
from tests.journeys.officials import Correspondent, Team
from tests.journeys.people import Somebody
from tests.journeys.running import Running, running

CALL, REGION = "ptce-2015", "31"
FIRST, SECOND, THIRD = (f"Les Ateliers {name} (fictif)" for name in ("de la Halle", "du Canal", "des Quais"))
AS_IT_IS = "La Fabrique des Dunes (fictif)"
JURORS = {"ess": "Jurée Une (fictive)", "education": "Juré Deux (fictif)", "agriculture": "Jurée Trois (fictive)"}


@pytest.fixture
def installation(tmp_path):
    with running(tmp_path / "instance") as installation:
        yield installation


@pytest.fixture
def person(installation, new_page, check_page):
    """Make a person of this kind, with a browser of his own."""

    def person(kind, email):
        return kind(installation, new_page(), check_page, email)

    return person


@pytest.mark.browser
def test_a_call_from_an_empty_database_to_its_shortlist(installation: Running, person, tmp_path):
    open_the_call(installation, person(Somebody, "passant@example.org"))
    team = person(Team, "equipe@example.org")
    team.enter(installation.command("user", "add", team.email, "--role", "team"), "Équipe Fictive")
    applicant = person(Applicant, "porteuse@pole.example.org")
    applicant.files = tmp_path
    applicant.register("Porteuse Fictive")
    applicant.file_complete(FIRST.removesuffix(" (fictif)"), CALL)
    applicant.file_as_it_is(AS_IT_IS.removesuffix(" (fictif)"), CALL)
    import_dossiers(installation, SECOND, THIRD, folder=tmp_path)

    instruct(installation, person, team)
    jurors = read_and_mark(installation, person, team)
    deliberate(installation, person, team)
    jurors[0].open("/jury")
    the_shortlist_is_the_same_everywhere(installation, team, tmp_path)
    audit(installation, person, team)
    assert [finding for finding in json.loads(installation.command("invariants")) if not finding["ok"]] == []


def open_the_call(installation: Running, visitor: Somebody) -> None:
    """Open the call by its command, as its empty first page says."""
    visitor.open("/")
    visitor.sees("ptce-aap call open")
    instants = [(clock.now() + timedelta(days=days)).isoformat(timespec="seconds") for days in (-20, 30)]
    installation.command("call", "open", CALL, "--opens", instants[0], "--closes", instants[1])


def import_dossiers(installation: Running, *titles: str, folder) -> None:
    """File two more dossiers, which come from files."""
    files = []
    for number, title in enumerate(titles):
        answers = complete(title.removesuffix(" (fictif)"), region=REGION, amount=1_500_000)
        files.append(folder / f"{number}.json")
        files[-1].write_text(json.dumps({"submitted_at": None, "answers": answers}), encoding="utf-8")
    told = installation.command(
        "dossier", "import", *files, "--call", CALL, "--owner", "autre@pole.example.org", "--submit"
    )
    assert [json.loads(line)["state"] for line in told.splitlines()] == ["filed", "filed"]


def instruct(installation: Running, person, team: Team) -> None:
    """After the closing, the region instructs and the call team decides."""
    correspondent = person(Correspondent, "correspondante@example.org")
    team.invite(correspondent.email, "correspondent", region=REGION)
    correspondent.enter_by_mail("Correspondante Fictive")
    correspondent.sees("Les dossiers s’ouvriront à vous après la clôture")
    installation.close(CALL)
    for title in (FIRST, SECOND, THIRD):
        correspondent.instruct(title)
    correspondent.rank(FIRST, THIRD, SECOND)
    team.decide(AS_IT_IS, eligible=False, reason="Le dossier est incomplet : budget et membres manquent.")
    team.decide_together()


def read_and_mark(installation: Running, person, team: Team) -> list[Juror]:
    """Conflicts first, then dossiers given by hand, then marks."""
    jurors = []
    for seat, name in JURORS.items():
        juror = person(Juror, f"{seat}@example.org")
        team.invite(juror.email, "juror", seat=seat)
        juror.enter_by_mail(name)
        jurors.append(juror)
    first, second, third = jurors
    first.declare(THIRD)
    second.declare()
    third.declare()
    names = list(JURORS.values())
    team.assign(FIRST, *names)
    team.assign(SECOND, *names[:2])
    team.assign(THIRD, names[1])
    team.turn("Ouvrir la notation", "Ouvrir la notation")
    for juror, marks in zip(jurors, ({FIRST: 9, SECOND: 6}, {FIRST: 8, SECOND: 6, THIRD: 5}, {FIRST: 9}), strict=True):
        for title, half_points in marks.items():
            juror.mark(title, half_points)
    team.turn("Clore la notation", "Clore la notation et calculer le classement")
    return jurors


def deliberate(installation: Running, person, team: Team) -> None:
    """The chair ranks the dossier that has one reading only; the team proposes an amount and freezes the list.

    The only manager gives no role to who confirms what he proposes: the command line does.
    """
    chair = person(Chair, "presidence@example.org")
    chair.enter(installation.command("user", "add", chair.email, "--role", "chair"), "Présidente Fictive")
    chair.admit(THIRD, "Le comité a entendu le rapporteur et décide de classer ce dossier.")
    team.propose_amount(FIRST, "80 000", "Le poste de communication est ramené à 10 000 €.")
    team.freeze(chair)


def the_shortlist_is_the_same_everywhere(installation: Running, team: Team, folder) -> None:
    """What the page exports by a job is what the command writes; the PDF names the first dossier."""
    files = {form: team.export(form) for form in ("PDF", "XLSX", "CSV", "JSON")}
    for form, file in files.items():
        written = folder / f"liste.{form.lower()}"
        installation.command("shortlist", CALL, "--format", form.lower(), "-o", written)
        assert written.read_bytes() == file.data, form
    text = files["PDF"].text
    assert FIRST in text
    assert text.index(FIRST) < text.index(SECOND)
    assert "80 000" in text.replace("\u202f", " ").replace("\xa0", " ")
    assert FIRST in files["CSV"].data.decode("utf-8-sig")
    assert FIRST in json.dumps(json.loads(files["JSON"].data), ensure_ascii=False)


def audit(installation: Running, person, team: Team) -> None:
    """The auditor reads everything, writes nothing."""
    auditor = person(Auditor, "audit@example.org")
    team.invite(auditor.email, "auditor")
    auditor.enter_by_mail("Auditrice Fictive")
    auditor.reads("a ouvert l’appel", "a déposé un dossier", "a rendu un avis", "a figé la liste classée")
    auditor.is_refused("recevabilite/ensemble", "lectures/ouvrir", "lectures/clore", "liste/figer", "liste/publier")
