/* test_rights.c - the rights of administrators: what a sender writes, children read, and no child
 * can change. That they are asked for once and forgotten in time: test_admins.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/moved_clock.h"
#include "workers/wire/rights.h"

#define ADMIN "{\"status\":\"administrator\",\"can_pin_messages\":true}"

static int set_up(void **state)
{
	struct why why;

	*state = rights_create(&why);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	rights_destroy(*state);
	return 0;
}

static void learn(struct rights *rights, const struct call *call, const char *answer,
		  uint64_t stamp)
{
	const struct call_result result = { .status = answer ? CALL_OK : CALL_REFUSED,
					    .result = text_of(answer) };

	rights_learn(rights, call, &result, stamp);
}

static void learn_member(struct rights *rights, int64_t chat_id, const char *answer)
{
	const struct call call = { .chat_id = chat_id,
				   .want_result = true,
				   .method = text_of("getChatMember"),
				   .body = text_of("{\"chat_id\":-1,\"user_id\":7}") };

	learn(rights, &call, answer, rights_stamp(rights, chat_id));
}

static bool knows(const struct rights *rights, int64_t chat_id)
{
	uint32_t bits;

	return rights_find(rights, chat_id, 7, &bits);
}

/* --- what is learned -------------------------------------------------------------------------- */

static uint32_t bits_of(const char *json)
{
	const struct call_result result = { .status = CALL_OK, .result = text_of(json) };
	uint32_t bits;

	assert_true(rights_in_result(&result, &bits));
	return bits;
}

static void a_member_has_what_telegram_says(void **state)
{
	const uint32_t present = 1u << MEMBER_PRESENT, admin = present | 1u << MEMBER_ADMIN;

	(void)state;
	assert_int_equal(bits_of("{\"status\":\"creator\"}"), (1u << MEMBER_RIGHT_COUNT) - 1);
	assert_int_equal(bits_of(ADMIN),
			 admin | 1u << MEMBER_PIN_MESSAGES | 1u << MEMBER_MANAGE_TAGS);
	assert_int_equal(bits_of("{\"status\":\"administrator\",\"can_pin_messages\":1}"), admin);
	assert_int_equal(bits_of("{\"status\":\"member\",\"can_pin_messages\":true}"), present);
	assert_int_equal(bits_of("{\"status\":\"restricted\",\"can_pin_messages\":true}"), 0);
	assert_int_equal(bits_of("{\"status\":\"restricted\",\"is_member\":true}"), present);
	assert_int_equal(bits_of("{\"status\":\"left\"}"), 0);
	assert_int_equal(bits_of("[]"), 0);
	assert_int_equal(bits_of("{\"status\":\"creator\""), 0);
	assert_int_equal(bits_of(NULL), 0);
}

/* Bot API "ChatMemberAdministrator": "can_manage_tags" is that of pinning, where it is missing. */
static void topics_and_tags_are_rights_and_no_administrator_is_the_owner(void **state)
{
	const uint32_t admin = 1u << MEMBER_PRESENT | 1u << MEMBER_ADMIN;

	(void)state;
	assert_int_equal(bits_of("{\"status\":\"administrator\",\"can_manage_topics\":true,"
				 "\"can_manage_tags\":true}"),
			 admin | 1u << MEMBER_MANAGE_TOPICS | 1u << MEMBER_MANAGE_TAGS);
	assert_int_equal(bits_of("{\"status\":\"administrator\",\"can_pin_messages\":true,"
				 "\"can_manage_tags\":false}"),
			 admin | 1u << MEMBER_PIN_MESSAGES);
	assert_int_equal(bits_of("{\"status\":\"administrator\"}"), admin);
	assert_true(bits_of("{\"status\":\"creator\"}") & 1u << MEMBER_OWNER);
}

static bool tells(int error_code, const char *description)
{
	const struct call_result result = { .status = error_code ? CALL_REFUSED : CALL_FAILED,
					    .error_code = error_code,
					    .description = text_of(description) };
	uint32_t bits = 1;

	if (!rights_in_result(&result, &bits))
		return false;
	assert_int_equal(bits, 0);
	return true;
}

