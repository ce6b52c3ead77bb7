-- min_program: 1
-- What modules keep beside settings, and the marks by which a handler that runs again writes nothing
-- twice. Programs from before know neither, and go on with settings alone.

CREATE TABLE entries (
	scope  text NOT NULL CHECK (scope IN ('user', 'chat', 'bot', 'member', 'list')),
	id     bigint NOT NULL,
	person bigint NOT NULL DEFAULT 0,
	module text NOT NULL,
	key    text COLLATE "C" NOT NULL,
	value  text NOT NULL,
	PRIMARY KEY (id, module, key, scope, person)
);
CREATE INDEX entries_by_person ON entries (person) WHERE person <> 0;
COMMENT ON TABLE entries IS 'What modules keep and read on demand: notes, filters, lists. Written by the workers.';
COMMENT ON COLUMN entries.scope IS 'user: of a person; chat: of a chat; bot: of all, with id 0; member: of a person in a chat; list: of a list that chats share';
COMMENT ON COLUMN entries.id IS 'Telegram''s id of the person or chat, or the id of the list';
COMMENT ON COLUMN entries.person IS 'member: Telegram''s id of the person; else 0';
COMMENT ON COLUMN entries.module IS 'the module that the entry belongs to';
COMMENT ON COLUMN entries.key IS 'the entry''s name in the module';
COMMENT ON COLUMN entries.value IS 'the entry''s text';

CREATE TABLE marks (
	update_id bigint NOT NULL,
	stage     integer NOT NULL,
	scope     text NOT NULL,
	id        bigint NOT NULL,
	person    bigint NOT NULL DEFAULT 0,
	module    text NOT NULL,
	key       text NOT NULL,
	nth       integer NOT NULL,
	before    text,
	made_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (update_id, stage, module, key, nth, scope, id, person)
);
CREATE INDEX marks_by_time ON marks (made_at);
CREATE INDEX marks_by_id ON marks (id);
CREATE INDEX marks_by_person ON marks (person) WHERE person <> 0;
COMMENT ON TABLE marks IS 'Which writes an update has made, for 24 hours: made again they change nothing. Written by the workers, removed by the recorder.';
COMMENT ON COLUMN marks.update_id IS 'Telegram''s id of the update';
COMMENT ON COLUMN marks.stage IS '0: the update; from 1: work that it put off; -1: its incident';
COMMENT ON COLUMN marks.scope IS 'of what was written, as in entries';
COMMENT ON COLUMN marks.id IS 'of what was written, as in entries';
COMMENT ON COLUMN marks.person IS 'of what was written, as in entries';
COMMENT ON COLUMN marks.module IS 'of what was written, as in entries';
COMMENT ON COLUMN marks.key IS 'of what was written, as in entries';
COMMENT ON COLUMN marks.nth IS 'the how-manieth write of the update to this key';
COMMENT ON COLUMN marks.before IS 'what was there before; NULL: nothing';
COMMENT ON COLUMN marks.made_at IS 'when it was written';

-- Sets a setting or an entry, or removes it (p_value NULL), unless the same write has a mark. Returns
-- whether it did.
CREATE FUNCTION store_value(p_update bigint, p_stage integer, p_nth integer, p_scope text, p_id bigint,
	p_person bigint, p_module text, p_key text, p_value text, p_entry boolean) RETURNS boolean
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
	old text;
BEGIN
	IF p_entry THEN
		SELECT e.value INTO old FROM entries e
		WHERE (e.scope, e.id, e.person, e.module, e.key) = (p_scope, p_id, p_person, p_module, p_key);
	ELSE
		SELECT s.value #>> '{}' INTO old FROM settings s
		WHERE (s.scope, s.id, s.module, s.key) = (p_scope, p_id, p_module, p_key);
	END IF;
	INSERT INTO marks (update_id, stage, scope, id, person, module, key, nth, before)
	VALUES (p_update, p_stage, p_scope, p_id, p_person, p_module, p_key, p_nth, old)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF p_value IS NULL AND p_entry THEN
		DELETE FROM entries e
		WHERE (e.scope, e.id, e.person, e.module, e.key) = (p_scope, p_id, p_person, p_module, p_key);
	ELSIF p_value IS NULL THEN
		DELETE FROM settings s WHERE (s.scope, s.id, s.module, s.key) = (p_scope, p_id, p_module, p_key);
	ELSIF p_entry THEN
		INSERT INTO entries AS e (scope, id, person, module, key, value)
		VALUES (p_scope, p_id, p_person, p_module, p_key, p_value)
		ON CONFLICT (id, module, key, scope, person) DO UPDATE
		SET value = excluded.value WHERE e.value <> excluded.value;
	ELSE
		INSERT INTO settings AS s (scope, id, module, key, value)
		VALUES (p_scope, p_id, p_module, p_key, to_jsonb(p_value))
		ON CONFLICT (id, module, key, scope) DO UPDATE
		SET value = excluded.value WHERE s.value <> excluded.value;
	END IF;
	RETURN true;
