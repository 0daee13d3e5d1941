"""The last ten minutes of a call: 300 people join a piece and file at once against the real server, on loopback.

What is scaled: of 2,000 drafts, 60 % filed in the last ten minutes are 1,200 deposits in 600 seconds, two a second.
Here 300 people, one deposit each, come in a window of one minute: five a second, two and a half times that rate, so
that ten minutes are measured in one. Each reads his dossier over, joins a piece of 50 KB, files it, opens his receipt.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.exchange import read_document
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, Dossier, Filing, Person
from ptce_aap.models.base import canonical_json
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import filing
from tests import proven
from tests.bench.crowd import cpu_seconds, serving
from tests.browsers import TOKEN
from tests.databases import Databases
from tests.files import pdf
from tests.filings import COMPLETE

DRAFTS, PEOPLE, WINDOW_S = 2_000, 300, 60.0
MOST_S = 2.0
_PIECE = pdf(text=random.Random(0).randbytes(50_000))
_DIGEST = re.compile(r"<code>([0-9a-f]{64})</code>")
_EDGE = "limite-de-la-mesure"


@dataclass(slots=True)
class Applicant:
    """One person: his dossier, and what the server acknowledged to him."""

    reference: str
    secret: str
    comes_s: float
    filed_s: float | None = None  # how long the answer to his deposit took
    digest: str | None = None  # what his receipt said
    statuses: list[int] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Rush:
    """What they obtained together."""

    engine: str
    drafts: int
    people: int
    window_s: float
    acknowledged: int
    lost: int  # acknowledged, and not in the database with this digest
    failures: tuple[str, ...]  # answers of 500 or more, connections lost
    median_s: float
    p95_s: float
    slowest_s: float
    cpu_ms: float  # of the web process, a person
    load: float


def play(database: Database, engine: str, folder: Path, *, drafts: int, people: int, window_s: float) -> Rush:
    """Lay the drafts out, let the people come, and look their acknowledgements up in the database."""
    applicants = database.transaction(_lay_out, drafts, people, window_s)
    with serving(database.url, folder) as (port, process):
        spent = cpu_seconds(process)
        start = time.monotonic() + 1
        threads = [threading.Thread(target=_come, args=(one, port, start)) for one in applicants]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = cpu_seconds(process) - spent
    with database.reading() as session:
        rows = session.execute(select(Dossier.reference, Filing.sha256).join(Filing, Filing.dossier_id == Dossier.id))
        held = {row.reference: row.sha256 for row in rows}
    told = [one for one in applicants if one.filed_s is not None]
    took = sorted(one.filed_s for one in told if one.filed_s is not None) or [0.0]
    failures = tuple(one.error for one in applicants if one.error)
    return Rush(
        engine=engine,
        drafts=drafts,
        people=people,
        window_s=window_s,
        acknowledged=len(told),
        lost=sum(held.get(one.reference) is None or held[one.reference] != one.digest for one in told),
        failures=failures,
        median_s=took[len(took) // 2],
        p95_s=took[min(len(took) - 1, int(len(took) * 0.95))],
        slowest_s=took[-1],
        cpu_ms=spent / people * 1000,
        load=os.getloadavg()[0],
    )


def report(found: Sequence[Rush]) -> str:
    """Return the table of the figures; a star marks a budget that is passed."""
    head = ["Dernière minute", "accusés", "accusés perdus", "erreurs", "médiane", "p95 (≤ 2 s)", "la plus lente"]
    rows = [[*head, "CPU du serveur par personne", "charge"], ["---"] * (len(head) + 2)]
    for one in found:
        rows.append(
            [
                f"{one.engine}, {one.drafts} brouillons, {one.people} personnes en {one.window_s:.0f} s",
                f"{one.acknowledged}",
                f"{one.lost}{' *' if one.lost else ''}",
                f"{len(one.failures)}{' *' if one.failures else ''}",
                f"{one.median_s * 1000:.0f} ms",
                f"{one.p95_s * 1000:.0f} ms{' *' if one.p95_s > MOST_S else ''}",
                f"{one.slowest_s * 1000:.0f} ms",
                f"{one.cpu_ms:.0f} ms",
                f"{one.load:.1f}",
            ]
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def measure(engines: Sequence[str], *, drafts: int = DRAFTS, people: int = PEOPLE, window_s: float = WINDOW_S) -> str:
    """Play it on each engine; return the table, and what failed first where something did."""
    found = []
    with tempfile.TemporaryDirectory(prefix="ptce-rush-", dir="/tmp") as folder:
        databases = Databases(Path(folder), durable=True)
        try:
            for engine in engines:
                instance = Path(folder) / engine
                instance.mkdir()
                sizes = {"drafts": drafts, "people": people, "window_s": window_s}
                found.append(play(databases.create(engine), engine, instance, **sizes))
        finally:
            databases.stop()
    told = [f"{one.engine} : {error}" for one in found for error in one.failures[:3]]
    return "\n".join([report(found), *told])


def _lay_out(session: Session, drafts: int, people: int, window_s: float) -> list[Applicant]:
    now = datetime.now(UTC)
    definition = load_call("ptce-2015")
    call = calls.open_call(
        session,
        calls.SYSTEM,
        definition,
        now=now,
        opens_at=now - timedelta(days=60),
        closes_at=now + timedelta(hours=1),
    )
    document = canonical_json({"submitted_at": None, "answers": COMPLETE})
    answers = read_document(document, definition.questionnaire).answers
    # The same people come at the same moments in every measure.
    moments = random.Random(_EDGE)
    return [
        one
        for number in range(drafts)
        if (one := _draft(session, call, definition, answers, number, now, moments.uniform(0, window_s)))
        and number < people
    ]


def _draft(
    session: Session,
    call: Call,
    definition: CallDefinition,
    answers: dict[str, object],
    number: int,
    now: datetime,
    comes_s: float,
) -> Applicant:
    email = f"candidat-{number}@example.org"
    owner = Person(email=email, email_key=email, name=f"Candidat {number}", created_at=now)
    session.add(owner)
    session.flush()
    actor = Actor(owner.id, owner.reference, owner.name, email)
    dossier = filing.new_dossier(session, actor, call, owner_id=owner.id, now=now)
    filing.write_answers(session, dossier, definition, answers, owner.id, now)
    secret = proven.open_session(session, owner, now=now)
    return Applicant(dossier.reference, secret, comes_s)


def _come(one: Applicant, port: int, start: float) -> None:
    time.sleep(max(0.0, start + one.comes_s - time.monotonic()))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    here, cookies = f"/candidature/{one.reference}", {"ptce": one.secret}

    def ask(method: str, path: str, body: bytes | str | None = None, kind: str = "") -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        headers |= {"Content-Type": kind} if kind else {}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        cookies.update(given.partition(";")[0].split("=", 1) for given in response.headers.get_all("Set-Cookie") or [])
        one.statuses.append(response.status)
        if response.status >= 500:
            raise OSError(f"{method} {path.rpartition('/')[2]} : {response.status}")
        return response.status, text

    try:
        _, page = ask("GET", f"{here}/relecture")
        token = TOKEN.search(page)
        assert token is not None, page[:300]
        joined, _ = ask("POST", f"{here}/etape/pieces", _form(token[1]), f"multipart/form-data; boundary={_EDGE}")
        assert joined == 302, f"pièce : {joined}"
        began = time.perf_counter()
        form = urlencode({"csrf_token": token[1]})
        status, _ = ask("POST", f"{here}/depot", form, "application/x-www-form-urlencoded")
        if status == 302:
            one.filed_s = time.perf_counter() - began
            _, receipt = ask("GET", f"{here}/accuse")
            digest = _DIGEST.search(receipt)
            one.digest = digest[1] if digest else None
        else:
            one.error = f"dépôt : {status}"
    except (OSError, AssertionError, http.client.HTTPException) as error:
        one.error = repr(error)[:200]
    finally:
        connection.close()


def _form(token: str) -> bytes:
    """Return the form of the stage of pieces: its token, and one file of 50 KB."""
    edge = f"--{_EDGE}\r\n".encode()
    field_ = b'Content-Disposition: form-data; name="csrf_token"\r\n\r\n' + token.encode() + b"\r\n"
    act = b'Content-Disposition: form-data; name="_acte"\r\n\r\nenregistrer\r\n'
    file = b'Content-Disposition: form-data; name="_fichier-statuts"; filename="statuts.pdf"\r\n'
    file += b"Content-Type: application/pdf\r\n\r\n" + _PIECE + b"\r\n"
    return edge + field_ + edge + act + edge + file + f"--{_EDGE}--\r\n".encode()


if __name__ == "__main__":
    print(measure(("sqlite", "postgresql")))
