"""The nginx configuration of docs/operator/sockets.md works as it stands there: requests and sockets go through."""

import re
import shutil
import subprocess
import time

import pytest

import harness
import ws_client

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")


def blocks():
    return re.findall(r"```nginx\n(.*?)```", (harness.TOP / "docs/operator/sockets.md").read_text(), re.S)


@pytest.fixture
def proxy(tmp_path):
    """A server behind nginx; its url is nginx's."""
    if not NGINX:
        pytest.skip("NOT CHECKED: nginx is not installed, so nobody knows whether its configuration in the docs works")
    port = harness.free_port()
    url = "http://127.0.0.1:%d" % port
    of_http, of_server = blocks()
    with harness.Server({"core.public_url": url}) as server:
        server.url = url
        conf = tmp_path / "nginx.conf"
        of_server = of_server.replace("127.0.0.1:8080", "127.0.0.1:%d" % server.port)
        paths = "".join("%s_temp_path %s/%s;\n" % (kind, tmp_path, kind) for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf.write_text("pid %s/pid;\nerror_log %s/log;\ndaemon off;\nevents {}\nhttp {\naccess_log off;\n%s%s"
                        "server {\nlisten 127.0.0.1:%d;\n%s}\n}\n" % (tmp_path, tmp_path, paths, of_http, port, of_server))
        process = subprocess.Popen([NGINX, "-c", str(conf), "-e", str(tmp_path / "log")])
        try:
            yield server
        finally:
            process.terminate()
            process.wait()


def wait_for_proxy(server):
    anyone = server.client()
    until = time.monotonic() + 30
    while True:
        try:
            assert anyone.get("/auth/csrf").status_code == 200
            return
        except harness.httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.02)


def test_requests_and_sockets_go_through_nginx(proxy):
    wait_for_proxy(proxy)
    ann = proxy.admin()
    for by in ("header", "cookie", "protocol"):
        with ws_client.connect(proxy.url, token=ann.token, by=by, origin=proxy.url) as socket:
            assert socket.receive()["user"] == ann.user
            socket.send_json({"kind": "ping"})
            assert socket.wait_for("pong")
            assert socket.close() == 1000
    with pytest.raises(ws_client.Refused) as refused:
        ws_client.connect(proxy.url, token=ann.token, origin="http://evil.example.org")
    assert refused.value.status == 403
