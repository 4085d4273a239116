/* SPDX-License-Identifier: MIT */
#include "origin/frame_name.h"

#include "base/cleanup.h"
#include "origin/perf_map.h"

#include <ctype.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define BUILD_ID_BYTES 20
#define FUNCTION_DEPTH_MAX 32 /* namespaces in namespaces */
#define INLINED_MAX 64

struct frame_namer {
	const struct process_id *process;
	int folder; /* of the process; negative: it has gone */
	struct origin *origin;
	struct perf_map *perf_map; /* opened at the first address that lies in no file */
	bool perf_map_tried;
};

/* Where the address lies. */
struct place {
	Dwfl_Module *module;
	const char *file; /* of the module, without its folder */
	Dwarf_Addr in, pc;
	enum origin_code code; /* of the module */
	Dwarf_Die cu;          /* has_cu: the compilation unit */
	Dwarf_Addr bias;
	bool has_cu;
	Dwarf_Die function; /* has_function: in the unit */
	bool has_function;
};

/* Of the C++ runtime, which Hyperscan brings along (Itanium C++ ABI, 3.4). */
char *__cxa_demangle(const char *mangled, char *buffer, size_t *size, int *ret_status);

int frame_namer_new(struct frame_namer **ret_namer, const struct process_id *process, int folder, struct origin *ret) {
	struct frame_namer *n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->process = process;
	n->folder = folder;
	n->origin = ret;
	*ret_namer = n;
	return 0;
}

void frame_namer_free(struct frame_namer *n) {
	if (n)
		perf_map_close(n->perf_map);
	free(n);
}

static const char *base_name(const char *path) {
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool begins(const char *s, const char *with) {
	return !strncmp(s, with, strlen(with));
}

bool frame_file_is_library(const char *path) {
	static const char *const names[] = {"libc.", "libc-",     "libpthread", "ld-",
	                                    "ld.",   "libstdc++", "libgcc_s",   "[vdso]"};
	const char *file = base_name(path);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (begins(file, names[i]))
			return true;
	return false;
}

/* Where distributions put what is theirs; the rest of /usr is the administrator's. */
static bool is_shipped(const char *path) {
	static const char *const folders[] = {"/usr/lib", "/usr/bin/", "/usr/sbin/", "/lib", "/bin/", "/sbin/"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (begins(path, folders[i]))
			return true;
	return false;
}

/* What runs programs that are not machine code, by the files it is made of. */
static void note_runtime(struct origin *o, const char *file) {
	static const struct {
		const char *file, *runtime;
	} known[] = {{"libjvm.so", "java"}, {"libjava.so", "java"}, {"python", "python"}, {"libpython", "python"},
	             {"node", "node"},      {"libnode", "node"},    {"ruby", "ruby"},     {"libruby", "ruby"},
	             {"php", "php"},        {"perl", "perl"},       {"libperl", "perl"},  {"lua", "lua"},
	             {"luajit", "lua"},     {"liblua", "lua"}};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known) && !o->runtime[0]; i++) {
		/* python3.11, not python_exporter */
		const char *version = file + strlen(known[i].file);
		if (begins(file, known[i].file) && *version != '_' && *version != '-' && !isalpha((unsigned char)*version))
			snprintf(o->runtime, sizeof(o->runtime), "%s", known[i].runtime);
	}
}

__attribute__((format(printf, 3, 4))) static void add(struct frame_namer *n, enum origin_code code, const char *fmt,
                                                      ...) {
	struct origin *o = n->origin;
	if (o->frames_len == ORIGIN_FRAMES_MAX)
		return;
	va_list args;
	va_start(args, fmt);
	vsnprintf(o->frames[o->frames_len].text, ORIGIN_TEXT_SIZE, fmt, args);
	va_end(args);
	/* One that calls itself, or an interpreter's: at any depth it is the same bug. */
	if (o->frames_len && !strcmp(o->frames[o->frames_len - 1].text, o->frames[o->frames_len].text))
		return;
	o->frames[o->frames_len].code = code;
	__atomic_store_n(&o->frames_len, o->frames_len + 1, __ATOMIC_RELEASE);
}

/* A line of source. */
struct source {
	char text[128]; /* " app.c:88", or "" when not known */
	bool library;   /* a header of the system's, as of templates, or another's module */
};

/* Of the system's, or what somebody else has written for many: modules of Go, crates of Rust. */
static bool is_library_source(const char *file) {
	static const char *const folders[] = {"/usr/include/", "/usr/lib/", "/usr/local/go/", "/rustc/", "/usr/src/rustc-"},
	                         *const parts[] = {"/rustlib/src/", "/.cargo/registry/", "/go/pkg/mod/"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (begins(file, folders[i]))
			return true;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strstr(file, parts[i]))
			return true;
	return false;
}

