"""The README's curl session works as pasted: the same text is run here, against a server of the test's own."""

import json
import os
import re
import subprocess

import harness


def curl_session():
    blocks = re.findall(r"```sh\n(.*?)```", (harness.TOP / "README.md").read_text(), re.S)
    found = [block for block in blocks if "$API/auth/login" in block]
    assert len(found) == 1
    return found[0]


def test_curl_session(tmp_path):
    with harness.Server() as server:
        server.ctl("user", "create", "--email", "admin@example.org", "--username", "admin", "--password-stdin", "--role", "admin",
                   input=server.password + "\n")
        (tmp_path / "docs").symlink_to(harness.TOP / "docs")
        environment = {**os.environ, "API": server.url + harness.BASE, "PASSWORD": server.password}
        done = subprocess.run(["bash", "-eu"], input=curl_session(), cwd=tmp_path, env=environment, capture_output=True, text=True)
        print(done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr
        said = [json.loads(line) for line in done.stdout.splitlines()]
        post, posts, found, history, *talk = said
        assert post["content"] == "Has anyone tried rye?"
        assert [item["_id"] for item in posts] == [post["_id"]]
        assert [item["name"] for item in found] == ["Bread"]
        assert history[0]["type"] == "communities.created"
        check_talk(talk)


def check_talk(said):
    """What the one saw, then the other, then the log."""
    mine, theirs, log = said[:3], said[3:6], said[6]
    assert len(said) == 7
    kinds = [[frame["kind"] for frame in frames] for frames in (mine, theirs)]
    assert kinds == [["hello", "ack", "message"], ["hello", "message", "ack"]]
    words = ["Have you tried rye?", "Only with sourdough."]
    assert [theirs[1]["content"], mine[2]["content"]] == words
    assert [(message["seq"], message["content"]) for message in log] == [(1, words[0]), (2, words[1])]
