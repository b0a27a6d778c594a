"""A chat server on the loopback for tests, which misbehaves by rule. Prints its port, ends when its standard input closes.

    chat_server.py LOG MODE        LOG gets a line for each request: the last line of the question; a file LOG.mode
                                   that appears names the mode from then on
    modes: good        "A" to everything                      500     HTTP 500 to questions with an even number
           half        half a JSON to those                   hang    no reply to those
           empty       an empty text to those                 bytes   text that is not UTF-8 to those
           dies=N      the process ends after N replies       drops=N  connections end without a reply after N replies
           pictures  the number of pictures and their first bytes
"""
import http.server
import json
import os
import re
import sys
import time

from serve import serve

log, first_mode = sys.argv[1], sys.argv[2]
replies = [0]


class Chat(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        mode = open(log + ".mode").read().strip() if os.path.exists(log + ".mode") else first_mode
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = body["messages"][-1]["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        text = "".join(part.get("text", "") for part in parts)
        number = int(re.search(r"number (\d+)", text).group(1))
        with open(log, "a") as out:
            out.write(f"{number}\n")
        reply = b'{"choices": [{"message": {"content": "A"}, "finish_reason": "stop"}]}'
        replies[0] += 1
        if mode.startswith("dies=") and replies[0] > int(mode[5:]):
            os._exit(0)
        if mode.startswith("drops=") and replies[0] > int(mode[6:]):
            self.connection.close()
            return
        if mode == "pictures":
            urls = [part["image_url"]["url"][:26] for part in parts if part["type"] == "image_url"]
            reply = json.dumps({"choices": [{"message": {"content": " ".join([str(len(urls))] + urls)}, "finish_reason": "stop"}]}).encode()
        status = 200
        if number % 2 == 0:
            if mode == "500":
                status, reply = 500, b"{}"
            if mode == "half":
                reply = reply[:len(reply) // 2]
            if mode == "hang":
                time.sleep(20)
            if mode == "empty":
                reply = reply.replace(b'"A"', b'" "')
            if mode == "bytes":
                reply = reply.replace(b'"A"', b'"\xff\xfe"')
        self.send_response(status)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


serve(Chat)
