"""What is stored is what was sent, whatever is typed in whatever kind of question, by the form as by its script."""

from __future__ import annotations

import re
import time
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.services.applicants import drafts
from ptce_aap.services.applicants.stored import Stored
from tests import long_stage
from tests.browsers import Browser, application, token
from tests.budgets import budget, soaking
from tests.filings import open_call

SECONDS = 2.0
ODD = (
    "a\x00b",
    "e\u0301" * 40,
    "\u202eabc\u2066\u200b\ufeff",
    "😀" * 400,
    "NaN",
    "1e400",
    "-1",
    "٣",
    "9999-12-31",
    "31/02/2015",
    "9" * 400,
    "<script>alert(1)</script>{{7*7}}",
    "un\r\ndeux\rtrois\n",
    "\x1f\x85 x \u3000",
    "\u212b\ufb01\u1e9b\u0323",
    "A" * 20_000,
    "[]",
    '{"a": 1}',
)
RIGHT = (
    "12 500,50 €",
    "12,5",
    "007",
    "12/06/2015",
    "2015-06-12",
    "oui",
    "non",
    "000 000 018",
    "00000001800018",
    "W751234567",
    "a@b.fr",
    "01 02 03 04 05",
    "59350",
    "2A004",
    "un",
)
TEXTS = st.one_of(
    st.sampled_from(RIGHT), st.sampled_from(ODD), st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
)
NUMBERS = {"entier", "nombre", "montant"}
SPACELESS = {"siren", "siret", "rna", "code_postal", "commune"}


class Typist:
    """Somebody before the long stage, who types without reading."""

    def __init__(self, database: Database, folder: Path) -> None:
        call = open_call(database, long_stage.CALL, long_stage.write(folder))
        self.database = database
        self.actor = call.actor()
        self.reference = call.start()
        self.stage = f"/candidature/{self.reference}/etape/{long_stage.STAGE}"
        self.browser = Browser(application(database, folder), database, "anne@example.org")
        self.token = token(self.browser.get(self.stage).text)

    def stored(self, key: str) -> Stored:
        with self.database.reading() as session:
            draft = drafts.hold(session, self.actor, self.reference, now=clock.now())
            return draft.at(f"{long_stage.STAGE}.{key}")

    def send(self, address: str, fields: dict[str, Any], **headers: str) -> int:
        """Send a form; never a breakdown, never too long."""
        began = time.process_time()
        answer = self.browser.client.post(address, data={"csrf_token": self.token, **fields}, headers=headers)
        assert answer.status_code < 500, fields
        assert time.process_time() - began < SECONDS, fields
        return answer.status_code


@pytest.fixture(scope="module")
def typist(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Typist:
    return Typist(database, tmp_path_factory.mktemp("long"))


def as_stored(kind: str, sent: str) -> Any:
    """Return what a kind stores of a text that it takes, said apart from the program's own readers."""
    text = unicodedata.normalize("NFC", sent).replace("\r\n", "\n").replace("\r", "\n").strip()
    if kind in NUMBERS:
        return Decimal("".join(text.split()).removesuffix("€").replace(",", "."))
    if kind == "date":
        day = re.fullmatch(r"(\d+)[/.](\d+)[/.](\d{4})", text)
        return f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}" if day else text
    if kind == "oui_non":
        return text.lower() in {"oui", "true", "vrai", "1", "on"}
    if kind == "choix_multiple":
        return [text]
    return "".join(text.split()) if kind in SPACELESS else text


def holds(kind: str, sent: str, value: Any, unread: list[dict[str, str]]) -> None:
    """Fail unless the answer says what was sent: read exactly, or kept as it was typed with a sentence."""
    if value is None:
        assert not sent.strip() or [item["raw"] for item in unread] == [sent], (kind, sent, unread)
        assert all(item["message"] for item in unread)
        return
    assert not unread, (kind, sent, unread)
    held = Decimal(value) if kind in NUMBERS else "".join(value.split()) if kind in SPACELESS else value
    assert held == as_stored(kind, sent), (kind, sent, value)


