"""Components say in their markup what the reader needs, and nothing that the policy forbids."""

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest

import ptce_aap
from ptce_aap.web.charts import graph, rows, slopes
from tests.unit.gallery import TEMPLATES, environment, render_gallery, shell

STATIC = Path(ptce_aap.__file__).parent / "static"
SOURCES = {path.relative_to(TEMPLATES).as_posix(): path.read_text() for path in TEMPLATES.rglob("*.html")}
STYLES = {path.relative_to(STATIC).as_posix(): path.read_text() for path in STATIC.rglob("*.css")}


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))


def _elements(html):
    parser = _Elements()
    parser.feed(html)
    return parser.all


def _macro(file, call, **names):
    name = call.split("(")[0]
    return (
        environment()
        .from_string(f'{{% from "components/{file}.html" import {name} %}}{{{{ {call} }}}}')
        .render(**names)
    )


# Mail programs know no style sheet of ours: messages hold their styles, and tests of their own.
@pytest.mark.parametrize("name", sorted(name for name in SOURCES if not name.startswith("mail/")))
def test_no_template_holds_a_style_or_a_script(name):
    source = SOURCES[name]
    assert re.findall(r"\sstyle\s*=|<style|\son[a-z]+\s*=|javascript:", source) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)", source) == []


def test_templates_name_only_static_files_that_exist():
    named = {name for source in SOURCES.values() for name in re.findall(r"static_url\('([^'~]+\.\w+)'\)", source)}
    assert {name for name in named if not (STATIC / name).is_file()} == set()


@pytest.mark.parametrize("name", sorted(STYLES))
def test_no_stylesheet_reaches_for_another_file(name):
    addresses = re.findall(r"url\(\s*['\"]?(.{5})", STYLES[name])
    assert [address for address in addresses if address != "data:"] == []
    assert "@font-face" not in STYLES[name]
    assert "@import" not in STYLES[name]


def test_static_files_stay_light():
    assert sum(path.stat().st_size for path in STATIC.rglob("*") if path.is_file()) < 900_000


def test_every_style_of_the_shell_is_linked():
    linked = set(re.findall(r"static_url\('([\w/.]+\.css)'\)", SOURCES["base.html"]))
    assert linked == {name for name in STYLES if not name.startswith("themes/")}


def test_identifiers_are_unique_and_descriptions_exist():
    elements = _elements(render_gallery())
    identifiers = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    pointed = {
        target
        for _, attributes in elements
        for name in ("aria-describedby", "aria-labelledby", "for")
        for target in (attributes.get(name) or "").split()
    }
    assert pointed - set(identifiers) == set()


@pytest.mark.target("A11Y-05")
def test_every_error_stands_beside_its_field_and_in_the_summary():
    html = render_gallery()
    assert html.count("Écrivez le montant en chiffres.") == 2
    assert html.count("il en manque un.") == 2 * 13
    assert "Il y a 14 erreurs" in html


def test_without_error_there_is_no_summary():
    assert "app-errors" not in render_gallery(with_errors=False)


def test_a_mistyped_date_stays_visible_and_a_good_one_has_a_picker():
    elements = {attributes.get("id"): attributes for _, attributes in _elements(render_gallery())}
    assert (elements["creation"]["type"], elements["creation"]["value"]) == ("text", "31/02/2015")
    assert (elements["depuis"]["type"], elements["depuis"]["value"]) == ("date", "2014-03-01")


def test_a_password_is_never_sent_back():
    elements = {attributes.get("id"): attributes for _, attributes in _elements(render_gallery())}
    assert elements["secret"]["value"] == ""


def test_typed_texts_are_shown_as_text():
    assert "Première ligne &lt;b&gt;.<br>Seconde ligne." in render_gallery()


def test_columns_that_nobody_filled_are_left_out_of_the_document():
    assert "Colonne vide" not in render_gallery()


def test_a_mark_of_three_and_a_half_is_checked_as_seven_half_points():
    checked = [
        attributes["value"]
        for tag, attributes in _elements(render_gallery())
        if tag == "input" and attributes.get("name") == "note-moyens" and "checked" in attributes
    ]
    assert checked == ["7"]


def test_a_grid_on_twenty_by_whole_points_has_twenty_one_choices():
    criterion = SimpleNamespace(key="k", label="Critère", question="?", evidence="", anchors=())
    html = _macro("grid", "mark_field(criterion, 'n', maximum=40, step=2)", criterion=criterion)
    assert html.count('type="radio"') == 21
    assert ">20<" in html


def test_a_level_that_cannot_be_computed_says_so():
    assert "Pas encore calculable" in _macro("charts", "level_gauge('g', 'Essaimage', none)")


def test_bars_of_nothing_but_zeros_are_drawn():
    html = _macro("charts", "bar_chart('b', 'Aucun dossier', rows)", rows=[{"label": "Corse", "value": 0}])
    assert 'width="0.0%"' in html


def test_an_empty_chart_is_drawn():
    assert "<svg" in _macro("charts", "bar_chart('b', 'Aucun dossier', [])")
    assert "<svg" in _macro("charts", "line_chart('l', 'Aucun dossier', [], [{'label': 'Déposés', 'values': []}])")
    assert "<svg" in _macro("charts", "donut('d', 'Aucune charge', [])")
    assert "<svg" in _macro("charts", "stacked_line('s', 'Aucun dossier', [])")


def test_a_label_that_was_cut_is_drawn_whole_where_there_is_room():
    rows = [{"label": "Dispositif local…", "full": "Dispositif local d’accompagnement", "value": 1}]
    html = _macro("charts", "bar_chart('b', 'Besoins', rows)", rows=rows)
    assert 'chart-label--narrow" x="0" y="15">Dispositif local…<' in html
    assert 'chart-label--wide" x="0" y="15">Dispositif local d’accompagnement<' in html


