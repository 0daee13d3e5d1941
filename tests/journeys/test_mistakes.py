"""What people meet when something is wrong or nothing is there yet: every field in error, empty rooms, closed doors."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Person, RoleGrant
from tests.journeys.crawling import judge
from tests.journeys.sites import sign_in

TOO_LONG = "mot " * 2_000
_FILL = """(text) => {
    const fields = document.querySelectorAll(
        "main input:is([type=text], [type=email], [type=tel]), main textarea");
    for (const field of fields) { field.value = text; }
}"""


def mistakes_told(page: Page, check_page) -> int:
    """Return how many fields a page tells wrong: on top, beside each field and tied to it, else it fails."""
    summary = page.locator(".app-errors")
    expect(summary).to_be_focused()
    page.wait_for_load_state()
    fields = page.locator("main [aria-invalid=true]")
    for number in range(fields.count()):
        told = fields.nth(number).get_attribute("aria-describedby") or ""
        messages = [page.locator(f"[id='{name}'] .fr-message--error").count() for name in told.split()]
        assert any(messages), fields.nth(number).get_attribute("id")
    for link in summary.locator("a").all():
        assert page.locator(f"[id='{link.get_attribute('href')[1:]}']").count() == 1, link.get_attribute("href")
    assert page.title().startswith("Erreur")
    assert judge(page, check_page) == []
    return fields.count()


@pytest.mark.target("A11Y-05")
@pytest.mark.target("A11Y-01")
@pytest.mark.browser
@pytest.mark.parametrize(
    ("role", "form", "button"),
    [
        (None, "/compte/connexion", "Se connecter"),
        (None, "/compte/creer", "Créer mon compte"),
        (None, "/compte/mot-de-passe-oublie", "Recevoir le lien"),
        ("opener", "/pilotage/personnes/inviter", "Confier le rôle et envoyer l’invitation"),
        ("opener", "/pilotage/ouvrir", "Ouvrir l’appel"),
    ],
)
def test_a_form_sent_empty_says_what_it_lacks(in_use, new_page, check_page, role, form, button):
    page = new_page() if role is None else sign_in(in_use.served, new_page(), role)
    page.goto(in_use.served.url + form)
    page.locator("main").get_by_role("button", name=button).click()
    assert mistakes_told(page, check_page) > 0


@pytest.mark.target("A11Y-05")
@pytest.mark.target("A11Y-01")
@pytest.mark.browser
@pytest.mark.parametrize("stage", ["identification", "territoire", "projet", "budget", "impact_essaimage"])
def test_a_stage_with_a_mistake_in_every_field_keeps_what_was_typed(in_use, new_page, check_page, stage):
    page = sign_in(in_use.served, new_page(), "applicant")
    page.goto(f"{in_use.served.url}{in_use.draft}/etape/{stage}")
    page.evaluate(_FILL, TOO_LONG)
    page.locator(".app-buttons--sticky").get_by_role("button", name="Enregistrer et continuer").click()
    assert mistakes_told(page, check_page) > 0
    kept = page.locator("main [aria-invalid=true]:is(input, textarea)").first
    assert kept.input_value().strip() == TOO_LONG.strip()


@pytest.mark.target("A11Y-05")
@pytest.mark.target("A11Y-01")
@pytest.mark.browser
def test_a_juror_s_sheet_with_comments_too_long_keeps_them(in_use, new_page, check_page):
    page = sign_in(in_use.served, new_page(java_script_enabled=True), "juror")
    page.goto(f"{in_use.served.url}/jury/{in_use.marked.slug}/dossiers/{in_use.marked.dossiers[1]}")
    page.evaluate(_FILL, TOO_LONG)
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    wrong = mistakes_told(page, check_page)
    assert wrong > 0
    kept = page.locator("main textarea[aria-invalid=true]").evaluate_all("fields => fields.map(field => field.value)")
    assert [text.strip() for text in kept] == [TOO_LONG.strip()] * wrong


EMPTY_ROOMS = {
    "applicant": ("/candidature", "Vous n’avez pas encore de dossier"),
    "correspondent": ("/correspondant", "Aucun appel ne vous est confié"),
    "juror": ("/jury", "Aucun jury pour le moment"),
    "chair": ("/pilotage", "Aucun appel ne vous est confié pour l’instant"),
    "team": ("/pilotage", "Aucun appel n’est ouvert"),
    "auditor": ("/pilotage", "Aucun appel ne vous est confié pour l’instant"),
    "admin": ("/pilotage/personnes", "Personnes et rôles"),
}


@pytest.mark.target("A11Y-01")
@pytest.mark.browser
def test_rooms_where_nothing_is_yet_say_what_will_come(served, new_page, check_page):
    for role, (path, words) in EMPTY_ROOMS.items():
        email = f"{role}@example.org"
        served.database.transaction(_invite, email, Role(role))
        page = sign_in(served, new_page(), role, email=email)
        page.goto(served.url + path)
        assert page.url == served.url + path
        expect(page.get_by_role("main")).to_contain_text(words)
        assert judge(page, check_page) == [], role


@pytest.mark.target("A11Y-01")
@pytest.mark.browser
@pytest.mark.parametrize(
    ("role", "path", "status", "words"),
    [
        (None, "/rien", 404, "Cette page n’existe pas"),
        ("applicant", "/candidature/AAAAAAAAAAAAAAAAAAAAAA", 404, "Cette page n’existe pas"),
        ("applicant", "/pilotage", 403, "Cette page n’est pas ouverte à votre rôle"),
        ("juror", "/pilotage/ptce-2015/classement", 403, "Cette page n’est pas ouverte à votre rôle"),
    ],
)
def test_a_closed_door_says_so_and_leads_on(in_use, new_page, check_page, role, path, status, words):
    page = new_page() if role is None else sign_in(in_use.served, new_page(), role)
    response = page.goto(in_use.served.url + path)
    assert response.status == status
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)
    assert judge(page, check_page) == []
    page.get_by_role("link", name="Revenir à l’accueil").click()
    expect(page).to_have_url(in_use.served.url + "/")


@pytest.mark.target("A11Y-03")
@pytest.mark.browser
def test_from_signing_in_to_a_saved_mark_with_the_keyboard_alone(in_use, new_page):
    page = new_page()
    page.goto(f"{in_use.served.url}/compte/connexion?suite=/jury/{in_use.marked.slug}")
    reach(page, "#email")
    page.keyboard.type("jury@example.org")
    reach(page, "#password")
    page.keyboard.type("demonstration")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == f"{in_use.served.url}/jury/{in_use.marked.slug}"
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    reach(page, "[data-mark] input", limit=200)
    chosen = page.evaluate("document.activeElement.name")
    page.keyboard.press("3")
    page.keyboard.press(",")
    expect(page.get_by_text("1 critère sur")).to_be_visible()
    expect(page.locator("[data-saved]")).to_contain_text("Enregistré")
    page.reload()
    expect(page.locator(f"[name='{chosen}']:checked")).to_have_attribute("value", "7")


def _invite(session: Session, email: str, role: Role) -> None:
    place = {Role.CORRESPONDENT: {"region": "31"}, Role.JUROR: {"seat": "ess"}}.get(role, {})
    person = Person(email=email, email_key=email, name="Personne Fictive", created_at=clock.now())
    session.add(person)
    if role is not Role.APPLICANT:
        person.grants.append(RoleGrant(call_id=None, role=role.value, granted_at=clock.now(), **place))


def reach(page: Page, selector: str, limit: int = 40) -> None:
    """Press Tab until what is meant has the focus; on the way, the focus is always seen."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        box = page.evaluate("(({width, height}) => width * height)(document.activeElement.getBoundingClientRect())")
        assert box > 0, page.evaluate("document.activeElement.outerHTML")
    raise AssertionError(f"Tab never reaches {selector}")
