"""The pages in a real browser: the first admin is made, signs in, sees repositories, and signs out."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from support import keys

# MERE_SCREENSHOTS=<folder> keeps a picture of each page, for people to look at.
SCREENSHOTS = os.environ.get("MERE_SCREENSHOTS")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        try:
            running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        except Error as problem:
            pytest.skip(f"chromium does not start here: {problem.message.splitlines()[0]}")
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1100, "height": 700})
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    opened.close()
    assert problems == []


def look(page: Page, name: str) -> None:
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")


def test_the_first_admin_is_made_and_signs_in(page: Page, make_server) -> None:
    server = make_server(initialised=False).start()
    page.goto(server.url)

    expect(page.get_by_role("heading", name="Set up Mere")).to_be_visible()
    look(page, "setup")
    page.get_by_label("Admin user name").fill("alice")
    page.get_by_role("button", name="Create admin").click()

    expect(page.get_by_role("heading", name="Your access key")).to_be_visible()
    look(page, "keys")
    shown = page.locator("#key-text").inner_text()
    key, secret = re.fullmatch(r"access_key_id: (\S+)\s+secret_access_key: (\S+)\s*", shown).groups()
    with server.client(auth=(key, secret)) as client:
        assert client.get("/user").json()["user"]["id"] == "alice"

    page.get_by_role("button", name="Continue to sign in").click()
    expect(page.get_by_label("Access key id")).to_have_value(key)
    page.get_by_label("Secret access key").fill(secret)
    look(page, "sign-in")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Repositories")).to_be_visible()
    expect(page.get_by_text("alice")).to_be_visible()
    expect(page.get_by_text("No repositories yet")).to_be_visible()
    look(page, "empty")


def test_repositories_are_listed_and_signing_out_ends_the_session(page: Page, make_server) -> None:
    server = make_server().start()
    with server.client() as client:
        for name in ("weather", "lakes-of-the-world"):
            client.post("/repositories", json={"name": name, "storage_namespace": f"local://{name}"}).raise_for_status()
    page.goto(server.url)

    sign_in(page, keys.SECRET_KEY)

    expect(page.get_by_role("cell", name="weather", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="local://lakes-of-the-world")).to_be_visible()
    look(page, "repositories")
    page.reload()
    expect(page.get_by_role("cell", name="weather", exact=True)).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Mere")).to_be_visible()


def test_a_wrong_secret_is_explained(page: Page, make_server) -> None:
    server = make_server().start()
    page.goto(server.url)

    sign_in(page, "wrong")

    expect(page.locator("#login").get_by_role("alert")).to_have_text("The credentials don't match.")
    look(page, "wrong-secret")


def test_markup_in_names_is_only_text(page: Page, make_server) -> None:
    server = make_server(initialised=False).start()
    page.goto(server.url)
    page.get_by_label("Admin user name").fill("<img src=x onerror=alert(1)>")

    page.get_by_role("button", name="Create admin").click()

    expect(page.locator("img")).to_have_count(0)


def sign_in(page: Page, secret: str) -> None:
    page.get_by_label("Access key id").fill(keys.ACCESS_KEY)
    page.get_by_label("Secret access key").fill(secret)
    page.get_by_role("button", name="Sign in").click()
