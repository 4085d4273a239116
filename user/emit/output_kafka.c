/* SPDX-License-Identifier: MIT */
/*
 * Kafka, by librdkafka where it is installed: a message an event, keyed by the finding, so that the events of one stay
 * in order. Taken is what the brokers have acknowledged.
 */
#include "emit/output_driver.h"

#include <errno.h>
#include <string.h>

#if __has_include(<librdkafka/rdkafka.h>)

#include "base/clock.h"

#include <dlfcn.h>
#include <librdkafka/rdkafka.h>

#define TIMEOUT_MS 10000
#define POLL_MS 50

#define KAFKA_FUNCTIONS(f)                                                                                             \
	f(rd_kafka_conf_new) f(rd_kafka_conf_destroy) f(rd_kafka_conf_set) f(rd_kafka_conf_set_dr_msg_cb)                  \
	    f(rd_kafka_conf_set_log_cb) f(rd_kafka_conf_set_opaque) f(rd_kafka_new) f(rd_kafka_destroy)                    \
	        f(rd_kafka_producev) f(rd_kafka_poll) f(rd_kafka_purge) f(rd_kafka_err2str)

#define DECLARE(name) __typeof__(name) *name;
static struct {
	bool loaded;
	KAFKA_FUNCTIONS(DECLARE)
} lib;

struct kafka {
	rd_kafka_conf_t *conf; /* NULL once there is a producer, whose it is then */
	rd_kafka_t *producer;
	const struct output_form *form;
	char *topic;
	uint32_t timeout_ms;
	int stopped;
	/* Of the batch in hand. */
	bool acknowledged[OUTPUT_BATCH_MAX];
	size_t outstanding;
	rd_kafka_resp_err_t error;
};

