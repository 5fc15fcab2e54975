#!/usr/bin/env python3
"""Scraping: what a sample costs from the page on the wire to the store, and what a series costs in memory.

    ./scrape.py [--sizes 100,500] [--gzip off,on] [--warm 30] [--seconds 60] [--repeat 1] [--apart] [--newer] [--quick]
    DOGWATCH=path ./scrape.py                                  another build of dogwatch; DOGWATCH= the peers alone

nginx serves N thousand series on loopback as pages of 10 000 series (1.34 MB); every interval (5 s) the pages move on
to their next version. Prometheus and VictoriaMetrics scrape them side by side (--apart: one after the other).
    new       CPU us per series made: all CPU less what its samples cost at the steady rate (index merges included)
    steady    CPU s per million samples over --seconds after --warm, a difference of the peer's own sample counter
    whole     CPU s per million samples, start to end
    RSS/series  resident memory at the end less that of the idle program, by active series
The floor rows say what the machine itself allows (src/expofloor.c, src/inflatefloor.c).
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import time
import zlib

sys.dont_write_bytecode = True

import benchlib as b  # noqa: E402

b.need("nginx", "prometheus", "victoria-metrics", "gcc", "wrk")
PER = 10_000
INTERVAL = 5


def gz(path):
    with open(path, "rb") as f:
        data = f.read()
    c = zlib.compressobj(6, zlib.DEFLATED, 31)
    with open(path + ".gz", "wb") as f:
        f.write(c.compress(data) + c.flush())


def generate(targets, versions, compress):
    d = os.path.join(b.SCRATCH, "expo")
    done = os.path.join(d, f"done-{targets}-{versions}")
    if not os.path.exists(done):
        d = b.fresh_dir("expo")
        subprocess.run([b.build("genexpo.c", "genexpo", "-lm"), d, str(targets), str(PER), str(versions)], check=True)
        open(done, "w").close()
    if compress and not os.path.exists(done + "-gz"):
        with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as ex:
            list(ex.map(gz, [f"{d}/v{k}/t{t}/metrics" for k in range(versions) for t in range(targets)], chunksize=8))
        open(done + "-gz", "w").close()
    return d


def point(d, version):
    """Let the pages be those of one version, at once."""
    os.symlink(f"v{version}", f"{d}/next")
    os.rename(f"{d}/next", f"{d}/now")


def web(d, gzip):
    port = b.free_port()
    conf = f"{b.SCRATCH}/scrape-nginx.conf"
    with open(conf, "w") as f:
        f.write(f"""daemon off; pid {b.SCRATCH}/scrape-nginx.pid; error_log {b.SCRATCH}/scrape-nginx.err; worker_processes 1; {"user root;" if os.getuid() == 0 else ""}
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; default_type text/plain; keepalive_requests 100000;
  client_body_temp_path {b.SCRATCH}; proxy_temp_path {b.SCRATCH}; fastcgi_temp_path {b.SCRATCH}; uwsgi_temp_path {b.SCRATCH}; scgi_temp_path {b.SCRATCH};
  server {{ listen 127.0.0.1:{port}; root {d}/now; types {{ }} default_type "text/plain; version=0.0.4; charset=utf-8"; {"gzip_static on;" if gzip else ""} }} }}
