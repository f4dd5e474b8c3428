# recompense: build, tests, demo, installation. `make help` lists the targets.
#
# Objects go under build/ (build/<sanitizers>/ for a sanitized build). Sources are found by
# wildcard: a new file in policy/, readers/, writers/, batch/ or tests/*/ needs no line here.

PREFIX     ?= /usr/local
DESTDIR    ?=
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
DATADIR    ?= $(PREFIX)/share/recompense
DOCDIR     ?= $(PREFIX)/share/doc/recompense
UNITDIR    ?= $(PREFIX)/lib/systemd/system
CC         ?= cc
PYTHON     ?= /usr/bin/python3
WERROR     ?= $(if $(CI),-Werror)

comma    := ,
SANITIZE ?=
BUILD    := build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))

PACKAGES := xlsxwriter zlib libconfuse jansson libcrypto minizip libisal
PKG      := $(shell pkg-config --silence-errors --cflags $(PACKAGES))
PKG_LIBS := $(shell pkg-config --silence-errors --libs $(PACKAGES))

OPTIMIZE ?= -O2
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
            -Wmissing-prototypes $(WERROR)
HARDEN   := -fstack-protector-strong -fPIE $(if $(SANITIZE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
CPPFLAGS += -I. -D_GNU_SOURCE
CFLAGS   += -std=c11 -g $(OPTIMIZE) $(WARNINGS) $(HARDEN) -pthread $(PKG) \
            $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
LDFLAGS  += -pie -Wl,-z,relro,-z,now -pthread $(if $(SANITIZE),-fsanitize=$(SANITIZE))
LDLIBS   += -lcsv $(PKG_LIBS)

LIB_SRC  := $(filter-out batch/main.c,$(wildcard policy/*.c readers/*.c writers/*.c batch/*.c))
GEN_SRC  := $(BUILD)/gen/standard.c
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o) $(GEN_SRC:.c=.o)
MAIN_OBJ := $(BUILD)/batch/main.o
LIB      := $(BUILD)/librecompense.a
PROGRAM  := $(BUILD)/recompense

MAKE_MONTH_SRC := $(wildcard scripts/make_month*.c)
MAKE_MONTH     := build/scripts/make_month

# tests/X/test_NAME.c is a cmocka program, tests/X/NAME_campaign.c and tests/X/NAME_main.c are others
# (the latter becomes build/tests/X/NAME); every other file there is linked into all of them.
TEST_SRC     := $(wildcard tests/*/test_*.c)
CAMPAIGN_SRC := $(wildcard tests/*/*_campaign.c)
SIDE_SRC     := $(wildcard tests/*/*_main.c)
FUZZ_SRC     := $(wildcard tests/fuzz/fuzz_*.c)
HELPER_SRC   := $(filter-out $(TEST_SRC) $(CAMPAIGN_SRC) $(SIDE_SRC) tests/fuzz/% \
                tests/batch/kill_at.c,$(wildcard tests/*/*.c))
TEST_BIN     := $(TEST_SRC:%.c=$(BUILD)/%)
CAMPAIGN_BIN := $(CAMPAIGN_SRC:%.c=$(BUILD)/%)
SIDE_BIN     := $(SIDE_SRC:%_main.c=$(BUILD)/%)
FUZZ_BIN     := $(FUZZ_SRC:tests/%.c=build/%)
HELPERS      := $(BUILD)/tests/libhelpers.a
KILL_AT      := $(BUILD)/tests/batch/kill_at.so

HISTORIES ?= 200
# Sections of the benchmark, and how many orders; all of them take half an hour and 20 GB.
BENCH        ?=
BENCH_ORDERS ?= 10000000

.PHONY: all help setup check checks tests demo torture campaign bench fuzz install format tidy clean
.DELETE_ON_ERROR:
# Objects of test programs are worth keeping.
.SECONDARY:

all: $(PROGRAM)

help:
	@echo 'make             the program, build/recompense'
	@echo 'make demo        three generated months through the program, and where their books are'
	@echo 'make check       all that must hold: style, unit tests, whole months; under ten minutes'
	@echo 'make torture     kills the program before every write it makes, and fills its disk'
	@echo 'make campaign    the long runs: a million decimals, ten thousand histories'
	@echo 'make bench       beside DuckDB and pandas; writes docs/performance.md; BENCH="job growth"'
	@echo 'make fuzz        fuzzes the readers, FUZZ_SECONDS each (needs clang)'
	@echo 'make install     program, policies, manual and units; honours DESTDIR and PREFIX'
	@echo 'make setup       installs what the build and the tests need (Debian)'
	@echo 'make format      clang-format over all sources;  make tidy: clang-tidy'
	@echo 'make clean       removes build/'
	@echo
	@echo 'SANITIZE=address,undefined or SANITIZE=thread builds and checks beside the plain build.'

# --- the program ---------------------------------------------------------------------------------

$(PROGRAM): $(MAIN_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $(MAIN_OBJ) $(LIB) $(LDLIBS)

$(LIB): $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The standard policy, built in byte by byte (policy/standard.h).
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/standard.c: policy/standard.conf build/scripts/embed
	@mkdir -p $(@D)
	build/scripts/embed policy_standard policy/standard.h $< > $@

build/scripts/embed: scripts/embed.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O1 -Wall -Wextra $(WERROR) -o $@ $<

$(MAKE_MONTH): $(MAKE_MONTH_SRC) $(wildcard scripts/make_month*.h)
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -Wall -Wextra $(WERROR) -o $@ $(MAKE_MONTH_SRC) -lz

# --- tests ---------------------------------------------------------------------------------------

$(HELPERS): $(HELPER_SRC:%.c=$(BUILD)/%.o)
	@mkdir -p $(@D); rm -f $@
	$(AR) rcs $@ $^

$(TEST_BIN) $(CAMPAIGN_BIN): $(BUILD)/%: $(BUILD)/%.o $(HELPERS) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(SIDE_BIN): $(BUILD)/%: $(BUILD)/%_main.o $(HELPERS) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# Preloaded into programs: never sanitized itself.
$(KILL_AT): tests/batch/kill_at.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra $(WERROR) -fPIC -shared -o $@ $< -ldl

tests: $(PROGRAM) $(MAKE_MONTH) $(TEST_BIN) $(SIDE_BIN) $(KILL_AT)

setup:
	@scripts/setup.sh tests

# What setup installs is looked for at the start of a make, so the checks are a second one.
check:
	@scripts/setup.sh tests
	@case " $$MAKEFLAGS" in *' -j'*) jobs= ;; *) jobs=-j$$(nproc) ;; esac; \
	 $(MAKE) --no-print-directory $$jobs WERROR=-Werror checks

checks: tests
	@$(PYTHON) -B scripts/check.py --build $(BUILD) --histories $(HISTORIES) $(TEST_BIN)

torture: tests
	RECOMPENSE=$(PROGRAM) $(PYTHON) tests/batch/kill_test.py --all
	RECOMPENSE=$(PROGRAM) $(PYTHON) tests/batch/full_disk_test.py --all

campaign: tests $(CAMPAIGN_BIN)
	$(PYTHON) tests/policy/decimal_cases.py --count 1000000 --seed 1 | $(BUILD)/tests/policy/decimal_campaign
	[ ! -x $(BUILD)/tests/policy/compensation_campaign ] || $(BUILD)/tests/policy/compensation_campaign 100000 1
	$(PYTHON) tests/simulator/simulate.py --program $(PROGRAM) --histories 10000 --verify

bench: $(PROGRAM) $(MAKE_MONTH)
	@sh scripts/setup.sh bench
	@mkdir -p build/bench && cp scripts/bench/package.json build/bench/
	@cd build/bench && npm install --silent --no-audit --no-fund
	$(PYTHON) scripts/bench/bench.py --orders $(BENCH_ORDERS) $(BENCH)

FUZZ_SECONDS ?= 60

build/fuzz/%: tests/fuzz/%.c $(LIB_SRC) build/gen/standard.c
	@mkdir -p $(@D)
	clang $(CPPFLAGS) -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -pthread $(PKG) \
	  -o $@ $< $(LIB_SRC) build/gen/standard.c $(LDLIBS)

fuzz: $(FUZZ_BIN)
	@for fuzz in $(FUZZ_BIN); do \
	  corpus=build/fuzz/corpus/$$(basename $$fuzz); mkdir -p $$corpus; \
	  seeds=tests/fuzz/corpus/$$(basename $$fuzz); [ -d $$seeds ] || seeds=; \
	  echo "$$fuzz, $(FUZZ_SECONDS) s"; \
	  $$fuzz -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build/fuzz/ -verbosity=0 -print_final_stats=1 $$corpus $$seeds || exit 1; \
	done

# --- people --------------------------------------------------------------------------------------

demo:
	@scripts/setup.sh build
	@case " $$MAKEFLAGS" in *' -j'*) jobs= ;; *) jobs=-j$$(nproc) ;; esac; \
	 $(MAKE) --no-print-directory --silent $$jobs $(PROGRAM) $(MAKE_MONTH)
	@scripts/demo.sh $(PROGRAM) $(MAKE_MONTH)

install: $(PROGRAM)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(DATADIR) \
	  $(DESTDIR)$(DOCDIR) $(DESTDIR)$(UNITDIR)
	install -m 755 $(PROGRAM) $(DESTDIR)$(BINDIR)/recompense
	install -m 644 $(wildcard policy/*.conf) $(wildcard scripts/*.conf.example) \
	  $(DESTDIR)$(DATADIR)
	install -d $(DESTDIR)$(DATADIR)/profiles
	install -m 644 $(wildcard policy/profiles/*.conf) $(DESTDIR)$(DATADIR)/profiles
	install -m 644 scripts/recompense.1 $(DESTDIR)$(MANDIR)/man1/recompense.1
	install -m 644 README.md LICENSE $(wildcard docs/*.md) scripts/cron/recompense.cron \
	  $(DESTDIR)$(DOCDIR)
	sed 's|@BINDIR@|$(BINDIR)|' scripts/systemd/recompense.service \
	  > $(DESTDIR)$(UNITDIR)/recompense.service
	chmod 644 $(DESTDIR)$(UNITDIR)/recompense.service
	install -m 644 scripts/systemd/recompense.timer $(DESTDIR)$(UNITDIR)/recompense.timer

SOURCES = $(wildcard policy/*.[ch] readers/*.[ch] writers/*.[ch] batch/*.[ch] scripts/*.[ch] tests/*/*.[ch])

format:
	clang-format -i $(SOURCES)

tidy:
	clang-tidy --quiet $(LIB_SRC) batch/main.c -- $(CPPFLAGS) -std=c11 $(PKG)

clean:
	rm -rf build

# The profiles are embedded by the assembler, which -MMD does not see.
$(BUILD)/policy/profiles.o: $(wildcard policy/profiles/*.conf)

-include $(LIB_OBJ:.o=.d) $(MAIN_OBJ:.o=.d) $(TEST_BIN:=.d) $(CAMPAIGN_BIN:=.d) \
         $(SIDE_BIN:=_main.d) $(HELPER_SRC:%.c=$(BUILD)/%.d)
