#!/usr/bin/env python3
"""Rules: what an evaluation of many rules costs, beside Prometheus on the same file and the same data in the same run.

    ./rules.py [--rules 10000] [--warm 330] [--seconds 90] [--newer]
    DOGWATCH=path ./rules.py                                   another build of dogwatch

100 thousand series (ten pages of scrape.py's) are scraped every 15 s by each program twice: once with the rules, once without.
What the rules cost is the difference of the two in CPU time, divided by the evaluations of all groups. A round is one
evaluation of every rule; its share is that of one core within the interval of 15 s.
"""
import argparse
import json
import os
import random
import re
import time

import scrape
import benchlib as b

INTERVAL = 15
GROUPS = 50


def selectors(d):
    """Label values that pick a few series of one page each."""
    handlers, pods, services = {}, {}, set()
    with open(f"{d}/v0/t0/metrics") as f:
        for line in f:
            if line.startswith("#"):
                continue
            name = line.split("{", 1)[0]
            labels = dict(re.findall(r'(\w+)="([^"]*)"', line))
            if name == "http_requests_total":
                handlers.setdefault(labels["handler"], 0)
                handlers[labels["handler"]] += 1
                services.add(labels["service"])
            if name == "queue_depth":
                pods.setdefault(labels.get("pod", ""), 0)
    return sorted(handlers), sorted(p for p in pods if p), sorted(services)


def rule_file(d, count, path):
    random.seed(7)
    handlers, pods, services = selectors(d)
    rules = []
    for i in range(count):
        t, kind = i % 10, (i // 10) % 5
        where = f'instance="t{t}"'
        if kind in (0, 1):
            limit = "0.0001" if i % 100 == 0 else "1e9"
            expr = f'sum by (service, code) (rate(http_requests_total{{{where},handler="{random.choice(handlers)}"}}[5m])) > {limit}'
            rules.append(f"  - {{alert: R{i}, expr: '{expr}', for: 1m, labels: {{severity: page, team: t{t}}}, annotations: {{summary: 'rate of {{{{ $labels.service }}}} is {{{{ $value | humanize }}}}'}}}}")
        elif kind == 2:
            expr = f'histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket{{{where},service="{random.choice(services)}"}}[5m]))) > 1e9'
            rules.append(f"  - {{alert: R{i}, expr: '{expr}', labels: {{severity: page}}}}")
        elif kind == 3:
            expr = f'queue_depth{{{where},pod="{random.choice(pods)}"}} > 1e9' if pods else f'queue_depth{{{where}}} > 1e9'
            rules.append(f"  - {{alert: R{i}, expr: '{expr}', for: 5m, labels: {{severity: ticket}}}}")
        else:
            expr = f'sum by (code) (rate(http_requests_total{{{where},service="{random.choice(services)}"}}[5m]))'
            rules.append(f"  - {{record: 'service:requests:rate5m', expr: '{expr}', labels: {{n: r{i}}}}}")
    per = (count + GROUPS - 1) // GROUPS
    with open(path, "w") as f:
        f.write("groups:\n")
        for g in range(GROUPS):
            f.write(f"- name: g{g}\n  interval: {INTERVAL}s\n  rules:\n" + "\n".join(rules[g * per:(g + 1) * per]) + "\n")


def config(port, rules, name):
    lines = ["global:", f"  scrape_interval: {INTERVAL}s", f"  scrape_timeout: {INTERVAL}s"]
    if rules:
        lines.append(f"rule_files: ['{rules}']")
    lines += ["scrape_configs:", "- job_name: shop", "  static_configs:"]
    for t in range(10):
        lines.append(f"  - {{targets: ['127.0.0.1:{port}'], labels: {{__metrics_path__: /t{t}/metrics, instance: t{t}}}}}")
    path = f"{b.SCRATCH}/{name}.yml"
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")
    return path


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--rules", type=int, default=10_000)
    ap.add_argument("--warm", type=int, default=330, help="seconds before measuring; the rules look back over five minutes")
    ap.add_argument("--seconds", type=int, default=90)
    ap.add_argument("--newer", action="store_true", help="Debian 13's Prometheus too")
    a = ap.parse_args()
    d = scrape.generate(10, 19, False)
    machine = b.Machine()
    rules = f"{b.SCRATCH}/rules-{a.rules}.yml"
    rule_file(d, a.rules, rules)
    scrape.point(d, 0)
    ng, port = scrape.web(d, False)
    plain, ruled = config(port, None, "rules-none"), config(port, rules, "rules-all")
    kinds = [("prometheus", *v) for v in b.variants("prometheus", a.newer)] + ([("dogwatch",)] if b.DOGWATCH else [])
    pairs = []
    for kind in kinds:
        for cfg, tag in ((ruled, "rules"), (plain, "none")):
            p = scrape.Peer(*kind)
            p.label = f"{p.label} {tag}"
            p.start(cfg, tag)
            pairs.append((p, tag))
    start, k, marks = time.time(), 0, {}
    while True:
        now = time.time() - start
        if now >= a.warm and "begin" not in marks:
            marks["begin"] = [p.mark() for p, _ in pairs]
        if now >= a.warm + a.seconds:
            marks["end"] = [p.mark() for p, _ in pairs]
            break
        k += 1
        scrape.point(d, k % 19)
        time.sleep(max(0, min(start + k * INTERVAL, start + a.warm if "begin" not in marks else start + a.warm + a.seconds) - time.time()) or 0.1)
    rows, raw = [], []
    rounds = a.seconds / INTERVAL
    for i in range(0, len(pairs), 2):
        cpu = [marks["end"][i + j]["cpu"] - marks["begin"][i + j]["cpu"] for j in (0, 1)]
        cost = (cpu[0] - cpu[1]) / rounds
        name = pairs[i][0].label.rsplit(" ", 1)[0]
        firing = json.loads(b.http(f"http://127.0.0.1:{pairs[i][0].port}/api/v1/alerts"))["data"]["alerts"]
        rss = marks["end"][i]["rss"]["VmRSS"] - marks["end"][i + 1]["rss"]["VmRSS"]
        rows.append([name, f"{cost:.3f}", f"{cost / INTERVAL * 100:.1f} %", f"{cost / a.rules * 1e6:.1f}", f"{rss / 1e6:.0f}", str(len(firing)), f"{cpu[1]:.1f}"])
        raw.append({"peer": name, "cpu_per_round": cost, "rules": a.rules, "firing": len(firing), "rss_extra": rss})
    for p, _ in pairs:
        p.p.stop()
    ng.stop()
    b.table(rows, ["peer", "CPU s a round", "of one core", "us a rule", "RSS MB more", "active alerts", "CPU s without"], left=(0,))
    machine.note()
    b.save("rules", raw)


if __name__ == "__main__":
    main()
