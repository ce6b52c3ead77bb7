# What `make install` adds for systemd: units with the paths of this installation, the user they run
# as (systemd-sysusers), and the page they point to. In a package's build use DESTDIR and PREFIX=/usr.

UNITS := $(notdir $(wildcard deploy/systemd/*.service))

install: install-systemd
install-systemd:
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	$(foreach u,$(UNITS),sed 's,@PREFIX@,$(PREFIX),g' deploy/systemd/$(u) >$(DESTDIR)$(PREFIX)/lib/systemd/system/$(u);)
	install -D -m 644 deploy/systemd/korone.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/korone.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/korone docs/operating.md docs/scaling.md
.PHONY: install-systemd
