#!/bin/bash
# SPDX-License-Identifier: MIT
# What an operator's Prometheus and Grafana are given: rules that fire when they should, expressions that are right, and
# metrics that exist.
. "$(dirname "$0")/lib.sh"
need_program promtool
need_program jq
need_program yq

quiet() { "$@" >"$dir/out" 2>"$dir/err"; }

metrics=tests/data/golden/metrics.txt
dashboard=deploy/grafana/logspill.json
rules=deploy/prometheus/logspill.rules.yml
gate_rules=deploy/prometheus/logspill.gate.rules.yml

check "rules are right" quiet promtool check rules "$rules"
check "those for a gate, too" quiet promtool check rules "$gate_rules"
check "rules fire, and are silent, when they should" quiet promtool test rules deploy/prometheus/logspill.test.yml

# Every expression of the dashboard as a recording rule, Grafana's variables filled in.
jq -r '.panels[].targets[].expr' "$dashboard" |
	sed 's/\$__rate_interval\|\$__range/5m/g; s/\$instance\|\$target/.*/g' >"$dir/expressions"
{
	echo "groups: [{name: dashboard, rules: ["
	awk '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); printf "{record: \"d:%d\", expr: \"%s\"},\n", NR, $0 }' "$dir/expressions"
	echo "]}]"
} >"$dir/dashboard.yml"
check "each expression of the dashboard is one" quiet promtool check rules "$dir/dashboard.yml"
check "there are many" [ "$(wc -l <"$dir/expressions")" -gt 20 ]

# Names of samples -> names of families that have them.
exist() {
	local name all=0
	for name in $(grep -oh 'logspill_[a-z_0-9]*' "$@" | sort -u); do
		grep -q "^# TYPE ${name%_bucket} " "$metrics" && continue
		echo "  there is no metric $name"
		all=1
	done
	return $all
}
check "the dashboard asks for metrics that exist" exist "$dir/expressions"
check "so do the rules" exist "$rules"
yq -r '.groups[].rules[].expr' "$gate_rules" >"$dir/gate"
check "and those for a gate" exist "$dir/gate"
echo "logspill_no_such_metric" >"$dir/wrong"
check "one that does not is noticed" not exist "$dir/wrong"
check "data sources are a variable" quiet jq -e '[.. | .datasource? | objects | .uid] | all(. == "${datasource}")' "$dashboard"
finish