QUESTIONS = dict(long_stage.simple_questions())
SENT = st.dictionaries(st.sampled_from(sorted(QUESTIONS)), TEXTS, min_size=1, max_size=12)
FEW = settings(
    max_examples=budget("forms.typed"),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not soaking(),
)


@pytest.mark.soak
@FEW
@given(sent=SENT, by_script=st.booleans())
@example(sent=dict(zip(QUESTIONS, ODD * 4, strict=False)), by_script=False)
@example(sent=dict(zip(QUESTIONS, ODD[5:] * 6, strict=False)), by_script=True)
@example(sent=dict(zip(QUESTIONS, RIGHT * 4, strict=False)), by_script=True)
def test_a_stage_stores_what_was_typed(typist: Typist, sent: dict[str, str], by_script: bool) -> None:
    with typist.database.reading() as session:
        marks = drafts.hold(session, typist.actor, typist.reference, now=clock.now())
    shown = {f"_vu-{key}": marks.at(f"{long_stage.STAGE}.{key}").mark for key in sent}
    if by_script:
        assert typist.send(f"{typist.stage}/saisie", {**shown, **sent}, **{"X-Autosave": "1"}) == 200
    else:
        assert typist.send(typist.stage, {**shown, **sent, "_acte": "rester"}) in {302, 422}
    with typist.database.reading() as session:
        after = drafts.hold(session, typist.actor, typist.reference, now=clock.now())
    for key, text in sent.items():
        stored = after.at(f"{long_stage.STAGE}.{key}")
        holds(QUESTIONS[key], text, stored.value, list(stored.problem))


PARTS = st.dictionaries(st.sampled_from(long_stage.SIMPLE), TEXTS, min_size=1, max_size=16)


@pytest.mark.soak
@FEW
@given(sent=PARTS)
@example(sent=dict(zip(long_stage.SIMPLE, ODD, strict=False)))
@example(sent=dict(zip(long_stage.SIMPLE, ("a", "b", *RIGHT), strict=False)))
def test_a_group_and_a_row_store_what_was_typed(typist: Typist, sent: dict[str, str]) -> None:
    mark = typist.stored(long_stage.GROUP).mark
    grouped = {f"{long_stage.GROUP}-c_{kind}": text for kind, text in sent.items()}
    fields = {f"_vu-{long_stage.GROUP}": mark, **grouped}
    assert typist.send(f"{typist.stage}/saisie", fields, **{"X-Autosave": "1"}) == 200
    parts_hold(sent, typist.stored(long_stage.GROUP).value, typist.stored(long_stage.GROUP).problem)
    new = f"{typist.stage}/{long_stage.TABLE}/nouvelle"
    if not (rows := typist.stored(long_stage.TABLE).value):
        assert typist.send(new, {"c_texte": "Une ligne"}) == 302
        rows = typist.stored(long_stage.TABLE).value
    row = rows[0]["_id"]
    shown = re.search(
        r'name="_vu" value="([^"]+)"', typist.browser.get(f"{typist.stage}/{long_stage.TABLE}/{row}").text
    )
    fields = {"_vu": shown[1] if shown else "", **{f"c_{kind}": text for kind, text in sent.items()}}
    assert typist.send(f"{typist.stage}/{long_stage.TABLE}/{row}/saisie", fields, **{"X-Autosave": "1"}) == 200
    table = typist.stored(long_stage.TABLE)
    parts_hold(sent, table.value[0], table.problem)


def parts_hold(sent: dict[str, str], value: dict[str, Any] | None, problem: tuple[dict[str, str], ...]) -> None:
    for kind, text in sent.items():
        unread = [item for item in problem if item["place"].endswith(f".c_{kind}")]
        holds(kind, text, (value or {}).get(f"c_{kind}"), unread)