static int load(const struct output_settings *o, struct diags *ret_diags) {
	void *so = lib.loaded ? NULL : dlopen("librdkafka.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!so && !lib.loaded)
		return output_complain(ret_diags, o, "needs librdkafka: on Debian, apt install librdkafka1");
	if (lib.loaded)
		return 0;
	lib.loaded = true;
#define RESOLVE(name)                                                                                                  \
	lib.name = (__typeof__(lib.name))dlsym(so, #name);                                                                 \
	lib.loaded = lib.loaded && lib.name;
	KAFKA_FUNCTIONS(RESOLVE)
	return lib.loaded ? 0 : output_complain(ret_diags, o, "librdkafka is too old");
}

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *arg) {
	struct kafka *k = arg;
	(void)producer;
	k->outstanding--;
	k->acknowledged[(size_t)message->_private] = !message->err;
	k->error = message->err ? message->err : k->error;
}

/* Its complaints come back as errors. */
static void on_log(const rd_kafka_t *producer, int level, const char *facility, const char *text) {
	(void)producer, (void)level, (void)facility, (void)text;
}

static int set_property(rd_kafka_conf_t *conf, const char *name, const char *value, const struct output_settings *o,
                        struct diags *ret_diags) {
	char why[256];
	if (lib.rd_kafka_conf_set(conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
		return 0;
	return output_complain(ret_diags, o, "%s", why);
}

/* "name=value" */
static int set_properties(rd_kafka_conf_t *conf, const struct output_settings *o, struct diags *ret_diags) {
	int r = 0;
	for (size_t i = 0; !r && o->properties && o->properties[i]; i++) {
		const char *equals = strchr(o->properties[i], '=');
		_cleanup_free_ char *name = equals ? strndup(o->properties[i], (size_t)(equals - o->properties[i])) : NULL;
		r = name ? set_property(conf, name, equals + 1, o, ret_diags)
		         : output_complain(ret_diags, o, "a property is written name=value");
	}
	return r;
}

static int configure(rd_kafka_conf_t *conf, struct kafka *k, const struct output_settings *o, struct diags *ret_diags) {
	char timeout[16];
	snprintf(timeout, sizeof(timeout), "%u", k->timeout_ms);
	int r = set_property(conf, "bootstrap.servers", o->brokers, o, ret_diags);
	if (!r)
		r = set_property(conf, "client.id", "logspill", o, ret_diags);
	if (!r) /* repeated by the library without doubling or reordering */
		r = set_property(conf, "enable.idempotence", "true", o, ret_diags);
	if (!r)
		r = set_property(conf, "message.timeout.ms", timeout, o, ret_diags);
	if (!r)
		r = set_properties(conf, o, ret_diags);
	lib.rd_kafka_conf_set_opaque(conf, k);
	lib.rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	lib.rd_kafka_conf_set_log_cb(conf, on_log);
	return r;
}

static void kafka_close(void *handle) {
	struct kafka *k = handle;
	if (k->conf)
		lib.rd_kafka_conf_destroy(k->conf);
	if (k->producer)
		lib.rd_kafka_destroy(k->producer);
	free(k->topic);
	free(k);
}

static int prepare(struct kafka *k, const struct output_settings *o, struct diags *ret_diags) {
	k->form = output_form_find(o->form);
	k->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
	k->topic = strdup(o->topic);
	k->conf = k->topic ? lib.rd_kafka_conf_new() : NULL;
	return k->conf ? configure(k->conf, k, o, ret_diags) : -ENOMEM;
}

/* Not before the first event: it starts threads, which the agent may not have while it gives up its rights. */
static int start_producer(struct kafka *k, struct output_result *ret) {
	if (k->producer)
		return 0;
	k->producer = lib.rd_kafka_new(RD_KAFKA_PRODUCER, k->conf, ret->error, sizeof(ret->error));
	if (!k->producer)
		return -EIO;
	k->conf = NULL;
	return 0;
}

static int kafka_open(void **ret, const struct output_settings *o, struct diags *ret_diags) {
	if (!o->brokers || !o->topic)
		return output_complain(ret_diags, o, "needs `brokers` (HOST:PORT,...) and `topic`");
	if (!output_form_find(o->form))
		return output_complain(ret_diags, o, "there is no form '%s': logspill, ecs or ocsf", o->form);
	int r = load(o, ret_diags);
	if (r)
		return r;
	struct kafka *k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	r = prepare(k, o, ret_diags);
	if (r)
		kafka_close(k);
	else
		*ret = k;
	return r;
}

static int produce(struct kafka *k, const struct output_event *e, size_t index) {
	_cleanup_free_ char *json = output_form_text(k->form, e);
	if (!json)
		return -ENOMEM;
	k->error = lib.rd_kafka_producev(k->producer, RD_KAFKA_V_TOPIC(k->topic),
	                                 RD_KAFKA_V_KEY(e->finding_id, strlen(e->finding_id)),
	                                 RD_KAFKA_V_VALUE(json, strlen(json)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
	                                 RD_KAFKA_V_OPAQUE((void *)index), RD_KAFKA_V_END);
	k->outstanding += !k->error;
	return k->error ? -EIO : 0;
}

/* For the answers of the brokers. What is still on its way then is called back, so that it does not come twice. */
static void await(struct kafka *k) {
	uint64_t until = clock_monotonic_ns() + (k->timeout_ms + 1000) * 1000000ull;
	while (k->outstanding && clock_monotonic_ns() < until && !__atomic_load_n(&k->stopped, __ATOMIC_RELAXED))
		lib.rd_kafka_poll(k->producer, POLL_MS);
	if (!k->outstanding)
		return;
	lib.rd_kafka_purge(k->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	for (int i = 0; k->outstanding && i < 20; i++)
		lib.rd_kafka_poll(k->producer, POLL_MS);
}

static int kafka_send(void *handle, const struct output_event *events, size_t len, struct output_result *ret) {
	struct kafka *k = handle;
	int r = start_producer(k, ret);
	if (r)
		return r;
	memset(k->acknowledged, 0, sizeof(k->acknowledged));
	for (size_t i = 0; i < len && !r; i++)
		r = produce(k, &events[i], i);
	await(k);
	while (ret->taken < len && k->acknowledged[ret->taken])
		ret->taken++;
	if (ret->taken == len)
		return 0;
	return output_fail(ret, r ? r : -ETIMEDOUT, "%s", lib.rd_kafka_err2str(k->error));
}

static void kafka_stop(void *handle) {
	__atomic_store_n(&((struct kafka *)handle)->stopped, 1, __ATOMIC_RELAXED);
}

#else

static int kafka_open(void **ret, const struct output_settings *o, struct diags *ret_diags) {
	(void)ret;
	return output_complain(ret_diags, o, "this logspill was built without librdkafka");
}

static int kafka_send(void *handle, const struct output_event *events, size_t len, struct output_result *ret) {
	(void)handle, (void)events, (void)len, (void)ret;
	return -ENOTSUP;
}

static void kafka_stop(void *handle) {
	(void)handle;
}

static void kafka_close(void *handle) {
	(void)handle;
}

#endif

const struct output_driver output_kafka = {
    .name = "kafka", .open = kafka_open, .send = kafka_send, .stop = kafka_stop, .close = kafka_close};
