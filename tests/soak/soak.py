#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An agent over a day, compressed: short processes, logs that come and go, findings, rotation, reloads, outputs that are
down; and half a day more, in which it is stopped, and killed. In the second half of either nothing new is found, so that
memory must be flat there. Prints memory, descriptors, counters and latency over time, draws them (build/soak/soak.svg),
and ends with 1 if a line that should be flat is not, or a number does not add up.

    tests/soak/soak.py MINUTES      after `make soak`, which builds what it needs. The day takes two thirds of the time,
                                    or longer, if that is too short for it. LOAD=0.1: a tenth of a day; SEED=N: the same
                                    disturbances again
"""
import contextlib
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BUILD = os.environ.get("B", "build")
OUT = f"{BUILD}/soak"
DAY = {"processes": 1_000_000, "logs": 100_000, "values": 10_000, "lines": 10_000_000}
SAMPLE_S = 2
IDLE_S = 20
ID = re.compile(rb"\b[0-9a-f]{32}\b")
NAME = f"soak-{os.getpid()}"  # the load's: what another soak writes is not ours


class Receivers:
    """Takes what the outputs send: finding ids, by output. While they are down, HTTP answers 503, and nobody listens for
    syslog."""

    def __init__(self):
        self.is_down = False
        self.ids = {}
        outer = self

        class Http(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not outer.is_down:
                    outer.take(self.path.split("/")[1], body)
                self.send_response(503 if outer.is_down else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Http)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.syslog = socket.create_server(("127.0.0.1", 0))
        self.syslog_port = self.syslog.getsockname()[1]
        threading.Thread(target=self.take_syslog, daemon=True).start()

    def take(self, name, data):
        self.ids.setdefault(name, set()).update(ID.findall(data))

    def take_syslog(self):
        """One connection at a time, as the agent makes one. What is there when it is to go down is still taken."""
        while True:
            if self.is_down:
                time.sleep(0.1)
                continue
            with socket.create_server(("127.0.0.1", self.syslog_port)) if self.syslog is None else self.syslog as listener:
                self.syslog = None
                listener.settimeout(0.5)
                while not self.is_down:
                    with contextlib.suppress(OSError):
                        self.take_connection(listener.accept()[0])

    def take_connection(self, connection):
        rest = b""
        connection.settimeout(0.5)
        with connection:
            while True:
                try:
                    data = connection.recv(1 << 16)
                except TimeoutError:
                    if self.is_down:
                        return
                    continue
                self.take("syslog", rest + data)
                rest = (rest + data)[-64:]
                if not data:
                    return


class Agent:
    def __init__(self, folder, receivers):
        self.folder, self.receivers = folder, receivers
        self.process = self.port = None
        self.starts = 0
        os.makedirs(f"{folder}/etc")
        self.configure()

    def configure(self, more=""):
        web = f"http://127.0.0.1:{self.receivers.http.server_port}"
        text = f"""version: 1
