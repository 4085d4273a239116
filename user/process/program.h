/* SPDX-License-Identifier: MIT */
/* Programs as files: what they are made for. Any thread. */
#ifndef PROCESS_PROGRAM_H
#define PROCESS_PROGRAM_H

#include <stdbool.h>

/* Is it a 32-bit program, or a script for such an interpreter? No for what cannot be read. */
bool program_is_32_bit(const char *path);
/* Same of a command as execvp() finds it. */
bool program_command_is_32_bit(const char *command);

#endif
