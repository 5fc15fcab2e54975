"""Shared parts of the comparisons: scratch directory, child processes, CPU seconds, tables, how dogwatch is started.

Every process a bench starts is started here, remembered here and ended here, by its pid.
CPU seconds are user + system of that process and its children (all threads), read from the kernel.
"""
import atexit
import json
import os
import platform
import shlex
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SCRATCH = os.environ.get("BENCH_SCRATCH", os.path.join(tempfile.gettempdir(), "dogwatch-peers"))
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGESIZE")

# ------------------------------------------------------------------ how dogwatch is started
# DOGWATCH=path measures another program than the release build; empty, the peers alone. The command lines can be
# replaced from the environment too (DOGWATCH_SCRAPE=...); {bin} is $DOGWATCH, the other names are filled in by the bench.
DOGWATCH = os.environ.get("DOGWATCH", os.path.join(ROOT, ".build/release/dogwatch"))
if DOGWATCH and not os.access(DOGWATCH, os.X_OK):
    raise SystemExit(f"{DOGWATCH} is not there; make release builds it, and DOGWATCH= measures the peers alone")
DOGWATCH_TEMPLATES = {
    # scrape the targets of a Prometheus-style config, no screen, until SIGTERM; the HTTP API on {port}
    "SCRAPE": "{bin} serve --config {config} --api 127.0.0.1:{port} --otlp-http off --otlp-grpc off --zipkin off",
    # load a text file of "name{labels} value timestamp_ms" lines, then serve the Prometheus query API on {port}
    "PROMQL": "{bin} serve --load {data} --memory 4GiB --api 127.0.0.1:{port} --otlp-http off --otlp-grpc off --zipkin off",
}


def dogwatch(kind, **values):
    """The argv of our program for a bench, or None when DOGWATCH is not set."""
    if not DOGWATCH:
        return None
    template = os.environ.get("DOGWATCH_" + kind, DOGWATCH_TEMPLATES[kind])
    return shlex.split(template.format(bin=shlex.quote(DOGWATCH), **values))


# ------------------------------------------------------------------ CPU seconds and memory of a process
def tree(pid):
    """pid and all its descendants that are still alive."""
    kids = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as f:
                    ppid = int(f.read().rsplit(b")", 1)[1].split()[1])
                kids.setdefault(ppid, []).append(int(name))
            except (OSError, IndexError):
                pass
    out, todo = [], [pid]
    while todo:
        p = todo.pop()
        out.append(p)
        todo.extend(kids.get(p, []))
    return out


def cpu_ticks(pid):
    """user + sys seconds of one process with its reaped children, in 10 ms ticks (what /proc/PID/stat says)."""
    with open(f"/proc/{pid}/stat", "rb") as f:
        v = f.read().rsplit(b")", 1)[1].split()
    return (int(v[11]) + int(v[12]) + int(v[13]) + int(v[14])) / TICK


def cpu(pid):
    """CPU seconds with all live threads, in nanosecond steps; the sum over live threads, so it is only
    used for differences over a stretch in which no thread ends (Go, Swift and C servers keep theirs)."""
    total = 0
    for t in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{t}/schedstat") as f:
                total += int(f.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def rss(pid):
    """Resident bytes: anonymous, file and shared memory apart (files mapped, such as VictoriaMetrics' parts, can be dropped by the kernel)."""
    out = {}
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            k, _, v = line.partition(":")
            if k in ("VmRSS", "RssAnon", "RssFile", "RssShmem", "VmHWM"):
                out[k] = int(v.split()[0]) * 1024
    return out


# ------------------------------------------------------------------ child processes
class Proc:
    def __init__(self, name, argv, log=None, env=None, cwd=None):
        self.name = name
        self.argv = argv
        os.makedirs(SCRATCH, exist_ok=True)
        self.logpath = log or os.path.join(SCRATCH, f"{name}.log")
        self.log = open(self.logpath, "wb")
        self.started = time.time()
        self.p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=env, cwd=cwd, start_new_session=True)
        self.pid = self.p.pid
        _procs.append(self)

    def alive(self):
        return self.p.poll() is None

    def stop(self, wait=15):
        if self.p.poll() is None:
            pids = tree(self.pid)
            self.p.terminate()
            try:
                self.p.wait(wait)
            except subprocess.TimeoutExpired:
                self.p.kill()
                self.p.wait()
            for pid in pids[1:]:        # descendants that outlived their parent: started by us, ended by pid
                try:
                    os.kill(pid, signal.SIGTERM)
                except OSError:
                    pass
        else:
            self.p.wait()
        self.log.close()
        if self in _procs:
            _procs.remove(self)

    def tail(self, n=2000):
        with open(self.logpath, "rb") as f:
            return f.read()[-n:].decode("utf8", "replace")


