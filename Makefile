# logspill: see `make help`.
#
#   V=1                      show commands
#   SAN=address,undefined    sanitizer build, in a folder of its own
#   WERROR=1                 warnings are errors (make check sets it)

PREFIX  ?= /usr/local
DESTDIR ?=
comma   := ,
B       := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))

CLANG   ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
ARCH    := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))

# What a target builds by calling make again: on all CPUs, unless the caller has said how many.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

VERSION := $(shell cat user/VERSION 2>/dev/null || echo 0)
LIBS    := -lbpf -lelf -ldw -lz -lzstd -lhs -lstdc++ -lfyaml -ljansson -lsystemd -lsodium -lxxhash -lgnutls -lmicrohttpd -lsqlite3 -lncursesw -ltinfo -lcap-ng -lseccomp -lm
CFLAGS  ?= -O2 -g
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Iuser -I. -I$(B) -MMD -MP -fno-strict-aliasing -fstack-protector-strong \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wvla \
	-Wno-unknown-pragmas $(if $(WERROR),-Werror) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(CPPFLAGS) $(CFLAGS)
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -D__TARGET_ARCH_$(ARCH) -Ivmlinux -I. -MMD -MP -Wall -Wextra -Werror \
	-Wno-unused-parameter -Wno-unknown-pragmas -Wno-missing-declarations

# Debug information holds the folder of the build, as PWD has it. So it is the same wherever it is made: make reproducible.
HERE := PWD=/proc/self/cwd

