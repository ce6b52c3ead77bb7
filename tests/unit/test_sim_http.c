/* test_sim_http.c - requests, answers and parameters as the simulator reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/web/http_chunks.h"
#include "simulator/parameters.h"

static enum http_state parse(const char *data, struct http_request *out)
{
	return http_parse(data, strlen(data), out);
}

static void a_request_is_read_whole(void **state)
{
	static const char data[] = "POST /bot1:x/getMe?a=1 HTTP/1.1\r\nHost: x\r\n"
				   "content-type: text/plain\r\nContent-Length: 3\r\n\r\nabcGET";
	struct http_request request;

	(void)state;
	for (size_t size = 0; size < sizeof(data) - 4; size++)
		assert_int_equal(http_parse(data, size, &request), HTTP_MORE);
	assert_int_equal(parse(data, &request), HTTP_READY);
	assert_true(text_is(request.method, "POST"));
	assert_true(text_is(request.path, "/bot1:x/getMe"));
	assert_true(text_is(request.query, "a=1"));
	assert_true(text_is(request.body, "abc"));
	assert_true(text_is(request.content_type, "text/plain"));
	assert_true(request.keep_alive);
	assert_int_equal(request.size, sizeof(data) - 4);
}

static void connections_are_kept_as_the_version_says(void **state)
{
	struct http_request request;

	(void)state;
	assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n", &request), HTTP_READY);
	assert_false(request.keep_alive);
	assert_int_equal(parse("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", &request),
			 HTTP_READY);
	assert_false(request.keep_alive);
}

static void what_is_no_request_is_refused(void **state)
{
	static const char *const bad[] = {
		"GET /\r\n\r\n",
		" / HTTP/1.1\r\n\r\n",
		"GET / HTTP/2.0\r\n\r\n",
		"GET / HTTP/1.1\r\nno colon\r\n\r\n",
		"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
		"GET / HTTP/1.1\r\nContent-Length : 1\r\n\r\n",
		"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: "
		"5\r\n\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1x\r\na\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n000000001\r\na\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
		"GET / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n",
	};
	struct http_request request;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i], &request), HTTP_BAD);
}

static void chunks_are_joined(void **state)
{
	static const char data[] = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
				   "3\r\nabc\r\nA;name=value\r\n0123456789\r\n1\r\n\n\r\n"
				   "0\r\nTrailer: x\r\n\r\nGET";
	struct http_request request;
	char body[sizeof(data)];
	size_t length;

	(void)state;
	for (size_t size = 0; size < sizeof(data) - 4; size++)
		assert_int_equal(http_parse(data, size, &request), HTTP_MORE);
	assert_int_equal(parse(data, &request), HTTP_READY);
	assert_true(request.chunked);
	assert_int_equal(request.size, sizeof(data) - 4);
	memcpy(body, request.body.data, request.body.length);
	length = http_chunks_join(body, request.body.length);
	assert_int_equal(length, 14);
	assert_memory_equal(body, "abc0123456789\n", 14);
	assert_int_equal(
		parse("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", &request),
		HTTP_READY);
	memcpy(body, request.body.data, request.body.length);
	assert_int_equal(http_chunks_join(body, request.body.length), 0);
}

static void answers_are_read_with_and_without_length(void **state)
{
	static const char sized[] = "HTTP/1.1 500 Oh No\r\nContent-Length: 2\r\n"
				    "Retry-After: 7\r\n\r\nhi";
	static const char open[] = "HTTP/1.1 200 OK\r\n\r\nhi";
	struct http_response response;

	(void)state;
	assert_int_equal(http_parse_response(sized, sizeof(sized) - 2, false, &response),
			 HTTP_MORE);
	assert_int_equal(http_parse_response(sized, sizeof(sized) - 1, false, &response),
			 HTTP_READY);
	assert_int_equal(response.status, 500);
	assert_true(text_is(response.reason, "Oh No"));
	assert_int_equal(response.retry_after_s, 7);
	assert_true(response.keep_alive);
	assert_int_equal(http_parse_response(open, sizeof(open) - 1, false, &response), HTTP_MORE);
	assert_int_equal(http_parse_response(open, sizeof(open) - 1, true, &response), HTTP_READY);
	assert_true(text_is(response.body, "hi"));
	assert_false(response.keep_alive);
}

static bool read_args(const char *type, const char *body, struct arena *arena,
		      struct parameters *out)
{
	struct http_request request = { .content_type = { type, strlen(type) },
					.body = { body, strlen(body) },
					.query = { "q=%41+b", 7 } };
	struct why why;

	return parameters_parse(&request, arena, out, &why);
}

static void parameters_come_in_four_ways(void **state)
{
	struct arena arena = { 0 };
	struct parameters parameters;

	(void)state;
	assert_true(read_args(
		"application/json",
		" {\"a\":\"x\\u00fc\\ud83d\\ude00\\n\", \"b\" : -12, \"c\":{\"d\":[1,\"}\"]},"
		"\"e\":null,\"f\":true}",
		&arena, &parameters));
	assert_string_equal(parameters_text(&parameters, "q"), "A b");
	assert_string_equal(parameters_text(&parameters, "a"), "xü😀\n");
	assert_int_equal(parameters_int(&parameters, "b", 5, -100, 100), -12);
	assert_string_equal(parameters_text(&parameters, "c"), "{\"d\":[1,\"}\"]}");
	assert_null(parameters_find(&parameters, "e"));
	assert_true(parameters_bool(&parameters, "f"));
	assert_true(read_args("application/x-www-form-urlencoded", "a=1%262&b=&c=%zz", &arena,
			      &parameters));
	assert_string_equal(parameters_text(&parameters, "a"), "1&2");
	assert_string_equal(parameters_text(&parameters, "c"), "%zz");
	assert_true(
		read_args("multipart/form-data; boundary=\"B\"",
			  "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--y\r\n"
			  "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n"
			  "Content-Type: text/x\r\n\r\n\r\nz\r\n--B--\r\n",
			  &arena, &parameters));
	assert_string_equal(parameters_text(&parameters, "a"), "x\r\n--y");
	assert_true(text_is(parameters_find(&parameters, "f")->value, "\r\nz"));
	assert_true(text_is(parameters_find(&parameters, "f")->file_name, "n"));
	assert_true(text_is(parameters_find(&parameters, "f")->file_type, "text/x"));
	arena_finish(&arena);
}

static void broken_bodies_are_refused(void **state)
{
	static const char *const json[] = { "{",
					    "[]",
					    "{\"a\":1",
					    "{\"a\" 1}",
					    "{\"a\":}",
					    "{\"a\":\"\\x\"}",
					    "{\"a\":\"\\ud800\"}",
					    "{\"a\":\"\x80\"}",
					    "{\"a\":1} x",
					    "{\"a\":[}" };
	struct arena arena = { 0 };
	struct parameters parameters;

	(void)state;
	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++)
		assert_false(read_args("application/json", json[i], &arena, &parameters));
	assert_false(read_args("multipart/form-data", "--B--", &arena, &parameters));
	assert_false(read_args("multipart/form-data; boundary=B", "--B\r\nx", &arena, &parameters));
	arena_finish(&arena);
}

static void parts_are_named_in_any_of_its_forms(void **state)
{
	static const char body[] =
		"--B\r\ncontent-disposition:form-data;name=\"a\"\r\n\r\n1\r\n"
		"--B\r\nContent-Disposition: form-data; filename=\"x; name=y\" ; NAME = "
		"b\r\n\r\n2\r\n"
		"--B\r\nContent-Disposition: form-data; filename*=UTF-8''z; name=c\r\n\r\n3\r\n"
		"--B--\r\n";
	struct arena arena = { 0 };
	struct parameters parameters;

	(void)state;
	assert_true(read_args("multipart/form-data; boundary=B", body, &arena, &parameters));
	assert_string_equal(parameters_text(&parameters, "a"), "1");
	assert_true(text_is(parameters_find(&parameters, "b")->value, "2"));
	assert_true(text_is(parameters_find(&parameters, "b")->file_name, "x; name=y"));
	assert_string_equal(parameters_text(&parameters, "c"), "3");
	arena_finish(&arena);
}

/* Nothing is read before the first byte, which here would look like a part of the line. */
static void an_empty_first_line_is_refused(void **state)
{
	static const char request_data[] = "\r\nGET / HTTP/1.1\r\n\r\n";
	static const char response_data[] = "\r\nHTTP/1.1 200 OK\r\n\r\n";
	struct http_request request;
	struct http_response response;

	(void)state;
	assert_int_equal(http_parse(request_data + 1, sizeof(request_data) - 2, &request),
			 HTTP_BAD);
	assert_int_equal(request.status, 400);
	assert_int_equal(
		http_parse_response(response_data + 1, sizeof(response_data) - 2, true, &response),
		HTTP_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_whole),
		cmocka_unit_test(connections_are_kept_as_the_version_says),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(an_empty_first_line_is_refused),
		cmocka_unit_test(chunks_are_joined),
		cmocka_unit_test(parts_are_named_in_any_of_its_forms),
		cmocka_unit_test(answers_are_read_with_and_without_length),
		cmocka_unit_test(parameters_come_in_four_ways),
		cmocka_unit_test(broken_bodies_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
