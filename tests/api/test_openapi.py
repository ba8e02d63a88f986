"""The assembled documents, judged by an outsider: schemathesis with every check on."""

import os
import subprocess
import sys

import pytest

import harness

EXAMPLES = "200" if os.environ.get("C18N_LONG") else "5" if os.environ.get("C18N_PASS") == "sanitized" else "25"


def test_documents_are_open_to_all(anonymous):
    for name, version in (("openapi", "3.1"), ("asyncapi", "3.0")):
        answer = anonymous.get("/%s.json" % name)
        assert answer.status_code == 200
        assert answer.json()[name].startswith(version)
        again = anonymous.get("/%s.json" % name, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304 and not again.content


def test_schemathesis():
    """Generated requests, good and bad, and whole sequences of them, against what openapi.json promises."""
    with harness.Server({"core.threads": 2}) as server:
        admin = server.admin()
        done = subprocess.run(
            [str(harness.TOP / "build/venv/bin/schemathesis"), "run", server.url + harness.BASE + "/openapi.json",
             "--url", server.url + harness.BASE, "--header", "Authorization: Bearer " + admin.token,
             "--header", "X-CSRF-Token: " + admin.csrf, "--checks", "all", "--max-examples", EXAMPLES, "--seed", "18",
             "--workers", "1", "--no-color"], capture_output=True, text=True, timeout=1500, cwd=server.root)
        assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]
