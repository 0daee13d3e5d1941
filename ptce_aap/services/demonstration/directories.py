"""The directories of a fictional call: the resources that its regions and its team keep."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from ptce_aap.domain.directory import ResourceTable
from ptce_aap.domain.permissions import Role
from ptce_aap.services.demonstration.deposits import Shelf
from ptce_aap.services.demonstration.ledger import Ledger
from ptce_aap.services.demonstration.people import Cast
from ptce_aap.services.demonstration.recipes import Recipes
from ptce_aap.services.regions import resource_changes


def fill(session: Session, shelf: Shelf, people: Cast, recipes: Recipes, ledger: Ledger) -> None:
    """Write the directories, where the call keeps some and the recipes tell what lies in them."""
    settings = shelf.definition.directory
    if settings is None:
        return
    table = ResourceTable(settings)
    for recipe in recipes.get("annuaire", ()):
        keeper = people.correspondents.get(recipe["region"], people.team)
        role = Role.CORRESPONDENT if recipe["region"] in people.correspondents else Role.TEAM
        at = min(shelf.times.opens_at + timedelta(hours=recipe["heures"]), shelf.times.now)
        row = table.table.parse([recipe["dit"]])[0]
        how = {"now": at, "checked": recipe.get("verifiee", True)}
        resource = resource_changes.put(session, keeper, shelf.call, table, recipe["region"], row, **how)
        ledger.note(keeper, role, "resource.added", ("resource", resource.reference), at)
