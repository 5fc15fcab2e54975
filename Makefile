# make demo | test | bench | install | format
# Each target installs the Debian packages that it misses, and says so.
PREFIX ?= /usr/local
BUILD := swift build -c release --static-swift-stdlib
BINARY := .build/release/dogwatch

# ncurses-term has the entries by which 24-bit colours are reached.
.PHONY: pictures demo test bench install format lint packages test-packages release clean

demo: release
	$(BINARY) demo

release: packages
	$(BUILD) --product dogwatch

test: packages test-packages
	swift test $(TESTFLAGS)

bench: release
	$(BUILD) --product dogwatch-bench
	Benchmarks/run

install: release
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/dogwatch
	install -d $(DESTDIR)$(PREFIX)/share/dogwatch
	cp -r sample-data themes $(DESTDIR)$(PREFIX)/share/dogwatch/
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(BINARY) --generate-completion-script bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dogwatch
	$(BINARY) --generate-completion-script zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_dogwatch
	$(BINARY) --generate-completion-script fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/dogwatch.fish

# The pictures of the README, drawn by dogwatch itself from the sample data.
pictures: release
	$(BINARY) snapshot overview --recording sample-data/checkout-incident --at 6m --size 150x38 --format svg > docs/pictures/overview.svg
	$(BINARY) snapshot map --recording sample-data/checkout-incident --at 6m --size 150x38 --format svg > docs/pictures/map.svg
	$(BINARY) snapshot alerts --recording sample-data/checkout-incident --at 6m --size 150x38 --format svg > docs/pictures/alerts.svg
	$(BINARY) snapshot traces --recording sample-data/checkout-incident --at 6m --size 150x38 --search 'service=payment status=error' --keys 'Enter e e e' --format svg > docs/pictures/trace.svg

format:
	swift format -i -r -p Package.swift Sources Tests Benchmarks

lint:
	swift format lint --strict -r -p Package.swift Sources Tests Benchmarks

packages:
	@.ci/packages swift -- libncurses-dev libcurl4-openssl-dev libdeflate-dev libsimdjson-dev libre2-dev libyaml-dev zlib1g-dev ncurses-term g++

test-packages:
	@.ci/packages -- tmux

clean:
	rm -rf .build
