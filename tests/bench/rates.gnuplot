# SPDX-License-Identifier: MIT
set output picture("loss_over_rate")
set title "Lines lost, and what watching takes of one cpu, over the rate of one writer" font ",15"
set xlabel "120-byte lines written a second"
set ylabel "lines lost"
set y2label "agent's share of one cpu"
set format x "%'.0f"
set format y "%g %%"
set format y2 "%g %%"
set border 11 lc rgb "#555555"
set xrange [0:*]
set yrange [0:100]
set y2range [0:100]
set y2tics textcolor rgb "#333333"
set rmargin 11
steps(column) = figures(sprintf('select(.kind != "hold") | [.written_per_s, 100 * .%s]', column))
hold = figures('select(.kind == "hold" and .lost == 0) | [.written_per_s, 0]')
plot steps("lost_share") . " | sort -n" with linespoints lt 1 title "lost", \
	steps("agent_cpu_share") . " | sort -n" axes x1y2 with linespoints lt 2 title "agent's cpu", \
	hold using 1:2 with points lt 3 pt 7 ps 1.6 title "held for a minute without a loss"
