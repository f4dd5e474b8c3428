# recompense: build, tests, demo, installation. `make help` lists the targets.
#
#   make                     the program, build/recompense
#   make check               everything that must hold, in under ten minutes
#   make SANITIZE=address,undefined check
#
# Objects go under build/ (build/<sanitizers>/ for a sanitized build).

PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
WERROR  ?= $(if $(CI),-Werror)

SANITIZE ?=
BUILD    := build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))
comma    := ,

PACKAGES := xlsxwriter zlib libconfuse jansson libcrypto minizip libdeflate
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
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
MAIN_OBJ := $(BUILD)/batch/main.o
LIB      := $(BUILD)/librecompense.a
PROGRAM  := $(BUILD)/recompense

TEST_SRC := $(wildcard tests/*/test_*.c)
TEST_BIN := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)

.PHONY: all clean
all: $(PROGRAM)

$(PROGRAM): $(MAIN_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $(MAIN_OBJ) $(LIB) $(LDLIBS)

$(LIB): $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(LIB) -lcmocka $(LDLIBS)

clean:
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(MAIN_OBJ:.o=.d) $(TEST_BIN:=.d)
