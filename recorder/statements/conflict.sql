-- Who holds the lock of the active recorder is nearly alone in adding rows, so that this, which
-- looks each id up once more, is for when that went wrong.
ON CONFLICT (id) DO UPDATE
  SET ({columns}, registered_at) =
    ({excluded.columns}, least(t.registered_at, excluded.registered_at))
