-- What differs is looked up row by row by index (lateral), for ON CONFLICT … WHERE alone would lock
-- every unchanged row and write WAL for it. Objections too are looked up that way: for EXISTS the
-- planner reads all of them for each batch.
WITH seen AS MATERIALIZED (SELECT s.*, o.hash IS NOT NULL AS objected, k.id IS NULL AS is_new,
    {claim}
  FROM {rows}
  LEFT JOIN LATERAL (SELECT * FROM objections o WHERE o.hash = s.hash LIMIT 1) o ON true
  LEFT JOIN LATERAL (SELECT * FROM {table} k WHERE k.id = s.id LIMIT 1) k ON true
  WHERE o.hash IS NOT NULL OR k.id IS NULL OR {differs}),
added AS (INSERT INTO {table} AS t (id, {columns}, registered_at)
  SELECT s.id, {s.columns}, s.registered_at
  FROM seen s
  WHERE s.is_new AND NOT s.objected{conflict}
  RETURNING 1),
changed AS (UPDATE {table} t
  SET ({columns}, registered_at) = ({s.columns}, least(t.registered_at, s.registered_at))
  FROM seen s
  WHERE NOT s.is_new AND NOT s.objected AND t.id = s.id
  RETURNING 1),
-- A username belongs to one account at a time, whoever was seen with it last: its holder before
-- loses it. Who is in this batch too is written with the username that is right for it (names.h).
released_users AS (UPDATE users r
  SET username = NULL
  FROM seen s
  WHERE lower(r.username) = s.claim AND r.id <> s.id AND r.id <> ALL ($1::bigint[])
  RETURNING r.id),
released_groups AS (UPDATE groups r
  SET username = NULL
  FROM seen s
  WHERE lower(r.username) = s.claim AND r.id <> s.id AND r.id <> ALL ($1::bigint[])
  RETURNING r.id)
SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM changed),
  (SELECT string_agg(id::text, ' ') FROM seen WHERE objected),
  (SELECT string_agg(id::text, ' ')
    FROM (SELECT id FROM released_users UNION ALL SELECT id FROM released_groups) r)
