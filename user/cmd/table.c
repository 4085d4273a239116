/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <stddef.h>

const struct command commands[] = {
    {"run", "start a program under watch: run [OPTION...] -- CMD [ARG...]", cmd_run, 125},
    {"watch", "watch what runs already: watch -p PID, --unit NAME, --comm NAME, ...", cmd_watch, EXIT_ERROR},
    {"audit", "watch for a time, and write a report: audit -p PID --duration 10m -o report.html", cmd_audit,
     EXIT_ERROR},
    {"agent", "watch for good, by a configuration file: agent --config FILE", cmd_agent, EXIT_ERROR},
    {"report", "what an agent has found in a time: report --last 24h -o report.html", cmd_report, EXIT_ERROR},
    {"scan", "look through files: scan FILE|DIR|-...", cmd_scan, EXIT_ERROR},
    {"rules", "look at rules, check and try them: rules list, lint, test, explain, verify", cmd_rules, EXIT_ERROR},
    {"gate", "go or no-go over a window, with proof: gate --for 60m -p PID", cmd_gate, EXIT_ERROR},
    {"waive", "accept a finding until a day: waive FINDING_ID --owner WHO --reason WHY --until DAY", cmd_waive,
     EXIT_ERROR},
    {"doctor", "can it watch here, what will it not see, and the remedy", cmd_doctor, EXIT_ERROR},
    {"record", NULL, cmd_record, EXIT_ERROR},
    {"replay", NULL, cmd_replay, EXIT_ERROR},
    {NULL, NULL, NULL, 0},
};
