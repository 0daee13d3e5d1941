"""The order that a region gives its dossiers, by numbers typed or by moving them one place up or down."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.instruction import regional_ranks
from ptce_aap.services.instruction.regional_ranks import DOWN, UP, RankPage
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, received_at
from ptce_aap.web.correspondent.forms import RanksForm
from ptce_aap.web.correspondent.room import bp, trail


@bp.get("/<slug>/classement")
@requires(Permission.INSTRUCT)
def ranks() -> str:
    """Show the dossiers of a region with their numbers."""
    page = _page(request.args.get("region"), request.args.get("page", 1, int))
    return _shown(page, RanksForm(page) if page is not None else None)


@bp.post("/<slug>/classement")
@requires(Permission.INSTRUCT)
def set_ranks() -> Response | str:
    """Save the numbers of a region."""
    page = _page_sent()
    form = RanksForm(page)
    form.receive(request.form)
    given = form.ranks()
    if form.form.errors:
        return _shown(page, form)
    try:
        _write(page, given)
    except NotFound:
        raise
    except RuleViolation as refusal:
        form.refuse(refusal, given)
        return _shown(page, form)
    flash("Le classement de la région est enregistré.", "success")
    return _back(page)


@bp.post("/<slug>/classement/deplacer")
@requires(Permission.INSTRUCT)
def move() -> Response | str:
    """Move a dossier one place up or down."""
    page = _page_sent()
    direction = UP if request.form.get("vers") == UP else DOWN
    dossier = request.form.get("dossier", "")
    given = regional_ranks.moved(page, dossier, direction)
    try:
        _write(page, given)
    except NotFound:
        raise
    except RuleViolation as refusal:
        form = RanksForm(page)
        form.refuse(refusal, {})
        return _shown(page, form)
    return _back(page, row=f"ligne-{dossier}")


@bp.post("/<slug>/classement/annuler")
@requires(Permission.INSTRUCT)
def undo_ranks() -> Response | str:
    """Put back the order that stood before one's own last save."""
    page = _page_sent()
    seen = request.form.get("vu", "")
    try:
        db().transaction(regional_ranks.undo, actor(), call().id, page.region.code, shown=seen, now=received_at())
    except NotFound:
        raise
    except RuleViolation as refusal:
        form = RanksForm(page)
        form.refuse(refusal, {})
        return _shown(page, form)
    flash("Le dernier changement est annulé. Annuler de nouveau le rétablit.", "success")
    return _back(page)


def _page(region: str | None, number: int) -> RankPage | None:
    with db().reading() as session:
        return regional_ranks.rank_page(session, actor(), call(), region, number=number, now=clock.now())


def _page_sent() -> RankPage:
    page = _page(request.form.get("region") or None, request.form.get("page", 1, int))
    if page is None:
        raise NotFound()
    return page


def _write(page: RankPage, given: dict[str, int | None]) -> None:
    db().transaction(
        regional_ranks.set_ranks,
        actor(),
        call().id,
        page.region.code,
        given,
        shown=request.form.get("vu", ""),
        now=received_at(),
    )


def _back(page: RankPage, *, row: str | None = None) -> Response:
    """Go back to the order; to a ``row`` of it, from which a keyboard goes on."""
    region = page.region.code if len(page.regions) > 1 else None
    number = page.page.number if page.page.number > 1 else None
    return redirect(url_for("correspondent.ranks", slug=call().slug, region=region, page=number, _anchor=row))


def _shown(page: RankPage | None, form: RanksForm | None) -> str:
    return render_template(
        "correspondent/ranks.html",
        page=page,
        form=form,
        up=UP,
        down=DOWN,
        breadcrumb=trail(("Classement régional", None)),
    )
