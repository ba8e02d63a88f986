"""uWebSockets, as PyPI's socketify has it: rooms with numbered messages; the fan-out is the library's own publish."""

import json
import sys

from socketify import App, CompressOptions, OpCode

SEQ = {}


def upgrade(response, request, context):
    _, room, role = request.get_url().split("/")
    response.upgrade(request.get_header("sec-websocket-key"), request.get_header("sec-websocket-protocol") or "",
                     request.get_header("sec-websocket-extensions") or "", context, {"room": room, "role": role})


def opened(socket):
    data = socket.get_user_data()
    if data["role"] == "listen":
        socket.subscribe(data["room"])


def message(socket, text, _):
    room, sent = socket.get_user_data()["room"], json.loads(text)
    SEQ[room] = number = SEQ.get(room, 0) + 1
    APP.publish(room, json.dumps({"kind": "message", "group": room, "seq": number, "content": sent["content"]}), OpCode.TEXT)
    socket.send(json.dumps({"kind": "ack", "id": sent["id"], "seq": number}), OpCode.TEXT)


APP = App()
APP.ws("/*", {"compression": CompressOptions.DISABLED, "max_payload_length": 65536, "idle_timeout": 120, "upgrade": upgrade,
              "open": opened, "message": message, "max_backpressure": 16 << 20})
APP.listen({"port": int(sys.argv[1]), "host": "127.0.0.1"}, lambda _: None)
APP.run()
