# SPDX-License-Identifier: MIT
"""What a Prometheus holds of a sound fleet after two hours, as OpenMetrics: the series that the recording rules of
deploy/ make, once a minute, or those of the agents with each target, rule family and loss, four times a minute.

fleet_series.py END recorded|raw HOSTS TARGETS
"""
import sys

end, form, hosts, targets = int(sys.argv[1]) // 60 * 60, sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
step = 60 if form == "recorded" else 15
times = range(end - 7200, end + 1, step)
reasons = ["ring_full", "budget", "sampled", "truncated", "fault", "unsupported", "scanner"]
severities = ["info", "low", "medium", "high", "critical"]


def always(value):
    return lambda time: value


def counts(per_s):
    return lambda time: per_s * (time - end + 86400)


def of_targets(*more):
    return [f',target="unit service-{t}.service"{label}' for t in range(targets) for label in more or [""]]


of_host = [""]
of_severities = [f',severity="{s}"' for s in severities]
of_thresholds = [f',at_least="{s}"' for s in severities]
of_files = [',file="config"', ',file="rules"']

# name, type, labels beside those of the host, value at a time
families = {
    "raw": [
        ("up", "gauge", of_host, always(1)),
        ("logspill_ready", "gauge", of_host, always(1)),
        ("logspill_start_time_seconds", "gauge", of_host, always(end - 86400)),
        ("logspill_snapshot_time_seconds", "gauge", of_host, lambda time: time - 1),
        ("logspill_probe_healthy", "gauge", of_host, always(1)),
        ("logspill_probe_planted", "counter", of_host, counts(0.1)),
        ("logspill_probe_seen", "counter", of_host, counts(0.1)),
        ("logspill_config_loaded_time_seconds", "gauge", of_files, always(end - 86400)),
        ("logspill_blind_spots_open", "gauge", [',kind="mapping"', ',kind="memfd"'], always(0)),
        ("logspill_seen_bytes", "counter", of_targets(), counts(1000)),
        ("logspill_lost_bytes", "counter", of_targets(*[f',reason="{r}"' for r in reasons]), always(0)),
        ("logspill_records", "counter", of_targets(), counts(10)),
        ("logspill_leaking_records", "counter", of_targets(), always(0)),
        ("logspill_unwaived_matches", "counter", of_targets(*of_severities), always(0)),
    ],
    "recorded": [
        ("up", "gauge", of_host, always(1)),
        ("instance:logspill_ready:min1m", "unknown", of_host, always(1)),
        ("instance:logspill_told:seconds", "unknown", of_host, lambda time: time - 1),
        ("instance:logspill_start_time:seconds", "unknown", of_host, always(end - 86400)),
        ("instance:logspill_lag:seconds", "unknown", of_host, always(1)),
        ("instance:logspill_probe_healthy:min1m", "unknown", of_host, always(1)),
        ("instance:logspill_probe_seen:total", "unknown", of_host, counts(0.1)),
        ("instance:logspill_probe_lost:total", "unknown", of_host, always(0)),
        ("instance:logspill_config_loaded:seconds", "unknown", of_host, always(end - 86400)),
        ("instance:logspill_seen_bytes:total", "unknown", of_host, counts(1000)),
        ("instance:logspill_lost_bytes:total", "unknown", of_host, always(0)),
        ("instance:logspill_records:total", "unknown", of_host, counts(10)),
        ("instance:logspill_leaking_records:total", "unknown", of_host, always(0)),
        ("instance:logspill_unwaived_matches:total", "unknown", of_thresholds, always(0)),
        ("instance:logspill_uncovered:max10m", "unknown", of_host, always(0)),
        ("instance:logspill_records:min10m", "unknown", of_host, always(6000)),
    ],
}

for name, kind, labels, value in families[form]:
    print(f"# TYPE {name} {kind}")
    suffix = "_total" if kind == "counter" else ""
    samples = [f" {value(time):.10g} {time}\n" for time in times]
    for host in range(hosts):
        for label in labels:
            series = f'{name}{suffix}{{job="logspill",instance="h{host}"{label}}}'
            sys.stdout.write("".join([series + sample for sample in samples]))
print("# EOF")
