/* run.c - ctx_run(): a literal becomes the words of a command, which a keeper
 * (workers/child/keeper.h) runs. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "workers/host/answer.h"
#include "workers/host/ctx.h"
#include "workers/host/file.h"
#include "workers/host/programs.h"

#define LOG_SUBSYSTEM "programs"
#include "common/log.h"

#define COMMAND_MAX 16384u
#define WORDS_MAX 128u
#define SECONDS_DEFAULT 30
#define SECONDS_MAX 600
#define MEGABYTES_DEFAULT 256
#define MEGABYTES_MAX 4096
#define AT_ONCE_DEFAULT 2u
#define AT_ONCE_MAX 16u
/* Between words. In a value it is refused, as every control character is. */
#define SEPARATOR '\x1f'

struct command_line {
	char text[COMMAND_MAX];
	char *words[WORDS_MAX];
	bool is_value[WORDS_MAX]; /* it begins with a conversion */
	size_t count;
	bool has_output;
};

/* --- words ------------------------------------------------------------------------------------ */

/* The literal with its spaces and names replaced. */
static bool prepare(const char *literal, char *out, size_t size, struct command_line *command)
{
	static const char input[] = "{input}", output[] = "{output}";
	size_t used = 0;

	while (*literal && used + sizeof("/proc/self/fd/0") < size) {
		if (strncmp(literal, input, sizeof(input) - 1) == 0) {
			used += (size_t)sprintf(out + used, "/proc/self/fd/0");
			literal += sizeof(input) - 1;
		} else if (strncmp(literal, output, sizeof(output) - 1) == 0) {
			used += (size_t)sprintf(out + used, "output");
			literal += sizeof(output) - 1;
			command->has_output = true;
		} else {
			out[used++] = *literal == ' ' ? SEPARATOR : *literal;
			literal++;
		}
	}
	out[used] = '\0';
	return !*literal;
}

static void note_values(const char *prepared, struct command_line *command)
{
	for (size_t i = 0; i < WORDS_MAX && prepared; i++) {
		command->is_value[i] = prepared[0] == '%' && prepared[1] != '%';
		command->count++;
		prepared = strchr(prepared, SEPARATOR);
		prepared += prepared != NULL;
	}
}

static bool split(struct command_line *command)
{
	char *rest = command->text, *word;
	size_t count = 0;

	while ((word = strsep(&rest, "\x1f"))) {
		for (const char *at = word; *at; at++)
			if ((unsigned char)*at < ' ')
				return false;
		if (count == command->count || (command->is_value[count] && word[0] == '-') ||
		    !word[0])
			return false;
		command->words[count++] = word;
	}
	return count == command->count;
}

/* 1: done; 0: a value that cannot be one; -1: a fault of the module. */
static int make_words(const char *literal, va_list arguments, struct command_line *command)
{
	char prepared[COMMAND_MAX];
	int length;

	if (!prepare(literal, prepared, sizeof(prepared), command))
		return -1;
	note_values(prepared, command);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* it was checked as the caller's literal */
	length = vsnprintf(command->text, sizeof(command->text), prepared, arguments);
#pragma GCC diagnostic pop
	if (length < 0 || command->count == WORDS_MAX)
		return -1;
	return (size_t)length < sizeof(command->text) && split(command);
}

/* --- the request ------------------------------------------------------------------------------ */

static int64_t within(int64_t value, int64_t fallback, int64_t maximum)
{
	return value <= 0 ? fallback : value > maximum ? maximum : value;
}

static size_t module_number(const struct ctx *ctx)
{
	size_t number = 0;

	while (ctx->host->module_list[number] != ctx->row->module)
		number++;
	return number;
}

