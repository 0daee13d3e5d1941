"""A second, independent reading of the second call's rules, straight from their wording, on raw answers.

It shares nothing with the application: what both say alike on hundreds of random dossiers was read twice.
"""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from itertools import permutations
from typing import Any

PUBLIC = {
    "commune", "epci", "departement", "region", "syndicat_mixte", "etablissement_public", "epcc",
    "chambre_consulaire", "gip", "autre_droit_public",
}  # fmt: skip
LAUREATES = [
    "La Coursive Boutaric", "La Coursive", "La Serre – Le Multiple", "SCIC La Serre", "La Serre", "Le Multiple",
    "Lille MétroPôle Solidaire", "Initiatives et Cité", "Lille Métropole Solidaire", "Le Phares",
    "SCIC La Cité Phares", "Phares", "PTCE Le Phares", "La Cité Phares", "Les Gouttes d'or de la mode et du design",
    "Gouttes d'or de la mode et du design", "Appui – Coallia – Taf et Maffé (Resto Passerelle)",
    "Association APPUI", "Resto Passerelle", "Taf et Maffé", "La Verrière", "Filières locales d'écomatériaux",
    "Comité d'expansion 05",
]  # fmt: skip


def folded(name: str | None) -> str:
    text = (name or "").lower().replace("œ", "oe").replace("æ", "ae")
    out = ""
    for c in unicodedata.normalize("NFKD", text):
        category = unicodedata.category(c)
        if category.startswith("M"):
            continue
        out += c if category.startswith("L") or category == "Nd" else " "
    return " ".join(out.split())


