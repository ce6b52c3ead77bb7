-- min_program: 1
-- What other programs may do to recorded data. SECURITY DEFINER, because the workers' role may only
-- read users and groups; the search path is pinned to the tables' schema, pg_temp last. All of
-- them may be repeated.

-- A group that became a supergroup keeps its row, registration date and settings. Called by whoever
-- sees it first, in any order with sightings of either id. What the new id already has wins, the
-- earlier registration date stays.
CREATE FUNCTION migrate_chat(p_old bigint, p_new bigint) RETURNS void
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
END
$$;
COMMENT ON FUNCTION migrate_chat(bigint, bigint) IS 'moves the row and settings of a group to its supergroup';

-- Objection and deletion are one transaction. The INSERT waits for the batch that the recorder is
-- just writing (it holds SHARE on objections), so the DELETE sees what that batch wrote, and every
-- later batch sees the objection: nobody comes back. Returns whether there was anything to delete.
CREATE FUNCTION forget_user(p_id bigint, p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	deleted_rows bigint;
	deleted_settings bigint;
BEGIN
	INSERT INTO objections (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	DELETE FROM users WHERE id = p_id;
	GET DIAGNOSTICS deleted_rows = ROW_COUNT;
	DELETE FROM settings WHERE id = p_id AND scope <> 'bot';
	GET DIAGNOSTICS deleted_settings = ROW_COUNT;
	INSERT INTO redis_removals (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	RETURN deleted_rows + deleted_settings > 0;
END
$$;
COMMENT ON FUNCTION forget_user(bigint, bytea) IS 'erases a person and remembers the objection as a keyed hash';

-- Takes an objection back; the person is recorded again when next seen.
CREATE FUNCTION remember_user(p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	deleted bigint;
BEGIN
	DELETE FROM objections WHERE hash = p_hash;
	GET DIAGNOSTICS deleted = ROW_COUNT;
	INSERT INTO redis_removals (hash) VALUES (p_hash) ON CONFLICT DO NOTHING;
	RETURN deleted > 0;
END
$$;
COMMENT ON FUNCTION remember_user(bytea) IS 'takes the objection of a person back';

-- All that is recorded about a person, as JSON; user is null for somebody unknown.
CREATE FUNCTION export_user(p_id bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
	SELECT jsonb_build_object(
		'user', (SELECT to_jsonb(u) FROM users u WHERE u.id = p_id),
		'settings', (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.scope, s.module, s.key), '[]')
			     FROM settings s WHERE s.id = p_id AND s.scope <> 'bot'))
$$;
COMMENT ON FUNCTION export_user(bigint) IS 'the recorded row and every setting of a person';

REVOKE ALL ON FUNCTION migrate_chat(bigint, bigint), forget_user(bigint, bytea),
	remember_user(bytea), export_user(bigint) FROM PUBLIC;
