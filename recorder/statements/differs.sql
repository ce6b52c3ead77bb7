(s.registered_at < k.registered_at OR ({k.columns}) IS DISTINCT FROM ({s.columns}))
