/* part_programs.c - programs that the bot runs: what they say or leave, or how they end. None of
 * them is really run, and all that a module names are installed, unless a line says otherwise.
 *
 *     program wc says: 3
 *     program ffmpeg leaves output.mp3: the bytes
 *     program ffmpeg fails                  also "takes too long", "uses too much", "is busy"
 *     program ffmpeg is not installed
 *     programs work: all leave what they are asked for, of no text, and are not shown
 *     program ffmpeg with -an says: 3       only where this is one of its words
 *
 * A program that is run is shown as `bot runs wc -w`. */
#include <string.h>

#include "common/files.h"
#include "common/log.h"
#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/telegram.h"
#include "workers/host/programs.h"

#define PROGRAMS_MAX 16

struct told_programs {
	struct told_program {
		const char *name, *bytes, *file; /* bytes NULL: it ends with `code` */
		const char *with;                /* a word; NULL: any */
		int code;
	} all[PROGRAMS_MAX];
	size_t count;
	bool work; /* those of which nothing is told */
};

static struct told_program *find_told(struct conversation *conversation, const char *name,
				      const char *with)
{
	struct told_programs *programs = conversation->programs;

	for (size_t i = 0; programs && i < programs->count; i++)
		if (strcmp(programs->all[i].name, name) == 0 &&
		    strcmp(programs->all[i].with, with) == 0)
			return &programs->all[i];
	return NULL;
}

static struct told_programs *programs_of(struct conversation *conversation)
{
	if (!conversation->programs)
		conversation->programs = arena_alloc(&conversation->world.arena,
						     sizeof(*conversation->programs));
	return conversation->programs;
}

/* Of a run: what is said of one of its words goes before what is said of all. */
static const struct told_program *find_program(struct conversation *conversation,
					       const json_t *words)
{
	const char *name = json_string_value(json_array_get(words, 0));
	const struct told_program *told;

	for (size_t i = 1; i < json_array_size(words); i++) {
		told = find_told(conversation, name, json_string_value(json_array_get(words, i)));
		if (told)
			return told;
	}
	return find_told(conversation, name, "");
}

static struct told_program *add_program(struct conversation *conversation, const char *name,
					const char *with)
{
	struct told_program *program = find_told(conversation, name, with);

	if (programs_of(conversation)->count == PROGRAMS_MAX)
		panic("more than %d programs in a conversation", PROGRAMS_MAX);
	if (program)
		return program;
	program = &conversation->programs->all[conversation->programs->count++];
	program->name = name;
	program->with = with;
	return program;
}

static bool tell(struct conversation *conversation, const char *rest, struct why *why)
{
	static const struct {
		const char *words;
		int code;
	} ends[] = { { "fails", 422 },
		     { "takes too long", 408 },
		     { "uses too much", 413 },
		     { "is busy", 429 } };
	struct arena *arena = &conversation->world.arena;
	const char *name = take_word(&conversation->world, &rest, " "), *with = "";
	struct told_program *program;
	bool leaves;

	if (take(&rest, "with "))
		with = take_word(&conversation->world, &rest, " ");
	rest += strspn(rest, " ");

	if (strcmp(rest, "is not installed") == 0) {
		host_pretend_program(conversation->host, name, false);
		return true;
	}
	program = add_program(conversation, name, with);
	*program = (struct told_program) { .name = name, .with = with, .file = "output" };
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(ends[i].words, rest) == 0) {
			program->code = ends[i].code;
			return true;
		}
	leaves = take(&rest, "leaves ");
	if (leaves)
		program->file = take_word(&conversation->world, &rest, ":");
	if (!take(&rest, leaves ? ":" : "says:"))
		return why_set(
			why,
			"a program \"says: text\", \"leaves NAME: text\", \"fails\", \"takes "
			"too long\", \"uses too much\", \"is busy\" or \"is not installed\"; "
			"not \"%s\"",
			rest);
	program->bytes = arena_strdup(arena, rest);
	return true;
}

/* A conversation that was copied does not know how. */
static bool tell_all(struct conversation *conversation, const char *rest, struct why *why)
{
	if (*rest)
		return why_set(why, "\"programs work\" is the whole line");
	programs_of(conversation)->work = true;
	return true;
}

/* "output.webp" of what it is run with. */
static const char *output_of(const json_t *words)
{
	static const char output[] = "output";
	size_t i;
	json_t *word;

	json_array_foreach((json_t *)words, i, word)
	{
		if (!strncmp(json_string_value(word), output, strlen(output)))
			return json_string_value(word);
	}
	return output;
}

static void leave(struct arena *arena, const struct call *call, const char *bytes, size_t size,
		  const char *name, struct call_result *out)
{
	if (write_all(call->files[0].descriptor, bytes, size))
		*out = telegram_result(arena_printf(arena, "{\"name\":\"%s\"}", name));
}

static void show_command(struct conversation *conversation, const json_t *words)
{
	buffer_append_text(&conversation->actual, "bot runs");
	for (size_t i = 0; i < json_array_size(words); i++)
		buffer_printf(&conversation->actual, " %s",
			      json_string_value(json_array_get(words, i)));
	buffer_append_text(&conversation->actual, "\n");
}

/* workers/child/keeper.h */
static void answer_run(struct conversation *conversation, const struct call *call,
		       const json_t *body, struct arena *arena, struct call_result *out)
{
	const json_t *words = json_object_get(body, "words");
	const char *name = json_string_value(json_array_get(words, 0));
	const struct told_program *program = find_program(conversation, words);

	bool works = !program && conversation->programs && conversation->programs->work;

	if (!conversation->again && !works)
		show_command(conversation, words);
	*out = (struct call_result) { .status = CALL_FAILED };
	if (works)
		leave(arena, call, "", 1, output_of(words), out);
	else if (!program)
		conversation_fault(conversation, "nothing says what the program %s does", name);
	else if (!program->bytes)
		*out = telegram_result(
			arena_printf(arena, "refuses %d it did not work", program->code));
	else
		leave(arena, call, program->bytes, strlen(program->bytes), program->file, out);
}

static const struct line lines[] = { { "program ", tell }, { "programs work", tell_all }, { 0 } };

static const struct answered answered[] = { { CALL_RUN, answer_run }, { 0 } };

const struct part programs_part = { .lines = lines, .answered = answered };
