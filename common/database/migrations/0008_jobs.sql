-- min_program: 1
-- Long work in steps (workers/host/job.h): what operators and modules see of it, and pause or cancel by. A
-- row is gone when its job is over. Programs from before know nothing of it.

CREATE TABLE jobs (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	update_id  bigint NOT NULL,
	stage      integer NOT NULL,
	module     text NOT NULL,
	slug       text NOT NULL,
	state      text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'cancelled')),
	step       integer NOT NULL DEFAULT 0,
	cursor     bigint NOT NULL DEFAULT 0,
	counts     jsonb NOT NULL DEFAULT '{}',
	trouble    text NOT NULL DEFAULT '',
	started_at timestamptz NOT NULL DEFAULT now(),
	step_at    timestamptz NOT NULL DEFAULT now(),
	UNIQUE (update_id, stage, module, slug)
);
COMMENT ON TABLE jobs IS 'Long work that modules do in steps, while it lasts. Written by the workers.';
COMMENT ON COLUMN jobs.id IS 'as people are told it';
COMMENT ON COLUMN jobs.update_id IS 'of the update that started it';
COMMENT ON COLUMN jobs.stage IS 'as in marks';
COMMENT ON COLUMN jobs.module IS 'the module whose work it is';
COMMENT ON COLUMN jobs.slug IS 'which work of the module, with its values';
COMMENT ON COLUMN jobs.state IS 'running; paused; cancelled: its next step will be the end';
COMMENT ON COLUMN jobs.step IS 'the step that is done now; those before it are over';
COMMENT ON COLUMN jobs.cursor IS 'where that step begins: the module says what the number means';
COMMENT ON COLUMN jobs.counts IS 'what the module has counted so far';
COMMENT ON COLUMN jobs.trouble IS 'why it was paused by the bot itself; empty: it was not';
COMMENT ON COLUMN jobs.started_at IS 'when it was started';
COMMENT ON COLUMN jobs.step_at IS 'when it last did something';

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
	IF NOT has_table_privilege('korone_worker', 'jobs', 'INSERT') THEN
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO korone_worker', current_schema());
		GRANT SELECT ON users, groups, objections TO korone_worker;
		GRANT SELECT, INSERT, UPDATE, DELETE ON settings, entries, facts, jobs TO korone_worker;
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