_procs = []


def stop_all():
    for p in list(_procs):
        try:
            p.stop(5)
        except Exception:
            pass


atexit.register(stop_all)
for _sig in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(_sig, lambda *_: sys.exit(143))


def free_port():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
    s.close()
    return port


def http(url, data=None, headers=None, timeout=60):
    req = urllib.request.Request(url, data=data, headers=headers or {})
    with urllib.request.urlopen(req, timeout=timeout) as r:
        return r.read()


def wait_http(url, seconds=30, proc=None):
    t0 = time.time()
    while time.time() - t0 < seconds:
        if proc is not None and not proc.alive():
            raise SystemExit(f"{proc.name} ended at once:\n{proc.tail()}")
        try:
            http(url, timeout=2)
            return time.time() - t0
        except Exception:
            time.sleep(0.05)
    raise SystemExit(f"no answer from {url} in {seconds} s" + (":\n" + proc.tail() if proc else ""))


def metrics(url):
    """An exposition page as {name{labels}: value}; without labels the name alone."""
    out = {}
    for line in http(url).decode("utf8", "replace").splitlines():
        if line and line[0] != "#":
            k, _, v = line.rpartition(" ")
            try:
                out[k] = float(v)
            except ValueError:
                pass
    return out


# ------------------------------------------------------------------ running a command to its end
def timed(argv, stdin=None, stdout=subprocess.DEVNULL, env=None, timeout=600):
    """Run to the end: (cpu seconds, wall seconds, peak RSS bytes, exit code, stdout bytes if PIPE)."""
    t0 = time.perf_counter()
    p = subprocess.Popen(argv, stdin=stdin or subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL, env=env)
    out = p.stdout.read() if stdout == subprocess.PIPE else b""
    _, status, ru = os.wait4(p.pid, 0)
    wall = time.perf_counter() - t0
    p.returncode = os.waitstatus_to_exitcode(status)
    return ru.ru_utime + ru.ru_stime, wall, ru.ru_maxrss * 1024, p.returncode, out


# ------------------------------------------------------------------ numbers and tables
def med(xs):
    return statistics.median(xs)


def spread(xs, fmt="{:.2f}"):
    """median (min-max)"""
    if not xs:
        return "-"
    if len(xs) == 1:
        return fmt.format(xs[0])
    return f"{fmt.format(med(xs))} ({fmt.format(min(xs))}-{fmt.format(max(xs))})"


def table(rows, head, left=(0,)):
    """Prints a Markdown table; the columns named in left are aligned left."""
    rows = [[str(c) for c in r] for r in rows]
    left = {i % len(head) for i in left}
    w = [max(len(r[i]) for r in rows + [head]) for i in range(len(head))]
    line = lambda r: "| " + " | ".join(c.ljust(w[i]) if i in left else c.rjust(w[i]) for i, c in enumerate(r)) + " |"
    print(line(head))
    print("|" + "|".join("-" * (x + 1) + ("-" if i in left else ":") for i, x in enumerate(w)) + "|")
    for r in rows:
        print(line(r))
    sys.stdout.flush()


