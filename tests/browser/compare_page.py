"""The Compare screen of the running dashboard, and what a test wants to know of it."""

from playwright.sync_api import expect

MAIN = ".screen-compare"


def opened(page, base, query="preset=S000at"):
    """Open Compare at a query, and return the page once the columns are there, the real Theano's too."""
    page.goto(f"{base}/compare?{query}")
    expect(page.locator(f"{MAIN} .col").first).to_be_visible()
    expect(page.locator(f"{MAIN} .theano.is-waiting")).to_have_count(0, timeout=60_000)
    return page


def column(page, letter):
    return page.locator(f"{MAIN} .col").nth("ABCD".index(letter))


def numbers(page, letter):
    return [text.replace("−", "-") for text in column(page, letter).locator(".gy .v").all_text_contents()]


def chip(page, letter):
    return column(page, letter).locator("header .verdict")


def at(page):
    return page.locator(MAIN).get_attribute("data-at")
