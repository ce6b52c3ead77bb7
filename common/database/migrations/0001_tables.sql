-- min_program: 1
-- The tables of PRIVACY.md, the settings of the modules, and what the recorder itself remembers.
-- Applied by the recorder (or `koronectl migrate`) in one transaction, with the search path set to
-- the schema of the tables. Later files only add; they never drop, rename or narrow.

CREATE TABLE users (
	id            bigint PRIMARY KEY,
	username      text,
	first_name    text NOT NULL,
	last_name     text,
	language_code text,
	registered_at timestamptz NOT NULL
);
COMMENT ON TABLE users IS 'People whom the bot saw act. Written by the recorder only.';
COMMENT ON COLUMN users.id IS 'Telegram''s id of the person';
COMMENT ON COLUMN users.username IS 'without @; not unique here: usernames move between people';
COMMENT ON COLUMN users.first_name IS 'as set at Telegram';
COMMENT ON COLUMN users.last_name IS 'as set at Telegram';
COMMENT ON COLUMN users.language_code IS 'IETF tag of the language of the person''s Telegram client';
COMMENT ON COLUMN users.registered_at IS 'when ingress received the first update of the person, UTC, whole seconds';

CREATE TABLE groups (
	id            bigint PRIMARY KEY,
	username      text,
	title         text NOT NULL,
	type          text NOT NULL CHECK (type IN ('group', 'supergroup')),
	registered_at timestamptz NOT NULL
);
COMMENT ON TABLE groups IS 'Groups in which the bot saw somebody act. Written by the recorder only.';
COMMENT ON COLUMN groups.id IS 'Telegram''s id of the group, negative';
COMMENT ON COLUMN groups.username IS 'without @; not unique here: usernames move between groups';
COMMENT ON COLUMN groups.title IS 'as set at Telegram';
COMMENT ON COLUMN groups.type IS 'group or supergroup';
COMMENT ON COLUMN groups.registered_at IS 'when ingress received the first update from the group, UTC, whole seconds; kept when it becomes a supergroup';

CREATE TABLE settings (
	scope  text NOT NULL CHECK (scope IN ('user', 'chat', 'bot')),
	id     bigint NOT NULL,
	module text NOT NULL,
	key    text NOT NULL,
	value  jsonb NOT NULL,
	PRIMARY KEY (id, module, key, scope)
);
COMMENT ON TABLE settings IS 'What people and admins chose. Written by the workers; modules make no tables of their own.';
COMMENT ON COLUMN settings.scope IS 'user: of a person; chat: of a chat; bot: of all, with id 0';
COMMENT ON COLUMN settings.id IS 'Telegram''s id of the person or chat';
COMMENT ON COLUMN settings.module IS 'the module that the setting belongs to';
COMMENT ON COLUMN settings.key IS 'the setting''s name in the module';
COMMENT ON COLUMN settings.value IS 'the setting''s value';

CREATE TABLE objections (
	hash bytea PRIMARY KEY CHECK (octet_length(hash) = 16)
);
COMMENT ON TABLE objections IS 'Who does not want to be recorded, as keyed hashes of ids.';
COMMENT ON COLUMN objections.hash IS 'HMAC-SHA256 of the id with a key from KORONE_PRIVACY_KEY, first 16 bytes';

CREATE TABLE redis_removals (
	hash bytea PRIMARY KEY CHECK (octet_length(hash) = 16)
);
COMMENT ON TABLE redis_removals IS 'Entries that the recorder still has to remove from Redis; empty again within seconds.';
COMMENT ON COLUMN redis_removals.hash IS 'keyed hash of an id, as in objections';

CREATE TABLE recorder_state (
	name  text PRIMARY KEY,
	value text NOT NULL
);
COMMENT ON TABLE recorder_state IS 'What the recorder remembers about this database; nothing about people.';
COMMENT ON COLUMN recorder_state.name IS 'key_check or incarnation';
COMMENT ON COLUMN recorder_state.value IS 'key_check: tells whether KORONE_PRIVACY_KEY is the one the hashes were made with; incarnation: changes when what Redis knows no longer counts';
