/* modules.c - one line per module, alphabetical; their routes are tried in this order. */
#include "workers/modules/modules.h"

#include "workers/module.h"

#define MODULES(MODULE)    \
	MODULE(afk)        \
	MODULE(anonymous)  \
	MODULE(approvals)  \
	MODULE(bans)       \
	MODULE(blocklist)  \
	MODULE(broadcast)  \
	MODULE(cancel)     \
	MODULE(captcha)    \
	MODULE(cas)        \
	MODULE(cleaning)   \
	MODULE(connection) \
	MODULE(disabling)  \
	MODULE(feds)       \
	MODULE(filters)    \
	MODULE(flood)      \
	MODULE(forms)      \
	MODULE(gbans)      \
	MODULE(help)       \
	MODULE(joins)      \
	MODULE(language)   \
	MODULE(lastfm)     \
	MODULE(links)      \
	MODULE(locks)      \
	MODULE(log)        \
	MODULE(lookups)    \
	MODULE(newcomers)  \
	MODULE(night)      \
	MODULE(notes)      \
	MODULE(op_crash)   \
	MODULE(operators)  \
	MODULE(phones)     \
	MODULE(ping)       \
	MODULE(pins)       \
	MODULE(privacy)    \
	MODULE(purge)      \
	MODULE(raid)       \
	MODULE(regex)      \
	MODULE(reports)    \
	MODULE(rights)     \
	MODULE(rules)      \
	MODULE(scheduled)  \
	MODULE(settings)   \
	MODULE(setup)      \
	MODULE(staff)      \
	MODULE(start)      \
	MODULE(stickers)   \
	MODULE(timezone)   \
	MODULE(topics)     \
	MODULE(transfer)   \
	MODULE(translate)  \
	MODULE(users)      \
	MODULE(warnings)   \
	MODULE(weather)    \
	MODULE(welcome)

#define MODULE_DECLARE(name) extern const struct module name##_module;
MODULES(MODULE_DECLARE)
#undef MODULE_DECLARE

const struct module *const compiled_modules[] = {
#define MODULE_ROW(name) &name##_module,
	MODULES(MODULE_ROW)
#undef MODULE_ROW
		NULL,
};