""")
    p = b.Proc("scrape-nginx", ["nginx", "-c", conf])
    b.wait_http(f"http://127.0.0.1:{port}/t0/metrics", proc=p)
    return p, port


def config(port, targets, name):
    lines = ["global:", f"  scrape_interval: {INTERVAL}s", f"  scrape_timeout: {INTERVAL}s", "scrape_configs:", "- job_name: shop", "  static_configs:"]
    for t in range(targets):
        lines.append(f"  - {{targets: ['127.0.0.1:{port}'], labels: {{__metrics_path__: /t{t}/metrics, instance: t{t}}}}}")
    path = f"{b.SCRATCH}/{name}.yml"
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")
    return path


class Peer:
    """One program under measurement: starts it idle, then with the targets; reads its own counters."""
    def __init__(self, name, label=None, prefix=None):
        self.name, self.label, self.prefix = name, label or name, prefix or [name]

    def argv(self, cfg, data, port):
        if self.name == "prometheus":
            return self.prefix + [f"--config.file={cfg}", f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
        if self.name == "victoria-metrics":
            return self.prefix + [f"-promscrape.config={cfg}", f"-storageDataPath={data}", f"-httpListenAddr=127.0.0.1:{port}", "-loggerLevel=WARN"]
        return b.dogwatch("SCRAPE", config=cfg, port=port)

    def counters(self):
        m = b.metrics(f"http://127.0.0.1:{self.port}/metrics")
        if self.name == "prometheus":
            return m.get("prometheus_tsdb_head_samples_appended_total", m.get('prometheus_tsdb_head_samples_appended_total{type="float"}', 0)), m["prometheus_tsdb_head_series"], m
        if self.name == "victoria-metrics":
            return m.get('vm_rows_inserted_total{type="promscrape"}', 0), m.get("vm_new_timeseries_created_total", 0), m
        return m["dogwatch_samples_ingested_total"], m["dogwatch_active_series"], m

    def start(self, cfg, tag):
        self.data = b.fresh_dir(f"data-{self.label}".replace(" ", "-"))
        self.port = b.free_port()
        self.p = b.Proc(f"{self.label}-{tag}".replace(" ", "-"), self.argv(cfg, self.data, self.port))
        b.wait_http(f"http://127.0.0.1:{self.port}/metrics", proc=self.p)
        self.t0 = time.time()

    def idle(self):
        """Memory of the program with nothing to scrape."""
        empty = f"{b.SCRATCH}/empty.yml"
        with open(empty, "w") as f:
            f.write(f"global:\n  scrape_interval: {INTERVAL}s\nscrape_configs: []\n")
        self.start(empty, "idle")
        time.sleep(2)
        self.idle_rss = b.rss(self.p.pid)["VmRSS"]
        self.p.stop()

    def mark(self):
        s, n, m = self.counters()
        return {"t": time.time() - self.t0, "cpu": b.cpu_ticks(self.p.pid), "samples": s, "series": n, "rss": b.rss(self.p.pid), "m": m}


def du(path):
    total = 0
    for root, _, files in os.walk(path):
        for f in files:
            try:
                total += os.stat(os.path.join(root, f)).st_blocks * 512
            except OSError:
                pass
    return total


def run(peers, d, targets, gzip, warm, seconds, versions):
    point(d, 0)
    ng, port = web(d, gzip)
    cfg = config(port, targets, "scrape")
    for p in peers:
        p.start(cfg, "run")
    t0 = time.time()
    marks = {p: [] for p in peers}
    plan = [(INTERVAL * 1.6, "first"), (warm, "steady"), (warm + seconds, "end")]
    k = 0
    while plan:
        due = min(plan[0][0], (k + 1) * INTERVAL)
        time.sleep(max(0, t0 + due - time.time()))
        if due == (k + 1) * INTERVAL:
            k += 1
            point(d, k % versions)
        if due == plan[0][0]:
            plan.pop(0)
            for p in peers:
                marks[p].append(p.mark())
    out = []
    for p in peers:
        first, mid, end = marks[p]
        n = targets * PER
        m = end["m"]
        r = {"peer": p.label, "series": end["series"], "samples": end["samples"],
             "first_8s_cpu": first["cpu"],
             "steady": (end["cpu"] - mid["cpu"]) / max(1, end["samples"] - mid["samples"]) * 1e6,
             "whole": end["cpu"] / max(1, end["samples"]) * 1e6,
             "rss": end["rss"]["VmRSS"], "hwm": end["rss"]["VmHWM"], "per_series": (end["rss"]["VmRSS"] - p.idle_rss) / n, "disk": du(p.data)}
        r["new_us"] = (end["cpu"] - r["steady"] * end["samples"] / 1e6) / n * 1e6
        if p.name == "prometheus":
            r["heap"] = m.get("go_memstats_heap_inuse_bytes", 0)
            r["chunks_disk"] = m.get("prometheus_tsdb_head_chunks_storage_size_bytes", 0)
        if p.name == "victoria-metrics":
            r["heap"] = m.get("go_memstats_heap_inuse_bytes", 0)
            r["vm_rows"] = sum(v for k, v in m.items() if k.startswith('vm_rows{type="storage/'))
            r["vm_data"] = sum(v for k, v in m.items() if k.startswith('vm_data_size_bytes{type="storage/'))
            r["vm_index"] = sum(v for k, v in m.items() if k.startswith('vm_data_size_bytes{type="indexdb'))
        out.append(r)
    for p in peers:
        p.p.stop()
    out[0]["nginx_cpu"] = sum(b.cpu_ticks(x) for x in b.tree(ng.pid))
    ng.stop()
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--sizes", default="100,500", help="thousands of series")
    ap.add_argument("--gzip", default="off,on")
    ap.add_argument("--warm", type=int, default=30)
    ap.add_argument("--seconds", type=int, default=60)
    ap.add_argument("--repeat", type=int, default=1)
    ap.add_argument("--apart", action="store_true", help="peers one after the other instead of side by side")
    ap.add_argument("--peers", default="prometheus,victoria-metrics")
    ap.add_argument("--newer", action="store_true", help="Debian 13's versions of the peers too")
    ap.add_argument("--quick", action="store_true", help="100k, gzip on, 15 s + 30 s")
    a = ap.parse_args()
    if a.quick:
        a.sizes, a.gzip, a.warm, a.seconds = "100", "on", 15, 30
    sizes = [int(x) for x in a.sizes.split(",")]
    versions = min(19, (a.warm + a.seconds) // INTERVAL + 1)
    d = generate(max(sizes) * 1000 // PER, versions, "on" in a.gzip)
    machine = b.Machine()
    peers = [Peer(x, *v) for x in a.peers.split(",") if x for v in b.variants(x, a.newer)]
    if b.DOGWATCH:
        peers.append(Peer("dogwatch"))
    for p in peers:
        p.idle()
    found, raw = {}, []
    for rep in range(a.repeat):
        for size in sizes:
            for g in a.gzip.split(","):
                groups = [[p] for p in peers] if a.apart else [peers]
                for group in groups:
                    for r in run(group, d, size * 1000 // PER, g == "on", a.warm, a.seconds, versions):
                        raw.append(dict(r, size=size, gzip=g))
                        found.setdefault((size, g, r["peer"]), []).append(r)
                print(f"# {size}k gzip {g}: done", flush=True)
    floor = b.build("expofloor.c", "expofloor", "-lm")
    fl = [json.loads(subprocess.run([floor, f"{d}/v0/t{t}/metrics", f"{d}/v1/t{t}/metrics"], capture_output=True, text=True, check=True).stdout) for t in range(5)]
    rows = []
    for (size, g, name), rs in found.items():
        f = lambda k, s="{:.2f}", scale=1: b.spread([r[k] / scale for r in rs], s)
        rows.append([f"{size}k", g, name, f"{b.med([r['series'] for r in rs]):.0f}", f("new_us", "{:.1f}"), f("steady"), f("whole"), f("rss", "{:.0f}", 1e6), f("hwm", "{:.0f}", 1e6), f("per_series", "{:.0f}"),
                     b.spread([r["disk"] / max(1, r["samples"]) for r in rs], "{:.1f}")])
    known = [x["known_page_ns"] / 1000 for x in fl]
    rows.append(["any", "off", "floor: same page known, number read and kept", "-", "-", b.spread(known, "{:.4f}"), "-", "-", "-", "-", "-"])
    rows.append(["any", "off", "floor: read from the page cache", "-", "-", b.spread([x["read_ns"] / 1000 for x in fl], "{:.4f}"), "-", "-", "-", "-", "-"])
    # receiving the page over loopback, by wrk
    point(d, 0)
    ng, port = web(d, False)
    recv = []
    for _ in range(3):
        c, _, _, _, out = b.timed(["wrk", "-t1", "-c1", "-d2s", f"http://127.0.0.1:{port}/t0/metrics"], stdout=subprocess.PIPE)
        recv.append(c / (int(out.split(b" requests in")[0].split()[-1]) * PER) * 1e6)
    ng.stop()
    rows.append(["any", "off", "floor: received over loopback (wrk)", "-", "-", b.spread(recv, "{:.4f}"), "-", "-", "-", "-", "-"])
    if "on" in a.gzip:
        prog = b.build("inflatefloor.c", "inflatefloor", "-lz", "-ldeflate")
        infl = []
        for t in range(5):
            o, z, l = map(float, subprocess.run([prog, f"{d}/v0/t{t}/metrics.gz"], capture_output=True, text=True, check=True).stdout.split())
            infl.append((o / z / PER, o / l / PER))
        rows.append(["any", "on", "floor: inflate alone, zlib", "-", "-", b.spread([x for x, _ in infl], "{:.4f}")] + ["-"] * 5)
        rows.append(["any", "on", "floor: inflate alone, libdeflate", "-", "-", b.spread([x for _, x in infl], "{:.4f}")] + ["-"] * 5)
    b.table(rows, ["series", "gzip", "peer", "seen", "new us/series", "steady s/M", "whole s/M", "RSS MB", "peak MB", "RSS B/series", "disk B/sample"], left=(0, 1, 2))
    print(f"# page: {fl[0]['bytes_per_line']:.0f} bytes per series; nginx {b.version('nginx')}")
    machine.note()
    b.save("scrape", raw)


if __name__ == "__main__":
    main()