static struct text write_request(struct ctx *ctx, const struct program *program,
				 const struct command_line *command)
{
	struct json json = ctx_parameters(ctx);

	json_key_int(&json, "module", (int64_t)module_number(ctx));
	json_key_int(&json, "seconds", within(program->seconds, SECONDS_DEFAULT, SECONDS_MAX));
	json_key_int(&json, "megabytes",
		     within(program->megabytes, MEGABYTES_DEFAULT, MEGABYTES_MAX));
	json_key_bool(&json, "output", command->has_output);
	json_key_bool(&json, "web", program->web);
	json_key(&json, "words");
	json_array_start(&json);
	for (size_t i = 0; i < command->count; i++)
		json_text(&json, command->words[i]);
	json_array_end(&json);
	return ctx_parameters_end(ctx, &json);
}

static const char *explain(struct ctx *ctx, int error_code)
{
	switch (error_code) {
	case 408:
		return _("This takes too long, so I stopped it.");
	case 413:
		return _("This uses too much, so I stopped it.");
	case 422:
		return _("This did not work.");
	case 429:
		return _("Too much is going on right now. Please try again later.");
	default:
		return _("This cannot be done right now.");
	}
}

static void run(struct ctx *ctx, const struct program *program, const struct command_line *command,
		struct file *file)
{
	const unsigned at_once = ctx->row->module->programs_at_once;
	struct call_file files[2] = { { .part = text_of("output"),
					.descriptor = file_descriptor(file) },
				      { .part = text_of("input") } };
	struct call call = {
		.method = text_of(CALL_RUN), .want_result = true, .files = files, .files_count = 1
	};
	struct call_result result = { .status = CALL_FAILED };
	const struct answer *answer;

	call.chat_id = (int64_t)module_number(ctx);
	call.at_once = (uint8_t)(at_once == 0            ? AT_ONCE_DEFAULT
				 : at_once > AT_ONCE_MAX ? AT_ONCE_MAX
							 : at_once);
	if (program->input) {
		files[1].descriptor = file_settle(program->input);
		if (files[1].descriptor < 0) {
			file_fail(file, file_error(program->input));
			return;
		}
		call.files_count = 2;
	}
	call.body = write_request(ctx, program, command);
	ctx->host->services.call(ctx->host->services.owner, &call, ctx->arena, &result);
	answer = answer_of_call(ctx, &result);
	if (answer_ok(answer)) {
		file_filled(file, answer_text(answer, "name"));
		return;
	}
	log_notice("a program failed", log_text("program", command->words[0]),
		   log_text("error", answer_error(answer)));
	file_fail(file, explain(ctx, result.error_code));
}

static bool has_hosts(const struct module *module)
{
	return module->hosts && module->hosts->name;
}

const struct file *ctx_run(struct ctx *ctx, const struct program *program, const char *command, ...)
{
	struct command_line *words = arena_alloc(ctx->arena, sizeof(*words));
	struct file *file = file_received(ctx, "output");
	va_list arguments;
	int made;

	va_start(arguments, command);
	made = make_words(command, arguments, words);
	va_end(arguments);
	if (made < 0 || !words->count || words->is_value[0])
		ctx_fail(ctx, "a command that begins with no program, or is too long");
	else if (program->web && !has_hosts(ctx->row->module))
		ctx_fail(ctx, "a program with .web in a module without .hosts");
	else if (!made)
		file_fail(file, explain(ctx, 422));
	else if (!ctx_has_program(ctx, words->words[0]))
		file_fail(file, explain(ctx, 501));
	else if (!file_error(file)[0])
		run(ctx, program, words, file);
	return file;
}

bool ctx_offers(const struct ctx *ctx, const struct module *module, const struct route *route)
{
	return programs_offer(ctx->host->programs, module, route);
}

bool ctx_offers_choice(const struct ctx *ctx, const struct field *field, size_t choice)
{
	return !field->program || field->choices[choice + 1] ||
	       programs_have(ctx->host->programs, field->program);
}

bool ctx_has_program(const struct ctx *ctx, const char *name)
{
	return programs_find(ctx->host->programs, ctx->row->module, name) != NULL;
}
