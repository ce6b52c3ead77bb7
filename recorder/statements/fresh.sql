-- Left out is who objected so lately that Redis does not know (forget_user()).
INSERT INTO {table} AS t (id, {columns}, registered_at)
SELECT s.id, {s.columns}, s.registered_at
FROM {rows}
WHERE s.hash NOT IN (SELECT hash FROM redis_removals)
