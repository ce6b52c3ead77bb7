-- min_program: 1
-- The workers' role: reads users and groups, owns what is in settings. The recorder calls
-- grant_worker_role() at each start, so that a role which the operator makes later gets its rights.

CREATE FUNCTION grant_worker_role() RETURNS text
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
	IF NOT has_table_privilege('korone_worker', 'settings', 'DELETE') THEN
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO korone_worker', current_schema());
		GRANT SELECT ON users, groups, objections TO korone_worker;
		GRANT SELECT, INSERT, UPDATE, DELETE ON settings TO korone_worker;
		GRANT EXECUTE ON FUNCTION migrate_chat(bigint, bigint), forget_user(bigint, bytea),
			remember_user(bytea), export_user(bigint) TO korone_worker;
	END IF;
	RETURN 'granted';
END
$$;
COMMENT ON FUNCTION grant_worker_role() IS 'makes the role korone_worker where permitted and gives it its rights';
REVOKE ALL ON FUNCTION grant_worker_role() FROM PUBLIC;
