-- min_program: 1
-- Look-ups by username, and the rights of groups.

-- Usernames are compared without case. find_user() and find_group() need these, and so does the
-- recorder, which takes a username from its former holder when it is seen with another one.
CREATE INDEX users_by_username ON users (lower(username)) WHERE username IS NOT NULL;
CREATE INDEX groups_by_username ON groups (lower(username)) WHERE username IS NOT NULL;
-- Room in each page for a changed version of each row, which then needs no new entries in the indexes:
-- measured, that saves a third of the time of changed rows, for about 90 bytes per person.
ALTER TABLE users SET (fillfactor = 50);
ALTER TABLE groups SET (fillfactor = 50);

COMMENT ON TABLE recorder_state IS 'What the recorder remembers about this database; nothing about people but what "released" says.';
COMMENT ON COLUMN recorder_state.name IS 'key_check, incarnation, or "released" and an id, for at most seconds: a row that lost its username to another one and that Redis has to forget';

-- The person or group that holds a username, with or without @; NULL when it is not known.
CREATE FUNCTION find_user(p_username text) RETURNS bigint
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
	SELECT id FROM users WHERE lower(username) = lower(ltrim(p_username, '@')) LIMIT 1
$$;
COMMENT ON FUNCTION find_user(text) IS 'the id of the person who was last seen with this username';

CREATE FUNCTION find_group(p_username text) RETURNS bigint
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
	SELECT id FROM groups WHERE lower(username) = lower(ltrim(p_username, '@')) LIMIT 1
$$;
COMMENT ON FUNCTION find_group(text) IS 'the id of the group that was last seen with this username';

-- As forget_user(), for a group: by its admins or an operator. p_hash is of the group's id.
CREATE FUNCTION forget_group(p_id bigint, p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	deleted_rows bigint;
	deleted_settings bigint;
BEGIN
	INSERT INTO objections (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	DELETE FROM groups WHERE id = p_id;
	GET DIAGNOSTICS deleted_rows = ROW_COUNT;
	DELETE FROM settings WHERE id = p_id AND scope <> 'bot';
	GET DIAGNOSTICS deleted_settings = ROW_COUNT;
	INSERT INTO redis_removals (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	RETURN deleted_rows + deleted_settings > 0;
END
$$;
COMMENT ON FUNCTION forget_group(bigint, bytea) IS 'erases a group and remembers the objection as a keyed hash; remember_user() takes it back';

CREATE FUNCTION export_group(p_id bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
	SELECT jsonb_build_object(
		'group', (SELECT to_jsonb(g) FROM groups g WHERE g.id = p_id),
		'settings', (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.scope, s.module, s.key), '[]')
			     FROM settings s WHERE s.id = p_id AND s.scope <> 'bot'))
$$;
COMMENT ON FUNCTION export_group(bigint) IS 'the recorded row and every setting of a group';

-- A group that objected stays unrecorded as a supergroup. After migrate_chat(), which knows no
-- hashes.
CREATE FUNCTION migrate_objection(p_old bytea, p_new_id bigint, p_new bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	IF EXISTS (SELECT FROM objections WHERE hash = p_old) THEN
		PERFORM forget_group(p_new_id, p_new);
	END IF;
END
$$;
COMMENT ON FUNCTION migrate_objection(bytea, bigint, bytea) IS 'lets the objection of a group count for its supergroup';

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
	IF NOT has_function_privilege('korone_worker', 'forget_group(bigint, bytea)', 'EXECUTE') THEN
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO korone_worker', current_schema());
		GRANT SELECT ON users, groups, objections TO korone_worker;
		GRANT SELECT, INSERT, UPDATE, DELETE ON settings TO korone_worker;
		GRANT EXECUTE ON FUNCTION migrate_chat(bigint, bigint), forget_user(bigint, bytea),
			remember_user(bytea), export_user(bigint), find_user(text), find_group(text),
			forget_group(bigint, bytea), export_group(bigint),
			migrate_objection(bytea, bigint, bytea) TO korone_worker;
	END IF;
	RETURN 'granted';
END
$$;

REVOKE ALL ON FUNCTION find_user(text), find_group(text), forget_group(bigint, bytea),
	export_group(bigint), migrate_objection(bytea, bigint, bytea) FROM PUBLIC;
