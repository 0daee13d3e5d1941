"""The gallery of components rendered with sample values: what tests read and designers look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FieldList,
    FileField,
    Form,
    FormField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    validators,
)

from ptce_aap.domain.roles import Holder, RoleColumn, RoleTable
from ptce_aap.domain.statements import Strength
from ptce_aap.typography import FrenchSpaces
from ptce_aap.web.accessibility import read_declaration
from ptce_aap.web.charts import graph, roles, rows, scatter, slopes, tiles

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@dataclass(frozen=True, slots=True)
class SampleOption:
    """An option, as questionnaires give them."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    """A question, with the attributes that the macros read."""

    key: str
    kind: str
    label: str
    fields: tuple[SampleQuestion, ...] = ()
    options: tuple[SampleOption, ...] = ()

    @property
    def path(self) -> str:
        return f"identification.{self.key}"


class _Row(Form):
    poste = SelectField("Poste", choices=[("", "Choisir"), ("personnel", "Charges de personnel")])
    an1 = StringField("Année 1")
    an2 = StringField("Année 2", validators=[validators.Regexp("^[0-9 ]*$", message="Écrivez le montant en chiffres.")])


class _Sheet(Form):
    nom = StringField("Nom du pôle", description="Le nom sous lequel votre pôle se présente.")
    resume = TextAreaField("Résumé", validators=[validators.Length(max=2000)])
    stade = RadioField("Où en est votre pôle ?", choices=[("e", "En construction"), ("c", "En consolidation")])
    region = SelectField("Région", choices=[("", "Choisir une région"), ("31", "Nord-Pas-de-Calais")])
    secteurs = SelectMultipleField("Secteurs", choices=[("alimentation", "Alimentation"), ("culture", "Culture")])
    montant = StringField("Aide demandée")
    creation = DateField("Date de création")
    depuis = DateField("Ouvert depuis")
    courriel = EmailField("Adresse électronique", description="Nous y envoyons le récépissé.")
    telephone = TelField("Téléphone")
    secret = PasswordField("Mot de passe")
    statuts = FileField("Statuts signés")
    atteste = BooleanField("J’atteste l’exactitude de ce dossier.")
    rows = FieldList(FormField(_Row), min_entries=2)


_LONG = "Coopérative d’activité et d’emploi du bassin Dunkerque-Flandre-Artois"


def sample_form(*, with_errors: bool) -> Form:
    """Return a filled form; with an error in every field if asked."""
    sent = MultiDict(
        [
            ("nom", _LONG),
            ("resume", "Un résumé."),
            ("stade", "c"),
            ("region", "31"),
            ("secteurs", "culture"),
            ("montant", "120 000"),
            ("creation", "31/02/2015"),
            ("depuis", "2014-03-01"),
            ("courriel", "contact@example.org"),
            ("rows-0-an1", "12 500"),
            ("rows-1-an2", "beaucoup"),
        ]
    )
    form = _Sheet(sent)
    form.montant.question = SimpleNamespace(  # type: ignore[attr-defined]
        kind="montant",
        help="Sur trois ans, en euros.",
        example="120 000",
        reference="Proposition de l’application.",
        required=True,
        max_length=None,
    )
    if with_errors:
        for field in form:
            if field.type != "FieldList":
                field.errors = ["Le SIREN compte 9 chiffres ; il en manque un."]
        form["rows"].entries[1].form.an2.errors = ["Écrivez le montant en chiffres."]
    return form


_OPTIONS = (SampleOption("association", "Association"), SampleOption("scic", "SCIC"))
_QUESTIONS = (
    SampleQuestion("nom", "texte", "Nom du pôle"),
    SampleQuestion("stade", "choix", "Stade", options=_OPTIONS),
    SampleQuestion("secteurs", "choix_multiple", "Secteurs", options=_OPTIONS),
    SampleQuestion("montant", "montant", "Aide demandée"),
    SampleQuestion("effectif", "nombre", "Emplois"),
    SampleQuestion("creation", "date", "Date de création"),
    SampleQuestion("aide", "oui_non", "Aide antérieure"),
    SampleQuestion("resume", "texte_long", "Résumé"),
    SampleQuestion("statuts", "piece", "Statuts"),
    SampleQuestion("vide", "texte", "Sans réponse"),
    SampleQuestion(
        "porteur",
        "groupe",
        "Structure porteuse",
        fields=(SampleQuestion("siren", "siren", "SIREN"), SampleQuestion("courriel", "courriel", "Courriel")),
    ),
    SampleQuestion(
        "membres",
        "tableau",
        "Membres",
        fields=(
            SampleQuestion("denomination", "texte", "Dénomination"),
            SampleQuestion("forme", "choix", "Forme", options=_OPTIONS),
            SampleQuestion("apport", "montant", "Apport"),
            SampleQuestion("jamais", "texte", "Colonne vide"),
        ),
    ),
)
_VALUES: dict[str, Any] = {
    "identification.nom": "Pôle du Littoral",
    "identification.stade": "scic",
    "identification.secteurs": ("association", "scic"),
    "identification.montant": 12_000_000,
    "identification.effectif": Decimal("12.5"),
    "identification.creation": date(2014, 3, 1),
    "identification.aide": False,
    "identification.resume": "Première ligne <b>.\nSeconde ligne.",
    "identification.statuts": ("statuts.pdf",),
    "identification.porteur": {"siren": "000123456", "courriel": "contact@example.org"},
    "identification.membres": (
        {"denomination": _LONG, "forme": "association", "apport": 500_000},
        {"denomination": "Les Ateliers du Littoral", "forme": "scic"},
    ),
}
_CRITERION = SimpleNamespace(
    key="moyens",
    label="Réalité des moyens partagés",
    question="Les membres partagent-ils des moyens réels, et pas seulement des démarches ?",
    evidence="Tableau des moyens, conventions, part de ce qui est effectif.",
    anchors=(
        "Rien n’est mis en commun.",
        "Des démarches communes, sans moyen partagé.",
        "Un moyen partagé, à l’état de projet.",
        "Plusieurs moyens prévus, un au moins effectif et utilisé par deux structures.",
        "Des moyens effectifs, conventionnés, utilisés par la plupart des membres.",
        "Des moyens qui structurent l’activité de tous, financés et pilotés en commun.",
    ),
)


def sample_charts() -> SimpleNamespace:
    """Return one drawing of each kind, with a long name, an unsure rank and readings that fall apart."""
    names = ["Pôle du Littoral", "Pôle du Marais", _LONG] + [f"Pôle n°\u00a0{number}" for number in range(4, 31)]
    names[10] = "Maraîchage solidaire du Pays de Gatoguières"  # in bold where it crosses the line
    corrected = [1, 4, 3, 2, *range(5, 10), 14, 12, 10, 11, 13, *range(15, 31)]
    adopted = [1, 4, 3, 2, *range(5, 10), 14, 11, 10, 12, 13, *range(15, 31)]
    return SimpleNamespace(
        intervals=rows.intervals(
            [
                rows.RankInterval(
                    name,
                    place + 1.2,
                    (max(1, place - 2), min(30, place + 3)),
                    (max(1, place - 6), min(30, place + 8)),
                    reliable=place != 5,
                    emphasised=9 <= place <= 14,
                )
                for place, name in enumerate(names)
            ],
            count=30,
            line=12.3,
        ),
        severities=rows.severities(
            [
                rows.Generosity("Lecteur 1", -0.81, 0.2, 12),
                rows.Generosity("Lecteur 2", 0.05, 0.18, 14),
                rows.Generosity("Lecteur 3", 0.62, 0.31, 5),
                rows.Generosity("Lecteur 4", 0.4, 0.25, 8),
                rows.Generosity("Lecteur 5", 0.9, 0.7, 2),
            ]
        ),
        shares=rows.shares(
            [
                rows.Share(names[0], 1.0, above=True),
                rows.Share(_LONG, 0.62, above=True),
                rows.Share(names[1], 0.44, above=False),
                rows.Share(names[3], 0.0, above=False),
            ]
        ),
        slopes=slopes.slopes(
            [
                slopes.Move(name, (place + 1, middle, last), (place < 11, middle <= 11, last <= 11))
                for place, (name, middle, last) in enumerate(zip(names, corrected, adopted, strict=True))
            ],
            ["Annoncé", "Corrigé", "Adopté"],
            lines=[11, 11, 11],
        ),
        scatter=scatter.scatter(
            [
                scatter.Dot("Pôle du Littoral", Fraction(0), 4, True, ("Pôle du Littoral", "1", "4")),
                scatter.Dot("Pôle du Marais", Fraction(1), 1, True, ("Pôle du Marais", "3", "1")),
                scatter.Dot("Pôle des Monts", Fraction(1, 2), 2, False, ("Pôle des Monts", "2", "2")),
                scatter.Dot("Pôle du Delta", Fraction(1, 3), 3, False, ("Pôle du Delta", "2", "3")),
            ],
            last=4,
            parts=3,
            head=("Dossier", "Rang régional", "Rang annoncé"),
        ),
        tiles=tiles.tile_chart(
            [
                tiles.Territory("Rhône-Alpes", 1, 1, 16, "16"),
                tiles.Territory("Provence-Alpes-Côte d’Azur", 2, 1, 9, "9"),
                tiles.Territory("Corse", 3, 2, 0, "0"),
            ]
        ),
        graph=graph.graph(
            [(f"{place % 5}", f"d{place:02d}") for place in range(20)]
            + [(f"{(place + 1) % 5}", f"d{place:02d}") for place in range(20)]
            + [(f"{5 + place % 3}", f"e{place:02d}") for place in range(9)]
            + [(f"{5 + (place + 1) % 3}", f"e{place:02d}") for place in range(9)],
            {f"{number}": f"Lecteur {number + 1}" for number in range(8)},
        ),
        roles=roles.roles(
            RoleTable(
                "membres.membres",
                (
                    RoleColumn("ess", "Entreprise de l’ESS", ("E4",), Strength.CERTAIN),
                    RoleColumn("autre", "Entreprise hors ESS", ("E5",), Strength.POSSIBLE),
                    RoleColumn("partenaire", "Autre partenaire", ("E6",), None),
                ),
                (
                    Holder(_LONG, (Strength.CERTAIN, None, None), 0),
                    Holder("Atelier d’exemple", (Strength.POSSIBLE, Strength.POSSIBLE, None), 1),
                    Holder("Régie d’exemple", (None, None, None), None),
                ),
            )
        ),
    )


def environment() -> Environment:
    """Return templates set up as the application does, with simple filters."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        extensions=[FrenchSpaces],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters.update(
        euros=lambda cents: f"{cents // 100:,}\u00a0€".replace(",", "\u202f"),
        nombre=lambda number: str(number).replace(".", ","),
        date_fr=lambda day: f"{day:%d/%m/%Y}",
        lignes=lambda text: Markup("<br>").join(escape(line) for line in text.split("\n")),
    )
    jinja.globals.update(
        csrf_token=lambda: "jeton",
        form_owner=lambda: "cle",
        copy_owner=lambda: "cle",
        received_copy=lambda: "",
        typed_in_form=lambda: None,
        get_flashed_messages=lambda **_: [("success", "Votre note est enregistrée.")],
        static_url=lambda name: f"/static/{name}",
    )
    return jinja


