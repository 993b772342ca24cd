"""The Implementations screen of the running dashboard, and what a test wants to know of it."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

MAIN = ".screen-implementations"


def opened(page, base, query=""):
    """Open the screen at a query, and return the page once its rows are there."""
    page.goto(f"{base}/implementations{query}")
    expect(page.locator("tr.one:visible").first).to_be_visible()
    return page


def rows(page):
    """Return the ids of the rows that are shown."""
    return page.locator("tr.one:visible").evaluate_all("all => all.map(row => row.dataset.id)")


def row(page, id_):
    return page.locator(f'tr.one[data-id="{id_}"]')


def detail(page):
    return page.locator("tr.detail:visible")


def address(page):
    """Return the query of the address as single values."""
    return {key: values[-1] for key, values in parse_qs(urlsplit(page.url).query).items()}


def bytes_of(page, id_):
    """Return what the memory cell of a row says."""
    return row(page, id_).locator("td.mem b, td.mem em").all_text_contents()


def order(page):
    """Return the axes of x as the reader has put them."""
    return [text.rstrip("0123456789") for text in page.locator("button.tile").all_text_contents()]
