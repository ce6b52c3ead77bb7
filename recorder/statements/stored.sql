-- The index is asked once, by k; what it found tells where the row is. Left out is who objected so
-- lately that Redis does not know.
WITH changed AS (UPDATE {table} t
  SET ({columns}, registered_at) = ({s.columns}, least(t.registered_at, s.registered_at))
  FROM {rows}
  JOIN {table} k ON k.id = s.id
  WHERE t.ctid = k.ctid
    AND s.hash NOT IN (SELECT hash FROM redis_removals)
    AND {differs}
  RETURNING t.id, {claim}),
released_users AS (UPDATE users r
  SET username = NULL
  FROM changed s
  WHERE lower(r.username) = s.claim AND r.id <> s.id AND r.id <> ALL ($1::bigint[])
  RETURNING r.id),
released_groups AS (UPDATE groups r
  SET username = NULL
  FROM changed s
  WHERE lower(r.username) = s.claim AND r.id <> s.id AND r.id <> ALL ($1::bigint[])
  RETURNING r.id)
SELECT (SELECT count(*) FROM changed), NULL,
  (SELECT string_agg(id::text, ' ')
    FROM (SELECT id FROM released_users UNION ALL SELECT id FROM released_groups) r)
