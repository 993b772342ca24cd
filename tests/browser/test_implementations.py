"""Implementations in a real browser: one page, led through all that it offers."""

import pytest
from playwright.sync_api import expect

from convlab import presets
from convlab.implementations import ROWS
from tests.browser.conftest import foreign
from tests.browser.implementations_page import MAIN, address, bytes_of, detail, opened, order, row, rows


@pytest.fixture(scope="module")
def page(browser, app):
    """Give one page for the whole module: each test begins where the one before left it, with the list closed."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page = context.new_page()
    page.asked, page.faults = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.faults.append(said.text))
    yield opened(page, app)
    assert foreign(page.asked) == []
    assert page.faults == []
    context.close()


def fits(page):
    """Return how many rows the heading says compute the layer."""
    return int(page.locator("h1 small").inner_text().split("; ")[1].split()[0])


def test_every_implementation_stands_below_what_it_does_to_the_filter(page):
    assert rows(page) == [one.id for one in ROWS]
    bands = page.locator("tr.band b").all_text_contents()
    assert bands == ["turn the filter", "leave it as given"]
    assert bytes_of(page, "conv2d_fft") == ["119 MiB"] and bytes_of(page, "GpuCorrMM") == ["6.4 MiB"]
    bar = row(page, "GpuCorrMM").locator(".mb i").evaluate("bar => parseFloat(bar.style.width)")
    assert bar == pytest.approx(100 * 6718464 / 124321792, rel=1e-4)
    assert page.evaluate(
        "document.getElementById('main').scrollHeight <= document.getElementById('main').clientHeight"
    )


def test_the_list_is_filtered_and_searched_without_asking_python(page):
    page.get_by_role("button", name="fit my layer").click()
    assert len(rows(page)) == fits(page) < len(ROWS)
    assert address(page)["show"] == "fits"
    page.get_by_role("button", name="run here").click()
    assert "torch.conv2d" not in rows(page) and "conv2d_fft" in rows(page)
    page.get_by_role("button", name="all", exact=True).click()
    page.keyboard.press("/")
    page.keyboard.type("3-D fft")
    assert rows(page) == ["conv3d_fft"] and address(page)["find"] == "3-D fft"
    page.keyboard.type("x")
    expect(page.locator(".none")).to_contain_text("3-D fftx")
    page.get_by_role("searchbox").fill("")
    assert len(rows(page)) == len(ROWS)


def test_the_layer_is_the_readers_own(page):
    shape = page.get_by_role("textbox", name="shape of x")
    shape.fill("8 x 64 x 56 x 57")
    shape.press("Enter")
    expect(row(page, "conv2d_fft").locator("em")).to_have_text("not this layer")
    assert address(page)["layer"] == "8x64x56x57*64x64x3x3"
    page.get_by_role("button", name="larger stride").click()
    expect(page.locator(".specbar .size b")).to_have_text("8 × 64 × 27 × 28")
    shape.fill("8, 5, 56, 56")
    shape.press("Enter")
    refused = page.locator(".refusals .refusal")
    expect(refused).to_contain_text("x has 5 channels and each filter reads 64")
    refused.get_by_role("button", name="Use w 64 × 5 × 3 × 3").click()
    expect(page.get_by_role("textbox", name="shape of w")).to_have_value("64 × 5 × 3 × 3")
    expect(refused).to_have_count(0)


def test_a_row_says_why_it_refuses_and_its_button_makes_the_layer_fit(page):
    row(page, "cuda-convnet").locator("button").focus()
    page.keyboard.press("Enter")
    expect(row(page, "cuda-convnet").locator("button")).to_have_attribute("aria-expanded", "true")
    expect(detail(page).locator(".refusal p")).to_contain_text("The stride leaves 1 × 1 of x unread")
    button = detail(page).locator(".refusal button")
    expect(button).to_have_text("Use x 8 × 6 × 56 × 56, w 64 × 6 × 3 × 3, stride 1")
    button.click()
    expect(detail(page).locator(".refusal")).to_have_count(0)
    expect(detail(page)).to_contain_text("ConvSpec((8, 6, 56, 56), (64, 6, 3, 3), flip=False)")
    expect(detail(page)).to_contain_text("--no-flip --backend numba-c01b")
    page.keyboard.press("Escape")
    expect(detail(page)).to_have_count(0)
    expect(row(page, "cuda-convnet").locator("button")).to_be_focused()


def test_an_example_runs_and_the_arrows_walk_through_the_rows(page):
    page.keyboard.press("Home")
    row(page, "conv2d_fft").locator("button").focus()
    page.keyboard.press("ArrowUp")
    expect(row(page, "causal_conv1d").locator("button")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    run = detail(page).get_by_role("button", name="Run")
    run.focus()
    page.keyboard.press("Enter")
    expect(detail(page).locator(".out")).to_contain_text("[117., 126.]", timeout=30_000)
    expect(detail(page).get_by_role("button", name="Run again")).to_be_focused()
    assert address(page)["open"] == "conv2d_fft"


def test_a_layer_of_the_menu_has_its_pictures(page):
    row(page, "nnet.conv2d").click()
    page.locator(".layerbar .source").click()
    title = presets.get("S000e").title.partition(", ")[2]
    page.locator(".pop.examples").get_by_role("button", name=title, exact=True).click()
    expect(detail(page).get_by_role("link", name="step through this layer")).to_be_visible()
    link = detail(page).get_by_role("link", name="step through this layer").get_attribute("href")
    assert link.startswith("/step?v=1&") and "flip=0" not in link


def test_the_axes_are_put_in_order_by_key_and_by_mouse_and_ticked_when_equal(page):
    page.get_by_role("button", name="3-D axes").click()
    swap = page.locator(".swap")
    expect(swap).to_have_attribute("data-right", "true")
    assert order(page) == ["batch", "time", "channel", "row", "column"]
    page.locator("button.tile", has_text="channel").focus()
    page.keyboard.press("ArrowRight")
    expect(swap).to_have_attribute("data-right", "false")
    expect(page.locator("button.tile", has_text="channel")).to_be_focused()
    assert order(page) == ["batch", "time", "row", "channel", "column"] and address(page)["order"] == "03142"
    expect(swap.locator(".reads.same")).to_have_count(6)
    page.keyboard.press("ArrowLeft")
    expect(swap).to_have_attribute("data-right", "true")
    swap.get_by_role("button", name="time", exact=True).click()
    expect(swap.locator(".verdictline")).to_contain_text("the largest difference is")
    swap.get_by_role("button", name="Put them right").click()
    expect(swap.locator(".verdictline")).to_contain_text("every value agrees, the largest difference is 0")
    page.locator("button.tile", has_text="batch").drag_to(page.locator("button.tile", has_text="column"))
    expect(swap).to_have_attribute("data-right", "false")
    swap.get_by_role("button", name="Put them right").click()
    expect(swap).to_have_attribute("data-right", "true")
    assert "order" not in address(page)


def test_axe_finds_nothing_in_either_theme_with_a_row_open_and_nothing_is_pushed_sideways(page, axe):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator(MAIN)).to_have_attribute("data-dark", str(scheme == "dark").lower())
        assert axe(page) == []
    for width, height in ((820, 1180), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".scroll").evaluate("list => { list.scrollTop = 250 }")
    head, list_ = (page.locator(name).first.bounding_box()["y"] for name in ("thead th", ".scroll"))
    assert head == pytest.approx(list_, abs=1), "the heads of the columns do not stay"
    sizes = page.locator("tr.one small, tr.one th b, .axes i, .tile, .mem span").evaluate_all(
        "all => all.map(node => parseFloat(getComputedStyle(node).fontSize))"
    )
    assert min(sizes) >= 11


def test_the_address_brings_all_of_it_back(page, app):
    page.set_viewport_size({"width": 1280, "height": 720})
    opened(page, app, "?layer=2x3x6x6x4*4x3x3x3x2&stride=2,2,1&show=fits&open=conv3D&order=01234&bad=1")
    assert "conv3D" in rows(page) and "nnet.conv2d" not in rows(page)
    expect(detail(page)).to_contain_text("conv3D(x, w, b, d=(2, 2, 1))")
    assert order(page) == ["batch", "row", "column", "time", "channel"]
    expect(page.locator(".toast:visible")).to_contain_text("bad=1")
    assert page.locator("nav.screens a", has_text="Step").get_attribute("href").count("layer=") == 1
