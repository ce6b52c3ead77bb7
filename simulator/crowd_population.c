#include "simulator/crowd_population.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/xalloc.h"
#include "simulator/seeded_random.h"
#include "simulator/sim.h"

#define FIRST_ID 1001
#define NEW_ID 6000000000                  /* ids of today's accounts exceed 32 bits */
#define BIG_ID ((INT64_C(1) << 52) - 1000) /* the largest that Telegram allows */
#define GROUP_ID (-4100000000)
#define SUPERGROUP_ID (-1001600000000)

static const struct {
	const char *first, *last, *language;
} names[] = {
	{ "Alice", "Liddell", "en" },
	{ "Bob", "", "en" },
	{ "Carol", "Danvers", "pt-br" },
	{ "Dmitri", "Иванов", "ru" },
	{ "Élodie", "Lefèvre", "fr" },
	{ "Fatima", "الزهراء", "ar" },
	{ "Günther", "Größ", "de" },
	{ "花子", "山田", "ja" },
	{ "Ivo", "", "" },
	{ "João", "da Silva", "pt-br" },
	{ "Κώστας", "Παπαδόπουλος", "el" },
	{ "Lena 🦊", "", "de" },
	{ "Mykola", "Шевченко", "uk" },
	{ "Nur", "Yılmaz", "tr" },
	{ "O'Brien <b>", "\"Tim\" & Co", "en" },
	{ "פנינה", "כהן", "he" },
};

static const char *const group_names[] = {
	"Friends",
	"Family",
	"Schachclub München",
	"Клуб путешественников",
	"Book club 📚",
	"Neighbours",
	"Développeurs C",
	"東京ランニング",
	"Familia & amigos",
	"Open source ❤️",
	"Запорізька громада",
	"Film nerds <3",
};

static struct person *make_person(struct sim *sim, size_t index)
{
	size_t name = index % COUNT_OF(names);
	char username[40] = "";
	char last_name[80];
	struct person *person;
	int64_t id = FIRST_ID + (int64_t)index;

	if (index >= COUNT_OF(names))
		id = index % 97 == 0 ? BIG_ID + (int64_t)(index / 97)
				     : NEW_ID + (int64_t)index * 7919;
	if (index % 4 != 3)
		snprintf(username, sizeof(username), "sim_person_%zu", index + 1);
	if (index < COUNT_OF(names))
		snprintf(last_name, sizeof(last_name), "%s", names[name].last);
	else
		snprintf(last_name, sizeof(last_name), "%s%s%zu", names[name].last,
			 *names[name].last ? " " : "", index + 1);
	person = world_add_person(&sim->world, id, names[name].first, last_name, username,
				  names[name].language);
	person->is_premium = index % 11 == 5;
	person->is_bot = index % 50 == 49;
	person->started = true;
	person_render(&sim->world, person);
	return person;
}

static enum chat_type type_of(size_t index)
{
	switch (index % 8) {
	case 1:
	case 5:
		return CHAT_GROUP;
	case 7:
		return CHAT_CHANNEL;
	default:
		return CHAT_SUPERGROUP;
	}
}

static void fill_chat(const struct crowd_population *population, struct sim *sim, struct chat *chat,
		      size_t index)
{
	size_t wanted = 3 + seeded_random_below(&sim->random, 30);

	/* The first people are in the first chats, so that there is something to see. */
	for (size_t i = 0; i < wanted; i++) {
		size_t which = index < 2 && i < 4 ? (i + index) % population->people_count
						  : seeded_random_below(&sim->random,
									population->people_count);

		chat_set_member(chat, population->people[which],
				i == 0   ? MEMBER_CREATOR
				: i == 1 ? MEMBER_ADMINISTRATOR
					 : MEMBER_MEMBER);
	}
	if (chat->type == CHAT_SUPERGROUP && index % 16 == 4) {
		chat->is_forum = true;
		for (size_t i = 0; i < 3; i++)
			topics_add(&chat->topics, 2 + (int64_t)i, "Topic");
	}
	chat->last_message_id = 1000;
	if (chat->type == CHAT_CHANNEL || index % 2 == 0)
		chat_set_member(chat, sim->world.bot, MEMBER_ADMINISTRATOR);
	chat_render(chat);
}

static struct chat *make_chat(const struct crowd_population *population, struct sim *sim,
			      size_t index)
{
	enum chat_type type = type_of(index);
	char title[96];
	char username[40] = "";
	struct chat *chat;

	if (index < COUNT_OF(group_names))
		snprintf(title, sizeof(title), "%s", group_names[index]);
	else
		snprintf(title, sizeof(title), "%s %zu", group_names[index % COUNT_OF(group_names)],
			 index / COUNT_OF(group_names) + 1);
	if (type != CHAT_GROUP && index % 3 == 0)
		snprintf(username, sizeof(username), "sim_chat_%zu", index + 1);
	chat = world_add_chat(&sim->world,
			      (type == CHAT_GROUP ? GROUP_ID : SUPERGROUP_ID) -
				      (int64_t)index * 104729,
			      type, title, username);
	fill_chat(population, sim, chat, index);
	return chat;
}

/* Half of the supergroups with a channel discuss that channel's posts. */
static void link_channels(const struct crowd_population *population)
{
	for (size_t i = 8; i < population->chats_count; i += 16) {
		if (population->chats[i - 1]->type == CHAT_CHANNEL)
			population->chats[i]->linked = population->chats[i - 1];
	}
}

void crowd_population_make(struct crowd_population *population, struct sim *sim,
			   const struct crowd_options *options)
{
	double sum = 0;

	population->people_count = (size_t)options->people;
	population->people = xcalloc(population->people_count, sizeof(struct person *));
	for (size_t i = 0; i < population->people_count; i++)
		population->people[i] = make_person(sim, i);
	population->chats_count = (size_t)options->chats;
	population->chats = xcalloc(population->chats_count, sizeof(struct chat *));
	population->weights = xcalloc(population->chats_count, sizeof(double));
	for (size_t i = 0; i < population->chats_count; i++) {
		population->chats[i] = make_chat(population, sim, i);
		sum += 1.0 / (double)(i + 1);
		population->weights[i] = sum;
	}
	link_channels(population);
}

void crowd_population_finish(struct crowd_population *population)
{
	free(population->chats);
	free(population->people);
	free(population->weights);
}
