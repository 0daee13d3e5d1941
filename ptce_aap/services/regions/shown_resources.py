"""The resources that an applicant finds beside his dossier: those that meet its needs first, and what changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain import directory
from ptce_aap.domain.calls import Region
from ptce_aap.domain.directory import NATIONAL, DirectorySettings, ResourceTable
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.question import Question, Row
from ptce_aap.models import RegionResource, ResourceVisit
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.regions import resources

VISIT_ENDS_AFTER = timedelta(hours=1)
"""What is saved within an hour is one visit: what is new stays marked while one goes through the stages."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A resource beside a dossier. ``meets``: which of its needs; ``news``: "new", "changed" or nothing."""

    row: Row
    national: bool
    meets: tuple[str, ...]
    news: str
    opens_later: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown beside a dossier; ``region`` is None where the dossier does not say its own yet.

    ``since``: the visit before this one, None at the first. ``asked``: where the dossier's needs are told.
    """

    settings: DirectorySettings
    region: Region | None
    region_asked: Question | None
    asked: Question
    needs: tuple[str, ...]
    meeting: tuple[Shown, ...]
    others: tuple[tuple[str, tuple[Shown, ...]], ...]
    since: datetime | None

    @property
    def news(self) -> int:
        """Return how many resources are new or changed since the last visit."""
        return sum(bool(one.news) for one in (*self.meeting, *(one for _, group in self.others for one in group)))

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to show."""
        return not self.meeting and not self.others


def is_offered(page: DossierPage, stage: str | None) -> bool:
    """Tell whether the call shows resources at a stage; None is the self-assessment, which always shows them."""
    settings = page.definition.directory
    return settings is not None and (stage is None or stage in settings.stages)


def beside(session: Session, actor: Actor, page: DossierPage, *, now: datetime) -> Beside:
    """Return the resources of a dossier's region and the national ones that may be asked for: one statement."""
    settings = page.definition.directory
    assert settings is not None
    region = _region_of(page)
    visited = and_(ResourceVisit.dossier_id == page.dossier.id, ResourceVisit.person_id == actor.person_id)
    query = (
        select(RegionResource, ResourceVisit)
        .outerjoin(ResourceVisit, visited)
        .where(
            RegionResource.call_id == page.call.id,
            RegionResource.region.in_({NATIONAL, region.code if region else NATIONAL}),
            RegionResource.published,
        )
        .order_by(RegionResource.name_key, RegionResource.id)
    )
    found = list(session.execute(query))
    since = _since(found[0][1], now) if found else None
    table, today = ResourceTable(settings), now.astimezone(PARIS).date()
    needs = tuple(page.answers.get(settings.needs.path) or ())
    shown = []
    for resource, _ in found:
        row = resources.row_of(resource.content, table)
        if directory.is_shown(row, today):
            opens = row.get(directory.OPENS_ON)
            shown.append(
                Shown(
                    row,
                    resource.region == NATIONAL,
                    directory.met_by(row, needs),
                    _news(resource, since),
                    opens_later=opens is not None and opens > today,
                )
            )
    meeting = tuple(sorted((one for one in shown if one.meets), key=lambda one: -len(one.meets)))
    rest = [one for one in shown if not one.meets]
    others = tuple(
        (kind.label, group)
        for kind in settings.kinds
        if (group := tuple(one for one in rest if one.row[directory.KIND] == kind.value))
    )
    asked = page.definition.questionnaire.question(page.definition.sheet.projection.region or "")
    return Beside(settings, region, asked, settings.needs, needs, meeting, others, since)


def note_visit(session: Session, actor: Actor, dossier_id: int, *, now: datetime) -> None:
    """Note that a person works beside the resources of a dossier; what is new stays marked until the visit ends."""
    visit = session.get(ResourceVisit, (dossier_id, actor.person_id), with_for_update=True)
    if visit is None:
        session.add(ResourceVisit(dossier_id=dossier_id, person_id=actor.person_id, seen_at=now, before=None))
        return
    if now - visit.seen_at > VISIT_ENDS_AFTER:
        visit.before = visit.seen_at
    visit.seen_at = max(visit.seen_at, now)


def note_seen(session: Session, actor: Actor, dossier_id: int, *, now: datetime) -> None:
    """Note that a person has seen everything: nothing is marked any more, but what changes from now on."""
    visit = session.get(ResourceVisit, (dossier_id, actor.person_id), with_for_update=True)
    if visit is None:
        session.add(ResourceVisit(dossier_id=dossier_id, person_id=actor.person_id, seen_at=now, before=now))
        return
    visit.before = visit.seen_at = max(visit.seen_at, now)


def _region_of(page: DossierPage) -> Region | None:
    """Return the region that the dossier says now: the deposited one's where nothing is being changed."""
    path = page.definition.sheet.projection.region
    code = page.answers.get(path) if path is not None else None
    return page.definition.sheet.region(code) if isinstance(code, str) else None


def _since(stored: ResourceVisit | None, now: datetime) -> datetime | None:
    """Return when the visit before this one ended."""
    if stored is None:
        return None
    return stored.seen_at if now - stored.seen_at > VISIT_ENDS_AFTER else stored.before


def _news(resource: RegionResource, since: datetime | None) -> str:
    if since is None:
        return ""
    if resource.appeared_at is not None and resource.appeared_at > since:
        return "new"
    return "changed" if resource.changed_at > since else ""
