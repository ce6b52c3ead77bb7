/* check.c - see check.h. Neither line has the URL: it may contain a password. */
#include "common/database/check.h"

#include "common/database/postgres.h"
#include "common/database/url.h"

bool stores_check(const struct settings *settings, FILE *faults)
{
	struct redis_url redis;
	struct why why;
	bool good = true;

	if (*settings->database_url && !postgres_url_is_valid(settings->database_url)) {
		fputs("DATABASE_URL: is not a libpq URI; allowed: "
		      "postgresql://[user[:password]@][host][:port]/database[?option=value]\n",
		      faults);
		good = false;
	}
	if (!*settings->redis_url)
		return good;
	if (!redis_url_parse(settings->redis_url, &redis, &why)) {
		fprintf(faults, "%s\n", why.text);
		return false;
	}
	redis_url_finish(&redis);
	return good;
}