static void whom_telegram_does_not_know_there_has_no_rights(void **state)
{
	(void)state;
	assert_true(tells(400, "Bad Request: user not found"));
	assert_true(tells(400, "Bad Request: PARTICIPANT_ID_INVALID"));
	assert_false(tells(400, "Bad Request: member list is inaccessible"));
	assert_false(tells(400, NULL));
	assert_false(tells(500, "user not found"));
	assert_false(tells(0, "user not found"));
}

static void it_learns_from_getChatMember_only(void **state)
{
	struct rights *rights = *state;
	struct call call = { .chat_id = -1,
			     .want_result = true,
			     .method = text_of("getChat"),
			     .body = text_of("{\"chat_id\":-1,\"user_id\":7}") };
	uint32_t bits;

	learn(rights, &call, ADMIN, rights_stamp(rights, -1));
	assert_false(knows(rights, -1));
	call.method = text_of("getChatMember");
	learn(rights, &call, NULL, rights_stamp(rights, -1));
	assert_false(knows(rights, -1));
	call.body = text_of("{\"chat_id\":-1,\"user_id\":\"7\"}");
	learn(rights, &call, ADMIN, rights_stamp(rights, -1));
	assert_false(knows(rights, -1));
	learn_member(rights, -1, ADMIN);
	assert_true(rights_find(rights, -1, 7, &bits));
	assert_int_equal(bits, 1u << MEMBER_PRESENT | 1u << MEMBER_ADMIN |
				       1u << MEMBER_PIN_MESSAGES | 1u << MEMBER_MANAGE_TAGS);
	assert_false(rights_find(rights, -1, 8, &bits));
	assert_false(rights_find(rights, -2, 7, &bits));
}

static void it_knows_for_a_minute(void **state)
{
	struct rights *rights = *state;

	learn_member(rights, -1, ADMIN);
	put_clock_forward(RIGHTS_KEPT_MS - 1000);
	assert_true(knows(rights, -1));
	put_clock_forward(1000);
	assert_false(knows(rights, -1));
}

static void what_was_asked_before_the_chat_was_forgotten_is_not_learned(void **state)
{
	struct rights *rights = *state;
	const struct call call = { .chat_id = -1,
				   .want_result = true,
				   .method = text_of("getChatMember"),
				   .body = text_of("{\"chat_id\":-1,\"user_id\":7}") };
	uint64_t stamp = rights_stamp(rights, -1);

	rights_forget(rights, -1);
	learn(rights, &call, ADMIN, stamp);
	assert_false(knows(rights, -1));
	learn_member(rights, -1, ADMIN);
	assert_true(knows(rights, -1));
}

/* --- walls ------------------------------------------------------------------------------------ */

/* Runs in a child that has sealed it; the exit code tells how far it came. */
typedef int attempt_fn(struct rights *rights);

static int outcome_of(struct rights *rights, attempt_fn *attempt)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		rights_seal(rights);
		_exit(attempt(rights));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* The mapping as /proc/self/maps shows it to the child; there must be one, not writable. */
static bool find_mapping(char **start, size_t *size)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	char line[512], mode[8];
	unsigned found = 0;

	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "korone-rights") &&
		    sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3) {
			found++;
			*start = (char *)from;
			*size = to - from;
			if (strcmp(mode, "r--s") != 0)
				return false;
		}
	fclose(maps);
	return found == 1;
}

static int write_it(struct rights *rights)
{
	char *start = NULL;
	size_t size;

	(void)rights;
	if (!find_mapping(&start, &size))
		return 1;
	*(volatile char *)start = 1;
	return 2;
}

static int make_it_writable(struct rights *rights)
{
	char *start = NULL;
	size_t size;
	int memory;

	(void)rights;
	if (!find_mapping(&start, &size))
		return 1;
	if (mprotect(start, size, PROT_READ | PROT_WRITE) == 0 || errno != EACCES)
		return 2;
	memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (memory >= 0 && pwrite(memory, "x", 1, (off_t)(uintptr_t)start) >= 0)
		return 3;
	start = mremap(start, 0, size, MREMAP_MAYMOVE);
	if (start != MAP_FAILED && mprotect(start, size, PROT_READ | PROT_WRITE) == 0)
		return 4;
	return 0;
}

