"""What the figures were measured on, and how busy it was meanwhile."""

import os
import platform
import shutil
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def description():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    system = next((line.split("=", 1)[1].strip().strip('"') for line in open("/etc/os-release") if line.startswith("PRETTY_NAME=")), "Linux")
    memory = os.sysconf("SC_PAGESIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB, {system}, Linux {platform.release()}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC"


class Load:
    """What all processes together took, from its making on."""

    def __init__(self):
        self.began, self.before = time.time(), self._read()

    @staticmethod
    def _read():
        user, nice, system, _, _, irq, softirq, steal = (int(word) / TICK for word in open("/proc/stat").readline().split()[1:9])
        return user + nice + system + irq + softirq, steal

    def __str__(self):
        seconds = max(time.time() - self.began, 0.01) * os.cpu_count()
        busy, stolen = (100 * (now - then) / seconds for now, then in zip(self._read(), self.before))
        return f"all processes together used {busy:.0f} % of the machine meanwhile, {stolen:.1f} % was stolen"


def version(program):
    """As Debian's package calls it."""
    path = shutil.which(program)
    if not path or not shutil.which("dpkg-query"):
        return ""
    package = subprocess.run(["dpkg-query", "-S", os.path.realpath(path)], capture_output=True, text=True).stdout.split(":")[0]
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True).stdout if package else ""
    return found.split(":")[-1].split("-")[0].split("+")[0]


def install(programs):
    """Brings what is missing as Debian packages of the same name, and says so."""
    missing = [program for program in programs if not shutil.which(program)]
    if not missing:
        return
    print(f"installing the Debian packages {', '.join(missing)}", flush=True)
    root = [] if os.geteuid() == 0 else ["sudo"]
    subprocess.run([*root, "apt-get", "update", "-qq"], check=False)
    subprocess.run([*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], stdout=subprocess.DEVNULL, check=False)
