-- min_program: 1
-- What modules decided about people, or counted: warnings, bans of a list, who passed a captcha. Who it
-- is about stands there enciphered (common/database/id_cipher.h), so that a dump tells nobody. Programs
-- from before know nothing of it.

CREATE TABLE facts (
	scope      text NOT NULL CHECK (scope IN ('chat', 'bot', 'list')),
	id         bigint NOT NULL,
	module     text NOT NULL,
	kind       text NOT NULL,
	person     bytea NOT NULL CHECK (octet_length(person) = 16),
	number     bigint NOT NULL,
	until      timestamptz,
	message_id bigint NOT NULL,
	PRIMARY KEY (id, module, kind, scope, person)
);
CREATE INDEX facts_by_person ON facts (person, module, kind);
CREATE INDEX facts_by_time ON facts (until) WHERE until IS NOT NULL;
COMMENT ON TABLE facts IS 'What modules decided about people, or counted. Written by the workers; what has ended is removed by the recorder.';
COMMENT ON COLUMN facts.scope IS 'chat: in a chat; bot: everywhere, with id 0; list: in a list that chats share';
COMMENT ON COLUMN facts.id IS 'Telegram''s id of the chat, or the id of the list';
COMMENT ON COLUMN facts.module IS 'the module that it belongs to';
COMMENT ON COLUMN facts.kind IS 'the kind, one of those that the module declares';
COMMENT ON COLUMN facts.person IS 'whom it is about: the id, enciphered with a key from KORONE_PRIVACY_KEY';
COMMENT ON COLUMN facts.number IS 'a count, or the number of a reason';
COMMENT ON COLUMN facts.until IS 'when it ends; NULL: when somebody takes it back';
COMMENT ON COLUMN facts.message_id IS 'Telegram''s id of the message that tells why; 0: none';

CREATE TABLE fact_kinds (
	module           text NOT NULL,
	kind             text NOT NULL,
	outlives_erasure boolean NOT NULL,
	PRIMARY KEY (module, kind)
);
COMMENT ON TABLE fact_kinds IS 'Which kinds of facts an erasure leaves; nothing about people. Written with the facts.';
COMMENT ON COLUMN fact_kinds.module IS 'as in facts';
COMMENT ON COLUMN fact_kinds.kind IS 'as in facts';
COMMENT ON COLUMN fact_kinds.outlives_erasure IS 'whether /forgetme leaves it, as a ban';

-- The key of a fact's mark ends with the enciphered person.
CREATE INDEX marks_by_fact ON marks (right(key, 32)) WHERE module LIKE '%/facts';

-- One writer at a time about a person: so what is written sees the objection that forget_user() has noted,
-- or is there when it deletes.
CREATE FUNCTION lock_facts(p_person bytea) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
	SELECT pg_advisory_xact_lock(hashtextextended('facts ' || encode(p_person, 'hex'), 0))
$$;
COMMENT ON FUNCTION lock_facts(bytea) IS 'waits for others who write facts about a person';

-- Sets a fact, adds to its number or removes it, unless the same write has a mark. `before` is what was
-- there before it ("number until message_id"; NULL: nothing), also when it was written earlier: what the
-- write returns follows from that. `is_known`: there was a row, of which all pools know. About somebody
-- who objected only kinds that outlive an erasure are kept.
CREATE FUNCTION store_fact(p_update bigint, p_stage integer, p_nth integer, p_scope text, p_id bigint,
	p_module text, p_kind text, p_person bytea, p_hash bytea, p_outlives boolean, p_change text,
	p_number bigint, p_until bigint, p_message bigint, p_now bigint,
	OUT is_known boolean, OUT before text)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
	mark_module text := p_module || '/facts';
	mark_key text := p_kind || '/' || encode(p_person, 'hex');
	new_number bigint := p_number;
	new_until timestamptz := CASE WHEN p_until > 0 THEN to_timestamp(p_until) END;
	new_message bigint := p_message;
	old facts%ROWTYPE;
