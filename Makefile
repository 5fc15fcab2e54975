# make demo | test | bench | install | format
# Each target installs the Debian packages that it misses, and says so.
PREFIX ?= /usr/local
BUILD := swift build -c release --static-swift-stdlib
BINARY := .build/release/dogwatch

.PHONY: demo test bench install format lint packages test-packages release clean

demo: release
	$(BINARY) demo

release: packages
	$(BUILD) --product dogwatch

test: packages test-packages
	swift test $(TESTFLAGS)

bench: release
	Benchmarks/run

install: release
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/dogwatch
	install -d $(DESTDIR)$(PREFIX)/share/dogwatch
	cp -r sample-data themes $(DESTDIR)$(PREFIX)/share/dogwatch/

format:
	swift format -i -r -p Package.swift Sources Tests Benchmarks

lint:
	swift format lint --strict -r -p Package.swift Sources Tests Benchmarks

packages:
	@.ci/packages swift -- libncurses-dev libcurl4-openssl-dev libsimdjson-dev libyaml-dev zlib1g-dev g++ pkg-config

test-packages:
	@.ci/packages -- tmux

clean:
	rm -rf .build
