-- min_program: 1
-- The recorder notes that it writes, in place of what each row needed: while the note is there, what
-- Redis knows may be from before a commit, and a recorder that finds it of another starts Redis anew.

DELETE FROM recorder_state WHERE name LIKE 'released %';
UPDATE recorder_state SET value = gen_random_uuid()::text WHERE name = 'incarnation';

COMMENT ON TABLE recorder_state IS 'What the recorder remembers about this database; nothing about people.';
COMMENT ON COLUMN recorder_state.name IS 'key_check, incarnation, settled or writing';
COMMENT ON COLUMN recorder_state.value IS 'key_check: tells whether KORONE_PRIVACY_KEY is the one the hashes were made with; incarnation: changes when what Redis knows no longer counts; settled: changes whenever a recorder has written, and Redis has the same; writing: empty, there while a recorder writes';
