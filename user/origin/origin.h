/* SPDX-License-Identifier: MIT */
/*
 * Which code wrote: the user stack of a write, unwound and named. A stack is unwound from a copy, by the call frame
 * information of the modules (so without frame pointers, too), else along frame pointers, as in code that a JIT made.
 * Names come from symbol tables, DWARF and perf maps. The target is neither stopped nor traced.
 */
#ifndef ORIGIN_ORIGIN_H
#define ORIGIN_ORIGIN_H

#include "base/buf.h"
#include "process/process_id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ORIGIN_FRAMES_MAX 24
#define ORIGIN_TEXT_SIZE 192
#define ORIGIN_NAME_SIZE 32

enum origin_code {
	CODE_OWN,
	CODE_SHIPPED,  /* of the distribution: an interpreter, or a library that the program wrote by */
	CODE_LIBRARY,  /* of the C, C++ or Go library: not what anybody looks for */
	CODE_JITTED,   /* named by a perf map: what was written in the language of the runtime */
	CODE_NAMELESS, /* in no file, and in no perf map so far: the text is an address */
};

/* A frame: `log_error+0x1f app.c:88`, `render (inlined) view.cc:12`, `libfoo.so+0x1234 [build id]`, `0x7f...`. */
struct origin_frame {
	char text[ORIGIN_TEXT_SIZE]; /* any bytes but NUL that the names hold: make them visible before printing */
	enum origin_code code;
};

struct origin {
	uint32_t frames_len; /* innermost first; inlined ones count */
	struct origin_frame frames[ORIGIN_FRAMES_MAX];
	bool incomplete;                /* a file it lies in could not be opened, as when the process has gone */
	char thread[ORIGIN_NAME_SIZE];  /* its name */
	char runtime[ORIGIN_NAME_SIZE]; /* "python", "node", "java", "ruby", "php", "perl", "lua"; "" for others */
};

/* Registers in the numbers of DWARF for the machine, the program counter last. */
#if defined(__aarch64__)
#define ORIGIN_REGISTERS 33
#else
#define ORIGIN_REGISTERS 17
#endif

struct origin_stack {
	uint64_t time_ns; /* of the write */
	struct process_id process;
	pid_t tid;
	char thread[WIRE_COMM_MAX + 1]; /* its name at the write */
	uint64_t registers[ORIGIN_REGISTERS];
	uint64_t from; /* address of bytes[0]: the stack pointer */
	uint32_t len;
	uint8_t bytes[WIRE_STACK_MAX];
};

/*
 * Unwinding reads files that the target chose and may take seconds, so a process of ours does it, which sees no more
 * than the stack it is asked about: its memory and time are bounded, and what breaks it costs one answer.
 */
struct symbolizer;

/* Appends /proc/PID/maps, or what there is of it: nothing when the process has gone, or executes another program by
 * now. 0 or -ENOMEM. */
int origin_read_maps(const struct process_id *process, struct buf *ret);

/* Early, while there is little to inherit. confine: that process calls it, and gives up its rights; if it fails
 * (-errno) there are no answers. 0 or -errno. */
int symbolizer_open(struct symbolizer **ret, int (*confine)(void));
void symbolizer_close(struct symbolizer *s);
/* 0, or -EBUSY: the last answer has not come yet. maps: what lies where in the process, as origin_read_maps() tells;
 * without it there are addresses only. The copy of the stack is wiped once it has been answered. */
int symbolizer_ask(struct symbolizer *s, const struct origin_stack *stack, const struct buf *maps);
/* Readable when the answer is there. */
int symbolizer_fd(const struct symbolizer *s);
/* 1: *ret is the answer; 0: not yet, or nothing was asked; -errno: there will be none (-ETIMEDOUT, -EIO). */
int symbolizer_answer(struct symbolizer *s, struct origin *ret);
/* CPU time that all answers so far have taken. */
uint64_t symbolizer_cpu_ns(const struct symbolizer *s);

#endif
