"""docs/reference is what docs/generate writes from the headers and from a server that runs: so it can't lie."""

import re
import subprocess
import sys

import pytest

import harness

REFERENCE = harness.TOP / "docs/reference"
GENERATE = harness.TOP / "docs/generate"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference") / "new"
    # -S: nothing but the standard library can be imported
    subprocess.run([sys.executable, "-S", str(GENERATE), "--build", str(harness.BUILD), "--into", str(folder)], check=True, timeout=120)
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.md")}


def test_committed_pages_are_what_is_generated(generated):
    committed = {str(path.relative_to(REFERENCE)): path.read_text() for path in REFERENCE.rglob("*.*")}
    differ = [path for path in sorted(committed.keys() | generated.keys()) if committed.get(path) != generated.get(path)]
    assert not differ, "headers or modules have changed since docs/reference was written: run docs/generate (with --build DIR), commit it"


def test_pages_say_what_there_is(generated):
    """Not the same code again: things that are known from elsewhere."""
    headers = {path.name for path in (harness.TOP / "plugin-api/include").rglob("*.h")}
    assert all("(headers/" in line or name not in line for name in headers for line in generated["README.md"].splitlines())
    assert "### `c18n_emit`" in generated["headers/events.md"] and "| `C18N_GONE` | `-8` | deleted: 410 |" in generated["headers/abi.md"]
    assert "#### `c18n_storage.commit`" in generated["headers/providers-storage.md"]
    assert "| `max_body` | integer | `1M` | 1,024 to 1,073,741,824 bytes | yes |" in generated["settings.md"]
    assert "| `PUT /communities/{community}/queue` |" not in generated["routes.md"]
    assert re.search(r"^\| `GET /communities/\{community\}/queue` \| `moderator` \| read \|", generated["routes.md"], re.M)
    assert "| `moderator` | moderators and the owner of the community |" in generated["routes.md"]
    assert re.search(r"^\| `users\.created` \| 1 \| users \| .*`email`.* \| An account was made \|$", generated["events.md"], re.M)
    assert re.search(r"^\| `users\.after_delete` \| run \| .* \| communities, usergroups \|$", generated["hooks.md"], re.M)
    assert re.search(r"^\| `typing` \| `user` \| inline \| none \| `/socket`, `/messages/receive` \|", generated["sockets.md"], re.M)
    assert re.search(r"^\| `c18n_http_responses` \| counter \| `class` \|", generated["metrics.md"], re.M)


def test_every_link_leads_somewhere(generated):
    links = re.findall(r"\]\(([^)#]+)\)", "".join(generated.values()))
    assert len(links) > 25 and not [link for link in links if "://" not in link and link not in generated]


def test_no_page_has_an_empty_table(generated):
    for path, text in generated.items():
        assert not re.search(r"^\|(?: --- \|)+\n(?!\|)", text, re.M), path
