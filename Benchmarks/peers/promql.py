#!/usr/bin/env python3
"""Queries: ten typical dashboard queries over two hours of 15 s samples of 20 000 series (9.6 million samples).

    ./promql.py [--runs 7] [--no-blocks] [--newer]       about a minute and a half
    DOGWATCH=path ./promql.py                            another build of dogwatch; DOGWATCH= the peers alone

The same samples go to: Prometheus' head by remote write (memory, with full chunks mapped from disk), Prometheus on
blocks made by promtool, VictoriaMetrics by remote write and flushed. Each query runs once to warm up and then --runs
times; per query the median CPU ms of the server (all threads, the collector's work after the answer included) and wall ms.
Ranges are one hour at 15 s steps (241 points) ending at the last sample; VictoriaMetrics answers with nocache=1.
Also: what loading costs (CPU s per million samples), resident memory and bytes on disk per sample.
"""
import argparse
import glob
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True

import benchlib as b  # noqa: E402

b.need("prometheus", "promtool", "victoria-metrics", "gcc")
STEPS, STEP = 480, 15
SAMPLES = 20_000 * STEPS

QUERIES = [
    ("rate by code", 1, 'sum by (code) (rate(http_requests_total[1m]))'),
    ("error ratio", 1, 'sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))'),
    ("p99, all", 1, 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))'),
    ("p95 by handler", 1, 'histogram_quantile(0.95, sum by (le, handler) (rate(http_request_duration_seconds_bucket[5m])))'),
    ("topk handlers", 1, 'topk(5, sum by (handler) (rate(http_requests_total[5m])))'),
    ("avg gauge by node", 1, 'avg by (node) (container_memory_working_set_bytes)'),
    ("max_over_time, 12 series", 1, 'max_over_time(container_memory_working_set_bytes{pod=~"pod-0010.",container=~"app|sidecar"}[5m])'),
    ("rate, 80 raw series", 1, 'rate(http_requests_total{handler="/api/v1/orders/1",method="GET"}[1m])'),
    ("cpu by namespace", 1, 'sum by (namespace) (rate(container_cpu_usage_seconds_total[5m]))'),
    ("table: increase 1 h", 0, 'topk(20, sum by (instance, handler) (increase(http_requests_total[1h])))'),
]


def generate(end):
    d = b.fresh_dir("tsdb")
    gen = b.build("gentsdb.c", "gentsdb", "-lm")
    subprocess.run([gen, d, str(STEPS), str(STEP), str(end), "rw"], check=True)
    return d, gen


