/* SPDX-License-Identifier: MIT */
/*
 * How much may go up of each sink: the kernel side keeps a bucket for each (bpf/shed.bpf.h), all filled at one rate,
 * which is found here. Several times a second it is the level up to which the total can serve every sink: who wants
 * less gets all, the others the same. With a limit of cpu time we look into the ring more rarely where that is enough,
 * and the total follows what we use. One thread.
 */
#ifndef CAPTURE_SHED_H
#define CAPTURE_SHED_H

#include "capture/capture.h"

/* How a limit of cpu time is held. */
struct shedding_control {
	double guess;   /* bytes a second of all sinks that we can take, before anything is known */
	double total;   /* same, now */
	double wait_ms; /* between two looks into the ring */
	double credit;  /* seconds of cpu that were allowed and not used; negative: used too much */
	/* Sums that fade with time: one look may take all that came in several. */
	double seconds, cpu, allowed, passed;
};

struct shedder {
	struct capture_shedding config;
	struct shedding_control control;
	uint64_t since_ns, cpu_ns;  /* the last time; 0: never */
	uint64_t beside_ns;         /* CPU time of processes beside this one */
	uint64_t budget_lost_bytes; /* of all logs, then */
	uint64_t *demands;
	size_t demands_cap;
};

bool shedding_has_budget(const struct capture_shedding *s);
/* Bytes a second of each sink before anything is known of it; 0: no limit. */
uint64_t shedding_first_rate(const struct capture_shedding *s, bool every_stack);
/* The rate as the kernel side takes it. */
uint64_t shedding_cost(uint64_t bytes_per_s);
/* Max-min fair: the most that one may have, so that the sum of what each gets of its demand is the total. Sorts. */
uint64_t shedding_level(uint64_t *demands, size_t len, uint64_t total);

/* What was so since the last time. */
struct shedding_past {
	double seconds, cpu; /* that we used, in seconds */
	double passed;       /* bytes a second that were not shed */
	bool bound;          /* some were shed */
};
void shedding_control_init(struct shedding_control *c, double max_cpu, bool every_stack);
void shedding_steer(struct shedding_control *c, double max_cpu, const struct shedding_past *past);

struct capture;

void shedder_init(struct shedder *s, const struct capture_shedding *config, bool every_stack);
void shedder_release(struct shedder *s);
/* How long to wait for more while some comes. */
int shedder_wait_ms(const struct shedder *s);
bool shedder_is_on(const struct shedder *s); /* there is a limit to hold */
/* To be called often; acts when it is time to. */
void shedder_tick(struct capture *c, uint64_t now_ns);

#endif
