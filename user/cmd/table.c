/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <stddef.h>

const struct command commands[] = {
    {"run", "start a program under watch: run [OPTION...] -- CMD [ARG...]", cmd_run, 125,
     "  logspill run -- pytest                                           # a privacy test: 99 if personal data was "
     "logged\n"
     "  logspill run --junit leaks.xml -o leaks.html -- mvn -q verify    # with reports for people and services\n"
     "  logspill run --fail-on high --baseline known.jsonl -- ./test.sh  # only what is severe and new fails\n"},
    {"watch", "watch what runs already: watch -p PID, --unit NAME, --comm NAME, ...", cmd_watch, EXIT_ERROR,
     "  logspill watch -p 4711                                      # a process and its children, as a table\n"
     "  logspill watch --unit shop.service                          # what systemd runs as this unit\n"
     "  logspill watch --comm nginx -f jsonl | jq .logspill.masked  # as lines, for programs\n"
     "  logspill watch --agent                                      # what the agent on this host sees, as a table\n"},
    {"audit", "watch for a time, and write a report: audit -p PID --duration 10m -o report.html", cmd_audit, EXIT_ERROR,
     "  logspill audit --unit shop.service -d 10m -o report.html    # ten minutes, then one page\n"
     "  logspill audit -p 4711 -d 1h -o report.html -o report.json  # for people and for programs\n"},
    {"agent", "watch for good, by a configuration file: agent --config FILE", cmd_agent, EXIT_ERROR,
     "  logspill agent --config /etc/logspill/logspill.yaml  # until it is told to end\n"
     "  logspill agent --check-config                        # say what is wrong with the configuration\n"},
    {"report", "what an agent has found in a time: report --last 24h -o report.html", cmd_report, EXIT_ERROR,
     "  logspill report --last 24h -o report.html                # what the agent here has found since yesterday\n"
     "  logspill report --from 2026-11-01 --to 2026-12-01 -f md  # a month\n"
     "  logspill report --last 7d --baseline before.jsonl        # what is new, and what is gone\n"},
    {"scan", "look through files: scan FILE|DIR|-...", cmd_scan, EXIT_ERROR,
     "  logspill scan /var/log/shop              # all files of a folder\n"
     "  zcat app.log.1.gz | logspill scan -      # standard input\n"
     "  logspill scan -o leaks.sarif build/logs  # for code scanning\n"},
    {"rules", "look at rules, check, try, export them: rules list, lint, test, explain, verify, export", cmd_rules,
     EXIT_ERROR,
     "  logspill rules list                           # what is looked for\n"
     "  logspill rules explain 'mail jo@example.org'  # why something was found, or not\n"
     "  logspill rules lint --rules my-rules          # mistakes in rules of your own\n"
     "  logspill rules export --for rsyslog --fired leaks.jsonl -o 05-logspill.conf  # stop a leak in the pipeline\n"},
    {"gate", "go or no-go over a window, with proof: gate --for 60m -p PID", cmd_gate, EXIT_ERROR,
     "  logspill gate --for 60m --unit shop.service --memo memo.html  # watch an hour, then decide\n"},
    {"waive", "accept a finding until a day: waive FINDING_ID --owner WHO --reason WHY --until DAY", cmd_waive,
     EXIT_ERROR,
     "  logspill waive b62d5c0df27464775a7822c8bddb3d65 --owner payments --reason \"test tenant\" --until "
     "2026-12-31\n"},
    {"doctor", "can it watch here, what will it not see, and the remedy", cmd_doctor, EXIT_ERROR,
     "  logspill doctor          # before the first watch\n"
     "  logspill doctor -f json  # for programs\n"},
    {"record", NULL, cmd_record, EXIT_ERROR, NULL},
    {"replay", NULL, cmd_replay, EXIT_ERROR, NULL},
    {NULL, NULL, NULL, 0, NULL},
};
