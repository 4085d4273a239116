# SPDX-License-Identifier: MIT
# What the pictures share; run.sh loads it before NAME.gnuplot, with bench (its name), json, folder,
# machine and day.
set terminal svg size 800,480 font "DejaVu Sans,13" background "white" dashlength 0.6
set encoding utf8
set key top left reverse Left samplen 2 spacing 1.2
set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#333333"
set grid ytics lc rgb "#dddddd" lt 1
set lmargin 11
set rmargin 4
set bmargin 5
set label 1 (machine . "; " . day) at screen 0.99,0.02 right font ",10" textcolor rgb "#777777"
set linetype 1 lc rgb "#c0392b" lw 2.5 pt 7 ps 0.6
set linetype 2 lc rgb "#2c5f8a" lw 2.5 pt 5 ps 0.6
set linetype 3 lc rgb "#3a8f5c" lw 2.5 pt 9 ps 0.8
set linetype 4 lc rgb "#b7791f" lw 2.5 pt 13 ps 0.8
set linetype 5 lc rgb "#6b4c9a" lw 2.5 pt 11 ps 0.8
set linetype 6 lc rgb "#777777" lw 2.5 pt 3 ps 0.6
set linetype 8 lc rgb "#a0522d" lw 2.5 pt 2 ps 0.6
set linetype 9 lc rgb "#000000" lw 2.5 pt 1 ps 0.6

# plot figures('select(.mode == "target") | [.bytes, .ns]') ...: columns of the rows that a jq filter picks.
figures(filter) = sprintf("< jq -r '.%s.rows[] | %s | @tsv' %s", bench, filter, json)
picture(name) = folder . "/" . name . ".svg"
