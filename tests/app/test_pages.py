"""The pages for people need no other host."""

import re

import pytest


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_loads_everything_from_here(client, path):
    page = client.get(path)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^#"][^"]*)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/")
        assert client.get(address).status_code == 200


def test_start_page_leads_to_documentation_model_and_health(client):
    page = client.get("/").text

    assert [address for address in ("/docs", "/model", "/health") if f'href="{address}"' not in page] == []


@pytest.mark.parametrize("path", ["/", "/health"])
def test_monitors_may_ask_with_head(client, path):
    assert client.head(path).status_code == 200
