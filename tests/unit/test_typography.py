"""French spaces are right in what templates say, and what people typed is left alone."""

import pytest
from jinja2 import Environment
from markupsafe import Markup

from ptce_aap.typography import FrenchSpaces, spaced


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Vous avez déjà un compte ?", "Vous avez déjà un compte\u00a0?"),
        ("le pôle « Littoral » : oui", "le pôle «\u00a0Littoral\u00a0»\u00a0: oui"),
        ("38 %, soit 12 €.", "38\u00a0%, soit 12\u00a0€."),
        ('<p class="a">Note :</p>', '<p class="a">Note\u00a0:</p>'),
        ("12:30, a;b", "12:30, a;b"),
        ("fin de ligne\n  : suite", "fin de ligne\n  : suite"),
    ],
)
def test_spaces(typed, shown):
    assert spaced(typed) == shown


def test_a_template_is_corrected_in_its_texts_and_literals_but_not_in_its_values():
    template = Environment(extensions=[FrenchSpaces]).from_string(
        "{{ title }} ? {{ 'Total : ' ~ value }} « {{ value }} »"
    )
    assert template.render(title="Un ?", value="a : b") == "Un ?\u00a0? Total\u00a0: a : b «\u00a0a : b\u00a0»"


def test_a_sentence_of_the_application_is_corrected_where_a_template_asks_for_it():
    template = Environment(extensions=[FrenchSpaces], autoescape=True).from_string("{{ told | espaces }}")
    assert template.render(told="Le rôle est retiré ; <ici>") == "Le rôle est retiré\u00a0; &lt;ici&gt;"
    assert template.render(told=Markup("<b>Clôture :</b>")) == "<b>Clôture\u00a0:</b>"
