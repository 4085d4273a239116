/* SPDX-License-Identifier: MIT */
#include "find/words.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <xxhash.h>

/* Sorted. Neither given names nor family names. A word more or less changes the ids of the statements that hold it. */
/* clang-format off */
static const char *const words[] = {
    "abort", "aborted", "aborting", "about", "above", "absent", "accept", "accepted", "accepting", "access",
    "accessed", "accessible", "according", "account", "accounts", "acquire", "acquired", "across", "act", "action",
    "actions", "activate", "activated", "activation", "active", "activity", "actor", "adapter", "add", "added",
    "adding", "additional", "address", "addresses", "adjust", "admin", "administrator", "after", "again", "against",
    "age", "agent", "aggregate", "alert", "alerts", "alias", "alive", "all", "allocate", "allocated", "allocation",
    "allow", "allowed", "already", "also", "alternate", "amount", "an", "analysis", "analytics", "and", "answer",
    "any", "api", "app", "append", "appended", "application", "applications", "applied", "apply", "applying",
    "approval", "approve", "approved", "archive", "archived", "are", "argument", "arguments", "array", "as", "ask",
    "asset", "assets", "assign", "assigned", "assignment", "async", "at", "attach", "attached", "attachment",
    "attempt", "attempted", "attempting", "attempts", "attribute", "attributes", "audit", "auth", "authenticate",
    "authenticated", "authenticating", "authentication", "authorization", "authorize", "authorized", "auto",
    "automatic", "available", "average", "await", "awaiting", "back", "backend", "backlog", "backoff", "backup",
    "bad", "balance", "balanced", "balancer", "batch", "batches", "be", "because", "become", "been", "before",
    "begin", "beginning", "begun", "behind", "being", "below", "between", "beyond", "big", "binary", "bind",
    "binding", "blacklist", "blank", "block", "blocked", "blocking", "blocks", "body", "book", "booked", "booking",
    "boot", "bootstrap", "both", "bound", "box", "branch", "break", "broken", "broker", "browser", "buffer",
    "buffered", "buffers", "build", "building", "built", "bulk", "bundle", "bus", "business", "busy", "but",
    "button", "buy", "by", "byte", "bytes", "cache", "cached", "caching", "calculate", "calculated", "calculation",
    "call", "callback", "called", "caller", "calling", "calls", "campaign", "can", "cancel", "canceled",
    "cancellation", "cancelled", "cannot", "capacity", "capture", "captured", "card", "cart", "catalog", "catch",
    "category", "caught", "cause", "caused", "center", "cert", "certificate", "chain", "change", "changed",
    "changes", "changing", "channel", "char", "charge", "charged", "check", "checked", "checking", "checkout",
    "checks", "checksum", "child", "children", "choice", "choose", "class", "clean", "cleaned", "cleaning",
    "cleanup", "clear", "cleared", "click", "client", "clients", "clock", "clone", "close", "closed", "closing",
    "cluster", "code", "codec", "collect", "collected", "collection", "column", "columns", "command", "commands",
    "commit", "committed", "common", "communication", "company", "compare", "compared", "comparison", "compile",
    "compiled", "complete", "completed", "completely", "completing", "completion", "component", "components",
    "compute", "computed", "concurrent", "condition", "config", "configuration", "configure", "configured",
    "confirm", "confirmation", "confirmed", "conflict", "connect", "connected", "connecting", "connection",
    "connections", "consent", "constraint", "consumed", "consumer", "contact", "contacts", "contain", "container",
    "containers", "contains", "content", "context", "continue", "continued", "continuing", "control", "controller",
    "conversion", "convert", "converted", "cookie", "cookies", "copied", "copy", "core", "correct", "correlation",
    "corrupt", "corrupted", "could", "count", "counted", "counter", "country", "coupon", "cpu", "crash", "crashed",
    "create", "created", "creates", "creating", "creation", "credential", "credentials", "credit", "cron", "csv",
    "currency", "current", "currently", "cursor", "custom", "customer", "customers", "cycle", "daemon", "data",
    "database", "dataset", "date", "dead", "deadline", "deadlock", "debit", "debug", "decision", "declined",
    "decode", "decoded", "decrypt", "decrypted", "dedicated", "default", "deferred", "define", "defined", "degraded",
    "delay", "delayed", "delegate", "delete", "deleted", "deleting", "deletion", "deliver", "delivered", "delivery",
    "denied", "deny", "department", "dependency", "deploy", "deployed", "deployment", "deposit", "deprecated",
    "depth", "description", "deserialize", "destination", "destroy", "destroyed", "detach", "detail", "details",
    "detect", "detected", "device", "devices", "diagnostic", "did", "differ", "different", "digest", "dir", "direct",
    "directory", "disable", "disabled", "disconnect", "disconnected", "discount", "disk", "dispatch", "dispatched",
    "dispatcher", "display", "do", "document", "documents", "does", "domain", "done", "down", "download",
    "downloaded", "downloading", "downstream", "draft", "drain", "drained", "drop", "dropped", "dry", "due", "dump",
    "duplicate", "duplicated", "duplicates", "duration", "during", "dynamic", "each", "edge", "edit", "edited",
    "effect", "either", "elapsed", "element", "elements", "else", "email", "emails", "embedded", "emit", "emitted",
    "employee", "empty", "enable", "enabled", "enabling", "encode", "encoded", "encoding", "encountered", "encrypt",
    "encrypted", "encryption", "end", "ended", "ending", "endpoint", "endpoints", "engine", "enough", "enqueue",
    "enqueued", "enter", "entered", "entity", "entries", "entry", "environment", "equal", "error", "errors",
    "escalated", "establish", "established", "estimate", "evaluate", "evaluated", "evaluation", "event", "events",
    "every", "evict", "evicted", "exact", "exceed", "exceeded", "exceeding", "except", "exception", "exceptions",
    "exchange", "exclude", "excluded", "exclusive", "exec", "execute", "executed", "executing", "execution",
    "executor", "exhausted", "exist", "existing", "exists", "exit", "exited", "exiting", "expect", "expected",
    "expire", "expired", "expires", "expiry", "explicit", "export", "exported", "expression", "extend", "extended",
    "extension", "external", "extra", "extract", "extracted", "fail", "failed", "failing", "fails", "failure",
    "failures", "fallback", "false", "fast", "fatal", "fault", "feature", "feed", "feedback", "fetch", "fetched",
    "fetching", "few", "file", "filename", "files", "filesystem", "fill", "filter", "filtered", "filters", "final",
    "finalize", "finalized", "finally", "find", "finish", "finished", "finishing", "fire", "fired", "firewall",
    "first", "fix", "fixed", "flag", "flagged", "flags", "flow", "flush", "flushed", "flushing", "folder", "follow",
    "following", "for", "forbidden", "force", "forced", "foreign", "fork", "form", "format", "formatted", "forward",
    "forwarded", "forwarding", "found", "frame", "framework", "fraud", "free", "freed", "frequency", "from",
    "frontend", "full", "function", "further", "future", "garbage", "gateway", "gather", "general", "generate",
    "generated", "generating", "generation", "generator", "get", "getting", "give", "given", "global", "goes",
    "going", "granted", "graph", "group", "groups", "guest", "had", "half", "halt", "handle", "handled", "handler",
    "handlers", "handling", "handshake", "has", "hash", "have", "head", "header", "headers", "health", "healthy",
    "heap", "heartbeat", "heavy", "held", "helper", "here", "hidden", "high", "history", "hit", "hits", "hold",
    "home", "hook", "host", "hosts", "hour", "hours", "how", "http", "https", "icon", "id", "identifier", "identify",
    "identity", "idle", "if", "ignore", "ignored", "ignoring", "illegal", "image", "images", "immediate",
    "immediately", "import", "imported", "importing", "in", "inactive", "inbound", "include", "included", "includes",
    "incoming", "incomplete", "inconsistent", "incorrect", "increase", "increased", "increment", "index", "indexed",
    "indexing", "info", "inform", "information", "init", "initial", "initialization", "initialize", "initialized",
    "initializing", "initiated", "inner", "input", "insert", "inserted", "inserting", "inside", "inspect", "install",
    "installed", "instance", "instances", "instead", "insufficient", "integration", "integrity", "intent",
    "interceptor", "interface", "internal", "interrupt", "interrupted", "interval", "into", "invalid", "invalidate",
    "invalidated", "invalidation", "inventory", "invite", "invited", "invoice", "invoices", "invoke", "invoked",
    "is", "issue", "issued", "issuer", "it", "item", "items", "iteration", "its", "job", "jobs", "join", "joined",
    "journal", "json", "just", "keep", "keepalive", "kept", "kernel", "key", "keys", "kill", "killed", "kind",
    "known", "label", "lag", "language", "large", "last", "late", "latency", "later", "latest", "launch", "launched",
    "launching", "layer", "layout", "lazy", "lead", "leader", "leaf", "leak", "leaked", "leaking", "lease", "least",
    "leave", "leaving", "left", "legacy", "length", "less", "level", "library", "license", "limit", "limited",
    "limits", "line", "lines", "link", "linked", "links", "list", "listen", "listener", "listening", "lists", "load",
    "loaded", "loader", "loading", "local", "locale", "locate", "location", "lock", "locked", "locking", "log",
    "logged", "logger", "logging", "logic", "login", "logins", "logout", "logs", "lookup", "loop", "lost", "made",
    "mail", "mailbox", "mailer", "mailing", "main", "maintenance", "make", "malformed", "manage", "manager",
    "mandatory", "manual", "map", "mapped", "mapper", "mapping", "maps", "marked", "marker", "master", "match",
    "matched", "matches", "matching", "matrix", "maximum", "media", "member", "members", "membership", "memory",
    "merchant", "merge", "merged", "message", "messages", "metadata", "method", "metric", "metrics", "middleware",
    "migrate", "migrated", "migration", "min", "minimum", "minor", "minute", "minutes", "mirror", "mismatch",
    "missed", "missing", "mobile", "mode", "model", "modified", "modify", "module", "modules", "monitor",
    "monitoring", "month", "more", "most", "mount", "mounted", "move", "moved", "moving", "ms", "multiple", "must",
    "mutation", "name", "names", "native", "need", "needed", "needs", "negative", "network", "never", "new",
    "newsletter", "next", "no", "node", "nodes", "none", "normal", "not", "note", "notification", "notifications",
    "notified", "notifier", "notify", "notifying", "now", "null", "number", "numbers", "object", "objects",
    "observed", "obsolete", "occurred", "of", "off", "offer", "offered", "offline", "offset", "ok", "old", "on",
    "once", "one", "ongoing", "online", "only", "open", "opened", "opening", "operation", "operations", "operator",
    "optimistic", "option", "optional", "options", "or", "order", "ordered", "orders", "organization", "origin",
    "original", "other", "others", "out", "outbound", "outcome", "outer", "outgoing", "output", "outside", "over",
    "overdue", "overflow", "overlap", "overload", "overridden", "override", "own", "owned", "owner", "package",
    "packages", "packet", "pages", "pagination", "paid", "pair", "panic", "param", "parameter", "parameters",
    "params", "parent", "parse", "parsed", "parser", "parsing", "part", "partial", "partially", "participant",
    "parties", "partition", "partitions", "partner", "pass", "passed", "passenger", "passing", "password",
    "passwords", "patch", "path", "paths", "patient", "patients", "pattern", "pause", "paused", "payer", "payload",
    "payment", "payments", "payout", "pending", "per", "percent", "perform", "performance", "performed",
    "performing", "period", "permanent", "permission", "permissions", "permit", "permitted", "persist", "persisted",
    "persistence", "person", "personal", "phase", "phone", "pick", "picked", "ping", "pipe", "pipeline", "place",
    "placed", "plan", "platform", "please", "plugin", "plugins", "point", "policies", "policy",
    "poll", "polling", "pool", "port", "position", "positive", "possible", "post", "posted", "posting", "potential",
    "preference", "preferences", "prefix", "prepare", "prepared", "preparing", "present", "preview", "previous",
    "primary", "print", "printed", "prior", "priority", "private", "privilege", "probe", "problem", "procedure",
    "proceed", "process", "processed", "processes", "processing", "processor", "produce", "produced", "producer",
    "product", "production", "products", "profile", "profiles", "program", "progress", "promotion", "prompt",
    "properties", "property", "proposal", "protected", "protection", "protocol", "provide", "provided", "provider",
    "providers", "provision", "provisioned", "proxy", "public", "publish", "published", "publisher", "publishing",
    "pull", "pulled", "purchase", "purchased", "purge", "purged", "push", "pushed", "put", "queries", "query",
    "querying", "queue", "queued", "queues", "quota", "quote", "race", "raise", "raised", "random", "range", "rate",
    "rates", "ratio", "raw", "reach", "reachable", "reached", "read", "reader", "readiness", "reading", "ready",
    "real", "realm", "reason", "rebalance", "rebuild", "receipt", "receive", "received", "receiver", "receiving",
    "recent", "recipient", "recipients", "recommendation", "reconcile", "reconnect", "reconnected", "reconnecting",
    "record", "recorded", "recording", "records", "recover", "recovered", "recovery", "recv", "redeem", "redirect",
    "redirected", "reduce", "reference", "references", "referer", "refresh", "refreshed", "refreshing", "refund",
    "refunded", "refused", "region", "register", "registered", "registering", "registration", "registry", "reject",
    "rejected", "rejection", "related", "relation", "relay", "release", "released", "relevant", "reload", "reloaded",
    "reloading", "remain", "remaining", "remote", "removal", "remove", "removed", "removing", "rename", "renamed",
    "render", "rendered", "rendering", "renew", "renewal", "renewed", "replace", "replaced", "replay", "replica",
    "replicas", "replicate", "replicated", "replication", "replied", "reply", "report", "reported", "reporter",
    "reporting", "reports", "repository", "represent", "request", "requested", "requester", "requesting", "requests",
    "require", "required", "requires", "reservation", "reserve", "reserved", "reset", "resolve", "resolved",
    "resolver", "resolving", "resource", "resources", "respond", "responded", "response", "responses", "rest",
    "restart", "restarted", "restarting", "restore", "restored", "restrict", "restricted", "result", "results",
    "resume", "resumed", "resuming", "retained", "retention", "retried", "retries", "retrieve", "retrieved", "retry",
    "retrying", "return", "returned", "returning", "returns", "reverse", "revert", "reverted", "review", "revoke",
    "revoked", "rewrite", "role", "roles", "roll", "rollback", "rolled", "root", "rotate", "rotated", "rotation",
    "route", "routed", "router", "routes", "routing", "row", "rows", "rule", "rules", "run", "runner", "running",
    "runtime", "safe", "same", "sample", "sampled", "sandbox", "save", "saved", "saving", "scan", "scanned",
    "scanner", "scanning", "schedule", "scheduled", "scheduler", "scheduling", "schema", "scope", "score", "script",
    "search", "searched", "searching", "second", "secondary", "seconds", "secret", "section", "secure", "security",
    "see", "seek", "seen", "segment", "select", "selected", "selection", "self", "send", "sender", "sending",
    "sends", "sensor", "sent", "sequence", "serial", "serialization", "serialize", "serialized", "server", "servers",
    "service", "services", "serving", "session", "sessions", "set", "setting", "settings", "setup", "several",
    "severe", "shard", "share", "shared", "shipment", "shipped", "shipping", "should", "show", "shown", "shut",
    "shutdown", "shutting", "sign", "signal", "signature", "signed", "signin", "signing", "signup", "silent",
    "similar", "simple", "simulation", "since", "single", "site", "size", "skip", "skipped", "skipping", "sleep",
    "slot", "slow", "sms", "snapshot", "so", "socket", "sockets", "soft", "some", "soon", "sort", "source", "space",
    "span", "spawn", "special", "specific", "specified", "split", "sql", "ssl", "stack", "stage", "staging", "stale",
    "standard", "standby", "start", "started", "starting", "starts", "startup", "state", "statement", "states",
    "static", "statistics", "stats", "status", "step", "still", "stop", "stopped", "stopping", "storage", "store",
    "stored", "stores", "strategy", "stream", "streaming", "strict", "string", "struct", "stuck", "style", "sub",
    "subject", "submission", "submit", "submitted", "subscribe", "subscribed", "subscriber", "subscribers",
    "subscription", "subscriptions", "subsystem", "succeed", "succeeded", "success", "successful", "successfully",
    "such", "suggest", "suite", "sum", "summary", "supplied", "supplier", "supply", "support", "supported",
    "suspend", "suspended", "suspicious", "swap", "switch", "switched", "switching", "sync", "synced",
    "synchronization", "synchronized", "syncing", "syntax", "system", "systems", "table", "tables", "tag", "tags",
    "take", "taken", "taking", "target", "targets", "task", "tasks", "tcp", "team", "template", "temporary",
    "tenant", "terminate", "terminated", "terminating", "termination", "test", "tested", "testing", "tests", "text",
    "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "thread", "threads",
    "threshold", "throttle", "throttled", "throttling", "throughput", "throw", "throwing", "thrown", "tick",
    "ticket", "tickets", "time", "timed", "timeout", "timeouts", "timer", "timestamp", "timezone", "title", "tls",
    "to", "today", "together", "token", "tokens", "too", "took", "tool", "top", "topic", "topics", "total", "totals",
    "touch", "trace", "traceback", "track", "tracked", "tracker", "tracking", "traffic", "transaction",
    "transactions", "transfer", "transferred", "transferring", "transform", "transformed", "transition", "translate",
    "translation", "transmit", "transport", "trap", "tree", "tried", "trigger", "triggered", "triggering", "true",
    "truncate", "truncated", "trust", "trusted", "try", "trying", "tunnel", "turn", "two", "type", "types", "udp",
    "unable", "unauthorized", "unavailable", "unbound", "uncaught", "unchanged", "undefined", "under", "underlying",
    "unexpected", "unhandled", "unhealthy", "uninstall", "unique", "unit", "units", "unknown", "unless", "unlink",
    "unlock", "unlocked", "unmatched", "unmount", "unparsable", "unreachable", "unread", "unrecognized",
    "unregistered", "unresolved", "unsubscribe", "unsubscribed", "unsupported", "until", "unused", "up", "update",
    "updated", "updater", "updates", "updating", "upgrade", "upgraded", "upgrading", "upload", "uploaded",
    "uploading", "upon", "upstream", "uptime", "uri", "url", "usage", "use", "used", "user", "username", "users",
    "uses", "using", "utility", "valid", "validate", "validated", "validating", "validation", "validator", "value",
    "values", "variable", "various", "vendor", "verification", "verified", "verifier", "verify", "verifying",
    "version", "via", "view", "viewed", "violated", "violation", "virtual", "visible", "visit", "visitor", "volume",
    "vote", "voucher", "vulnerable", "wait", "waited", "waiting", "waits", "wake", "wallet", "want", "warehouse",
    "warn", "warning", "warnings", "was", "watch", "watchdog", "watcher", "watching", "we", "web", "webhook",
    "website", "week", "welcome", "went", "were", "what", "when", "where", "whether", "which", "while", "who",
    "whole", "why", "window", "with", "withdraw", "withdrawal", "within", "without", "word", "words", "work",
    "worker", "workers", "workflow", "working", "works", "workspace", "worse", "would", "wrapper", "write", "writer",
    "writes", "writing", "written", "wrong", "xml", "yaml", "yes", "yet", "you", "your", "zero", "zip", "zone",
};
/* clang-format on */

#define WORDS_LEN (sizeof(words) / sizeof(*words))

#define SLOTS 4096 /* power of two, half of them used */

/* Open addressing; a word's number + 1, 0: empty. */
static struct slot {
	uint16_t number;
	uint8_t len;
} slots[SLOTS];

/* The word's place, or the empty one where it would be. */
static struct slot *find_slot(const char *text, size_t len) {
	size_t i = XXH3_64bits(text, len) & (SLOTS - 1);
	while (slots[i].number && (slots[i].len != len || memcmp(words[slots[i].number - 1], text, len)))
		i = (i + 1) & (SLOTS - 1);
	return &slots[i];
}

static void fill_slots(void) {
	for (size_t i = 0; i < WORDS_LEN; i++) {
		size_t len = strlen(words[i]);
		*find_slot(words[i], len) = (struct slot){(uint16_t)(i + 1), (uint8_t)len};
	}
}

int word_find(const char *text, size_t len) {
	static pthread_once_t filled = PTHREAD_ONCE_INIT;
	pthread_once(&filled, fill_slots);
	return find_slot(text, len)->number - 1;
}

const char *word_at(size_t i) {
	return i < WORDS_LEN ? words[i] : NULL;
}
