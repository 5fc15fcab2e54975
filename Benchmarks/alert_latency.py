#!/usr/bin/env python3
"""How long from the sample that breaks a rule to the notification on the wire.

    DOGWATCH=.build/release/dogwatch Benchmarks/alert_latency.py [--rounds 20] [--interval 2]

A page is scraped every half second; its gauge breaks a rule without `for` at a random moment. The clock starts when the page with the broken value was
handed out, and stops when the webhook is called. With `group_wait: 0s` it must be less than one evaluation interval and 100 ms.
"""
import argparse
import http.server
import os
import random
import signal
import socketserver
import subprocess
import tempfile
import threading
import time

state = {"value": 0, "served": None, "told": threading.Event(), "at": None}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        value = state["value"]
        body = f"# TYPE broken gauge\nbroken {value}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if value and state["served"] is None:
            state["served"] = time.monotonic()

    def do_POST(self):
        now = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()
        if b'"status":"firing","alerts"' in body and state["served"] is not None:
            state["at"] = now
            state["told"].set()
        if b'"status":"resolved","alerts"' in body:
            state["over"].set()

    def log_message(self, *words):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--rounds", type=int, default=20)
    ap.add_argument("--interval", type=int, default=2, help="seconds between evaluations")
    a = ap.parse_args()
    random.seed(4)
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_port
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/rules.yml", "w") as f:
            f.write("groups:\n- name: g\n  rules:\n  - {alert: Broken, expr: broken > 0}\n")
        with open(f"{folder}/dogwatch.yml", "w") as f:
            f.write(f"""
global: {{evaluation_interval: {a.interval}s, scrape_interval: 500ms, scrape_timeout: 500ms}}
rule_files: [rules.yml]
alerts: {{starter: false}}
scrape_configs: [{{job_name: page, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
notify:
  route: {{receiver: hook, group_wait: 0s, group_interval: 1s}}
  receivers: [{{name: hook, webhook_configs: [{{url: "http://127.0.0.1:{port}/"}}]}}]
""")
        program = subprocess.Popen(
            [os.environ.get("DOGWATCH", ".build/release/dogwatch"), "serve", "--config", f"{folder}/dogwatch.yml", "--otlp-http", "off",
             "--otlp-grpc", "off", "--zipkin", "off"], stderr=subprocess.DEVNULL)
        times = []
        try:
            time.sleep(2 * a.interval)
            for _ in range(a.rounds):
                time.sleep(random.random() * a.interval)
                state.update(served=None, told=threading.Event(), over=threading.Event(), value=1)
                if not state["told"].wait(60):
                    raise SystemExit("no notification came within a minute")
                times.append(state["at"] - state["served"])
                state["value"] = 0
                if not state["over"].wait(60):
                    raise SystemExit("the end was not told within a minute")
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait()
    times.sort()
    print(f"{len(times)} alerts, evaluated every {a.interval} s: median {times[len(times) // 2]:.3f} s, most {times[-1]:.3f} s; "
          f"beyond the interval at most {max(times[-1] - a.interval, 0) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
