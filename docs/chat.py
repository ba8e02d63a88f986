"""The smallest client: sends each line of its input, prints each frame that comes, ends after COUNT frames (or never).

    python3 docs/chat.py http://127.0.0.1:8080/api/v1/socket TOKEN [COUNT]
"""

import base64, os, socket, struct, sys, threading, urllib.parse

url, token, count = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else -1
connection = socket.create_connection((url.hostname, url.port or 80))
connection.sendall(("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Protocol: c18n.v1.json\r\nSec-WebSocket-Key: %s\r\nAuthorization: Bearer %s\r\n\r\n"
                    % (url.path, url.netloc, base64.b64encode(os.urandom(16)).decode(), token)).encode())
stream = connection.makefile("rb")
answer = stream.readline().decode()
while stream.readline().strip():
    pass
if " 101 " not in answer:
    sys.exit(answer)


def send(opcode, data):  # what a client sends is masked; a mask of zeros changes nothing
    length = struct.pack("!B", 128 | len(data)) if len(data) < 126 else struct.pack("!BH", 254, len(data))
    connection.sendall(bytes([128 | opcode]) + length + bytes(4) + data)


threading.Thread(target=lambda: [send(1, line.strip().encode()) for line in sys.stdin], daemon=True).start()
while count and (head := stream.read(2)):
    length = head[1] if head[1] < 126 else int.from_bytes(stream.read(2 if head[1] == 126 else 8), "big")
    data = stream.read(length)
    if head[0] & 15 == 1:
        count -= 1
        print(data.decode(), flush=True)
    elif head[0] & 15 in (8, 9):  # close, or ping: answered with the same
        send(8 if head[0] & 15 == 8 else 10, data)
if not count:
    send(8, struct.pack("!H", 1000))  # and what comes until the server has closed, too, is of no interest
    stream.read()
