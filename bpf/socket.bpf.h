/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Sockets that may carry a log: AF_UNIX, by the name at the other end, or as standard output; of the network, by the
 * address, if the user asks for any. All others are application data and are left at once. */
#ifndef BPF_SOCKET_BPF_H
#define BPF_SOCKET_BPF_H

#include "bpf/sink.bpf.h"

/* An announcement that holds no path but a socket's name. */
#define SOCKET_ANNOUNCEMENT_SIZE (sizeof(struct wire_sink) - WIRE_PATH_MAX + sizeof(struct socket_name))

static __always_inline struct sock *socket_sk(struct file *file) {
	struct socket *socket = KREAD(file, private_data);

	return KREAD(socket, sk);
}

static __always_inline bool sk_is_unix(struct sock *sk) {
	return sk && KREAD(sk, __sk_common.skc_family) == AF_UNIX;
}

static __always_inline bool sk_may_log(struct sock *sk) {
	__u16 family = sk ? KREAD(sk, __sk_common.skc_family) : 0;

	return family == AF_UNIX || (net_sockets && (family == AF_INET || family == AF_INET6));
}

/* The name of a socket of the network. */
struct net_name {
	__u16 family;
	__be16 port;
	__u8 in_addr[4]; /* of AF_INET; else flow information, which is no part of the name */
	__u8 in6_addr[16];
};

/* len counts from sun_path. An abstract name has no end mark, so its length is all it has. */
static __always_inline void socket_name_read(struct socket_name *name, const char *path, __u32 len, bool user) {
	long err;

	__builtin_memset(name, 0, sizeof(*name));
	if (len > WIRE_SOCKET_NAME_MAX)
		len = WIRE_SOCKET_NAME_MAX;
	asm volatile("" : "+r"(len)); /* verifier: keep the bound in one register */
	if (!len || len > WIRE_SOCKET_NAME_MAX)
		return;
	err = user ? bpf_probe_read_user(name->name, len, path) : bpf_probe_read_kernel(name->name, len, path);
	if (!err && !name->name[0]) {
		name->name[0] = '@';
		return;
	}
	/* What stands behind a NUL is not part of the name. There need not be one: room for it is the helper's. */
	__builtin_memset(name, 0, sizeof(*name));
	if (user)
		bpf_probe_read_user_str(name->name, len + 1, path);
	else
		bpf_probe_read_kernel_str(name->name, len + 1, path);
}

static __always_inline struct unix_address *unix_address_of(struct sock *sk) {
	return sk ? KREAD((struct unix_sock *)sk, addr) : NULL;
}

static __always_inline void socket_peer_name(struct socket_name *name, struct sock *peer) {
	struct unix_address *addr = unix_address_of(peer);

	__builtin_memset(name, 0, sizeof(*name));
	if (addr)
		socket_name_read(name, addr->name[0].sun_path, KREAD(addr, len) - SOCKADDR_PATH, false);
}

static __always_inline __u32 socket_name_hash(const struct socket_name *name) {
	const __u64 *words = (const __u64 *)name;
	__u64 hash = 14695981039346656037ULL; /* FNV-1a, by words */

	for (int i = 0; i < (int)(sizeof(*name) / sizeof(__u64)); i++)
		hash = (hash ^ words[i]) * 1099511628211ULL;
	return hash ^ hash >> 32 ?: 1;
}

/* Who made the other end, or listens there (SO_PEERCRED), as the kernel numbers it. */
static __always_inline __u32 sk_peer_tgid(struct sock *sk) {
	struct pid *pid = KREAD(sk, sk_peer_pid);

	return pid ? BPF_CORE_READ(pid, numbers[0].nr) : 0;
}

/* Made by a process of the target: what its processes tell each other, even as somebody's standard output. */
static __always_inline bool sk_is_inner(struct sock *sk, __u32 target) {
	__u32 tgid = sk_peer_tgid(sk);
	struct wire_followed *peer = bpf_map_lookup_elem(&processes, &tgid);

	return peer && (peer->target & ~WIRE_SECOND_HOP) == target;
}

static __always_inline bool socket_announce(const struct request *r, const struct wire_sink_stats *stats,
                                            struct inode *inode, struct sock *sk, const struct socket_name *name,
                                            __u32 flags) {
	struct wire_sink *w = bpf_ringbuf_reserve(&ring, SOCKET_ANNOUNCEMENT_SIZE, 0);

	if (!w)
		return false;
	__builtin_memset(w, 0, sizeof(*w) - WIRE_PATH_MAX);
	w->kind = WIRE_SINK;
	w->flags = flags;
	w->sink = r->key;
	w->mode = KREAD(inode, i_mode);
	w->tgid = current_tgid();
	w->fd = r->fd;
	w->peer_tgid = sk_peer_tgid(sk);
	w->family = KREAD(sk, __sk_common.skc_family);
	w->socktype = KREAD(sk, sk_type);
	w->path_len = sizeof(name->name);
	w->place = stats->place;
	__builtin_memcpy(w->path, name->name, sizeof(name->name));
	bpf_ringbuf_submit(w, ring_submit_flags(SOCKET_ANNOUNCEMENT_SIZE));
	return true;
}

