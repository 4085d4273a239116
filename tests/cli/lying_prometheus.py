# SPDX-License-Identifier: MIT
"""Answers every query on 127.0.0.1:PORT alike, in a way that the file HOW names: so that it can be seen what is believed.

lying_prometheus.py PORT-FILE HOW-FILE
"""
import http.server
import json
import sys


def vector(*values, **more):
    result = [{"metric": {"instance": f"host-{i}"}, "value": [0, v]} for i, v in enumerate(values)]
    return {"status": "success", "data": {"resultType": "vector", "result": result}, **more}


answers = {
    "one": vector("1"),
    "nan": vector("NaN"),
    "inf": vector("+Inf"),
    "negative": vector("-1"),
    "word": vector("plenty"),
    "hex": vector("0x10"),
    "number": {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [0, 1]}]}},
    "empty": vector(),
    "two": vector("1", "1"),
    "string": {"status": "success", "data": {"resultType": "string", "result": [0, "ok"]}},
    "scalar": {"status": "success", "data": {"resultType": "scalar", "result": [0, "1"]}},
    "matrix": {"status": "success", "data": {"resultType": "matrix", "result": []}},
    "partial": vector("1", warnings=["1 store gateway did not answer"]),
    "error": {"status": "error", "errorType": "execution", "error": "too many samples\x1b[31m"},
    "list": [1, 2, 3],
    "nothing": {},
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with open(sys.argv[2]) as f:
            how = f.read().strip()
        body = b"<html>not JSON" if how == "html" else json.dumps(answers.get(how, {})).encode()
        if how == "cut":
            body = json.dumps(answers["one"]).encode()[:40]
        self.send_response(503 if how == "html" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as f:
    f.write(str(server.server_address[1]))
import os
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
