"""A judge on the loopback for tests, which misbehaves by rule. Prints its port, ends when its standard input closes.

    judge_server.py LOG MODE       LOG gets a line "MODEL ANSWER" for each request; a file LOG.mode that appears names the mode from then on
    modes: good    "synonym N" is correct, anything else incorrect; the model "second" takes even N alone for correct
           500     HTTP 500                            half    half a JSON
           schema  a JSON without choices              words   a reply without a verdict
           digits  <judge>0</judge>                    first   words to the first request about an answer, then as good
"""
import collections
import http.server
import json
import os
import re
import sys
import threading

from serve import serve

log, first_mode = sys.argv[1], sys.argv[2]
times_asked = collections.Counter()
lock = threading.Lock()


class Judge(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        mode = open(log + ".mode").read().strip() if os.path.exists(log + ".mode") else first_mode
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = body["messages"][-1]["content"]
        text = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
        answer = re.search(r"Answer to judge: (.*)", text).group(1)
        with lock:
            times_asked[body["model"], answer] += 1
            with open(log, "a") as out:
                out.write(f"{body['model']} {answer}\n")
        synonym = re.match(r"synonym (\d+)", answer)
        is_correct = bool(synonym) and (body["model"] != "second" or int(synonym.group(1)) % 2 == 0)
        words = f"They mean {'the same' if is_correct else 'another thing'}. <judge>{'correct' if is_correct else 'incorrect'}</judge>"
        if mode == "words" or (mode == "first" and times_asked[body["model"], answer] == 1):
            words = "That depends."
        if mode == "digits":
            words = "<judge>0</judge>"
        reply = json.dumps({"choices": [{"message": {"content": words}, "finish_reason": "stop"}]}).encode()
        if mode == "half":
            reply = reply[:len(reply) // 2]
        if mode == "schema":
            reply = b'{"verdict": "correct"}'
        self.send_response(500 if mode == "500" else 200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


serve(Judge)
