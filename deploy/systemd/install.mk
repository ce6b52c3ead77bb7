# What `make install` adds for systemd: units with this installation's paths, their users
# (systemd-sysusers) and directories (systemd-tmpfiles), and the pages that they refer to. For packages use DESTDIR
# and prefix=/usr.

UNITS := $(patsubst deploy/systemd/%,$(BUILD)/systemd/%,$(wildcard deploy/systemd/*.service))
UNIT_PATHS := s,@bindir@,$(bindir),g;s,@sbindir@,$(sbindir),g;s,@docdir@,$(docdir),g
$(eval $(call recorded,$(BUILD)/systemd/paths,UNIT_PATHS))
$(BUILD)/systemd/%.service: deploy/systemd/%.service $(BUILD)/systemd/paths
	$(Q)sed '$(UNIT_PATHS)' $< >$@
$(BUILD)/systemd/korone.conf: deploy/systemd/korone.sysusers
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(BUILD)/systemd/tmpfiles/korone.conf: deploy/systemd/korone.tmpfiles
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(eval $(call installed,$(unitdir),644,$(UNITS)))
$(eval $(call installed,$(sysusersdir),644,$(BUILD)/systemd/korone.conf))
$(eval $(call installed,$(tmpfilesdir),644,$(BUILD)/systemd/tmpfiles/korone.conf))
$(eval $(call installed,$(docdir),644,docs/operating.md docs/scaling.md))