/* First sight: by name or as standard output it may be a log, else it never is. */
static __always_inline bool socket_meet(struct request *r, struct inode *inode, struct sock *sk,
                                        const struct socket_name *name) {
	__u32 flags = stdio_flags(ADDRESS_IN(r->file));
	bool named = name->name[0];
	/* Which addresses of the network are meant only user space knows. */
	bool known = named && (!sk_is_unix(sk) || announce_all_sockets || bpf_map_lookup_elem(&socket_names, name));
	struct wire_sink_stats *stats;
	__u8 yes = 1;

	if (flags && !named && sk_is_inner(sk, r->key.target)) {
		bpf_map_update_elem(&not_logs, &r->key, &yes, BPF_ANY);
		return false;
	}
	if (!flags && !known) {
		/* One without a name may become standard output later: not remembered. */
		if (named)
			bpf_map_update_elem(&not_logs, &r->key, &yes, BPF_ANY);
		return false;
	}
	stats = sink_stats_of(&r->key, r->bytes);
	if (!stats)
		return false;
	if (!socket_announce(r, stats, inode, sk, name, flags | (named ? WIRE_SINK_F_NAMED_SOCKET : 0))) {
		count_lost_write(stats, WIRE_LOSS_RING_FULL, r->bytes);
		return false;
	}
	stats->announced = ANNOUNCED_YES;
	r->place = stats->place;
	if (named && r->key.target < WIRE_TARGETS_MAX)
		target_stats[r->key.target].collected |= WIRE_COLLECTS_SOCKETS;
	return true;
}

/* Whom a message goes to: as it says itself, or else whom the socket is connected to. */
static __always_inline void net_name_read(struct socket_name *name, const struct request *r, struct sock *sk,
                                          bool in_call) {
	struct net_name *net = (struct net_name *)name;

	__builtin_memset(name, 0, sizeof(*name));
	if (in_call) {
		long err = r->in_kernel ? bpf_probe_read_kernel(net, sizeof(*net), r->name)
		                        : bpf_probe_read_user(net, sizeof(*net), r->name);

		if (err && !r->in_kernel) /* sockaddr_in is shorter, and may end where the memory does */
			bpf_probe_read_user(net, __builtin_offsetof(struct net_name, in6_addr), r->name);
	} else {
		net->family = KREAD(sk, __sk_common.skc_family);
		net->port = KREAD(sk, __sk_common.skc_dport);
		bpf_core_read(net->in_addr, sizeof(net->in_addr), &sk->__sk_common.skc_daddr);
		if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))
			bpf_core_read(net->in6_addr, sizeof(net->in6_addr), &sk->__sk_common.skc_v6_daddr);
	}
	if (net->family == AF_INET6)
		__builtin_memset(net->in_addr, 0, sizeof(net->in_addr));
	else
		__builtin_memset(net->in6_addr, 0, sizeof(net->in6_addr));
}

/* AF_UNIX without a name in the call: to whom the socket is connected. It can be connected anew; an address tells of
 * that without reading the name each time. */
static __always_inline struct sock *unix_peer(struct sock *sk) {
	return BPF_CORE_READ((struct unix_sock *)sk, peer); /* verifier: as a number, unlike KREAD() */
}

/* Of the current request's file, a socket that may log. 1: its bytes can go up. verifier: global, see
 * request_find_file(). */
int __noinline request_find_socket(void) {
	struct request *r = request_current();
	struct sock *sk, *peer = NULL;
	struct wire_sink_stats *stats;
	struct socket_name *name;
	struct inode *inode;
	struct file *file;
	bool in_call, is_unix, is_bare;
	__u32 now;
	__u16 type;

	if (!r)
		return 0;
	name = &r->peer;
	file = r->file;
	inode = KREAD(file, f_inode);
	sk = socket_sk(file);
	in_call = r->name && r->name_len > SOCKADDR_PATH;
	is_unix = sk_is_unix(sk);
	type = KREAD(sk, sk_type);
	r->data_flags = type == SOCK_DGRAM || type == SOCK_SEQPACKET ? WIRE_F_DATAGRAM : 0;
	if (!is_unix) {
		net_name_read(name, r, sk, in_call && type == SOCK_DGRAM);
		r->key.peer = socket_name_hash(name);
	} else if (in_call) {
		socket_name_read(name, (const char *)r->name + SOCKADDR_PATH, r->name_len - SOCKADDR_PATH, !r->in_kernel);
		r->key.peer = socket_name_hash(name);
	} else {
		peer = unix_peer(sk);
		r->key.peer = (__u64)peer >> 6;
	}
	if (sink_was_no_log(r))
		return 0;
	/* What a server tells its clients: nobody's name, nor standard output so far, though it may become that. */
	is_bare = is_unix && !in_call && !unix_address_of(peer);
	if (is_bare && sink_was_unmet(r) && !stdio_flags(ADDRESS_IN(r->file)))
		return 0;
	now = recalls;
	stats = sink_of(r);
	if (!stats && is_bare) {
		r->unmet = r->key;
		r->unmet_recalls = now;
	}
	if (stats ? stats->no_log : sink_is_no_log(r))
		return 0;
	if (stats && stats->announced) {
		r->place = stats->place;
		return 1;
	}
	if (is_unix && !in_call)
		socket_peer_name(name, peer);
	return socket_meet(r, inode, sk, name);
}

#endif