def test_every_chart_of_the_ranking_has_title_description_and_numbers():
    html = render_gallery()
    for name in ("severite", "poids", "evolutions", "lectures", "rangs-1", "rangs-2"):
        (svg,) = re.findall(
            rf'<svg[^>]*aria-labelledby="{name}-t {name}-d">.*?</title><desc id="{name}-d">[^<]+</desc>',
            html,
            re.DOTALL,
        )
        assert 'role="img"' in svg
    for title in ("Six dossiers sont à départager", "Trois lecteurs se distinguent", "Deux dossiers changent de côté"):
        assert re.search(rf'<table><caption class="fr-sr-only">{title}', html)


def test_an_unsure_rank_is_dashed_and_said():
    html = _macro("charts_rows", "interval_bar('b', 'Pôle', 3, (2, 4), (1, 9), 20, reliable=False)")
    assert "chart-inner--open" in html
    assert "trop peu de lectures" in html
    sure = _macro("charts_rows", "interval_bar('b', 'Pôle', 3, (2, 4), (1, 9), 20)")
    assert "open" not in sure
    assert "trop peu" not in sure


def test_a_whole_interval_of_the_table_fills_its_cell():
    html = _macro("charts_rows", "interval_bar('b', 'Pôle', 3, (1, 20), (1, 20), 20, line=10)")
    assert 'x="0.0%" y="9.5" width="100.0%"' in html


def test_charts_of_the_ranking_without_rows_are_drawn():
    for name, chart in (
        ("interval_chart", rows.intervals([], count=0)),
        ("severity_chart", rows.severities([])),
        ("weight_chart", rows.shares([])),
    ):
        assert "<figure" in _macro("charts_rows", f"{name}('c', 'Rien à montrer', chart)", chart=chart)
    assert "<svg" in _macro(
        "charts_moves", "slope_chart('s', 'Rien', chart)", chart=slopes.slopes([], ["A", "B"], lines=[None, None])
    )
    assert "<svg" in _macro("charts_moves", "review_graph('g', 'Rien', chart)", chart=graph.graph([], {}))


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("montant", 270_000_000, "2\u202f700\u202f000\u00a0€"),
        ("oui_non", False, "Non"),
        ("date", date(2015, 6, 12), "12/06/2015"),
        ("texte", "R&D", "R&amp;D"),
        ("nombre", 0, "0"),
        ("entier", None, '<span class="app-mention">—</span>'),
    ],
)
def test_a_value_is_worded_by_its_kind(kind, value, shown):
    question = SimpleNamespace(kind=kind, label="Q", options=(), fields=())
    assert _macro("document", "value_of(question, value)", question=question, value=value).strip() == shown


def test_an_answer_of_zero_or_no_is_an_answer():
    for kind, value in (("montant", 0), ("oui_non", False)):
        question = SimpleNamespace(kind=kind, label="Q", options=(), fields=())
        assert "Non renseigné" not in _macro("document", "answer(question, value)", question=question, value=value)


def _table_read(*rows):
    columns = tuple(SimpleNamespace(key=key, kind="texte", label=key.title(), options=()) for key in ("nom", "ville"))
    question = SimpleNamespace(kind="tableau", label="Membres", options=(), fields=columns)
    html = _macro("document", "answer(question, value)", question=question, value=rows)
    return html, [tag for tag, _ in _elements(html)]


def test_a_table_shows_the_rows_and_the_columns_that_hold_something():
    html, tags = _table_read({"_id": "a", "nom": "Scierie"}, {"_id": "b"}, {"_id": "c", "nom": None})
    assert (tags.count("th"), tags.count("td"), tags.count("tr")) == (1, 1, 2)
    assert "Scierie" in html


@pytest.mark.parametrize("rows", [(), ({"_id": "a"},), ({"_id": "a", "nom": None}, {"_id": "b"})])
def test_a_table_whose_rows_hold_nothing_is_an_answer_not_given(rows):
    html, tags = _table_read(*rows)
    assert "table" not in tags
    assert "Non renseigné" in html


def test_an_error_page_says_what_to_do_and_keeps_the_shell():
    html = (
        environment()
        .get_template("errors/error.html")
        .render(**shell(demo=False), status=404, error_title="Cette page n’existe pas", advice="Vérifiez l’adresse.")
    )
    assert "<title>Cette page n’existe pas – PTCE 2015 – Appels à projets</title>" in html
    assert "Vérifiez l’adresse." in html
    assert "Démonstration" not in html


@pytest.mark.parametrize(("pages", "page", "shown"), [(1, 1, 0), (9, 3, 5), (2, 1, 2)])
def test_pagination_shows_the_neighbours_and_the_ends(pages, page, shown):
    html = _macro("page", "pagination(page, pages, '?page={page}')", page=page, pages=pages)
    assert html.count('aria-label="Page ') == shown


def test_every_class_that_a_template_names_has_its_style():
    styled = set(re.findall(r"\.((?:app|fr)-[\w-]+)", " ".join(STYLES.values())))
    missing = {}
    for name, source in SOURCES.items():
        plain = re.sub(r"{%.*?%}|{{.*?}}", "\0", source, flags=re.DOTALL)
        named = {part for value in re.findall(r'class="([^"]*)"', plain) for part in value.split() if "\0" not in part}
        if unknown := {part for part in named if part.startswith(("app-", "fr-"))} - styled:
            missing[name] = unknown
    assert missing == {}


def test_a_page_named_like_the_service_is_not_named_twice():
    page = '{% extends "base.html" %}{% block title %}Appels à projets{% endblock %}'
    html = environment().from_string(page).render(**{**shell(), "call": None})
    assert "<title>Appels à projets</title>" in html