USER_SRC := $(wildcard user/*/*.c)
USER_OBJ := $(USER_SRC:%.c=$(B)/%.o)
BPF_SRC  := $(wildcard bpf/*.bpf.c)
BPF_OBJ  := $(BPF_SRC:%.c=$(B)/%.o)
SKELETON := $(B)/bpf/logspill.skel.h
UNIT     := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
TESTS    := $(UNIT) $(patsubst %.c,$(B)/%,$(wildcard tests/rules/test_*.c tests/kernel/test_*.c tests/leak/*.c))
FUZZERS  := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES  := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))

.PHONY: all demo demo-agent pictures check check-long soak vm-check in-vm tests unit fuzzers fuzz coverage memcheck races faults \
	bench deps man install uninstall clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/logspill ## build the program (build/logspill)

$(B)/logspill: $(B)/user/main.o $(USER_OBJ)
	$(call say,LINK,$@)
	$(Q)$(HERE) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/user/%.o: user/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HERE) $(CC) $(ALL_CFLAGS) -DLOGSPILL_VERSION='"$(VERSION)"' -c -o $@ $<

$(filter $(B)/user/capture/%,$(USER_OBJ)): | $(SKELETON)

# Every byte goes through these: a scan is faster by 4 %.
$(filter $(B)/user/detect/% $(B)/user/check/%,$(USER_OBJ)): ALL_CFLAGS += $(patsubst -O2,-O3,$(filter -O2,$(CFLAGS)))

$(B)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HERE) $(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(SKELETON): $(BPF_OBJ)
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen object $(B)/bpf/logspill.linked.o $(BPF_OBJ)
	$(Q)$(BPFTOOL) gen skeleton $(B)/bpf/logspill.linked.o name logspill_bpf >$@

# Every test and bench is one file, linked with everything but main.
$(B)/tests/%.o: tests/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HERE) $(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/tests/%: $(B)/tests/%.o $(USER_OBJ)
	$(call say,LINK,$@)
	$(Q)$(HERE) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) -lcmocka $(LIBS)

$(addprefix $(B)/tests/kernel/,test_uring test_uring_zero_copy test_preempted test_exact test_exact_program): LIBS += -luring
$(B)/tests/rules/test_reference $(B)/tests/fuzz/fuzz_detect $(B)/tests/unit/test_pattern: LIBS += -lpcre2-8

# By libFuzzer, if it is asked for; else over their seeds alone.
FUZZ_MAIN := $(if $(findstring fuzzer,$(SAN)),,$(B)/tests/fuzz/seeds.o)
$(FUZZERS): LDFLAGS += $(if $(FUZZ_MAIN),,-fsanitize=fuzzer)
$(FUZZERS): $(FUZZ_MAIN)

# Benches may bring BPF programs of their own.
BENCH_SKELETONS := $(patsubst %.bpf.c,$(B)/%.skel.h,$(wildcard tests/bench/*.bpf.c))

$(B)/tests/bench/%.skel.h: tests/bench/%.bpf.c
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HERE) $(CLANG) $(BPF_CFLAGS) -c -o $(@:.skel.h=.bpf.o) $<
	$(Q)$(BPFTOOL) gen skeleton $(@:.skel.h=.bpf.o) name $* >$@

$(BENCHES:=.o): | $(BENCH_SKELETONS)

demo: ## watch a real nginx leak into its log, then not: installs what is missing
	$(Q)tests/demo/demo.sh

demo-agent: ## the agent with Prometheus and Alertmanager: a leak's alert arrives, and is resolved
	$(Q)tests/demo/agent.sh

pictures: all ## the pictures of README, anew: of an agent that watches a leaking shop for a minute
	$(Q)tests/deps.sh test
	$(Q)tests/demo/pictures.sh

deps: ## install what building and testing needs, from the distribution
	$(Q)tests/deps.sh build test

check: ## everything: unit, rules, cli, kernel, lint, sanitizers, seeds of the fuzzer
	$(Q)tests/deps.sh build test
	+$(Q)$(SUBMAKE) WERROR=1 all tests
	+$(Q)$(SUBMAKE) WERROR=1 SAN=address,undefined unit fuzzers
	$(Q)tests/run.sh

check-long: ## 10 million writes, each byte accounted for; a million processes; fuzzing; a fleet; the package: an hour
	$(Q)tests/deps.sh build test package
	+$(Q)$(SUBMAKE) all tests
	+$(Q)$(SUBMAKE) fuzz
	+$(Q)$(SUBMAKE) memcheck
	+$(Q)$(SUBMAKE) races
	$(Q)LONG=1 EXACT_WRITES=10000000 ONE_SHOTS=10000 PROCESSES=1000000 SHED_ROUNDS=100 LIMIT_S=7200 JOBS=1 \
		LEAKS=10000 FAULTS=20 ALLOCATIONS=2000 FLEET=1 tests/run.sh \
		test_exact test_stopped test_identity test_one_shots kernel/test_shed \
		test_gate_agents test_leak test_faults cli/test_memory long/

soak: ## an agent under a compressed day: churn, rotation, reloads, outages, kills (MINUTES=60; LOAD=0.1: a tenth of it)
	$(Q)tests/deps.sh build test bench
	+$(Q)$(SUBMAKE) all $(B)/tests/soak/load
	$(Q)B=$(B) tests/soak/soak.py $(or $(MINUTES),60)

# The other architecture's build is linked with its own libraries.
vm-check: ## the kernel tests, and a watch of a whole machine, on Debian's kernels for x86-64 and arm64, emulated: hours
	$(Q)tests/deps.sh build test vm
	$(Q)tests/vm/sysroot.sh $(B)-arm64-root
	+$(Q)$(SUBMAKE) in-vm
	+$(Q)$(SUBMAKE) B=$(B)-arm64 ARCH=arm64 CC="aarch64-linux-gnu-gcc --sysroot=$(CURDIR)/$(B)-arm64-root" in-vm
	$(Q)B=$(B) tests/vm/run.sh

in-vm: all $(patsubst %.c,$(B)/%,$(wildcard tests/kernel/test_*.c)) $(B)/tests/vm/programs # what runs in such a machine

tests: $(TESTS) # the test programs, not run
unit: $(UNIT)
fuzzers: $(FUZZERS)

fuzz: ## any bytes at whatever reads what others wrote, for T seconds each (T=60)
	$(Q)tests/deps.sh build test fuzz
	+$(Q)$(SUBMAKE) B=build-fuzz CC="$(CLANG)" CFLAGS="-O1 -g -w" SAN=fuzzer-no-link,address,undefined fuzzers
	$(Q)tests/fuzz/run.sh $(or $(T),60)

coverage: ## which lines and branches of user/ the tests run (build-coverage/index.html); fails below 90 % of lines
	$(Q)tests/deps.sh build test coverage
	+$(Q)$(SUBMAKE) B=build-coverage CFLAGS="-O1 -g --coverage -fprofile-update=atomic" all tests
	$(Q)B=build-coverage tests/coverage.sh

faults: ## what goes wrong around an agent, 20 times each at random moments: a table
	$(Q)tests/deps.sh build test
	+$(Q)$(SUBMAKE) all
	$(Q)FAULTS=20 LIMIT_S=7200 tests/run.sh cli/test_faults

memcheck: ## the unit tests under valgrind
	$(Q)tests/deps.sh build test memcheck
	+$(Q)$(SUBMAKE) all unit
	$(Q)tests/memcheck.sh

# As programs were laid out before Linux 6.6: the ThreadSanitizer of GCC 12 knows no other way.
RACES := $(addprefix unit/test_,workers output output_file http_server live_page remote)
races: ## what runs on several threads, under ThreadSanitizer
	$(Q)tests/deps.sh build test
	+$(Q)$(SUBMAKE) SAN=thread all $(RACES:%=build-thread/tests/%)
	$(Q)B=build-thread LIMIT_S=1200 setarch -R tests/run.sh $(RACES) cli/test_workers cli/test_outputs cli/test_page cli/test_agent

bench: ## what watching costs, against the barest program and the peers
	$(Q)tests/deps.sh build bench
	+$(Q)$(SUBMAKE) all $(BENCHES)
	$(Q)B=$(B) tests/bench/run.sh

$(B)/man/logspill.1: $(B)/logspill deploy/man.sh
	$(call say,MAN,$(@D))
	$(Q)deploy/man.sh $< $(@D)

.PHONY: deb reproducible sbom
deb: ## a Debian package of this tree (build/deb)
	$(Q)tests/deps.sh build package
	$(Q)deploy/package.sh build/deb

reproducible: ## builds it twice, in two folders: the same bytes
	$(Q)tests/deps.sh build
	+$(Q)$(SUBMAKE) all
	$(Q)LONG=1 tests/run.sh long/test_reproducible

sbom: all ## which libraries it needs: CycloneDX (build/logspill.cdx.json)
	$(Q)deploy/sbom.sh $(B)/logspill >$(B)/logspill.cdx.json

man: $(B)/man/logspill.1 ## manual pages, from what --help says (build/man)

install: all man ## to $(DESTDIR)$(PREFIX)
	install -D -m 0755 $(B)/logspill $(DESTDIR)$(PREFIX)/bin/logspill
	cd $(B)/man && find . -name '*.1' -exec install -D -m 0644 {} $(DESTDIR)$(PREFIX)/share/man/man1/{} \;
	install -D -m 0644 deploy/completion/logspill.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/logspill
	cd rules && find . -type f -exec install -D -m 0644 {} $(DESTDIR)$(PREFIX)/share/logspill/rules/{} \;

uninstall: ## removes what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/logspill $(DESTDIR)$(PREFIX)/share/man/man1/logspill*.1
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/logspill
	rm -rf $(DESTDIR)$(PREFIX)/share/logspill

clean: ## removes all builds
	rm -rf build build-*

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  settings: V=1  SAN=address,undefined  PREFIX=/usr/local  DESTDIR="

-include $(shell find $(B) -name '*.d' 2>/dev/null)
