# SPDX-License-Identifier: MIT
# What the agent took over time, one above the other; vertical lines are what was done to it.
set terminal svg size 800,900 font "DejaVu Sans,12" background "white"
set output folder . "/soak.svg"
data = folder . "/soak.tsv"
set datafile separator "\t"
set key autotitle columnhead
unset key
set lmargin 11
set rmargin 4
set bmargin 1.5
set tmargin 1.5
set format x ""
set xrange [0:*]
set yrange [0:*]
set multiplot layout 6,1 title "An agent under a compressed day" font ",15"
draw(column, factor) = sprintf("plot data using ($1/60):(column('%s')*%g) with lines lt 2", column, factor)
set ylabel "memory, MiB"
eval draw("memory_kib", 1.0 / 1024)
unset label 1
set ylabel "descriptors"
eval draw("descriptors", 1)
set ylabel "% of a core"
eval draw("cpu_percent", 1)
set ylabel "p99, ms"
eval draw("p99_ms", 1)
set ylabel "queued"
eval draw("queued", 1)
set format x "%g"
set bmargin 3
set xlabel "minutes"
set ylabel "lost writes"
eval draw("lost_writes", 1)
unset multiplot
