"""Rows H1-H12 of the fault catalogue, byte by byte."""

import http.client

import httpx
import pytest

import harness
from raw import request, statuses, talk

LOGIN = "/api/v1/auth/login"
NEXT = request(path="/api/v1/second")  # must never be parsed when it stands behind a refused request


def post(*headers, body=b""):
    return request("POST", LOGIN, headers=headers, body=body)


REFUSED = [  # (row, bytes, status): the connection is closed after the answer
    ("H1 bare LF", b"GET /api/v1/openapi.json HTTP/1.1\nHost: 127.0.0.1\n\n", 400),
    ("H1 HTTP/0.9", b"GET /api/v1/openapi.json\r\n\r\n", 400),
    ("H1 no version", b"GET /api/v1/openapi.json \r\nHost: 127.0.0.1\r\n\r\n", 400),
    ("H2 CL and TE", post("Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
    ("H2 TE not chunked", post("Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 400),
    ("H2 TE gzip, chunked", post("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 400),
    ("H2 TE twice", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
    ("H2 TE in 1.0", request("POST", LOGIN, "HTTP/1.0", ["Transfer-Encoding: chunked"], b"0\r\n\r\n"), 400),
    ("H3 CL twice", post("Content-Length: 1", "Content-Length: 1", body=b"x"), 400),
    ("H3 CL plus", post("Content-Length: +5", body=b"xxxxx"), 400),
    ("H3 CL list", post("Content-Length: 5, 5", body=b"xxxxx"), 400),
    ("H3 CL minus", post("Content-Length: -1"), 400),
    ("H3 CL 2^64", post("Content-Length: 18446744073709551616"), 400),
    ("H3 CL hex", post("Content-Length: 0x5", body=b"xxxxx"), 400),
    ("H4 no Host", request(host=None), 400),
    ("H4 two Hosts", request(headers=["Host: 127.0.0.1"]), 400),
    ("H5 obs-fold", request(headers=["X-A: b\r\n c"]), 400),
    ("H5 space before colon", request(headers=["X-A : b"]), 400),
    ("H5 NUL in value", request(headers=["X-A: b\0c"]), 400),
    ("H5 CTL in value", request(headers=["X-A: b\x01c"]), 400),
    ("H5 no token", request(headers=["X(A: b"]), 400),
    ("H5 high bit in name", request(headers=["X\xe9: b"]), 400),
    ("H6 chunk too large", post("Transfer-Encoding: chunked", body=b"FFFFFFFFFFFFFFFFF\r\n"), 400),
    ("H6 chunk-ext too long", post("Transfer-Encoding: chunked", body=b"1;" + b"a" * 2000 + b"\r\nx\r\n0\r\n\r\n"), 400),
    ("H6 LF in chunk-ext", post("Transfer-Encoding: chunked", body=b"1;a\nb\r\nx\r\n0\r\n\r\n"), 400),
    ("H6 trailer Host", post("Transfer-Encoding: chunked", body=b"0\r\nHost: evil\r\n\r\n"), 400),
    ("H6 trailer Authorization", post("Transfer-Encoding: chunked", body=b"0\r\nAuthorization: Bearer x\r\n\r\n"), 400),
    ("H7 URL too long", request(path="/api/v1/" + "a" * 9000), 414),
    ("H7 header too long", request(headers=["X-A: " + "a" * 9000]), 431),
    ("H7 too many headers", request(headers=["X-%d: a" % i for i in range(120)]), 431),
    ("H7 headers too large", request(headers=["X-%d: %s" % (i, "a" * 4000) for i in range(10)]), 431),
    ("H9 unknown method", request("BREW"), 501),
    ("H9 HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
]


@pytest.mark.parametrize("row,sent,status", REFUSED, ids=[row for row, _, _ in REFUSED])
def test_refused_and_closed(server, row, sent, status):
    got, closed = talk(server, sent + NEXT)
    assert statuses(got) == [status], got
    assert closed
    assert b"application/problem+json" in got and b'"code":' in got and b'"request_id":' in got


@pytest.mark.parametrize("path", ["/api/v1/%00", "/api/v1/a%2fb", "/api/v1/%c0%ae", "/api/v1/../x", "/api/v1/%2e%2e/x", "/api/v1/%252e",
                                  "/api/v1/%zz", "/api/v1/%ff"])
def test_H8_paths(server, path):
    got, _ = talk(server, request(path=path, close=True))
    assert statuses(got) == [400], got


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
def test_H9_refused_methods(server, method):
    target = "127.0.0.1:80" if method == "CONNECT" else "/api/v1/openapi.json"
    got, _ = talk(server, request(method, target, close=True))
    assert statuses(got)[0] in (405, 501) and (statuses(got)[0] == 501 or b"\r\nAllow: " in got), got


def test_H4_unknown_host(server):
    got, _ = talk(server, request(host="evil.example", close=True))
    assert statuses(got) == [421]


def test_H4_operators_listener_takes_no_foreign_name(server):
    """A web page whose name is made to point to loopback must not read the operators' pages."""
    for host, status in (("evil.example", 421), ("localhost:%d" % server.operator_port, 200)):
        answer = httpx.get(server.operators + "/healthz", headers={"Host": host}, trust_env=False)
        assert answer.status_code == status, host


def test_H4_absolute_form_with_another_host(server):
    got, _ = talk(server, request(path="http://evil.example/api/v1/openapi.json", close=True))
    assert statuses(got) in ([400], [421])


def test_H11_pipelining(server):
    got, closed = talk(server, request(path="/api/v1/nothing") * 999 + request(headers=["X-A : b"]) + NEXT)
    assert statuses(got) == [404] * 999 + [400] and closed


def test_H12_expect(server):
    got, closed = talk(server, post("Content-Length: 99999999", "Expect: 100-continue"))
    assert statuses(got) == [413] and closed and b"100 Continue" not in got
    got, _ = talk(server, post("Content-Length: 5", "Expect: tea", body=b"xxxxx"))
    assert statuses(got) == [417]
    got, _ = talk(server, request("POST", LOGIN, headers=["Content-Length: 2", "Content-Type: application/json",
                                                         "Expect: 100-continue"], close=True))
    assert statuses(got)[0] == 100


def test_head_options_and_chunked(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/api/v1/openapi.json")
    whole = connection.getresponse()
    body = whole.read()
    connection.request("HEAD", "/api/v1/openapi.json")
    head = connection.getresponse()
    assert head.status == 200 and head.read() == b"" and int(head.headers["Content-Length"]) == len(body)
    connection.request("OPTIONS", "/api/v1/openapi.json")
    options = connection.getresponse()
    options.read()
    assert options.status in (200, 204) and "GET" in options.headers["Allow"]
    connection.request("POST", LOGIN, body=iter([b'{"email"', b':"a@b.example","password":"x"}']),
                       headers={"Content-Type": "application/json"}, encode_chunked=True)
    chunked = connection.getresponse()
    chunked.read()
    assert chunked.status == 403, "no CSRF token: the body itself was understood"
    connection.close()


def test_gzip(server):
    import gzip
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    packed = connection.getresponse()
    content = packed.read()
    assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers.get_all("Vary")
    connection.request("GET", "/api/v1/openapi.json")
    assert gzip.decompress(content) == connection.getresponse().read()
    connection.close()
