"""The tools of the journeys see what they are there to see."""

import http.server
import threading

import pytest

from tests.journeys.browsing import Pages

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
