/* SPDX-License-Identifier: MIT */
/* Programs as files: what they are made for. Any thread. */
#ifndef PROCESS_PROGRAM_H
#define PROCESS_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/* Is it a 32-bit program, or a script for such an interpreter? No for what cannot be read. */
bool program_is_32_bit(const char *path);
/* Same of a command as execvp() finds it. */
bool program_command_is_32_bit(const char *command);
/* Is it such a program that the process runs? Its file is not looked at: the server that has it may not answer. */
bool program_runs_32_bit(pid_t pid);

#endif
