"""A table comes from a spreadsheet: seen before it is written, written in one act, undone, forgotten after a day."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.imported import Line, read_lines
from ptce_aap.domain.merging import Fate, Mode
from ptce_aap.models import TableUpload
from ptce_aap.services.applicants import applicant, drafts, register_completion, table_imports, tables
from ptce_aap.services.applicants.stored import Given, Stored, Unread
from tests.browsers import Browser, token
from tests.filings import LEAST, NOW, Applicants, open_call

CHARGES = "budget.charges"
BUDGET = {
    "charges": [
        {"poste": "achats", "libelle": "Papier", "an1": "100.00"},
        {"poste": "personnel", "libelle": "Animation", "an1": "900.00"},
    ]
}
FILE = "\r\n".join(
    (
        "Budget du pôle;;;",
        "Poste;Précision;Année 1;Couleur",
        "60 – Achats;Papier;100,00 €;bleu",
        "64 – Charges de personnel;Animation;950;",
        "20 et 21 – Dépenses d’investissement;Four;12 5oo;",
        "Total;;1050;",
    )
)


@pytest.fixture(scope="module")
def call(database: Database) -> Applicants:
    return open_call(database)


@pytest.fixture
def anne(call: Applicants, tmp_path: Path) -> Browser:
    call.actor("anne")
    return Browser(
        create_app(load_settings({}, instance=tmp_path), database=call.database), call.database, "anne@example.org"
    )


def page_of(call: Applicants, reference: str):
    with call.database.reading() as session:
        return applicant.dossier_page(session, call.actor(), reference, now=NOW)


def read(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def sent(browser: Browser, page: str, **fields: object):
    """Send the form of a page as it stands, with what is changed."""
    text = browser.get(page).text
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text.partition("<main")[2]))
    return browser.client.post(page.partition("?")[0], data={**hidden, **fields}, content_type="multipart/form-data")


def test_a_table_is_seen_before_it_is_written_and_put_back_after(call: Applicants, anne: Browser) -> None:
    reference = call.bring({**LEAST, "budget": BUDGET})
    address = f"/candidature/{reference}/etape/budget/charges/importer"
    refused = sent(anne, address, fichier=(io.BytesIO(b"a;b\n1;2\n"), "rien.csv"))
    assert (refused.status_code, "Aucune colonne" in refused.text) == (422, True)
    before = page_of(call, reference).stored_at(CHARGES)
    brought = sent(anne, address, fichier=(io.BytesIO(FILE.encode("cp1252")), "Budget.csv"))
    preview = read(anne.get(brought.location).text)
    for told in (
        "Budget.csv : 3 lignes à importer, dont 1 à corriger",
        "Année 1 12 5oo Écrivez un nombre, par exemple 12 500,50.",
        "12 5oo à corriger",
        "« Couleur »",
        "Totaux, recalculés ici : ligne 6",
        "Année 1 : 900 → 950",
    ):
        assert told in preview
    assert page_of(call, reference).stored_at(CHARGES) == before
    done = sent(anne, f"{brought.location}?mode=remplacer")
    assert done.location.endswith("/etape/budget#q-charges")
    after = page_of(call, reference)
    assert [row["_id"] for row in after.answers[CHARGES]][:2] == [row["_id"] for row in before.value]
    assert [row.get("an1") for row in after.answers[CHARGES]] == [10_000, 95_000, None]
    assert [(item["raw"], item["message"][:8]) for item in after.stored_at(CHARGES).problem] == [("12 5oo", "Écrivez ")]
    assert "3 lignes sont importées" in read(anne.get(done.location).text)
    call.database.transaction(tables.restore_row, call.actor(), reference, CHARGES, now=NOW)
    assert page_of(call, reference).answers[CHARGES] == tuple(
        before.value and page_of(call, reference).answers[CHARGES]
    )
    assert page_of(call, reference).stored_at(CHARGES).value == before.value


def test_bad_rows_do_not_hold_back_the_good_ones_and_the_export_comes_back_unchanged(
    call: Applicants, anne: Browser
) -> None:
    reference = call.bring({**LEAST, "budget": BUDGET})
    address = f"/candidature/{reference}/etape/budget/charges"
    brought = sent(anne, f"{address}/importer", cellules="achats\tEncre\t5\nvoyages\tTrain\t7")
    sent(anne, f"{brought.location}?mode=ajouter", lignes="laisser")
    again = sent(anne, f"{address}/importer", cellules="achats\tEncre\t5")
    assert "Une de ces lignes est déjà dans le tableau" in anne.get(f"{again.location}?mode=ajouter").text
    empty = sent(anne, f"{address}/importer", cellules="Poste\tPrécision")
    assert "aucune ligne à importer" in (told := anne.get(f"{empty.location}?mode=remplacer").text)
    assert "Importer 0" not in told
    assert [row["libelle"] for row in page_of(call, reference).answers[CHARGES]] == ["Papier", "Animation", "Encre"]
    for kind in ("xlsx", "csv"):
        export = anne.get(f"{address}/fichiers/tableau.{kind}")
        assert export.headers["Content-Disposition"].startswith("attachment")
        again = sent(anne, f"{address}/importer", fichier=(io.BytesIO(export.data), f"t.{kind}"))
        assert "dit exactement ce que dit déjà le tableau" in anne.get(again.location).text
        assert anne.get(f"{address}/fichiers/modele.{kind}").status_code == 200
    assert anne.get(f"{address}/fichiers/autre.csv").status_code == 404


def kept(call: Applicants, reference: str, text: str = "Poste;Année 1\nachats;1", name: str = "anne") -> str:
    question = call.definition.questionnaire.question(CHARGES)
    lines = [Line(number, tuple(line.split(";"))) for number, line in enumerate(text.split("\n"), start=1)]
    table = read_lines(question, lines, from_text=True)
    keep = (table_imports.keep, call.actor(name), reference, CHARGES, "f.csv", table, {})
    return call.database.transaction(*keep, now=NOW)


def applied(call: Applicants, reference: str, upload: str, *, shown: str, name: str = "anne", at=NOW, mode=Mode.APPEND):
    act = (table_imports.apply, call.actor(name), reference, CHARGES, upload, mode)
    return call.database.transaction(*act, keep_unread=True, shown=shown, now=at)


def test_nothing_is_imported_over_a_table_that_changed_since_it_was_shown(call: Applicants) -> None:
    reference = call.bring({**LEAST, "budget": BUDGET})
    upload, shown = kept(call, reference), page_of(call, reference).stored_at(CHARGES).mark
    row = Given({"poste": "achats"})
    call.database.transaction(tables.save_row, call.actor(), reference, CHARGES, None, row, now=NOW)
    with pytest.raises(Conflict):
        applied(call, reference, upload, shown=shown)
    applied(call, reference, upload, shown=page_of(call, reference).stored_at(CHARGES).mark)
    assert len(page_of(call, reference).answers[CHARGES]) == 4
    # The table as it was can no longer be put back once a row has changed: that would lose the change.
    call.database.transaction(tables.save_row, call.actor(), reference, CHARGES, None, row, now=NOW)
    with pytest.raises(RuleViolation, match="already_done"):
        call.database.transaction(tables.restore_row, call.actor(), reference, CHARGES, now=NOW)


def test_the_table_before_an_import_does_not_come_back_over_what_a_register_filled(call: Applicants) -> None:
    reference, path = call.bring({**LEAST, "membres": {"membres": [{"siren": "000000018"}]}}), "membres.membres"
    stored = page_of(call, reference).stored_at(path)
    before = Stored(stored.value, removed={"rows": [], "problem": []})

    def imported(session: Session) -> None:
        draft = drafts.hold(session, call.actor(), reference, now=NOW)
        drafts.write(session, call.actor(), draft, {path: before}, now=NOW)

    act, row = call.database.transaction, stored.value[0]["_id"]
    act(imported)
    told = {"denomination": "Association d’essai"}
    assert act(register_completion.complete, call.actor(), reference, path, row, told, shown=stored.mark, now=NOW)
    with pytest.raises(RuleViolation, match="already_done"):
        act(tables.restore_row, call.actor(), reference, path, now=NOW)


def test_a_row_of_which_nothing_was_read_is_shown_among_those_that_an_import_takes_out(call: Applicants) -> None:
    reference = call.bring({**LEAST, "budget": BUDGET})
    unread = Given(None, (Unread(f"{CHARGES}.an1", "mille", "Écrivez un nombre."),))
    call.database.transaction(tables.save_row, call.actor(), reference, CHARGES, None, unread, now=NOW)
    shown = page_of(call, reference).stored_at(CHARGES).mark
    counts = applied(call, reference, kept(call, reference), shown=shown, mode=Mode.REPLACE)
    assert (counts[Fate.CHANGED], counts[Fate.REMOVED]) == (1, 2)


def test_who_would_put_a_row_back_does_not_undo_the_import_of_another(call: Applicants) -> None:
    reference = call.bring({**LEAST, "budget": BUDGET})
    first = page_of(call, reference).answers[CHARGES][0]["_id"]
    act = call.database.transaction
    act(tables.remove_row, call.actor(), reference, CHARGES, first, now=NOW)
    offered = tables.undo_mark(page_of(call, reference).stored_at(CHARGES))
    upload = kept(call, reference)
    applied(call, reference, upload, shown=page_of(call, reference).stored_at(CHARGES).mark)
    after = page_of(call, reference).stored_at(CHARGES).value
    with pytest.raises(Conflict):
        act(tables.restore_row, call.actor(), reference, CHARGES, shown=offered, now=NOW)
    assert page_of(call, reference).stored_at(CHARGES).value == after


def test_a_table_brought_is_its_bringers_alone_and_lasts_a_day(call: Applicants) -> None:
    reference = call.bring({**LEAST, "budget": BUDGET})
    other = call.bring(LEAST, "bruno")
    upload, shown = kept(call, reference), page_of(call, reference).stored_at(CHARGES).mark
    for wrong in ({"reference": other, "name": "bruno"}, {"reference": other}, {"at": NOW + timedelta(days=1)}):
        with pytest.raises(NotFound):
            applied(call, **{"reference": reference, "upload": upload, "shown": shown, **wrong})
    call.database.transaction(table_imports.forget_old, now=NOW + timedelta(hours=23))
    assert kept(call, reference) != upload  # bringing another takes the place of the first
    mine = select(func.count()).where(TableUpload.dossier_id == page_of(call, reference).dossier.id)
    with call.database.reading() as session:
        assert session.scalar(mine) == 1
    call.database.transaction(table_imports.forget_old, now=NOW + timedelta(days=1))
    with call.database.reading() as session:
        assert session.scalar(mine) == 0


def test_a_table_never_grows_over_its_maximum(call: Applicants) -> None:
    reference = call.bring({**LEAST, "budget": BUDGET})
    upload = kept(call, reference, "Poste\n" + "\n".join(["achats"] * 199))
    with pytest.raises(RuleViolation, match="too_many_rows"):
        applied(call, reference, upload, shown=page_of(call, reference).stored_at(CHARGES).mark)


def test_figures_follow_what_is_typed_and_nothing_is_written(call: Applicants, anne: Browser) -> None:
    reference = call.bring({**LEAST, "budget": BUDGET})
    page, before = f"/candidature/{reference}/etape/budget", page_of(call, reference)
    (row, *_) = before.answers[CHARGES]
    assert 'data-figures="' in anne.get(page).text
    typed = {"produits-nouvelle-source": "aide_demandee", "produits-nouvelle-an1": "1 000 €"}
    told = read(anne.post(f"{page}/chiffres", typed).text)
    assert "Année 1, en argent : Charges 1 000 €, produits 1 000 €. C’est équilibré." in told
    of_row = f"{page}/chiffres?tableau=charges&ligne={row['_id']}"
    told = read(anne.post(of_row, {"poste": "achats", "an1": "250"}).text)
    assert "Total, Année 1 1 150 €" in told
    assert "Charges 1 150 €, produits 0 €. Il manque 1 150 € du côté « Produits »." in told
    assert anne.post(f"{page}/chiffres", {"produits-nouvelle-an1": "beaucoup"}).status_code == 200
    after = page_of(call, reference)
    assert (after.stored, after.dossier.saved_at) == (before.stored, before.dossier.saved_at)
    assert anne.post(f"/candidature/{call.bring(LEAST, 'bruno')}/etape/budget/chiffres", typed).status_code == 404


def test_a_row_goes_to_the_place_that_is_typed(call: Applicants, anne: Browser) -> None:
    labels = ["a", "b", "c", "d"]
    reference = call.bring({**LEAST, "budget": {"charges": [{"libelle": label} for label in labels]}})
    page = f"/candidature/{reference}/etape/budget"

    def order() -> str:
        return "".join(row["libelle"] for row in page_of(call, reference).answers[CHARGES])

    rows = {row["libelle"]: row["_id"] for row in page_of(call, reference).answers[CHARGES]}
    assert sent(anne, f"{page}/charges/{rows['a']}", libelle="a", _place="3", _place_vue="1").status_code == 302
    assert order() == "bcad"
    sent(anne, page, _acte=f"placer:charges:{rows['d']}:1")
    assert order() == "dbca"
    for odd in ("99", "0", "-1", "", "deux", "٣"):
        sent(anne, page, _acte=f"placer:charges:{rows['d']}:{odd}")
    assert order() == "bcad"
    sent(anne, f"{page}/charges/nouvelle", libelle="e", _place="1")
    assert order() == "bcade"


CELLS = st.sampled_from(
    ["achats", "60 – Achats", "Poste", "12,5", "Total", "'=1", '"', "\0", "\ud800", "٣", "1e400", ""]
)
LINES = st.lists(st.lists(CELLS | st.text(max_size=6), max_size=5), max_size=5)


def test_whatever_is_pasted_is_read_or_refused_and_never_breaks_the_page(call: Applicants, anne: Browser) -> None:
    address = f"/candidature/{call.bring({**LEAST, 'budget': BUDGET})}/etape/budget/charges/importer"
    secret = token(anne.get(address).text)

    @given(LINES)
    @settings(max_examples=25, deadline=None, database=None)
    def paste(lines: list[list[str]]) -> None:
        text = "\n".join("\t".join(cells) for cells in lines).encode("utf-8", "replace").decode()
        answer = anne.client.post(address, data={"cellules": text, "csrf_token": secret})
        assert answer.status_code in {302, 422}
        if answer.status_code == 302:
            assert anne.get(answer.location).status_code == 200
            assert anne.get(f"{answer.location}?mode=remplacer").status_code == 200

    paste()