BEGIN
	PERFORM lock_facts(p_person);
	SELECT m.before INTO before FROM marks m
	WHERE (m.update_id, m.stage, m.module, m.key, m.nth, m.scope, m.id)
		= (p_update, p_stage, mark_module, mark_key, p_nth, p_scope, p_id);
	IF FOUND THEN
		is_known := false;
		RETURN;
	END IF;
	SELECT * INTO old FROM facts f
	WHERE (f.id, f.module, f.kind, f.scope, f.person) = (p_id, p_module, p_kind, p_scope, p_person);
	is_known := FOUND;
	IF is_known AND (old.until IS NULL OR old.until > to_timestamp(p_now)) THEN
		before := concat_ws(' ', old.number, coalesce(extract(epoch FROM old.until)::bigint, 0),
			old.message_id);
	ELSE
		old := NULL;
	END IF;
	INSERT INTO marks (update_id, stage, scope, id, module, key, nth, before)
	VALUES (p_update, p_stage, p_scope, p_id, mark_module, mark_key, p_nth, store_fact.before);
	IF p_change = 'add' THEN
		new_number := greatest(least(coalesce(old.number, 0)::numeric + p_number, 9223372036854775807),
			-9223372036854775808);
		new_until := coalesce(new_until, old.until);
		new_message := CASE WHEN p_message <> 0 THEN p_message ELSE coalesce(old.message_id, 0) END;
	END IF;
	IF p_change = 'remove' OR (p_change = 'add' AND new_number = 0)
	   OR (NOT p_outlives AND EXISTS (SELECT FROM objections o WHERE o.hash = p_hash)) THEN
		DELETE FROM facts f
		WHERE (f.id, f.module, f.kind, f.scope, f.person)
			= (p_id, p_module, p_kind, p_scope, p_person);
		RETURN;
	END IF;
	INSERT INTO fact_kinds AS k (module, kind, outlives_erasure)
	VALUES (p_module, p_kind, p_outlives)
	ON CONFLICT (module, kind) DO UPDATE
	SET outlives_erasure = excluded.outlives_erasure
	WHERE k.outlives_erasure <> excluded.outlives_erasure;
	INSERT INTO facts AS f (scope, id, module, kind, person, number, until, message_id)
	VALUES (p_scope, p_id, p_module, p_kind, p_person, new_number, new_until, new_message)
	ON CONFLICT (id, module, kind, scope, person) DO UPDATE
	SET number = excluded.number, until = excluded.until, message_id = excluded.message_id;
END
$$;
COMMENT ON FUNCTION store_fact(bigint, integer, integer, text, bigint, text, text, bytea, bytea, boolean, text,
	bigint, bigint, bigint, bigint) IS 'writes a fact once for each place in an update';

-- As before, and with facts.
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
	INSERT INTO facts (scope, id, module, kind, person, number, until, message_id)
	SELECT scope, p_new, module, kind, person, number, until, message_id
	FROM facts WHERE id = p_old AND scope = 'chat'
	ON CONFLICT DO NOTHING;
	DELETE FROM facts WHERE id = p_old AND scope = 'chat';
END
$$;