END
$$;
COMMENT ON FUNCTION store_value(bigint, integer, integer, text, bigint, bigint, text, text, text, boolean)
	IS 'writes a setting or an entry once for each place in an update';

-- remember_user() with a mark: whether there was an objection before.
CREATE FUNCTION remember_once(p_update bigint, p_stage integer, p_nth integer, p_scope text, p_id bigint,
	p_module text, p_key text, p_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	INSERT INTO marks (update_id, stage, scope, id, module, key, nth, before)
	VALUES (p_update, p_stage, p_scope, p_id, p_module, p_key, p_nth,
		(SELECT 'yes' FROM objections WHERE hash = p_hash))
	ON CONFLICT DO NOTHING;
	IF FOUND THEN
		PERFORM remember_user(p_hash);
	END IF;
END
$$;
COMMENT ON FUNCTION remember_once(bigint, integer, integer, text, bigint, text, text, bytea)
	IS 'takes an objection back once for each place in an update';

-- As before, and with entries and marks.
CREATE OR REPLACE FUNCTION migrate_chat(p_old bigint, p_new bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	IF p_old = p_new OR p_old >= 0 OR p_new >= 0 THEN
		RETURN;
	END IF;
	-- In the order in which the recorder's batches lock them.
	PERFORM 1 FROM groups WHERE id IN (p_old, p_new) ORDER BY id FOR UPDATE;
	WITH gone AS (
		DELETE FROM groups WHERE id = p_old RETURNING *
	)
	INSERT INTO groups AS g (id, username, title, type, registered_at)
	SELECT p_new, username, title, 'supergroup', registered_at FROM gone
	ON CONFLICT (id) DO UPDATE SET registered_at = excluded.registered_at
	WHERE excluded.registered_at < g.registered_at;
	INSERT INTO settings (scope, id, module, key, value)
	SELECT scope, p_new, module, key, value FROM settings WHERE id = p_old
	ON CONFLICT DO NOTHING;
	DELETE FROM settings WHERE id = p_old;
	INSERT INTO entries (scope, id, person, module, key, value)
	SELECT scope, p_new, person, module, key, value FROM entries WHERE id = p_old
	ON CONFLICT DO NOTHING;
	DELETE FROM entries WHERE id = p_old;
	INSERT INTO marks (update_id, stage, scope, id, person, module, key, nth, before, made_at)
	SELECT update_id, stage, scope, p_new, person, module, key, nth, before, made_at
	FROM marks WHERE id = p_old
	ON CONFLICT DO NOTHING;
	DELETE FROM marks WHERE id = p_old;
END
$$;

CREATE OR REPLACE FUNCTION forget_user(p_id bigint, p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	deleted_rows bigint;
	deleted_settings bigint;
	deleted_entries bigint;
BEGIN
	INSERT INTO objections (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	DELETE FROM users WHERE id = p_id;
	GET DIAGNOSTICS deleted_rows = ROW_COUNT;
	DELETE FROM settings WHERE id = p_id AND scope <> 'bot';
	GET DIAGNOSTICS deleted_settings = ROW_COUNT;
	DELETE FROM entries WHERE (id = p_id AND scope = 'user') OR person = p_id;
	GET DIAGNOSTICS deleted_entries = ROW_COUNT;
	DELETE FROM marks WHERE (id = p_id AND scope = 'user') OR person = p_id;
	INSERT INTO redis_removals (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	RETURN deleted_rows + deleted_settings + deleted_entries > 0;
END
$$;

CREATE OR REPLACE FUNCTION forget_group(p_id bigint, p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	deleted_rows bigint;
	deleted_settings bigint;
	deleted_entries bigint;
BEGIN
	INSERT INTO objections (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	DELETE FROM groups WHERE id = p_id;
	GET DIAGNOSTICS deleted_rows = ROW_COUNT;
	DELETE FROM settings WHERE id = p_id AND scope <> 'bot';
	GET DIAGNOSTICS deleted_settings = ROW_COUNT;
	DELETE FROM entries WHERE id = p_id AND scope IN ('chat', 'member');
	GET DIAGNOSTICS deleted_entries = ROW_COUNT;
	DELETE FROM marks WHERE id = p_id AND scope IN ('chat', 'member');
	INSERT INTO redis_removals (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	RETURN deleted_rows + deleted_settings + deleted_entries > 0;
END
$$;

-- Settings and entries in one list: a key with a slash, or a person, tells an entry.
CREATE OR REPLACE FUNCTION export_user(p_id bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
	SELECT jsonb_build_object(
		'user', (SELECT to_jsonb(u) FROM users u WHERE u.id = p_id),
		'settings', (SELECT coalesce(jsonb_agg(x.kept ORDER BY x.scope, x.module, x.key, x.id), '[]')
			     FROM (SELECT to_jsonb(s) AS kept, s.scope, s.module, s.key, s.id
				   FROM settings s WHERE s.id = p_id AND s.scope <> 'bot'
				   UNION ALL
				   SELECT to_jsonb(e), e.scope, e.module, e.key, e.id
				   FROM entries e
				   WHERE (e.id = p_id AND e.scope = 'user') OR e.person = p_id) x))
$$;
COMMENT ON FUNCTION export_user(bigint) IS 'the recorded row and every setting and entry of a person';

CREATE OR REPLACE FUNCTION export_group(p_id bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
	SELECT jsonb_build_object(
		'group', (SELECT to_jsonb(g) FROM groups g WHERE g.id = p_id),
		'settings', (SELECT coalesce(jsonb_agg(x.kept ORDER BY x.scope, x.module, x.key), '[]')
			     FROM (SELECT to_jsonb(s) AS kept, s.scope, s.module, s.key
				   FROM settings s WHERE s.id = p_id AND s.scope <> 'bot'
				   UNION ALL
				   SELECT to_jsonb(e) - 'person', e.scope, e.module, e.key
				   FROM entries e WHERE e.id = p_id AND e.scope = 'chat') x))
$$;
COMMENT ON FUNCTION export_group(bigint) IS 'the recorded row and every setting and entry of a group; not those of its members';

CREATE OR REPLACE FUNCTION grant_worker_role() RETURNS text
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'korone_worker') THEN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user
			       AND (rolsuper OR rolcreaterole)) THEN
			RETURN 'no role korone_worker';
		END IF;
		BEGIN
			CREATE ROLE korone_worker NOLOGIN;
		EXCEPTION WHEN duplicate_object OR unique_violation THEN
			NULL; -- another database of the cluster was faster
		END;
	END IF;
	IF NOT has_table_privilege('korone_worker', 'marks', 'INSERT') THEN
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO korone_worker', current_schema());
		GRANT SELECT ON users, groups, objections TO korone_worker;
		GRANT SELECT, INSERT, UPDATE, DELETE ON settings, entries TO korone_worker;
		GRANT SELECT, INSERT ON marks TO korone_worker;
		GRANT EXECUTE ON FUNCTION migrate_chat(bigint, bigint), forget_user(bigint, bytea),
			remember_user(bytea), export_user(bigint), find_user(text), find_group(text),
			forget_group(bigint, bytea), export_group(bigint),
			migrate_objection(bytea, bigint, bytea),
			store_value(bigint, integer, integer, text, bigint, bigint, text, text, text, boolean),
			remember_once(bigint, integer, integer, text, bigint, text, text, bytea)
			TO korone_worker;
	END IF;
	RETURN 'granted';
END
$$;

REVOKE ALL ON FUNCTION
	store_value(bigint, integer, integer, text, bigint, bigint, text, text, text, boolean),
	remember_once(bigint, integer, integer, text, bigint, text, text, bytea) FROM PUBLIC;
