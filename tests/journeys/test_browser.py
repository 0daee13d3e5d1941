"""The tools of the journeys see what they are there to see."""

import http.server
import threading

import pytest

from tests.journeys.browsing import Pages
from tests.journeys.crawling import judge

GOOD = """<!DOCTYPE html><html lang="fr"><head><title>Accueil</title></head>
<body><main><h1>Bonjour</h1></main></body></html>"""
SILENT_IMAGE = GOOD.replace("</h1>", "</h1><img src='data:,'>")
MISNESTED = GOOD.replace("</h1>", "</h1><span><p>Un</p></span>")


@pytest.fixture
def show(page):
    """Show a text as a page that a server sent under a strict policy."""

    class Handler(http.server.BaseHTTPRequestHandler):
        source = GOOD

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", "default-src 'none'; img-src data:")
            self.end_headers()
            self.wfile.write(self.source.encode())

        def log_message(self, *_):
            pass

    def show(source):
        Handler.source = source
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        return page

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield show
    server.shutdown()


def test_a_good_page_passes(show, check_page):
    check_page(show(GOOD))


@pytest.mark.target("A11Y-01")
def test_a_page_that_axe_refuses_fails_with_the_rule_and_the_place(show, check_page):
    with pytest.raises(AssertionError, match=r"image-alt(.|\n)*<img"):
        check_page(show(SILENT_IMAGE))


@pytest.mark.target("A11Y-02")
def test_html_that_is_not_valid_is_told_with_its_address_and_the_test_that_opened_it(show, page, tmp_path, request):
    pages = Pages(tmp_path)
    pages.follow(page)
    pages.check(show(MISNESTED))
    [error] = pages.invalid()
    place = f"GET {page.url}, ouverte par {request.node.nodeid}, ligne 2"
    assert error.startswith(f"{place} : Element “p” not allowed as child of element “span”")


@pytest.mark.target("A11Y-04")
@pytest.mark.parametrize(
    ("main", "fault"),
    [
        ("<p>Un texte qui va à la ligne autant qu’il le faut sur l’écran le plus étroit</p>", None),
        ("<style>p::after { content: '\\a'; white-space: pre }</style><p>Un texte</p>", None),
        ("<p style='width: 330px'>Un texte</p>", "dépasse l'écran étroit de 18 px"),
        ("<p style='font: 16px monospace; white-space: nowrap'>Vingt-neuf lettres tout au plus</p>", "{'excess': "),
        ("<p style='font: 16px/1.2 serif; height: 20px; overflow: hidden'>Un texte</p>", "'cut': ['P.']"),
        ("<div style='display: flex'><p style='order: 2'>un</p><p>deux</p></div>", "sans style : P."),
        ("<style>p::after { content: 'à relire' }</style><p>Un texte </p>", "sans style : words of P."),
    ],
)
def test_what_a_reader_s_own_settings_take_away_is_told(page, main, fault):
    page.set_content(f"<!DOCTYPE html><html lang='fr'><body><main><h1>Titre</h1>{main}</main></body></html>")
    told = judge(page, lambda page: None)
    assert len(told) == (fault is not None), told
    assert fault is None or fault in told[0]
