/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <stddef.h>

const struct command commands[] = {
    {"run", "start a program under watch: run [OPTION...] -- CMD [ARG...]", cmd_run, 125},
    {"watch", "watch what runs already: watch -p PID, or --cgroup PATH", cmd_watch, EXIT_ERROR},
    {NULL, NULL, NULL, 0},
};
