/* test_proxy_request.c - heads as clients send them to a proxy, and as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/fetcher/proxy_request.h"

static enum proxy_read read_text(const char *text, struct proxy_request *out)
{
	return proxy_request_read(text, strlen(text), out);
}

static void leads_to(const struct proxy_request *request, const char *expected)
{
	char *url = proxy_request_url(request);

	assert_string_equal(url, expected);
	free(url);
}

static void it_reads_a_tunnel(void **state)
{
	struct proxy_request request;

	(void)state;
	assert_int_equal(
		read_text("CONNECT a.org:443 HTTP/1.1\r\nHost: b.org\r\n\r\n\x16\x03", &request),
		PROXY_READ);
	assert_true(request.tunnels);
	assert_int_equal(request.size, 43);
	leads_to(&request, "https://a.org:443/");
	assert_int_equal(read_text("CONNECT [2001:db8::1]:8443 HTTP/1.0\r\n\r\n", &request),
			 PROXY_READ);
	leads_to(&request, "https://[2001:db8::1]:8443/");
}

static void it_reads_a_request(void **state)
{
	static char url[] = "http://a.org:8080/x?y=1";
	const struct target target = { .url = url };
	struct proxy_request request;
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(read_text("POST HTTP://A.org:8080/x?y=1 HTTP/1.1\r\nHost: evil.org\r\n"
				   "Content-Length: 1\r\nproxy-authorization: x\r\n"
				   "Connection: keep-alive\r\nX-A: b\tc\r\n\r\nz",
				   &request),
			 PROXY_READ);
	assert_false(request.tunnels);
	leads_to(&request, "HTTP://A.org:8080/x?y=1");
	proxy_request_pass_on(&request, &target, &out);
	assert_string_equal(buffer_text(&out),
			    "POST /x?y=1 HTTP/1.1\r\nHost: a.org:8080\r\nContent-Length: 1\r\n"
			    "X-A: b\tc\r\nConnection: close\r\n\r\n");
	buffer_finish(&out);
}

static void it_waits_for_the_rest(void **state)
{
	static const char head[] = "GET http://a.org/ HTTP/1.1\r\nA: b\r\n\r\n";
	struct proxy_request request;

	(void)state;
	for (size_t size = 0; size < sizeof(head) - 1; size++)
		assert_int_equal(proxy_request_read(head, size, &request), PROXY_MORE);
	assert_int_equal(read_text(head, &request), PROXY_READ);
}

static void it_refuses_what_is_none(void **state)
{
	static const char *const heads[] = {
		"",
		"GET / HTTP/1.1",
		"GET //a.org/ HTTP/1.1",
		"GET https://a.org/ HTTP/1.1",
		"GET ftp://a.org/ HTTP/1.1",
		"GET http:// HTTP/1.1",
		"GET http://a.org/ HTTP/2",
		"GET http://a.org/ HTTP/1.2",
		"GET http://a.org/",
		"GET  http://a.org/ HTTP/1.1",
		"GET http://a.org/ b HTTP/1.1",
		"GET http://a.org/\tb HTTP/1.1",
		"GET http://a.org/\nX: y HTTP/1.1",
		"GET http://\xc3\xa4.org/ HTTP/1.1",
		"G(T http://a.org/ HTTP/1.1",
		" http://a.org/ HTTP/1.1",
		"CONNECT a.org HTTP/1.1",
		"CONNECT :443 HTTP/1.1",
		"CONNECT a.org: HTTP/1.1",
		"CONNECT a.org:443/ HTTP/1.1",
		"CONNECT a.org:44a HTTP/1.1",
		"CONNECT a.org:123456 HTTP/1.1",
		"CONNECT user@a.org:443 HTTP/1.1",
		"CONNECT a.org/@b.org:443 HTTP/1.1",
		"CONNECT a.org?b.org:443 HTTP/1.1",
		"CONNECT a.org#b.org:443 HTTP/1.1",
		"CONNECT a.org\\b.org:443 HTTP/1.1",
		"CONNECT a%2eorg:443 HTTP/1.1",
		"CONNECT https://a.org:443 HTTP/1.1",
		"connect a.org:443 HTTP/1.1",
		"GET http://a.org/ HTTP/1.1\r\nno header",
		"GET http://a.org/ HTTP/1.1\r\n: empty",
		"GET http://a.org/ HTTP/1.1\r\nA : space",
		"GET http://a.org/ HTTP/1.1\r\nA: b\r\n folded",
		"GET http://a.org/ HTTP/1.1\r\nA: b\nC: d",
		"GET http://a.org/ HTTP/1.1\r\nA: b\rC: d",
		"GET http://a.org/ HTTP/1.1\r\nA: \x01",
	};
	struct proxy_request request;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		char *head = xasprintf("%s\r\n\r\n", heads[i]);

		if (read_text(head, &request) != PROXY_MALFORMED)
			fail_msg("accepted: %s", heads[i]);
		free(head);
	}
	/* A NUL is no end of anything. */
	assert_int_equal(proxy_request_read("GET http://a.org/\0 HTTP/1.1\r\n\r\n", 31, &request),
			 PROXY_MALFORMED);
	assert_int_equal(
		proxy_request_read("GET http://a.org/ HTTP/1.1\r\nA: \0\r\n\r\n", 36, &request),
		PROXY_MALFORMED);
}

static void it_refuses_one_without_end(void **state)
{
	struct buffer head = { 0 };
	struct proxy_request request;

	(void)state;
	buffer_append_text(&head, "GET http://a.org/ HTTP/1.1\r\nA: ");
	while (buffer_unread_size(&head) < PROXY_HEAD_MAX - 1)
		buffer_append_byte(&head, 'x');
	assert_int_equal(
		proxy_request_read(buffer_unread(&head), buffer_unread_size(&head), &request),
		PROXY_MORE);
	buffer_append_byte(&head, 'x');
	assert_int_equal(
		proxy_request_read(buffer_unread(&head), buffer_unread_size(&head), &request),
		PROXY_MALFORMED);
	buffer_append_text(&head, "\r\n\r\n");
	assert_int_equal(
		proxy_request_read(buffer_unread(&head), buffer_unread_size(&head), &request),
		PROXY_MALFORMED);
	buffer_finish(&head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_reads_a_tunnel),
		cmocka_unit_test(it_reads_a_request),
		cmocka_unit_test(it_waits_for_the_rest),
		cmocka_unit_test(it_refuses_what_is_none),
		cmocka_unit_test(it_refuses_one_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
