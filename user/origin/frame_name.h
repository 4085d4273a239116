/* SPDX-License-Identifier: MIT */
/* From the address of an instruction to what a programmer calls it. */
#ifndef ORIGIN_FRAME_NAME_H
#define ORIGIN_FRAME_NAME_H

#include "origin/origin.h"

#include <elfutils/libdwfl.h>

struct frame_namer;

/* folder: process_id_open() of the process, borrowed. Sets ret's runtime, and whether it is incomplete; frames are
 * added to it. 0 or -ENOMEM. */
int frame_namer_new(struct frame_namer **ret_namer, const struct process_id *process, int folder, struct origin *ret);
void frame_namer_free(struct frame_namer *n);
/* Adds the frame at pc, and those inlined there before it. in: an address inside the instruction, which of a return
 * address is the one before. dwfl: NULL when it lies in no file. False: there is room for no further frame. */
bool frame_name(struct frame_namer *n, Dwfl *dwfl, Dwarf_Addr in, Dwarf_Addr pc);
/* Is the file of the C or C++ library? */
bool frame_file_is_library(const char *path);

#endif
