"""A hub on the loopback for tests: lists and serves a folder, and misbehaves as it is told. Prints its port, ends with its parent.

    hub_server.py FOLDER FAULT …        FOLDER/<org>/<name>/… are data sets; files of 1,000 bytes and more are in "large storage"
    faults: cut=N       a body ends after N bytes, three times for each file     500=N   the first N requests for bytes fail
            wrong=PATH  this file always has another byte                        norange Range is ignored
            token=T     everything needs the bearer token T                      wrongonce=PATH  only at first
            429=N       the first N requests are told to wait                    pages   two files a page of the listing
"""
import hashlib
import http.server
import json
import os
import sys
import threading
import urllib.parse

root = sys.argv[1]
faults = dict(f.split("=", 1) if "=" in f else (f, "") for f in sys.argv[2:])
counts, lock = {}, threading.Lock()
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def count(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        parts = [urllib.parse.unquote(p) for p in url.path.split("/")[1:]]
        with open(os.path.join(root, "requests.log"), "a") as log:
            log.write(f"{self.path} {self.headers.get('Range', '-')} {'token' if 'Authorization' in self.headers else '-'}\n")
        if parts[0] == "storage":  # where large files are redirected to; a token has no business here
            return self.bytes_of("/".join(parts[1:]))
        if "token" in faults and self.headers.get("Authorization") != "Bearer " + faults["token"]:
            return self.reply(401)
        if count("429") <= int(faults.get("429", 0)):
            return self.reply(429, headers=[("Retry-After", "0")])
        if parts[:2] == ["api", "datasets"]:
            repo = "/".join(parts[2:4])
            if not os.path.isdir(os.path.join(root, repo)):
                return self.reply(404)
            if parts[4] == "revision":
                return self.reply(200, json.dumps({"sha": COMMIT}).encode())
            return self.listing(repo, urllib.parse.parse_qs(url.query))
        if parts[0] == "datasets" and parts[3] == "resolve" and parts[4] == COMMIT:
            path = "/".join(parts[1:3] + parts[5:])
            if os.path.isfile(os.path.join(root, path)) and os.path.getsize(os.path.join(root, path)) >= 1000:
                return self.reply(302, headers=[("Location", f"http://127.0.0.1:{other.server_port}/storage/{urllib.parse.quote(path)}")])
            return self.bytes_of(path)
        self.reply(404)

    def listing(self, repo, query):
        entries = []
        base = os.path.join(root, repo)
        for folder, _, names in sorted(os.walk(base)):
            entries.append({"type": "directory", "path": os.path.relpath(folder, base), "oid": "0" * 40, "size": 0})
            for name in sorted(names):
                data = open(os.path.join(folder, name), "rb").read()
                path = os.path.relpath(os.path.join(folder, name), base)
                entry = {"type": "file", "path": "../escaped" if name == "escape" else path, "size": len(data),
                         "oid": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()}
                if len(data) >= 1000:
                    entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
                entries.append(entry)
        size, at = (2 if "pages" in faults else 1000), int(query.get("cursor", ["0"])[0])
        link = f'<http://127.0.0.1:{server.server_port}/api/datasets/{repo}/tree/{COMMIT}?recursive=true&cursor={at + size}>; rel="next"'
        self.reply(200, json.dumps(entries[at:at + size]).encode(), [("Link", link)] if at + size < len(entries) else [])

    def bytes_of(self, path):
        if count("500") <= int(faults.get("500", 0)):
            return self.reply(500)
        data = open(os.path.join(root, path), "rb").read()
        if path.endswith(faults.get("wrong", "\0")) or (path.endswith(faults.get("wrongonce", "\0")) and count("wrong") == 1):
            data = data[:-1] + bytes([data[-1] ^ 1])
        status, headers, begin = 200, [], 0
        if "Range" in self.headers and "norange" not in faults:
            begin = int(self.headers["Range"].split("=")[1].rstrip("-"))
            if begin >= len(data):
                return self.reply(416)
            status, headers = 206, [("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")]
        data = data[begin:]
        if "cut" in faults and count("cut " + path) <= 3 and len(data) > int(faults["cut"]):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:int(faults["cut"])])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self.reply(status, data, headers)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
for one in (server, other):
    threading.Thread(target=one.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()  # until the test closes it
