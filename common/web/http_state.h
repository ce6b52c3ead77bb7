/* http_state.h - how far a message of HTTP has come, and how large one may be. */
#ifndef COMMON_WEB_HTTP_STATE_H
#define COMMON_WEB_HTTP_STATE_H

#define HTTP_HEADER_MAX (16u << 10)
#define HTTP_BODY_MAX (64u << 20) /* a cloud upload is at most 50 MB */

enum http_state {
	HTTP_MORE,  /* incomplete */
	HTTP_READY, /* complete */
	HTTP_BAD,   /* malformed: answer http_request.status and close */
};

#endif