CREATE OR REPLACE FUNCTION forget_group(p_id bigint, p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	deleted_rows bigint;
	deleted_settings bigint;
	deleted_entries bigint;
	deleted_facts bigint;
BEGIN
	INSERT INTO objections (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	DELETE FROM groups WHERE id = p_id;
	GET DIAGNOSTICS deleted_rows = ROW_COUNT;
	DELETE FROM settings WHERE id = p_id AND scope <> 'bot';
	GET DIAGNOSTICS deleted_settings = ROW_COUNT;
	DELETE FROM entries WHERE id = p_id AND scope IN ('chat', 'member');
	GET DIAGNOSTICS deleted_entries = ROW_COUNT;
	DELETE FROM facts WHERE id = p_id AND scope = 'chat';
	GET DIAGNOSTICS deleted_facts = ROW_COUNT;
	DELETE FROM marks WHERE id = p_id AND scope IN ('chat', 'member');
	INSERT INTO redis_removals (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	RETURN deleted_rows + deleted_settings + deleted_entries + deleted_facts > 0;
END
$$;

-- The same with facts: p_person is the enciphered id. Kinds that outlive an erasure stay.
CREATE FUNCTION forget_user(p_id bigint, p_hash bytea, p_person bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	deleted boolean;
	deleted_facts bigint;
BEGIN
	PERFORM lock_facts(p_person);
	deleted := forget_user(p_id, p_hash);
	DELETE FROM facts f WHERE f.person = p_person AND NOT EXISTS (
		SELECT FROM fact_kinds k
		WHERE (k.module, k.kind) = (f.module, f.kind) AND k.outlives_erasure);
	GET DIAGNOSTICS deleted_facts = ROW_COUNT;
	DELETE FROM marks WHERE module LIKE '%/facts' AND right(key, 32) = encode(p_person, 'hex');
	RETURN deleted OR deleted_facts > 0;
END
$$;
COMMENT ON FUNCTION forget_user(bigint, bytea, bytea) IS 'erases a person, with facts, and remembers the objection as a keyed hash';

CREATE FUNCTION export_user(p_id bigint, p_person bytea) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
	SELECT export_user(p_id) || jsonb_build_object(
		'facts', (SELECT coalesce(jsonb_agg(jsonb_build_object('scope', f.scope, 'id', f.id,
				'title', g.title, 'module', f.module, 'kind', f.kind, 'number', f.number,
				'until', f.until, 'message_id', f.message_id)
				ORDER BY f.module, f.kind, f.scope, f.id), '[]')
			  FROM facts f LEFT JOIN groups g ON f.scope = 'chat' AND g.id = f.id
			  WHERE f.person = p_person AND (f.until IS NULL OR f.until > now())))
$$;
COMMENT ON FUNCTION export_user(bigint, bytea) IS 'the recorded row, every setting and entry of a person, and every fact about them';

-- When KORONE_PRIVACY_KEY is lost: nobody can tell any more whom a fact is about. Each group is told once,
-- when next something is decided in it. Returns how many facts there were.
CREATE FUNCTION void_facts() RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
	deleted bigint;
BEGIN
	INSERT INTO settings (scope, id, module, key, value)
	SELECT DISTINCT 'chat', id, 'korone', 'facts_void', to_jsonb('yes'::text) FROM facts WHERE scope = 'chat'
	ON CONFLICT DO NOTHING;
	DELETE FROM facts;
	GET DIAGNOSTICS deleted = ROW_COUNT;
	RETURN deleted;
END
$$;
COMMENT ON FUNCTION void_facts() IS 'deletes all facts and has each group told once';

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
	IF NOT has_table_privilege('korone_worker', 'facts', 'INSERT') THEN
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO korone_worker', current_schema());
		GRANT SELECT ON users, groups, objections TO korone_worker;
		GRANT SELECT, INSERT, UPDATE, DELETE ON settings, entries TO korone_worker;
		GRANT SELECT, INSERT, UPDATE, DELETE ON facts TO korone_worker;
		GRANT SELECT, INSERT, UPDATE ON fact_kinds TO korone_worker;
		GRANT SELECT, INSERT ON marks TO korone_worker;
		GRANT EXECUTE ON FUNCTION migrate_chat(bigint, bigint), forget_user(bigint, bytea),
			remember_user(bytea), export_user(bigint), find_user(text), find_group(text),
			forget_group(bigint, bytea), export_group(bigint),
			migrate_objection(bytea, bigint, bytea),
			store_value(bigint, integer, integer, text, bigint, bigint, text, text, text, boolean),
			store_fact(bigint, integer, integer, text, bigint, text, text, bytea, bytea, boolean,
				text, bigint, bigint, bigint, bigint),
			lock_facts(bytea), forget_user(bigint, bytea, bytea), export_user(bigint, bytea),
			remember_once(bigint, integer, integer, text, bigint, text, text, bytea)
			TO korone_worker;
	END IF;
	RETURN 'granted';
END
$$;

REVOKE ALL ON FUNCTION lock_facts(bytea),
	store_fact(bigint, integer, integer, text, bigint, text, text, bytea, bytea, boolean, text,
		bigint, bigint, bigint, bigint),
	forget_user(bigint, bytea, bytea), export_user(bigint, bytea), void_facts() FROM PUBLIC;