targets: [{{comm: {NAME}}}]
directories: {{state: {self.folder}/state, cache: {self.folder}/cache}}
http: {{listen: "127.0.0.1:0"}}
probe: {{every: 1s, patience: 10s}}
policy: {{repeat: 10s, resolve_after: 60s, updates_per_minute: 600}}
outputs:
  - {{name: file, type: file, path: {self.folder}/state/findings.jsonl}}
  - {{name: syslog, type: syslog, url: "tcp://127.0.0.1:{self.receivers.syslog_port}"}}
  - {{name: webhook, type: webhook, url: "{web}/webhook/"}}
  - {{name: otlp, type: otlp, url: "{web}/otlp/v1/logs"}}
  - {{name: alertmanager, type: alertmanager, url: "{web}/alertmanager/api/v2/alerts"}}
{more}"""
        with open(f"{self.folder}/etc/new", "w") as f:
            f.write(text)
        os.rename(f"{self.folder}/etc/new", f"{self.folder}/etc/logspill.yaml")

    def start(self):
        self.log = open(f"{self.folder}/agent-{self.starts}.log", "w+")
        self.starts += 1
        self.process = subprocess.Popen(
            [f"{BUILD}/logspill", "agent", "--config", f"{self.folder}/etc/logspill.yaml"], stderr=self.log)
        for _ in range(600):
            found = re.search(r"at port (\d+)", open(self.log.name).read())
            if found:
                self.port = int(found[1])
            if found and self.ready():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"the agent does not start: {open(self.log.name).read()[-2000:]}")

    def ready(self):
        with contextlib.suppress(OSError):
            return self.get("/readyz") is not None
        return False

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def end(self, how):
        self.process.send_signal(how)
        status = self.process.wait(60)
        self.log.close()
        return status


def metrics(text):
    """Sums by name; buckets by bound; queues by output."""
    sums = {}
    for line in text.splitlines():
        found = re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)
        if not found:
            continue
        name, labels, value = found[1], found[2] or "", float(found[3])
        sums[name] = sums.get(name, 0) + value
        if name == "logspill_latency_seconds_bucket":
            sums[name, labels.split('"')[1]] = value
    return sums


class Soak:
    COLUMNS = ("seconds", "memory_kib", "descriptors", "threads", "cpu_percent", "p99_ms", "findings", "queued",
               "seen_writes", "lost_writes", "store_kib", "processes", "life")

    def __init__(self, minutes, folder):
        self.folder, self.length = folder, minutes * 60
        self.receivers = Receivers()
        self.agent = Agent(folder, self.receivers)
        self.rows, self.failures, self.events = [], [], []
        self.before = None
        self.begin = time.monotonic()

    def seconds(self):
        return time.monotonic() - self.begin

    def note(self, what):
        self.events.append((self.seconds(), what))
        print(f"  {self.seconds():7.0f} s  {what}", flush=True)

    def fail(self, what):
        self.failures.append(what)
        print(f"  NOT SO: {what}", flush=True)

    # What the load has done.
    def progress(self):
        with open(f"{self.folder}/progress", "rb") as f:
            names = ("processes", "logs", "values", "lines", "writes", "bytes")
            return dict(zip(names, struct.unpack("6Q", f.read(48))))

    def start_load(self, days, seconds):
        """Until so many days are over, since the beginning."""
        os.makedirs(f"{self.folder}/logs", exist_ok=True)
        copy = f"{self.folder}/{NAME}"
        if not os.path.exists(copy):
            shutil.copy(f"{BUILD}/tests/soak/load", copy)
        days *= float(os.environ.get("LOAD", "1"))
        self.load = subprocess.Popen([copy, f"{self.folder}/logs", f"{self.folder}/progress", str(int(seconds))] +
                                     [str(int(n * days)) for n in DAY.values()])

    def latency(self, now, before):
        buckets = [(float(k[1]), v - before.get(k, 0)) for k, v in now.items() if isinstance(k, tuple)]
        total = max((v for _, v in buckets), default=0)
        return next((bound * 1000 for bound, v in sorted(buckets) if total and v >= 0.99 * total), 0)

    def sample(self):
        pid = self.agent.process.pid
        try:
            now = metrics(self.agent.get("/metrics"))
            status = dict(l.split(":", 1) for l in open(f"/proc/{pid}/status"))
            fds = len(os.listdir(f"/proc/{pid}/fd"))
        except (OSError, ValueError):
            return
        # The maps of the kernel side are the kernel's: what grows is the rest.
        memory = sum(int(status[k].split()[0]) for k in ("RssAnon", "RssFile"))
        now["time"] = time.monotonic()
        before = self.before or {}
        if before.get("life") != self.agent.starts:
            before = {}
        now["life"] = self.agent.starts
        cpu = (now["logspill_cpu_seconds_total"] - before["logspill_cpu_seconds_total"]) / \
            (now["time"] - before["time"]) * 100 if before else 0
        row = (round(self.seconds(), 1), memory, fds, int(status["Threads"]), round(cpu, 1),
               self.latency(now, before), int(now["logspill_findings"]), int(now["logspill_output_queued"]),
               int(now["logspill_seen_writes_total"]), int(now["logspill_lost_writes_total"]),
               os.stat(f"{self.folder}/state/store.db").st_size // 1024, self.progress()["processes"],
               self.agent.starts)
        self.rows.append(row)
        self.before = now
        self.check_sums(now)

    def check_sums(self, now):
        for unit in ("bytes", "writes"):
            seen, scanned, lost = (now[f"logspill_{k}_{unit}_total"] for k in ("seen", "scanned", "lost"))
            if seen != scanned + lost + now[f"logspill_waiting_{unit}"]:
                self.fail(f"{unit}: seen {seen} is not scanned {scanned} + lost {lost} + waiting")

    # What goes wrong in a day.
    def rotate(self):
        for name in random.sample(range(16), 4):
            with contextlib.suppress(OSError):
                os.rename(f"{self.folder}/logs/main-{name}.log", f"{self.folder}/logs/main-{name}.log.1")
        with contextlib.suppress(OSError):
            os.rename(f"{self.folder}/state/findings.jsonl", f"{self.folder}/state/findings.{time.time_ns()}.jsonl")
        self.note("logs rotated, ours too")

    def reload(self):
        """An output more, or less."""
        path = f"{self.folder}/state/more.jsonl"
        self.agent.configure(random.choice(["", f"  - {{name: more, type: file, path: {path}}}\n"]))
        self.agent.process.send_signal(signal.SIGHUP)
        self.note("configuration changed, SIGHUP")

    def reload_rules(self):
        self.agent.configure(random.choice(["", "rules: {except: [network.ipv4]}\n"]))
        self.note("other rules")

    def reload_badly(self):
        self.agent.configure("rulse: {}\n")
        time.sleep(2)
        self.agent.configure()
        self.note("a configuration with a mistake, then a good one")

    def outage(self):
        length = min(60, self.length / 10)
        self.note(f"all receivers are down for {length:.0f} s")
        self.receivers.is_down = True
        threading.Timer(length, self.end_outage).start()

    def end_outage(self):
        self.receivers.is_down = False

    def stop_agent(self):
        self.note("the agent is stopped for 3 s")
        self.agent.process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        self.agent.process.send_signal(signal.SIGCONT)

    def kill_agent(self):
        self.agent.end(signal.SIGKILL)
        self.note("the agent was killed; started again")
        self.agent.start()

    def disturb(self, disturbances):
        """While the load lasts."""
        pause = max(6, self.length / 60)
        due = self.seconds() + pause
        while self.load.poll() is None:
            time.sleep(SAMPLE_S)
            self.sample()
            if self.seconds() > due:
                random.choice(disturbances)()
                due = self.seconds() + pause * random.uniform(0.5, 1.5)
        if self.load.returncode:
            sys.exit("the load broke off")

    # What must hold.
    def count_exactly(self):
        """Behind the load nothing is on its way, and what it wrote is what was seen."""
        wrote = self.progress()
        for _ in range(300):
            time.sleep(0.1)
            now = metrics(self.agent.get("/metrics"))
            if now["logspill_waiting_writes"] == 0 and now["logspill_seen_writes_total"] >= wrote["writes"]:
                break
        for unit in ("writes", "bytes"):
            seen = now.get(f"logspill_seen_{unit}_total", 0)
            if seen != wrote[unit]:
                self.fail(f"{wrote[unit]} {unit} were written, {seen:.0f} seen")
        if now["logspill_findings"] != wrote["values"]:
            self.fail(f"{wrote['values']} values were written, {now['logspill_findings']:.0f} found")
        self.note(f"{wrote['writes']} writes, {wrote['bytes']} bytes, {wrote['processes']} processes, {wrote['logs']} logs: "
                  f"seen {now.get('logspill_seen_writes_total', 0):.0f} writes, lost {now.get('logspill_lost_writes_total', 0):.0f}, "
                  f"{now['logspill_findings']:.0f} findings")
        for name, value in sorted((n, v) for n, v in now.items() if isinstance(n, str) and n.endswith("_total")):
            print(f"  {value:>16.0f}  {name}")

    def measure_idle(self):
        """With all it has found, while nothing is logged."""
        before = metrics(self.agent.get("/metrics"))
        time.sleep(IDLE_S)
        now = metrics(self.agent.get("/metrics"))
        used = now["logspill_cpu_seconds_total"] - before["logspill_cpu_seconds_total"]
        self.note(f"nothing is logged, {now['logspill_findings']:.0f} findings: {used / IDLE_S * 100:.2f} % of a core")

    def check_flat(self, rows):
        """From the last new finding on no tenth may stand above the first of them: these hold all that a day can."""
        found = self.COLUMNS.index("findings")
        rows = [r for r in rows if r[found] == rows[-1][found]]
        for name, room in (("memory_kib", 2 * 1024), ("descriptors", 8), ("threads", 2)):
            values = [self.middle(t, name) for t in self.tenths(rows) if t]
            self.note(f"{name} since the last new finding, by tenths: {values}")
            if max(values) > values[0] + room:
                self.fail(f"{name} is not flat")

    def middle(self, rows, name):
        values = sorted(r[self.COLUMNS.index(name)] for r in rows)
        return values[len(values) // 2]

    def tenths(self, rows):
        return [rows[len(rows) * i // 10:len(rows) * (i + 1) // 10] for i in range(10)]

    def check_outputs(self):
        """Once all are up again, each gets every finding there is, at least once, over all outages and restarts."""
        store = sqlite3.connect(f"file:{self.folder}/state/store.db?mode=ro", uri=True)
        wanted = {row[0].encode() for row in store.execute("SELECT finding FROM findings")}
        missing = {}
        for _ in range(240):
            with contextlib.suppress(OSError):
                for name in os.listdir(f"{self.folder}/state"):
                    if name.startswith("findings"):
                        self.receivers.take("file", open(f"{self.folder}/state/{name}", "rb").read())
            missing = {n: len(wanted - self.receivers.ids.get(n, set()))
                       for n in ("file", "syslog", "webhook", "otlp", "alertmanager")}
            if not any(missing.values()):
                break
            time.sleep(1)
        self.note(f"{len(wanted)} findings in the store; an output misses {missing}")
        if any(missing.values()):
            self.fail(f"findings did not reach an output: {missing}")

    def check_store(self):
        store = sqlite3.connect(f"file:{self.folder}/state/store.db?mode=ro", uri=True)
        seen, scanned = store.execute("SELECT sum(seen_writes), sum(scanned_writes) FROM minutes").fetchone()
        lost = store.execute("SELECT coalesce(sum(writes), 0) FROM losses").fetchone()[0]
        events = dict(store.execute("SELECT kind, count(*) FROM events GROUP BY kind"))
        self.note(f"store: {seen} writes seen = {scanned} scanned + {lost} lost; events {json.dumps(events)}")
        if seen != scanned + lost:
            self.fail("the store's counts do not add up")
        if store.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            self.fail("the store is damaged")

    def tell(self):
        print(f"\n{'tenth':>8} {'memory':>10} {'peak':>10} {'fds':>5} {'threads':>7} {'cpu':>7} {'p99':>8} {'findings':>9} "
              f"{'queued':>7} {'seen':>12} {'lost':>9} {'store':>10}")
        at = {name: i for i, name in enumerate(self.COLUMNS)}
        for i, rows in enumerate(self.tenths(self.rows)):
            if not rows:
                continue
            last = rows[-1]
            print(f"{i + 1:>8} {self.middle(rows, 'memory_kib') / 1024:>6.1f} MiB {max(r[1] for r in rows) / 1024:>6.1f} MiB "
                  f"{self.middle(rows, 'descriptors'):>5} {self.middle(rows, 'threads'):>7} {self.middle(rows, 'cpu_percent'):>5.1f} % "
                  f"{self.middle(rows, 'p99_ms'):>5.0f} ms {last[at['findings']]:>9} {max(r[at['queued']] for r in rows):>7} "
                  f"{last[at['seen_writes']]:>12} {last[at['lost_writes']]:>9} {last[at['store_kib']] / 1024:>6.1f} MiB")
        os.makedirs(OUT, exist_ok=True)
        with open(f"{OUT}/soak.tsv", "w") as f:
            for row in (self.COLUMNS, *self.rows):
                print(*row, sep="\t", file=f)
        with open(f"{OUT}/events.tsv", "w") as f:
            for when, what in self.events:
                print(f"{when:.1f}\t{what}", file=f)
        machine = f"{os.cpu_count()} cpus, Linux {os.uname().release}"
        picture = subprocess.run(["gnuplot", "-e", f"folder = '{OUT}'; machine = '{machine}'; day = '{time.strftime('%F')}'",
                                  "tests/bench/picture.gnuplot", "tests/soak/soak.gnuplot"])
        if not picture.returncode:
            print(f"\npicture: {OUT}/soak.svg")

    def run(self):
        self.agent.start()
        self.start_load(1, self.length * 2 / 3)
        self.disturb([self.rotate, self.reload, self.reload_badly, self.outage])
        self.check_flat(self.rows)
        self.count_exactly()
        self.measure_idle()
        self.start_load(1.5, self.length / 3)
        self.disturb([self.rotate, self.reload, self.reload_rules, self.outage, self.stop_agent, self.kill_agent])
        self.end_outage()
        self.check_outputs()
        if self.agent.end(signal.SIGTERM):
            self.fail("told to end, the agent ended with an error")
        self.check_store()
        self.tell()


def main():
    minutes = float(sys.argv[1])
    seed = int(os.environ.get("SEED", time.time_ns() % 100000))
    random.seed(seed)
    print(f"soak of {minutes:g} minutes, SEED={seed}")
    with tempfile.TemporaryDirectory(prefix="soak.", dir="/dev/shm") as folder:
        os.chmod(folder, 0o755)
        soak = Soak(minutes, folder)
        try:
            soak.run()
        finally:
            for process in (soak.agent.process, getattr(soak, "load", None)):
                if process and process.poll() is None:
                    process.kill()
    print("\nflat, and all of it adds up" if not soak.failures else f"\n{len(soak.failures)} things are not as they should be")
    return bool(soak.failures)


sys.exit(main())
