"""One trace of any size as lines of OTLP JSON."""

import json
import random

SERVICES = ["edge", "user", "catalog", "cart", "order", "payment", "inventory", "mail", "search", "pricing", "shipping", "audit"]
DEPTH = 8
START = 1_790_000_000_000_000_000


def write(path, count, lines_of=500):
    """A tree of `count` spans over twelve services, at most `DEPTH` deep; the same bytes each time."""
    dice = random.Random(count)
    spans, depths = [(0, START, START + 60_000_000_000)], [0]
    groups = {}
    with open(path, "w") as file:
        for number in range(count):
            if number:
                parent = dice.randrange(max(0, number - 200), number)
                while depths[parent] == DEPTH:
                    parent = spans[parent][0]
                _, first, last = spans[parent]
                start = dice.randint(first, max(first, last - 2_000))
                spans.append((parent, start, min(last, start + max(1_000, (last - first) // dice.randint(2, 40)))))
                depths.append(depths[parent] + 1)
            groups.setdefault(SERVICES[number % 12], []).append(span(number, *spans[number], dice))
            if number % lines_of == lines_of - 1 or number == count - 1:
                file.write(json.dumps({"resourceSpans": [resource(*group) for group in groups.items()]}) + "\n")
                groups = {}


def resource(service, spans):
    return {
        "resource": {"attributes": [text("service.name", service), text("service.version", "1.4.2")]},
        "scopeSpans": [{"scope": {"name": "benchmark"}, "spans": spans}],
    }


def span(number, parent, start, end, dice):
    failed = dice.random() < 0.01
    return {
        "traceId": "7" * 32, "spanId": f"{number + 1:016x}", "parentSpanId": f"{parent + 1:016x}" if number else "",
        "name": f"GET /things/{number % 40}", "kind": 2 if number % 2 else 3,
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(end),
        "attributes": [
            text("http.request.method", "GET"), text("url.path", f"/things/{number}"), text("server.address", "catalog"),
            {"key": "http.response.status_code", "value": {"intValue": "500" if failed else "200"}},
        ],
        "status": {"code": 2} if failed else {},
    }


def text(key, value):
    return {"key": key, "value": {"stringValue": value}}
