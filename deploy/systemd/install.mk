# What `make install` adds for systemd: units with this installation's paths, their user
# (systemd-sysusers), and the page that they refer to. For packages use DESTDIR and PREFIX=/usr.

UNITS := $(notdir $(wildcard deploy/systemd/*.service))

install: install-systemd
install-systemd:
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	$(foreach u,$(UNITS),sed 's,@PREFIX@,$(PREFIX),g' deploy/systemd/$(u) >$(DESTDIR)$(PREFIX)/lib/systemd/system/$(u);)
	install -D -m 644 deploy/systemd/korone.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/korone.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/korone docs/operating.md docs/scaling.md
.PHONY: install-systemd