/* Only a privileged process may open what it has mapped; even then it cannot map it for writing. */
static int map_it_again(struct rights *rights)
{
	char *start = NULL, path[80];
	size_t size;
	int fd;

	(void)rights;
	if (!find_mapping(&start, &size))
		return 1;
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)start,
		 (unsigned long)(start + size));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
		return 2;
	if (pwrite(fd, "x", 1, 0) >= 0)
		return 3;
	return ftruncate(fd, 0) == 0 ? 4 : 0;
}

static void no_child_can_write_it(void **state)
{
	struct rights *rights = *state;

	learn_member(rights, -1, ADMIN);
	assert_int_equal(outcome_of(rights, write_it), -SIGSEGV);
	assert_int_equal(outcome_of(rights, make_it_writable), 0);
	assert_int_equal(outcome_of(rights, map_it_again), 0);
	assert_true(knows(rights, -1));
}

static int look(struct rights *rights)
{
	return knows(rights, -1) ? 0 : 1;
}

static void children_read_what_the_sender_wrote(void **state)
{
	struct rights *rights = *state;

	assert_int_equal(outcome_of(rights, look), 1);
	learn_member(rights, -1, ADMIN);
	assert_int_equal(outcome_of(rights, look), 0);
	rights_forget(rights, -1);
	assert_int_equal(outcome_of(rights, look), 1);
}

/* --- lists ------------------------------------------------------------------------------------ */

#define LIST "[{\"user\":{\"id\":7}},{\"user\":{\"id\":8}}]"

static void learn_list(struct rights *rights, const char *answer, uint64_t stamp)
{
	const struct call call = { .chat_id = -1,
				   .want_result = true,
				   .method = text_of("getChatAdministrators"),
				   .body = text_of("{\"chat_id\":-1}") };

	learn(rights, &call, answer, stamp);
}

static size_t count_unlisted(struct rights *rights)
{
	size_t count = 0;

	for (int64_t id = 1000; id < 2000; id++)
		count += rights_find_listed(rights, -1, id) == RIGHTS_NOT_LISTED;
	return count;
}

static void a_list_says_who_is_no_administrator(void **state)
{
	struct rights *rights = *state;

	assert_int_equal(rights_find_listed(rights, -1, 9), RIGHTS_NO_LIST);
	learn_list(rights, LIST, rights_stamp(rights, -1));
	assert_int_equal(rights_find_listed(rights, -1, 7), RIGHTS_MAYBE_LISTED);
	assert_int_equal(rights_find_listed(rights, -1, 8), RIGHTS_MAYBE_LISTED);
	assert_in_range(count_unlisted(rights), 900, 1000);
	assert_int_equal(rights_find_listed(rights, -2, 9), RIGHTS_NO_LIST);
	put_clock_forward(RIGHTS_KEPT_MS);
	assert_int_equal(rights_find_listed(rights, -1, 9), RIGHTS_NO_LIST);
}

static void a_list_is_forgotten_with_its_chat(void **state)
{
	struct rights *rights = *state;
	const uint64_t stamp = rights_stamp(rights, -1);

	learn_list(rights, LIST, stamp);
	rights_forget(rights, -1);
	assert_int_equal(count_unlisted(rights), 0);
	learn_list(rights, LIST, stamp); /* asked before */
	assert_int_equal(count_unlisted(rights), 0);
}

static void what_is_no_list_tells_nothing(void **state)
{
	struct rights *rights = *state;

	learn_list(rights, NULL, rights_stamp(rights, -1));
	learn_list(rights, "[]", rights_stamp(rights, -1));
	learn_list(rights, "true", rights_stamp(rights, -1));
	learn_list(rights, "[{\"user\":{}}]", rights_stamp(rights, -1));
	learn_list(rights, "[{\"user\":{\"id\":7}},3]", rights_stamp(rights, -1));
	assert_int_equal(count_unlisted(rights), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_member_has_what_telegram_says),
		TEST(topics_and_tags_are_rights_and_no_administrator_is_the_owner),
		TEST(whom_telegram_does_not_know_there_has_no_rights),
		TEST(it_learns_from_getChatMember_only),
		TEST(it_knows_for_a_minute),
		TEST(what_was_asked_before_the_chat_was_forgotten_is_not_learned),
		TEST(a_list_says_who_is_no_administrator),
		TEST(a_list_is_forgotten_with_its_chat),
		TEST(what_is_no_list_tells_nothing),
		TEST(no_child_can_write_it),
		TEST(children_read_what_the_sender_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
