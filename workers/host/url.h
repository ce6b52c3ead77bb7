/* url.h - makes a URL, or the parameters of a form, from a literal and values: no value can become
 * another host, path or parameter. */
#ifndef WORKERS_HOST_URL_H
#define WORKERS_HOST_URL_H

#include <stdarg.h>

#include "common/arena.h"
#include "common/why.h"

enum url_end {
	URL_MADE,
	URL_REFUSED, /* a value cannot stand where it is: a person may have caused it */
	URL_FAULTY,  /* the literal is wrong */
};

/* By place (RFC 3986): in the host a value is one label, in the path one segment, in the query one
 * name or value. The literal "%s" is a whole URL. *out lives in the arena. */
enum url_end url_make(const char *format, va_list arguments, struct arena *arena, const char **out,
		      struct why *why);
/* application/x-www-form-urlencoded. */
enum url_end url_make_form(const char *format, va_list arguments, struct arena *arena,
			   const char **out, struct why *why);

#endif