/* Files may be named from the folder in which their unit was compiled. */
static void source_set(struct source *ret, Dwarf_Die *cu, const char *file, int line) {
	Dwarf_Attribute attribute;
	const char *folder = file && *file != '/' ? dwarf_formstring(dwarf_attr(cu, DW_AT_comp_dir, &attribute)) : file;
	*ret = (struct source){.library = folder && is_library_source(folder)};
	if (file && line > 0)
		snprintf(ret->text, sizeof(ret->text), " %s:%d", base_name(file), line);
}

static void source_of(struct source *ret, const struct place *p) {
	int line = 0;
	Dwarf_Line *at = p->has_cu ? dwarf_getsrc_die((Dwarf_Die *)&p->cu, p->in - p->bias) : NULL;
	const char *file = at && !dwarf_lineno(at, &line) ? dwarf_linesrc(at, NULL, NULL) : NULL;
	source_set(ret, (Dwarf_Die *)&p->cu, file, line);
}

/* Some linkers, Go's for one, write no index of addresses: then every unit is asked. */
static void find_cu(struct place *p) {
	Dwarf_Die *cu = dwfl_module_addrdie(p->module, p->in, &p->bias);
	if (!cu)
		do
			cu = dwfl_module_nextcu(p->module, cu, &p->bias);
		while (cu && dwarf_haspc(cu, p->in - p->bias) <= 0);
	p->has_cu = cu != NULL;
	if (cu)
		p->cu = *cu;
}

/* Rust's first mangling is that of C++, with a hash of the build behind it. */
static void cut_hash(char *name) {
	static const size_t hash_len = 16, end_len = 3 + 16;
	size_t len = strlen(name);
	char *end = name + len - end_len;
	if (len > end_len && begins(end, "::h") && strspn(end + 3, "0123456789abcdef") == hash_len)
		*end = 0;
}

/* Of Rust's second mangling nothing is read: the function's own name is in the debug information. */
static const char *demangle(const struct place *p, const char *symbol, char **ret_owned) {
	int status;
	const char *name = p->has_function && begins(symbol, "_R") ? dwarf_diename((Dwarf_Die *)&p->function) : NULL;
	*ret_owned = begins(symbol, "_Z") ? __cxa_demangle(symbol, NULL, NULL, &status) : NULL;
	if (*ret_owned)
		cut_hash(*ret_owned);
	return *ret_owned ? *ret_owned : name ? name : symbol;
}

/* A program that is linked with the C library has no sources of that, but of its own. */
static bool is_undescribed(const struct place *p) {
	Dwarf_Addr bias;
	return !p->has_cu && dwfl_module_nextcu(p->module, NULL, &bias);
}

static enum origin_code code_of(const struct place *p, const struct source *source) {
	return source->library ? CODE_LIBRARY : p->code;
}

/* Where a function that was inlined was called: DW_AT_call_file and DW_AT_call_line. */
static void call_source_of(struct source *ret, Dwarf_Die *inlined) {
	Dwarf_Attribute attribute;
	Dwarf_Word file = 0, line = 0;
	Dwarf_Files *files;
	Dwarf_Die cu;
	const char *path = NULL;
	size_t files_len;
	source_set(ret, NULL, NULL, 0);
	if (!dwarf_diecu(inlined, &cu, NULL, NULL) || dwarf_getsrcfiles(&cu, &files, &files_len))
		return;
	if (!dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file))
		path = dwarf_filesrc(files, file, NULL, NULL);
	if (!dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line))
		source_set(ret, &cu, path, (int)line);
}

/* Functions stand in units and, of Rust, in namespaces and types, which have no addresses: dwarf_getscopes() passes
 * these by. nested: in other functions, too, as Fortran's do. */
static bool holds_functions(int tag, bool nested) {
	return tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_enumeration_type ||
	       (nested && tag == DW_TAG_subprogram);
}

static bool find_function(struct place *p, Dwarf_Die *around, int depth, bool nested) {
	Dwarf_Die child;
	if (!depth || dwarf_child(around, &child))
		return false;
	do {
		int tag = dwarf_tag(&child);
		if (tag == DW_TAG_subprogram && dwarf_haspc(&child, p->in - p->bias) > 0) {
			p->function = child;
			return true;
		}
		if (holds_functions(tag, nested) && find_function(p, &child, depth - 1, nested))
			return true;
	} while (!dwarf_siblingof(&child, &child));
	return false;
}

