"""Bytes in, bytes out: for requests that no client library would send."""

import re
import socket


def talk(server, sent, wait=5.0, pieces=None):
    """Sends bytes on a fresh connection; gives (all bytes that came, closed by the server?)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as connection:
        try:
            connection.sendall(sent)
        except OSError:
            pass  # the server closed while we were still sending: what it said is there to read
        return drain(connection)


def drain(connection):
    got = b""
    while True:
        try:
            piece = connection.recv(65536)
        except socket.timeout:
            return got, False
        except ConnectionResetError:
            return got, True
        if not piece:
            return got, True
        got += piece


def statuses(got):
    """The status codes in a stream of answers."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)]


def request(method="GET", path="/api/v1/openapi.json", version="HTTP/1.1", headers=(), body=b"", host="127.0.0.1", close=False):
    lines = ["%s %s %s" % (method, path, version)]
    if host is not None:
        lines.append("Host: " + host)
    lines += list(headers)
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