def shell(*, theme: str = "neutre", demo: bool = True) -> dict[str, Any]:
    """Return what the application gives to every page."""
    return {
        "service_name": "Appels à projets",
        "call": SimpleNamespace(
            title="Deuxième appel à projets des pôles territoriaux de coopération économique", short_title="PTCE 2015"
        ),
        "actor": SimpleNamespace(name="Camille Exemple", email="camille@example.org"),
        "role_label": "Correspondant – Nord-Pas-de-Calais",
        "navigation": [
            {"label": "À faire", "href": "#", "current": True},
            {"label": "Dossiers", "href": "#", "current": False},
            {"label": "Calendrier", "href": "#", "current": False},
        ],
        "demo": demo,
        "theme": theme,
        "accessibility": read_declaration(),
        "breadcrumb": [("Accueil", "/"), ("Mes dossiers", "/candidature"), ("Déposer", "")],
    }


def render_gallery(*, with_errors: bool = True, theme: str = "neutre") -> str:
    """Return the page that shows every component."""
    template = environment().get_template("components/gallery.html")
    return template.render(
        **shell(theme=theme),
        form=sample_form(with_errors=with_errors),
        questions=_QUESTIONS,
        values=_VALUES,
        criterion=_CRITERION,
        charts=sample_charts(),
    )
