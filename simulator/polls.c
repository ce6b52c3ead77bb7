#include "simulator/polls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"

struct poll *poll_create(int64_t id)
{
	struct poll *poll = xmalloc(sizeof(*poll));

	poll->id = id;
	poll->references = 1;
	return poll;
}

struct poll *poll_share(struct poll *poll)
{
	if (poll)
		poll->references++;
	return poll;
}

void poll_release(struct poll *poll)
{
	if (!poll || --poll->references > 0)
		return;
	for (size_t i = 0; i < poll->options_count; i++) {
		free(poll->options[i].text);
		free(poll->options[i].entities);
	}
	free(poll->question);
	free(poll->question_entities);
	free(poll->explanation);
	free(poll->explanation_entities);
	free(poll->votes);
	buffer_finish(&poll->json);
	free(poll);
}

void poll_add_option(struct poll *poll, const char *text, const char *entities)
{
	poll->options[poll->options_count++] = (struct poll_option) {
		.text = xstrdup(text), .entities = entities ? xstrdup(entities) : NULL
	};
}

static int64_t voters_of(const struct poll *poll, size_t option)
{
	int64_t count = 0;

	for (size_t i = 0; i < poll->votes_count; i++)
		count += poll->votes[i].options >> option & 1;
	return count;
}

static void key_entities(struct json *json, const char *key, const char *entities)
{
	if (!entities)
		return;
	json_key(json, key);
	json_raw(json, entities, strlen(entities));
}

static void write_options(struct json *json, const struct poll *poll)
{
	json_key(json, "options");
	json_array_start(json);
	for (size_t i = 0; i < poll->options_count; i++) {
		char persistent_id[24];

		snprintf(persistent_id, sizeof(persistent_id), "%zu", i);
		json_object_start(json);
		json_key_text(json, "persistent_id", persistent_id);
		ascii_key_text(json, "text", poll->options[i].text);
		key_entities(json, "text_entities", poll->options[i].entities);
		json_key_int(json, "voter_count", voters_of(poll, i));
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_quiz(struct json *json, const struct poll *poll)
{
	if (!poll->is_quiz)
		return;
	json_key(json, "correct_option_ids");
	json_array_start(json);
	for (size_t i = 0; i < poll->options_count; i++) {
		if (poll->correct >> i & 1)
			json_int(json, (int64_t)i);
	}
	json_array_end(json);
	if (!poll->explanation)
		return;
	ascii_key_text(json, "explanation", poll->explanation);
	key_entities(json, "explanation_entities", poll->explanation_entities);
}

void poll_render(struct poll *poll)
{
	struct json json;
	char id[24];
	int64_t voters = 0;

	for (size_t i = 0; i < poll->votes_count; i++)
		voters += poll->votes[i].options != 0;
	snprintf(id, sizeof(id), "%lld", (long long)poll->id);
	buffer_clear(&poll->json);
	json = json_start(&poll->json);
	json_object_start(&json);
	json_key_text(&json, "id", id);
	ascii_key_text(&json, "question", poll->question);
	key_entities(&json, "question_entities", poll->question_entities);
	write_options(&json, poll);
	json_key_int(&json, "total_voter_count", voters);
	if (poll->open_period_s)
		json_key_int(&json, "open_period", poll->open_period_s);
	if (poll->close_s)
		json_key_int(&json, "close_date", poll->close_s);
	json_key_bool(&json, "is_closed", poll->is_closed);
	json_key_bool(&json, "is_anonymous", poll->is_anonymous);
	json_key_bool(&json, "allows_multiple_answers", poll->is_multiple);
	json_key_bool(&json, "allows_revoting", poll->is_revotable);
	json_key_bool(&json, "members_only", false);
	json_key_text(&json, "type", poll->is_quiz ? "quiz" : "regular");
	write_quiz(&json, poll);
	json_object_end(&json);
}

void poll_write(struct json *json, const struct poll *poll)
{
	json_raw(json, (const char *)buffer_unread(&poll->json), buffer_unread_size(&poll->json));
}

void poll_compose(struct json *json, const struct poll *poll)
{
	json_key(json, "poll");
	poll_write(json, poll);
}

bool poll_expire(struct poll *poll, int64_t now_s)
{
	if (poll->is_closed || poll->close_s == 0 || now_s < poll->close_s)
		return false;
	poll->is_closed = true;
	poll_render(poll);
	return true;
}

static struct poll_vote *vote_of(struct poll *poll, int64_t voter)
{
	for (size_t i = 0; i < poll->votes_count; i++) {
		if (poll->votes[i].voter == voter)
			return &poll->votes[i];
	}
	return NULL;
}

bool poll_vote(struct poll *poll, int64_t voter, uint32_t options)
{
	struct poll_vote *vote = vote_of(poll, voter);

	if (poll->is_closed || options >> poll->options_count ||
	    (!poll->is_multiple && (options & (options - 1))) ||
	    (vote && vote->options && !poll->is_revotable))
		return false;
	if (!vote) {
		poll->votes = xreallocarray(poll->votes, poll->votes_count + 1, sizeof(*vote));
		vote = &poll->votes[poll->votes_count++];
		vote->voter = voter;
	}
	vote->options = options;
	poll_render(poll);
	return true;
}
