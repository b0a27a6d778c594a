"""A teacher on the loopback for tests. Prints its port, ends when its standard input closes.

Every reply holds what any stage of synthesis asks for; a request to judge a chain is answered "Consistent." or, for one
question in two, "Inconsistent.".
"""
import http.server
import json

from serve import serve

judged = [0]


class Teacher(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = body["messages"][-1]["content"]
        text = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
        if '"Inconsistent."' in text:
            judged[0] += 1
            reply = "Consistent. It agrees." if judged[0] % 2 else "Inconsistent. It does not."
        else:
            reply = json.dumps({"caption": "A picture with one thing in it, seen from the front.", "reasoning": "One looks and sees.", "answer": "yes"})
        answer = json.dumps({"choices": [{"message": {"content": reply}, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


serve(Teacher)
