# SPDX-License-Identifier: MIT
"""What the agents of a fleet told over two hours, as OpenMetrics, a sample a minute.

fleet_metrics.py END NAME[:TROUBLE]...   each trouble is one of those below
"""
import sys

end = int(sys.argv[1]) // 60 * 60
minutes = range(121)


class Host:
    def __init__(self, word):
        self.name, _, self.trouble = word.partition(":")

    def told(self, minute):
        """Whether there is a sample of that minute."""
        if self.trouble == "vanished":
            return minute < 90
        if self.trouble == "hole":
            return not 90 <= minute < 100
        return True

    def since(self, minute, per_minute=1):
        """A counter that begins to move with the last half hour."""
        return max(0, minute - 90) * per_minute


def always(value):
    return lambda host, minute, time: value


def moving(trouble, per_minute=1):
    return lambda host, minute, time: host.since(minute, per_minute) if host.trouble == trouble else 0


def start(host, minute, time):
    return end - 1800 if host.trouble == "restarted" and minute >= 90 else end - 86400


def snapshot_time(host, minute, time):
    if host.trouble == "ahead" and 95 <= minute < 98:
        return time + 600
    return time - 1 - (600 if host.trouble == "lagging" and minute > 100 else 0)


def records(host, minute, time):
    return 5 if host.trouble == "silent" else 1000 * minute


def probe_seen(host, minute, time):
    if host.trouble == "forgetful":  # before the window
        return 6 * minute - 2
    if host.trouble == "one-lost":
        return 6 * minute - (minute >= 100)
    return 6 * minute - (host.since(minute) if host.trouble == "deaf" else 0)


def seen_bytes(host, minute, time):
    return 100000 * (minute - 90 if host.trouble == "reset" and minute >= 90 else minute)


families = [
    ("up", "gauge", "", "", lambda h, m, t: 0 if h.trouble == "down" and m == 100 else 1),
    ("logspill_ready", "gauge", "", "", always(1)),
    ("logspill_start_time_seconds", "gauge", "", "", start),
    ("logspill_snapshot_time_seconds", "gauge", "", "", snapshot_time),
    ("logspill_probe_healthy", "gauge", "", "", lambda h, m, t: 0 if h.trouble == "sick" and m == 100 else 1),
    ("logspill_probe_planted", "counter", "_total", "", lambda h, m, t: 6 * m),
    ("logspill_probe_seen", "counter", "_total", "", probe_seen),
    ("logspill_config_loaded_time_seconds", "gauge", "", ',file="rules"',
     lambda h, m, t: end - 900 if h.trouble == "reloaded" and m > 110 else end - 86400),
    ("logspill_blind_spots_open", "gauge", "", ',kind="mapping"',
     lambda h, m, t: 1 if h.trouble == "blind" and m > 90 else 0),
    ("logspill_seen_bytes", "counter", "_total", ',target="unit a.service"', seen_bytes),
    ("logspill_lost_bytes", "counter", "_total", ',target="unit a.service",reason="ring_full"',
     moving("lossy", 5000)),
    ("logspill_records", "counter", "_total", ',target="unit a.service"', records),
    ("logspill_leaking_records", "counter", "_total", ',target="unit a.service"', moving("leaking")),
    ("logspill_unwaived_matches", "counter", "_total", ',target="unit a.service",severity="high"',
     moving("leaking")),
    ("logspill_unwaived_matches", "counter", "_total", ',target="unit a.service",severity="critical"', always(0)),
]


def main():
    hosts = [Host(word) for word in sys.argv[2:]]
    previous = ""
    for name, kind, suffix, labels, value in families:
        if name != previous:
            print(f"# TYPE {name} {kind}")
        previous = name
        for host in hosts:
            if host.trouble == "mute" and name == "logspill_unwaived_matches":
                continue
            copies = ["", ',replica="b"'] if host.trouble == "doubled" else [""]
            for copy in copies:
                for minute in minutes:
                    time = end - 60 * (120 - minute)
                    if host.told(minute):
                        print(f'{name}{suffix}{{job="logspill",instance="{host.name}"{labels}{copy}}} '
                              f"{value(host, minute, time)} {time}")
    print("# EOF")


main()
