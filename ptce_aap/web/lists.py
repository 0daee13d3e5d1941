"""A list of dossiers as its address asks for it: search, filters, order, page, and the links that change one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for

from ptce_aap.domain.calls import CallDefinition, Region
from ptce_aap.services.dossiers import reading
from ptce_aap.services.dossiers.listing import SORTS, Asked
from ptce_aap.web.context import call
from ptce_aap.web.forms import typed_text

RESULTS = (("met", "Règles remplies"), ("to_verify", "À vérifier"), ("not_met", "Règle non remplie"))
STATES = (("filed", "À décider"), ("eligible", "Recevable"), ("not_eligible", "Non recevable"))

# The names in the address, for each filter of the list.
_NAMES = {
    "search": "q",
    "region": "region",
    "stage": "avancement",
    "computed": "regles",
    "state": "etat",
    "verdict": "avis",
    "label": "etiquette",
}
_SORT, _PAGE, _VIEW = "tri", "page", "vue"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter offered above a list: its options, and how it is called."""

    field: str
    label: str
    options: tuple[tuple[str, str], ...]


class ListView:
    """What a template needs to show a list and its links."""

    def __init__(
        self,
        choices: Iterable[Choice] = (),
        *,
        view: str = "",
        fixed: Mapping[str, str] | None = None,
        order: str = "filed",
    ) -> None:
        choices = tuple(choices)
        self._choices = tuple(choice for choice in choices if choice.options)
        self._view = view
        args = request.args
        given = {choice.field: _admitted(args.get(_NAMES[choice.field], ""), choice) for choice in self._choices}
        # An address that was kept may ask for what is offered no more: the list says so, and does without.
        self.no_more = [one.label for one in choices if args.get(_NAMES[one.field]) and not given.get(one.field)]
        self.asked = Asked(
            search=typed_text(args.get(_NAMES["search"]))[:_LONGEST],
            sort=self._sort_asked() or order,
            page=args.get(_PAGE, 1, int),
            **{**given, **(fixed or {})},
        )

    def url(self, **changes: Any) -> str:
        """Return the address of this list with some of what it asks changed; None takes it away."""
        named = {_NAMES[choice.field]: getattr(self.asked, choice.field) for choice in self._choices}
        kept = {_VIEW: self._view, _NAMES["search"]: self.asked.search, **named, _SORT: self._sort_asked()}
        wanted = {key: value for key, value in {**kept, **changes}.items() if value}
        return url_for(str(request.endpoint), slug=call().slug, **wanted)

    @property
    def query(self) -> str:
        """What the address asks besides its page, as it may be kept."""
        return self.url().partition("?")[2]

    def page_url(self) -> str:
        """Return the address of a page, with {page} for its number."""
        return self.url(page="_N_").replace("_N_", "{page}")

    def sorted(self, label: str, field: str, *, numeric: bool = False) -> dict[str, Any]:
        """Return a column that the list can be sorted by."""
        current = self.asked.sorted_by == field
        turned = f"-{field}" if current and not self.asked.descending else field
        return {
            "key": field,
            "label": label,
            "numeric": numeric,
            "sort_url": self.url(tri=turned),
            "sorted": ("descending" if self.asked.descending else "ascending") if current else None,
        }

    @property
    def search(self) -> dict[str, str]:
        """The search field."""
        return {
            "name": _NAMES["search"],
            "label": "Rechercher un pôle, un porteur, un numéro",
            "value": self.asked.search,
        }

    @property
    def selects(self) -> list[dict[str, Any]]:
        """The filters offered."""
        return [
            {
                "name": _NAMES[choice.field],
                "label": choice.label,
                "value": getattr(self.asked, choice.field),
                "options": (("", "Tout"), *choice.options),
            }
            for choice in self._choices
        ]

    @property
    def chips(self) -> list[dict[str, str]]:
        """The filters at work, each with the address without it."""
        found = []
        if self.asked.search:
            found.append({"label": f"« {self.asked.search} »", "href": self.url(**{_NAMES["search"]: None})})
        for choice in self._choices:
            value = getattr(self.asked, choice.field)
            if value:
                words = dict(choice.options)[value]
                found.append({"label": f"{choice.label} : {words}", "href": self.url(**{_NAMES[choice.field]: None})})
        return found

    @property
    def hidden(self) -> dict[str, str]:
        """What the form of the filters carries along."""
        return {name: value for name, value in ((_VIEW, self._view), (_SORT, self._sort_asked())) if value}

    @property
    def clear(self) -> str:
        """The address without any filter."""
        kept: dict[str, Any] = {_VIEW: self._view} if self._view else {}
        return url_for(str(request.endpoint), slug=call().slug, **kept)

    def _sort_asked(self) -> str:
        asked = request.args.get(_SORT, "")
        return asked if asked.removeprefix("-") in SORTS else ""


def query_of(given: Mapping[str, str]) -> str:
    """Return what an address or a form asks of a list, in one order; the rest of it is left out."""
    names = sorted({_VIEW, _SORT, *_NAMES.values()})
    texts = {name: typed_text(given.get(name))[:_LONGEST] for name in names}
    return urlencode({name: value for name, value in texts.items() if value})


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Return what was made one text by ``query_of``, name by name."""
    return parse_qsl(query)


def with_query(address: str, query: str) -> str:
    """Return an address that asks this."""
    return f"{address}?{query}" if query else address


def stages(definition: CallDefinition) -> Choice:
    """The filter by stage of the project, without options where the call does not ask for it."""
    question = reading.stage_question(definition)
    options = question.options if question is not None else ()
    return Choice("stage", question.label if question else "", tuple((one.value, one.label) for one in options))


def regions(offered: Iterable[Region]) -> Choice:
    """The filter by territory; one region alone is no choice."""
    options = tuple((region.code, region.name) for region in offered)
    return Choice("region", "Territoire", options if len(options) > 1 else ())


def verdicts(definition: CallDefinition) -> Choice:
    """The filter by direction of the regional opinion."""
    question = reading.verdict_question(definition)
    options = question.options if question is not None else ()
    return Choice("verdict", "Avis régional", tuple((one.value, one.label) for one in options))


def _admitted(value: str, choice: Choice) -> str:
    return value if value in dict(choice.options) else ""
