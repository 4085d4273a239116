# SPDX-License-Identifier: MIT
set output picture("latency")
set title "From write() to the finding, at 50,000 lines a second" font ",15"
set xlabel "time until the finding can be read, ms"
set ylabel "findings"
set logscale x
set xrange [0.1:100]
set style fill solid 0.8
unset key
p99 = real(system(sprintf("jq -r '.%s.rows[] | select(.quantile == 0.99) | .ms' %s", bench, json)))
set arrow 1 from p99, graph 0 to p99, graph 1 nohead lt 1 dt 2
set label 2 sprintf("99 in 100 within %.1f ms", p99) at 1.08 * p99, graph 0.9 left textcolor lt 1
plot figures('select(.findings) | [.from_ms, .to_ms, .findings]') using (sqrt($1 * $2)):3:1:2:(0):3 with boxxyerror lt 2