/* Of what stands in around, what the address lies in: something inlined, or a block. */
static bool find_inner(Dwarf_Die *around, Dwarf_Addr in, Dwarf_Die *ret) {
	Dwarf_Die child;
	if (dwarf_child(around, &child))
		return false;
	do {
		int tag = dwarf_tag(&child);
		if ((tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block) && dwarf_haspc(&child, in) > 0) {
			*ret = child;
			return true;
		}
	} while (!dwarf_siblingof(&child, &child));
	return false;
}

/* Adds what is inlined at the address; source becomes the place in the function around it. */
static void add_inlined(struct frame_namer *n, const struct place *p, struct source *source) {
	Dwarf_Die inlined[INLINED_MAX], around = p->function, inner;
	size_t len = 0;
	for (; p->has_function && len < INLINED_MAX && find_inner(&around, p->in - p->bias, &inner); around = inner)
		if (dwarf_tag(&inner) == DW_TAG_inlined_subroutine)
			inlined[len++] = inner;
	while (len-- > 0) {
		const char *name = dwarf_diename(&inlined[len]);
		add(n, code_of(p, source), "%s (inlined)%s", name ? name : "?", source->text);
		call_source_of(source, &inlined[len]);
	}
}

static void add_unnamed(struct frame_namer *n, const struct place *p) {
	const unsigned char *id;
	GElf_Addr at;
	char hex[2 * BUILD_ID_BYTES + 1] = "";
	Dwarf_Addr low = 0;
	dwfl_module_info(p->module, NULL, &low, NULL, NULL, NULL, NULL, NULL);
	int len = dwfl_module_build_id(p->module, &id, &at);
	for (int i = 0; i < len && i < BUILD_ID_BYTES; i++)
		snprintf(hex + (size_t)i * 2, 3, "%02x", id[i]);
	add(n, p->code, "%s+0x%" PRIx64 "%s%s%s", p->file, p->pc - low, *hex ? " [" : "", hex, *hex ? "]" : "");
}

static void add_in_module(struct frame_namer *n, const struct place *p) {
	struct source source;
	GElf_Off offset = 0;
	GElf_Sym symbol;
	_cleanup_free_ char *owned = NULL;
	const char *name = dwfl_module_addrinfo(p->module, p->in, &offset, &symbol, NULL, NULL, NULL);
	source_of(&source, p);
	add_inlined(n, p, &source);
	/* Symbols without a size take all that lies behind them: of a stripped file the last one exported. */
	if (!name || (symbol.st_size && offset >= symbol.st_size)) {
		add_unnamed(n, p);
		return;
	}
	add(n, strcmp(name, "_start") ? code_of(p, &source) : CODE_LIBRARY, "%s+0x%" PRIx64 "%s%s",
	    demangle(p, name, &owned), (uint64_t)offset + (p->pc - p->in), *source.text ? source.text : " ",
	    *source.text ? "" : p->file);
}

static void add_jitted(struct frame_namer *n, Dwarf_Addr in, Dwarf_Addr pc) {
	const char *name;
	uint64_t offset;
	if (!n->perf_map_tried && perf_map_open(&n->perf_map, n->process, n->folder))
		n->perf_map = NULL;
	n->perf_map_tried = true;
	size_t len = n->perf_map ? perf_map_find(n->perf_map, in, &name, &offset) : 0;
	if (len)
		add(n, perf_map_is_library(name, len) ? CODE_LIBRARY : CODE_JITTED, "%.*s+0x%" PRIx64,
		    (int)(len < ORIGIN_TEXT_SIZE ? len : ORIGIN_TEXT_SIZE), name, offset + (pc - in));
	else
		add(n, CODE_NAMELESS, "0x%" PRIx64, (uint64_t)pc);
}

bool frame_name(struct frame_namer *n, Dwfl *dwfl, Dwarf_Addr in, Dwarf_Addr pc) {
	Dwfl_Module *module = dwfl ? dwfl_addrmodule(dwfl, in) : NULL;
	const char *path = module ? dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL) : NULL;
	if (path && (path[0] == '/' || path[0] == '[')) {
		struct place p = {.module = module, .file = base_name(path), .in = in, .pc = pc};
		GElf_Addr elf_bias;
		n->origin->incomplete |= !dwfl_module_getelf(module, &elf_bias);
		find_cu(&p);
		p.has_function = p.has_cu && (find_function(&p, &p.cu, FUNCTION_DEPTH_MAX, false) ||
		                              find_function(&p, &p.cu, FUNCTION_DEPTH_MAX, true));
		p.code = frame_file_is_library(path) || is_undescribed(&p) ? CODE_LIBRARY
		         : is_shipped(path)                                ? CODE_SHIPPED
		                                                           : CODE_OWN;
		note_runtime(n->origin, p.file);
		add_in_module(n, &p);
	} else {
		add_jitted(n, in, pc);
	}
	return n->origin->frames_len < ORIGIN_FRAMES_MAX;
}