def steal():
    """Seconds the hypervisor kept from this machine, and seconds the two processors were busy, since boot."""
    v = [int(x) for x in open("/proc/stat").readline().split()[1:]]
    return v[7] / TICK, (v[0] + v[1] + v[2] + v[5] + v[6]) / TICK


class Machine:
    """Prints what the machine did while a bench ran: load from other processes and steal, to judge the run by."""
    def __init__(self):
        self.s0, self.b0 = steal()
        self.t0 = time.time()

    def note(self):
        s, b = steal()
        dt = time.time() - self.t0
        print(f"# machine: {os.cpu_count()} processors, kernel {platform.release().split('-')[0]}; "
              f"all processes busy {100 * (b - self.b0) / dt / os.cpu_count():.0f} %, stolen {100 * (s - self.s0) / dt / os.cpu_count():.1f} % "
              f"of {dt:.0f} s")


def save(name, obj):
    """Raw figures of a run, for later comparison."""
    d = os.path.join(SCRATCH, "results")
    os.makedirs(d, exist_ok=True)
    path = os.path.join(d, f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.json")
    with open(path, "w") as f:
        json.dump(obj, f, indent=1)
    print(f"# raw figures: {os.path.relpath(path, SCRATCH)} under the scratch directory")


def fresh_dir(*parts):
    d = os.path.join(SCRATCH, *parts)
    shutil.rmtree(d, ignore_errors=True)
    os.makedirs(d)
    return d


# ------------------------------------------------------------------ installing
def need(*programs):
    """Names what is missing, and the Debian packages that bring it."""
    missing = [p for p in programs if not shutil.which(p)]
    if missing:
        raise SystemExit("missing: " + " ".join(missing) + "; the README beside this script names the Debian packages")


def build(source, out, *args, compiler=None):
    """Compile a helper of src/ into the scratch directory unless it is newer than its source."""
    src = os.path.join(HERE, "src", source)
    out = os.path.join(SCRATCH, out)
    os.makedirs(SCRATCH, exist_ok=True)
    if not os.path.exists(out) or os.path.getmtime(out) < os.path.getmtime(src):
        cc = compiler or ("g++" if source.endswith((".cc", ".cpp")) else "gcc")
        need(cc)
        subprocess.run([cc, "-O3", "-march=native", "-o", out, src, *args], check=True)
    return out


def version(program, newer_=False):
    """The installed package's version; of the newer tree, also of packages that are only unpacked there."""
    if newer_:
        for deb in os.listdir(os.path.join(NEWER, "var/cache/apt/archives")):
            if deb.startswith(program + "_"):
                return deb.split("_")[1].replace("%3a", ":")
        return "?"
    try:
        out = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", program], capture_output=True, text=True).stdout
        return out or "?"
    except OSError:
        return "?"


NEWER = os.environ.get("BENCH_NEWER", os.path.join(SCRATCH, "newer"))


def newer(program):
    """argv prefix that runs Debian 13's version of a peer from its own directory (newer.sh brings it)."""
    exe = os.path.join(NEWER, "usr/bin", program)
    if not os.path.exists(exe):
        print("# bringing newer peers", flush=True)
        subprocess.run(["bash", os.path.join(HERE, "newer.sh"), NEWER], check=True)
    with open(exe, "rb") as f:
        dynamic = b"ld-linux" in f.read(8192)
    libs = ":".join(os.path.join(NEWER, x) for x in ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"))
    return [os.path.join(NEWER, "lib64/ld-linux-x86-64.so.2"), "--library-path", libs, exe] if dynamic else [exe]


def variants(program, with_newer):
    """[(label, argv prefix)] of a peer: Debian 12's, and Debian 13's when asked for."""
    short = lambda v: ".".join(v.split("+")[0].split("-")[0].split(".")[:2])
    out = [(f"{program} {short(version(program))}", [program])]
    if with_newer:
        argv = newer(program)
        out.append((f"{program} {short(version(program, True))}", argv))
    return out
