# SPDX-License-Identifier: MIT
set output picture("speed_over_rules")
set title "Speed of a scan over the number of rules, on logs without personal data" font ",15"
set xlabel "rules in force" offset 0,0.3
set ylabel "MB/s on one core"
set xrange [0:*]
set yrange [0:*]
set key outside center bottom horizontal maxcols 2 width -2
set bmargin 11

speed(series, log) = figures(sprintf('select(.series == "%s" and .log == "%s") | [.rules, .mb_s]', series, log))
plot speed("rules with a literal anchor alone", "web server") with linespoints lt 1 title "literal anchors alone, web server log", \
	speed("rules with a literal anchor alone", "Java") with linespoints lt 1 dt 2 title "literal anchors alone, Java log", \
	speed("default rules", "web server") with linespoints lt 2 title "default rules one by one, web server log", \
	speed("default rules", "Java") with linespoints lt 2 dt 2 title "default rules one by one, Java log", \
	speed("default rules and literal anchors", "web server") with linespoints lt 3 title "literal anchors added to them, web server log", \
	speed("default rules and literal anchors", "Java") with linespoints lt 3 dt 2 title "literal anchors added to them, Java log"