class Oracle:
    """The rules, read on ``{stage: {key: raw}}`` where nothing is wrong."""

    def __init__(self, answers: dict[str, dict[str, Any]], submitted: str | None) -> None:
        self.a = answers
        self.submitted = submitted

    def get(self, stage: str, key: str) -> Any:
        value = (self.a.get(stage) or {}).get(key)
        return None if value in ("", [], None) or (isinstance(value, str) and not value.strip()) else value

    def rows(self, stage: str, key: str) -> list[dict[str, Any]]:
        rows = [{k: v for k, v in (row or {}).items() if v not in ("", None, [])} for row in self.get(stage, key) or []]
        return [row for row in rows if row]

    # ---- persons

    def people(self) -> list[dict[str, Any]]:
        rows = self.rows("membres", "membres")
        owner: dict[str, str] = {}
        for row in rows:
            name = folded(row.get("denomination"))
            if row.get("siren") and name and name not in owner:
                owner[name] = row["siren"]
        people: dict[str, dict[str, Any]] = {}
        for row in rows:
            name = folded(row.get("denomination"))
            siren = row.get("siren") or owner.get(name)
            if not siren and not name:
                continue
            person = people.setdefault(siren or "name:" + name, {"siren": siren, "names": set(), "rows": []})
            person["names"].add(name)
            person["rows"].append(row)
        return list(people.values())

    @staticmethod
    def e5_met(row: dict[str, Any]) -> bool:
        if row.get("categorie") == "entreprise_hors_ess":
            return True
        if row.get("categorie") != "groupement_entreprises":
            return False
        total, outside = row.get("membres_groupement"), row.get("membres_groupement_hors_ess")
        return total is not None and outside is not None and 2 * outside > total > 0

    @classmethod
    def strength(cls, rule: str, row: dict[str, Any]) -> int:
        category = row.get("categorie")
        if rule == "E4":
            if category != "entreprise_ess":
                return 0
            family = row.get("famille_ess") in ("association", "cooperative", "mutuelle", "fondation")
            return 2 if family or row.get("esus") is True or row.get("mention_ess") is True else 1
        if rule == "E5":
            if cls.e5_met(row):
                return 2
            empty = row.get("membres_groupement") is None or row.get("membres_groupement_hors_ess") is None
            return 1 if category == "groupement_entreprises" and empty else 0
        if category in ("collectivite", "recherche", "enseignement_superieur", "formation"):
            return 2
        return 1 if category in ("autre_personne_morale", "personne_physique") else 0

    # ---- eligibility

    def eligibility(self, complete: bool, in_time: bool) -> dict[str, str]:
        word = {2: "met", 1: "to_verify", 0: "not_met"}
        people = self.people()
        given = self.get("identification", "porteur") or {}
        carrier = {key: value for key, value in given.items() if value not in ("", None)}
        result = {}
        if self.submitted is None:
            result["E1"] = "to_verify"
        else:
            result["E1"] = "met" if complete and in_time else "not_met"
        form = carrier.get("forme_juridique")
        result["E2"] = "not_met" if form in PUBLIC else "to_verify" if form in (None, "autre_droit_prive") else "met"
        legal = [p for p in people if any(r.get("categorie") not in (None, "personne_physique") for r in p["rows"])]
        if sum(p["siren"] is not None for p in legal) >= 3:
            result["E3"] = "met"
        elif len(legal) >= 3 or (len(legal) == 2 and not any(self._is(p, carrier) for p in legal)):
            result["E3"] = "to_verify"
        else:
            result["E3"] = "not_met"
        best = {rule: [max(self.strength(rule, r) for r in p["rows"]) for p in people] for rule in ("E4", "E5", "E6")}
        for rule, strengths in best.items():
            result[rule] = word[max(strengths, default=0)]
        both = self.get("projet", "innovation") and self.get("territoire", "perimetre")
        result["E7"] = "met" if both else "not_met"
        result["E8"] = self._e8(carrier)
        triples = permutations(range(len(people)), 3)
        result["E9"] = word[max((min(best["E4"][i], best["E5"][j], best["E6"][k]) for i, j, k in triples), default=0)]
        return result

    @staticmethod
    def _is(person: dict[str, Any], carrier: dict[str, Any]) -> bool:
        name = folded(carrier.get("denomination"))
        same_siren = carrier.get("siren") is not None and carrier.get("siren") == person["siren"]
        return same_siren or (name != "" and name in person["names"])

    def _e8(self, carrier: dict[str, Any]) -> str:
        names = [self.get("identification", "nom_pole"), carrier.get("denomination")]
        names += [row.get("denomination") for row in self.rows("identification", "co_porteurs")]
        if {folded(name) for name in names if folded(name)} & {folded(name) for name in LAUREATES}:
            return "to_verify"
        helped = self.get("identification", "aide_anterieure")
        return {True: "not_met", None: "to_verify", False: "met"}[helped]

    # ---- indicators

    def total(
        self, rows: list[dict[str, Any]], table: list[dict[str, Any]], *keys: str, cond: tuple[str, ...] = ()
    ) -> Any:
        if not table or any(all(row.get(c) is None for row in table) for c in cond):
            return None
        cells = [Fraction(str(row[key])) for row in rows for key in keys if row.get(key) is not None]
        return None if rows and not cells else sum(cells, Fraction(0))

    @staticmethod
    def count(rows: list[Any], table: list[dict[str, Any]], *cond: str) -> int | None:
        if not table or any(all(row.get(c) is None for row in table) for c in cond):
            return None
        return len(rows)

    @staticmethod
    def ratio(part: Any, whole: Any) -> Any:
        return None if part is None or whole is None or whole == 0 else Fraction(part) / Fraction(whole)

    def indicators(self) -> dict[str, Any]:
        v: dict[str, Any] = {}
        self._means(v)
        self._governance(v)
        self._spreading(v)
        self._example(v)
        return v

    def _means(self, v: dict[str, Any]) -> None:
        t = self.rows("mutualisation", "moyens")
        means = [r for r in t if r.get("nature") not in (None, "demarche")]
        v["moyens_effectifs"] = self.count([r for r in means if r.get("statut") == "effectif"], t, "nature", "statut")
        v["valeur_moyens"] = self.total(means, t, "valeur_annuelle", cond=("nature",))
        v["part_moyens"] = self.ratio(v["valeur_moyens"], self.total(t, t, "valeur_annuelle"))
        v["etp_mutualises"] = self.total(means, t, "etp", cond=("nature",))
        agreed = [r for r in means if r.get("convention") is True]
        part = self.total(agreed, t, "valeur_annuelle", cond=("nature", "convention"))
        v["part_conventionnee"] = self.ratio(part, v["valeur_moyens"])

    def _governance(self, v: dict[str, Any]) -> None:
        t = self.rows("membres", "membres")
        known = bool(t) and any(r.get("categorie") is not None for r in t)
        v["membres_hors_ess"] = sum(any(map(self.e5_met, p["rows"])) for p in self.people()) if known else None
        outside = self.total([r for r in t if self.e5_met(r)], t, "voix", cond=("categorie",))
        v["part_voix_hors_ess"] = self.ratio(outside, self.total(t, t, "voix"))
        seated = [r for r in t if r.get("siege_gouvernance") is True]
        v["categories_en_gouvernance"] = self.count(
            list({r["categorie"] for r in seated if r.get("categorie")}), t, "siege_gouvernance"
        )
        named = self.get("gouvernance", "statuts_nomment_hors_ess")
        v["statuts_nomment_hors_ess"] = None if named is None else int(named)
        local = [r for r in t if r.get("categorie") == "collectivite"]
        v["niveaux_collectivites"] = self.count(
            list({r["niveau"] for r in local if r.get("niveau")}), t, "categorie", "niveau"
        )

    def _spreading(self, v: dict[str, Any]) -> None:
        t = self.rows("impact_essaimage", "essaimage")
        v["cibles_engagees"] = self.count([r for r in t if r.get("engagement") is True], t, "engagement")
        opened = [r for r in t if r.get("licence_ouverte") is True and r.get("livrable")]
        v["livrables_ouverts"] = self.count(opened, t, "licence_ouverte", "livrable")
        charges = self.rows("budget", "charges")
        money = [r for r in charges if self.kind(r, "poste", "emploi_contributions_nature") == "numeraire"]
        v["part_budget_essaimage"] = self.ratio(
            self.total(t, t, "budget"), self.total(money, charges, "an1", "an2", "an3")
        )

    @staticmethod
    def kind(row: dict[str, Any], key: str, natural: str) -> str:
        return str(row.get("nature_apport") or ("nature" if row.get(key) == natural else "numeraire"))

    def _example(self, v: dict[str, Any]) -> None:
        t = self.rows("budget", "produits")
        money = [r for r in t if self.kind(r, "source", "contributions_nature") == "numeraire"]
        natural = [r for r in t if self.kind(r, "source", "contributions_nature") == "nature"]
        own = ("ventes_prestations", "cotisations", "mecenat", "fonds_prives", "produits_financiers", "autres_produits")
        earned = [r for r in money if r.get("source") in own]
        v["autofinancement_an3"] = self.ratio(
            self.total(earned, t, "an3", cond=("source",)), self.total(money, t, "an3")
        )
        v["autofinancement_an3_nature"] = self.ratio(
            self.total(earned + natural, t, "an3", cond=("source",)), self.total(t, t, "an3")
        )
        policies = self.get("projet", "politiques_publiques")
        v["politiques_croisees"] = None if policies is None else len(set(policies))
        r = self.rows("impact_essaimage", "indicateurs")
        told = [x for x in r if x.get("valeur_initiale") and x.get("cible") and x.get("source")]
        v["indicateurs_evaluables"] = len(told) if r else None
        jobs = self.get("impact_essaimage", "emplois_crees")
        v["emplois_crees"] = None if jobs is None else Fraction(str(jobs))
        asked = [x for x in money if x.get("source") == "aide_demandee"]
        v["aide_demandee"] = self.total(asked, t, "an1", "an2", "an3", cond=("source",))
        table = self.rows("budget", "tour_de_table")
        granted = [x for x in table if x.get("etat") == "accorde"]
        v["part_tour_de_table_accordee"] = self.ratio(
            self.total(granted, table, "montant", cond=("etat",)), self.total(table, table, "montant")
        )

    # ---- demands

    def demands(self) -> dict[str, str]:
        v = self.indicators()
        filed = self.submitted is not None
        t, members = self.rows("mutualisation", "moyens"), self.rows("membres", "membres")
        spread = self.rows("impact_essaimage", "essaimage")
        out = {}
        natures = [r["nature"] for r in t if r.get("nature")]
        out["moyens_pas_seulement_demarches"] = (
            self._silent(filed) if not t else "unknown" if not natures
            else self._state(set(natures) == {"demarche"})
        )  # fmt: skip
        out["moyens_majoritaires"] = self._below(v["part_moyens"])
        heard = any(
            self.e5_met(r) and (r.get("siege_gouvernance") is True or (r.get("voix") or 0) > 0) for r in members
        )
        out["hors_ess_en_gouvernance"] = self._silent(filed) if not members else self._state(not heard)
        share = v["part_voix_hors_ess"]
        out["controle_ess"] = "unknown" if share is None else self._state(share > Fraction(1, 2))
        targets = v["cibles_engagees"]
        out["essaimage_engage"] = (
            self._silent(filed) if not spread else "unknown" if targets is None else self._state(targets == 0)
        )
        out["autofinancement_fort"] = self._below(v["autofinancement_an3"])
        policies, levels = v["politiques_croisees"], v["niveaux_collectivites"]
        unknown = policies is None or levels is None
        out["politiques_croisees"] = "unknown" if unknown else self._state(policies < 2 and levels < 2)
        return out

    @staticmethod
    def _silent(filed: bool) -> str:
        return "not_respected" if filed else "unknown"

    @staticmethod
    def _state(broken: bool) -> str:
        return "not_respected" if broken else "respected"

    def _below(self, share: Any) -> str:
        return "unknown" if share is None else self._state(share < Fraction(1, 2))

    # ---- budget

    def budget(self) -> tuple[list[str], set[str]]:
        charges, produits = self.rows("budget", "charges"), self.rows("budget", "produits")
        errors = []
        for kind in ("numeraire", "nature"):
            for year in ("an1", "an2", "an3"):
                out = sum(
                    Fraction(str(r.get(year) or 0))
                    for r in charges
                    if self.kind(r, "poste", "emploi_contributions_nature") == kind
                )
                into = sum(
                    Fraction(str(r.get(year) or 0))
                    for r in produits
                    if self.kind(r, "source", "contributions_nature") == kind
                )
                if out != into:
                    errors.append(f"budget.produits.{year}")
        asked = self.indicators()["aide_demandee"] or 0
        if not asked > 0:
            errors.append("budget.produits.source")
        for table, key, natural in (
            ("produits", "source", "contributions_nature"),
            ("charges", "poste", "emploi_contributions_nature"),
        ):
            for index, row in enumerate(self.get("budget", table) or []):
                if row and row.get(key) == natural and row.get("nature_apport") == "numeraire":
                    errors.append(f"budget.{table}[{index}].nature_apport")
        warnings = set()
        if asked > 2_700_000:
            warnings.add("budget.produits.source")
        received = Fraction(str(self.get("budget", "de_minimis_trois_ans") or 0))
        if self.get("budget", "regime_aide") == "de_minimis" and asked + received > 200_000:
            warnings.add("budget.de_minimis_trois_ans")
        voting = [r["siren"] for r in self.rows("membres", "membres") if r.get("siren") and r.get("voix") is not None]
        if len(voting) != len(set(voting)):
            warnings.add("membres.membres.voix")
        return sorted(errors), warnings