def remote_write(port, path, d):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for f in sorted(glob.glob(d + "/rw-*.bin")):
        with open(f, "rb") as h:
            c.request("POST", path, h.read(), {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf", "X-Prometheus-Remote-Write-Version": "0.1.0"})
        r = c.getresponse()
        text = r.read()
        if r.status > 299:
            raise SystemExit(f"remote write: {r.status} {text[:200]}")


def du(path, only=None):
    total = 0
    for root, _, files in os.walk(path):
        for f in files:
            if only is None or only in os.path.join(root, f):
                total += os.stat(os.path.join(root, f)).st_size
    return total


def settle(pid, limit=8):
    """Wait until the process has been (almost) idle for half a second."""
    t0, last, quiet = time.time(), b.cpu(pid), 0
    while time.time() - t0 < limit and quiet < 5:
        time.sleep(0.1)
        now = b.cpu(pid)
        quiet = quiet + 1 if now - last < 0.002 else 0
        last = now


def ask(port, range_, query, end, extra):
    # A millisecond behind the samples: since Prometheus 3 a window is open at its left end, and answers are to be compared with older ones.
    end += 0.001
    q = {"query": query, **extra}
    if range_:
        q.update(start=end - 3600, end=end, step=STEP)
        path = "/api/v1/query_range?"
    else:
        q.update(time=end)
        path = "/api/v1/query?"
    return b.http(f"http://127.0.0.1:{port}{path}{urllib.parse.urlencode(q)}")


def measure(name, proc, port, end, runs, extra):
    settle(proc.pid)
    out = []
    for title, range_, query in QUERIES:
        body = ask(port, range_, query, end, extra)
        settle(proc.pid, 2)
        cpus, walls = [], []
        for _ in range(runs):
            c0, t0 = b.cpu(proc.pid), time.perf_counter()
            ask(port, range_, query, end, extra)
            walls.append(time.perf_counter() - t0)
            time.sleep(0.03)                       # what the collector still does for this query counts
            cpus.append(b.cpu(proc.pid) - c0)
        res = json.loads(body)["data"]["result"]
        first = sorted((json.dumps(r["metric"], sort_keys=True), (r.get("values") or [r.get("value")])[-1][1]) for r in res)[:1]
        out.append({"query": title, "cpu": cpus, "wall": walls, "series": len(res), "bytes": len(body), "first": first})
    return {"peer": name, "queries": out, "rss": b.rss(proc.pid)}


def idle_dogwatch(d):
    """Memory of dogwatch with a file of one sample."""
    with open(f"{d}/one.prom", "w") as f:
        f.write("up 1 1000000000000\n")
    port = b.free_port()
    p = b.Proc("promql-dogwatch-idle", b.dogwatch("PROMQL", data=f"{d}/one.prom", port=port))
    b.wait_http(f"http://127.0.0.1:{port}/metrics", proc=p)
    time.sleep(1)
    idle = b.rss(p.pid)["VmRSS"]
    p.stop()
    return idle


def store_bytes(port):
    """All that dogwatch's store holds for metrics by its own books: chunks with their heads, open samples, series, labels, index."""
    return b.metrics(f"http://127.0.0.1:{port}/metrics")['dogwatch_store_bytes{signal="metrics"}']


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--runs", type=int, default=7)
    ap.add_argument("--no-blocks", action="store_true")
    ap.add_argument("--newer", action="store_true", help="Debian 13's versions of the peers too")
    a = ap.parse_args()
    machine = b.Machine()
    end = int(time.time()) // 60 * 60 - 60
    d, gen = generate(end)
    results, load = [], []

    # Prometheus, head
    cfg = f"{b.SCRATCH}/promql.yml"
    with open(cfg, "w") as f:
        f.write("global: {scrape_interval: 15s}\n")
    for label, prefix in b.variants("prometheus", a.newer):
        data, port = b.fresh_dir("data-promql-head"), b.free_port()
        p = b.Proc("promql-head", prefix + [f"--config.file={cfg}", f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver", "--log.level=warn"])
        b.wait_http(f"http://127.0.0.1:{port}/-/ready", proc=p)
        idle, c0 = b.rss(p.pid)["VmRSS"], b.cpu_ticks(p.pid)
        remote_write(port, "/api/v1/write", d)
        settle(p.pid)
        load.append([f"{label} head (remote write)", f"{(b.cpu_ticks(p.pid) - c0) / SAMPLES * 1e6:.2f}", f"{b.rss(p.pid)['VmRSS'] / 1e6:.0f}", f"{(b.rss(p.pid)['VmRSS'] - idle) / 20000:.0f}", f"{du(data, '/wal/') / SAMPLES:.1f} WAL"])
        results.append(measure(f"{label} head", p, port, end, a.runs, {}))
        p.stop()

    # Prometheus, blocks
    if not a.no_blocks:
        subprocess.run([gen, d, str(STEPS), str(STEP), str(end), "om"], check=True)
        data, port = b.fresh_dir("data-promql-blocks"), b.free_port()
        c, w, _, rc, _ = b.timed(["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", f"{d}/data.om", data])
        os.remove(f"{d}/data.om")
        p = b.Proc("promql-blocks", ["prometheus", f"--config.file={cfg}", f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"])
        b.wait_http(f"http://127.0.0.1:{port}/-/ready", proc=p)
        settle(p.pid)
        results.append(measure("prometheus blocks", p, port, end, a.runs, {}))
        load.append(["prometheus blocks (promtool, text)", f"{c / SAMPLES * 1e6:.2f}", f"{b.rss(p.pid)['VmRSS'] / 1e6:.0f} after the queries", "-", f"{du(data, '/chunks/') / SAMPLES:.2f} chunks, {du(data, '/index') / SAMPLES:.2f} index"])
        p.stop()

    # VictoriaMetrics
    for label, prefix in b.variants("victoria-metrics", a.newer):
        data, port = b.fresh_dir("data-promql-vm"), b.free_port()
        p = b.Proc("promql-vm", prefix + [f"-storageDataPath={data}", f"-httpListenAddr=127.0.0.1:{port}", "-loggerLevel=WARN"])
        b.wait_http(f"http://127.0.0.1:{port}/health", proc=p)
        idle, c0 = b.rss(p.pid)["VmRSS"], b.cpu_ticks(p.pid)
        remote_write(port, "/api/v1/write", d)
        b.http(f"http://127.0.0.1:{port}/internal/force_flush")
        b.http(f"http://127.0.0.1:{port}/internal/force_merge")
        settle(p.pid, 15)
        m = b.metrics(f"http://127.0.0.1:{port}/metrics")
        size = sum(v for k, v in m.items() if k.startswith('vm_data_size_bytes{type="storage/'))
        index = sum(v for k, v in m.items() if k.startswith('vm_data_size_bytes{type="indexdb'))
        load.append([f"{label} (remote write)", f"{(b.cpu_ticks(p.pid) - c0) / SAMPLES * 1e6:.2f}", f"{b.rss(p.pid)['VmRSS'] / 1e6:.0f}", f"{(b.rss(p.pid)['VmRSS'] - idle) / 20000:.0f}",
                     f"{size / SAMPLES:.2f} data, {index / SAMPLES:.2f} index"])
        results.append(measure(label, p, port, end, a.runs, {"nocache": 1}))
        p.stop()

    if b.DOGWATCH:
        subprocess.run([gen, d, str(STEPS), str(STEP), str(end), "text"], check=True)
        idle = idle_dogwatch(d)
        port = b.free_port()
        p = b.Proc("promql-dogwatch", b.dogwatch("PROMQL", data=f"{d}/data.prom", port=port))
        b.wait_http(f"http://127.0.0.1:{port}/metrics", 120, p)
        t0 = time.time()
        while b.metrics(f"http://127.0.0.1:{port}/metrics").get("dogwatch_samples_ingested_total", 0) < SAMPLES and time.time() - t0 < 120:
            time.sleep(0.2)
        load.append(["dogwatch (text)", f"{b.cpu_ticks(p.pid) / SAMPLES * 1e6:.2f}", f"{b.rss(p.pid)['VmRSS'] / 1e6:.0f}", f"{(b.rss(p.pid)['VmRSS'] - idle) / 20000:.0f}",
                     f"{store_bytes(port) / SAMPLES:.2f} in memory, index and all"])
        results.append(measure("dogwatch", p, port, end, a.runs, {}))
        p.stop()
    b.fresh_dir("tsdb")

    names = [r["peer"] for r in results]
    rows = []
    for i, (title, _, _) in enumerate(QUERIES):
        rows.append([title, results[0]["queries"][i]["series"]] + [b.spread([x * 1000 for x in r["queries"][i]["cpu"]], "{:.1f}") for r in results]
                    + [f"{b.med(r['queries'][i]['wall']) * 1000:.1f}" for r in results])
    tot = [[sum(b.med(q[k]) for q in r["queries"]) * 1000 for r in results] for k in ("cpu", "wall")]
    rows.append(["all ten, sum of medians", "-"] + [f"{x:.0f}" for x in tot[0]] + [f"{x:.0f}" for x in tot[1]])
    b.table(rows, ["query", "series out"] + ["CPU ms: " + n for n in names] + ["wall ms: " + n for n in names])
    fl = [json.loads(subprocess.run([b.build("promqlfloor.c", "promqlfloor", "-lm")], capture_output=True, text=True).stdout) for _ in range(3)]
    print(f"# floor for 'rate by code' (C, one thread): {b.spread([x['raw_ms'] for x in fl], '{:.1f}')} ms from plain 8-byte samples, {b.spread([x['packed_ms'] for x in fl], '{:.1f}')} ms from samples packed to {fl[0]['bytes_per_sample']:.2f} bytes "
          f"(unpacking {b.spread([x['unpack_ns_per_sample'] for x in fl], '{:.1f}')} ns per sample)")
    b.table(load, ["load, 9.6 M samples in 20 000 series", "CPU s/M samples", "RSS MB", "RSS B/series", "bytes per sample (on disk, but dogwatch)"])
    for i, (title, _, _) in enumerate(QUERIES):
        seen = {r["peer"]: (r["queries"][i]["series"], r["queries"][i]["first"]) for r in results}
        if len({s for s, _ in seen.values()}) > 1:
            print(f"# answers differ in size: {title}: {({k: s for k, (s, _) in seen.items()})}")
        first = {r["peer"]: r["queries"][i]["first"] for r in results if not r["peer"].startswith("victoria")}    # its rate() is another function
        base = results[0]["queries"][i]["first"]
        for k, v in first.items():
            if base and v and (base[0][0] != v[0][0] or abs(float(base[0][1]) - float(v[0][1])) > 1e-6 * abs(float(base[0][1]))):
                print(f"# answers differ: {title}: {results[0]['peer']} {base[0]}, {k} {v[0]}")
    print(f"# {a.runs} runs after one warm-up; median (min-max)")
    machine.note()
    b.save("promql", {"load": load, "results": results})


if __name__ == "__main__":
    main()
